/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_array's cycle model: a tile of 2 x 2 weights, three vectors, what comes out. Weights
 * and activations have K = 4: n = 4 on 1/4 octaves, n = 5 on 1/8.
 */
#include "teq/array_host.h"

#include <stdio.h>

int main(void)
{
    const uint8_t weights[] = {0, 15, 4, 8};            /* columns (1, 0) and (1/2, 1/4) */
    const uint8_t vectors[] = {0, 0, 8, 8, 16, 16};     /* (1, 1), (1/2, 1/2), (1/4, 1/4) */
    const teq_array_user user = {.first = true, .final = true, .a_n = 5};
    int16_t words[3][2];
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    p.rows = p.cols = p.load_cols = p.n_requant = 2;
    static teq_array_host host;
    teq_error err;
    if (!teq_array_host_init(&host, &p, &err) || !teq_array_host_weights(&host, weights, 4, 0, &err) ||
        !teq_array_host_vectors(&host, vectors, 3, user, words[0], &err))
        return fprintf(stderr, "%s\n", err.message), 1;
    for (int v = 0; v < 3; v++)
        printf("%d %d\n", words[v][0], words[v][1]);
    printf("%llu cycles\n", (unsigned long long)host.cycle);
    teq_array_host_free(&host);
}
