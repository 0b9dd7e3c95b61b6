/* SPDX-License-Identifier: Apache-2.0
 *
 * What reader and writer of .teq files share.
 */
#ifndef TEQ_QUANT_TEQFILE_H
#define TEQ_QUANT_TEQFILE_H

#include "teq/teqfile.h"

#define TEQ_FILE_MAGIC "TEQ\r\n\x1a\n" /* eight bytes with the final zero; damaged by text modes */
#define TEQ_FILE_STRING 4096           /* longest string */

/* CRC-32 of IEEE 802.3. */
uint32_t teq_crc32(const uint8_t *bytes, size_t size);

#endif
