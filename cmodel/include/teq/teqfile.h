/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/teqfile.h -- quantized networks in .teq files (docs/teq_file.md).
 *
 * Everything that the hardware needs: codes, tables, thresholds, multipliers, offsets.
 * Little endian, versioned, with a checksum over all that follows the header.
 */
#ifndef TEQ_TEQFILE_H
#define TEQ_TEQFILE_H

#include "teq/qnet.h"

#define TEQ_FILE_VERSION 1

/* Write aside, then rename: the file is the old one or the new one, never half of one. */
bool teq_qnet_write(const teq_qnet *net, const char *path, teq_error *err);

/* Read and check (teq_qnet_check). Errors name the file, the byte and the field. Free
 * with teq_qnet_free. */
teq_qnet *teq_qnet_read(const char *path, teq_error *err);

/* The same from memory; `name` stands for the path in messages. */
teq_qnet *teq_qnet_parse(const void *bytes, size_t size, const char *name, teq_error *err);

#endif
