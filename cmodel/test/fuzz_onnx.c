/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer: any bytes are a graph or an error with a message; a graph that is small runs.
 */
#include "teq/exec.h"
#include "teq/onnx.h"

#include <stdint.h>
#include <stdlib.h>

#define SMALL 20000 /* values in all tensors, and multiply-accumulates / 50 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    teq_error err = {0};
    teq_graph *g = teq_onnx_parse(data, size, "fuzz", &err);
    if (g == NULL) {
        if (err.message[0] == 0)
            abort();
        return 0;
    }
    size_t values = 0;
    uint64_t macs = 0;
    for (int t = 0; t < g->n_tensors; t++)
        values += g->tensor[t].size;
    for (int i = 0; i < g->n_nodes; i++) {
        const teq_node *n = &g->node[i];
        macs += teq_node_macs(g, n) + (uint64_t)n->kh * (uint64_t)n->kw * g->tensor[n->out].size;
        if (g->tensor[n->out].node != i)
            abort();
        for (int j = 0; j < n->n_in; j++)
            if (g->tensor[n->in[j]].node >= i)
                abort();
    }
    if (values <= SMALL && macs <= SMALL * 50) {
        float *x = calloc(g->tensor[g->input].size, sizeof *x);
        for (size_t i = 0; x != NULL && i < g->tensor[g->input].size; i++)
            x[i] = (float)(i % 7) - 3;
        float *y = x != NULL ? teq_exec_logits(g, x, 1, 1, &err) : NULL;
        if (y == NULL)
            abort();
        free(x);
        free(y);
    }
    teq_graph *copy = teq_graph_clone(g);
    teq_graph_free(copy);
    teq_graph_free(g);
    return 0;
}
