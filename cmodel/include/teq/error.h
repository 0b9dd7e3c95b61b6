/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/error.h -- errors are values.
 *
 * Every function of libteq that can fail takes a `teq_error *err` as its last
 * argument (NULL is allowed: the message is then dropped) and reports failure
 * by its return value: false, NULL or a negative number, as its header says.
 * Nothing in the library prints, exits or aborts on bad input.
 *
 * A message is one line, without a final newline, and names what the user can
 * look at: the file, the field or node, what was found and what was expected,
 * as in
 *
 *     kws.onnx: node "conv1": attribute "strides": got [0,1], expected values >= 1
 */
#ifndef TEQ_ERROR_H
#define TEQ_ERROR_H

#include <stdbool.h>

typedef enum teq_status {
    TEQ_OK = 0,
    TEQ_ERR_ARG,         /* an argument or option is out of its documented range */
    TEQ_ERR_IO,          /* a file cannot be opened, read, written or renamed     */
    TEQ_ERR_FORMAT,      /* a file is cut short, damaged or of another kind       */
    TEQ_ERR_UNSUPPORTED, /* well-formed, but outside what this library covers     */
    TEQ_ERR_SHAPE,       /* shapes of two things do not fit each other            */
    TEQ_ERR_VALUE,       /* NaN, infinity or a value outside its legal range      */
    TEQ_ERR_MEMORY       /* allocation failed                                     */
} teq_status;

typedef struct teq_error {
    teq_status status;
    char message[512];
} teq_error;

/* Set *err (if not NULL) from a printf format and return false, so that a
 * caller can write `return teq_fail(err, TEQ_ERR_IO, "%s: %s", path, why);`. */
bool teq_fail(teq_error *err, teq_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "prefix: " in front of the message already in *err and return false. */
bool teq_fail_prefix(teq_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Short name of a status, for JSON reports: "ok", "argument", "io", ... */
const char *teq_status_name(teq_status status);

#endif
