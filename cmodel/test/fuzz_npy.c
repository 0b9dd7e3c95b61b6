/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer: any bytes are an array or an error with a message.
 */
#include "teq/npy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    teq_error err = {0};
    teq_ndarray a;
    if (!teq_npy_parse(data, size, "fuzz", &a, &err)) {
        if (err.message[0] == 0 || a.data != NULL)
            abort();
        return 0;
    }
    size_t count = 1;
    for (int i = 0; i < a.rank; i++)
        count *= a.dim[i];
    if (count != a.count || a.count * teq_dtype_size(a.dtype) > size)
        abort();
    free(teq_ndarray_to_float(&a, 0.5, 3, &err));
    free(teq_ndarray_to_int(&a, &err));
    teq_ndarray_free(&a);
    return 0;
}
