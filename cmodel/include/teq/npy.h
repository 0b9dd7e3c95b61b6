/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/npy.h -- arrays in NumPy's .npy files.
 *
 * Read: format versions 1.0 and 2.0, C order, little endian, any rank up to
 * TEQ_NPY_MAX_RANK, of
 *
 *     stored            in memory
 *     <f4  <f8          TEQ_F32 (a float64 beyond the range of float32 is an error)
 *     |i1               TEQ_I8
 *     |u1               TEQ_U8
 *     <i4  <i8  <i2     TEQ_I32 (an int64 beyond the range of int32 is an error)
 *
 * Anything else (Fortran order, big endian, objects, strings) is refused with
 * the offending field named. A file must hold exactly the bytes that its shape
 * claims: shorter and longer files are both damaged. No memory is set aside on
 * the word of a header alone.
 *
 * Write: version 1.0, written aside and renamed, so that a reader sees the old
 * file or the new one and never half of one.
 *
 * Quantized samples: real = (q - zero_point) * scale, both factors rounded to
 * float32 before the product, which is what float32 frameworks do.
 */
#ifndef TEQ_NPY_H
#define TEQ_NPY_H

#include "teq/error.h"

#include <stddef.h>
#include <stdint.h>

#define TEQ_NPY_MAX_RANK 8

typedef enum teq_dtype { TEQ_F32, TEQ_I8, TEQ_U8, TEQ_I32 } teq_dtype;

typedef struct teq_ndarray {
    teq_dtype dtype;
    int rank;                     /* 0 (one value) to TEQ_NPY_MAX_RANK      */
    size_t dim[TEQ_NPY_MAX_RANK]; /* sizes, slowest axis first              */
    size_t count;                 /* product of dim, 0 if one of them is 0  */
    void *data;                   /* count values, malloc'ed, C order       */
} teq_ndarray;

/* Bytes of one value in memory: 4, 1, 1, 4. */
size_t teq_dtype_size(teq_dtype dtype);

/* "float32", "int8", "uint8", "int32". */
const char *teq_dtype_name(teq_dtype dtype);

/* Read a file. On failure *out is empty and needs no free. */
bool teq_npy_read(const char *path, teq_ndarray *out, teq_error *err);

/* The same from memory; `what` names the source in error messages. */
bool teq_npy_parse(const void *bytes, size_t size, const char *what, teq_ndarray *out,
                   teq_error *err);

/* Write a file (over an old one only when the new one is complete). */
bool teq_npy_write(const char *path, const teq_ndarray *array, teq_error *err);

/* count new floats, (q - zero_point) * scale; float32 arrays take the same
 * formula, so scale 1 and zero point 0 copy them. scale must be finite and > 0.
 * NULL on failure; the caller frees. */
float *teq_ndarray_to_float(const teq_ndarray *array, double scale, double zero_point,
                          teq_error *err);

/* count new int32 (for labels); a float32 array is refused. */
int32_t *teq_ndarray_to_int(const teq_ndarray *array, teq_error *err);

/* Free the data and make the array empty. An empty array may be freed again. */
void teq_ndarray_free(teq_ndarray *array);

#endif
