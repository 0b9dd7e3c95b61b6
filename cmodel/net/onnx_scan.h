/* SPDX-License-Identifier: Apache-2.0
 *
 * Look over a protobuf file before it is unpacked. protobuf-c says only "no" to a
 * damaged file and descends as deep as the file tells it to; this says where, and
 * where to stop.
 */
#ifndef TEQ_NET_ONNX_SCAN_H
#define TEQ_NET_ONNX_SCAN_H

#include "teq/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Check that the bytes are a message of that type: whole varints, lengths inside
 * their message, wire types as the schema has them, no field twice that may be
 * there once, no more than TEQ_SCAN_DEPTH levels and TEQ_SCAN_MESSAGES messages.
 * An error names the byte and the path of fields, as in "graph.node[3].attribute". */
#define TEQ_SCAN_DEPTH 16
#define TEQ_SCAN_MESSAGES 1000000
bool teq_onnx_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                   const char *file, teq_error *err);

#endif
