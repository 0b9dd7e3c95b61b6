/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files in, whole files out.
 */
#ifndef TEQ_NET_FILE_H
#define TEQ_NET_FILE_H

#include "teq/error.h"

#include <stddef.h>
#include <stdint.h>

/* The bytes of a file in new memory, grown as they are read, so a size that the
 * file system misreports costs nothing. NULL on failure. */
uint8_t *teq_file_read(const char *path, size_t *size, teq_error *err);

/* Write two pieces one after the other beside `path`, then rename. */
bool teq_file_write(const char *path, const void *head, size_t head_size, const void *body,
                    size_t body_size, teq_error *err);

#endif
