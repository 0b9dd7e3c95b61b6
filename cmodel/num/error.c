/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool teq_fail(teq_error *err, teq_status status, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return false;
}

bool teq_fail_prefix(teq_error *err, const char *format, ...)
{
    if (err != NULL) {
        char old[sizeof err->message];
        memcpy(old, err->message, sizeof old);
        va_list args;
        va_start(args, format);
        int used = vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        if (used >= 0 && (size_t)used < sizeof err->message) {
            size_t at = (size_t)used, space = sizeof err->message - at;
            snprintf(err->message + at, space, ": %.*s", (int)space, old);
        }
    }
    return false;
}

const char *teq_status_name(teq_status status)
{
    static const char *const names[] = {"ok", "argument", "io", "format", "unsupported",
                                        "shape", "value", "memory"};
    return (unsigned)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}
