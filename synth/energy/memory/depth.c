// SPDX-License-Identifier: Apache-2.0
//
// depth NAME.teq ROWSxCOLS ... -- what the core's program of a network asks of a tile and of its
// memory of partial sums: vectors, loads of weights, words read and written, words in use;
// for memories of 128 words and less, with and without chained vectors. Nothing is
// simulated. One JSON object a line.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../beats.h"
#include "teq/teqfile.h"

typedef struct {
    size_t vectors, loads, read, written, used;
} traffic;

static traffic add_up(const beats *b)
{
    traffic sum = {0};
    for (int i = 0; i < b->n_layers; i++) {
        const beats_layer *l = &b->layer[i];
        sum.vectors += l->n_vectors;
        sum.loads += l->n_loads;
        for (size_t v = 0; v < l->n_vectors; v++) {
            const teq_array_user *u = &l->user[v];
            sum.read += !u->chain && !u->first;
            sum.written += !u->chain && !u->final;
            if (!u->chain && !u->final && u->addr >= sum.used)
                sum.used = u->addr + 1u;
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    teq_error err = {0};
    if (argc < 3) {
        fputs("usage: depth NAME.teq ROWSxCOLS ...\n", stderr);
        return 2;
    }
    teq_qnet *net = teq_qnet_read(argv[1], &err);
    if (!net) {
        fprintf(stderr, "depth: %s\n", err.message);
        return 1;
    }
    const char *name = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
    uint8_t *codes = calloc(net->tensor[net->input].size, 1); // no count depends on values
    int status = codes ? 0 : 1;
    for (int i = 2; i < argc && !status; i++)
        for (unsigned depth = 128; depth >= 16 && !status; depth /= 2)
            for (int chain = 0; chain <= 1 && !status; chain++) {
                unsigned rows, cols;
                teq_array_params p = TEQ_ARRAY_DEFAULT;
                beats b = {0};
                bool refused = false;
                if (sscanf(argv[i], "%ux%u", &rows, &cols) != 2 || rows > TEQ_ROWS_MAX || cols > TEQ_COLS_MAX) {
                    fprintf(stderr, "depth: %s: expected ROWSxCOLS\n", argv[i]);
                    status = 1;
                    break;
                }
                p.rows = (uint16_t)rows, p.cols = p.n_requant = (uint16_t)cols;
                p.psum_depth = (uint16_t)depth, p.chain = chain;
                if (!beats_record(net, &p, false, codes, &b, &refused, &err)) {
                    fprintf(stderr, "depth: %s\n", err.message);
                    status = 1;
                } else {
                    const traffic t = add_up(&b);
                    printf("{\"network\": \"%.*s\", \"shape\": \"%s\", \"chain\": %d, \"depth\": %u, \"vectors\": %zu, \"loads\": %zu, "
                           "\"read\": %zu, \"written\": %zu, \"used\": %zu}\n",
                           (int)strcspn(name, "-."), name, argv[i], chain, depth, t.vectors, t.loads, t.read, t.written, t.used);
                }
                beats_free(&b);
            }
    free(codes);
    teq_qnet_free(net);
    return status;
}
