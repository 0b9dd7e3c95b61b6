/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_plan.h"

#include "exec_ops.h"

#include <stdlib.h>
#include <string.h>

/* A piece of the arena, in use while `until` has not been passed. */
typedef struct {
    size_t at, size;
    int until;
} piece;

/* Which nodes run: backwards from what is wanted, stopping at what is given. */
static bool find_steps(teq_plan *p, const teq_graph *g, char *needed, teq_error *err)
{
    for (int i = g->n_nodes; i-- > 0;) {
        const teq_node *n = &g->node[i];
        if (!needed[n->out] || p->given[n->out] >= 0)
            continue;
        for (int j = 0; j < n->n_in; j++)
            needed[n->in[j]] = 1;
        p->step[p->n_steps++] = i;
    }
    for (int i = 0; i < p->n_steps / 2; i++) {
        int other = p->n_steps - 1 - i, swap = p->step[i];
        p->step[i] = p->step[other];
        p->step[other] = swap;
    }
    if (needed[g->input] && p->given[g->input] < 0)
        return teq_fail(err, TEQ_ERR_ARG,
                        "%s: what is wanted depends on the input \"%s\", which is not given",
                        g->name, g->tensor[g->input].name);
    return true;
}

/* First place of `size` floats that no piece alive at `step` covers. */
static size_t find_place(const piece *pieces, int n, int step, size_t size)
{
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++)
            if (pieces[i].until >= step && at < pieces[i].at + pieces[i].size &&
                pieces[i].at < at + size) {
                at = pieces[i].at + pieces[i].size;
                moved = true;
            }
    }
    return at;
}

static bool place_all(teq_plan *p, const teq_graph *g, const char *needed)
{
    int *last = calloc((size_t)g->n_tensors + 1, sizeof *last); /* step of the last reader */
    piece *pieces = calloc((size_t)g->n_tensors + 1, sizeof *pieces);
    int n = 0, alive = 0;
    if (last != NULL && pieces != NULL) {
        for (int s = 0; s < p->n_steps; s++)
            for (int j = 0; j < g->node[p->step[s]].n_in; j++)
                last[g->node[p->step[s]].in[j]] = s + 1;
        /* Step 0 brings the given tensors in, step s + 1 runs node step[s]. */
        for (int s = 0; s <= p->n_steps; s++) {
            for (int t = 0; t < g->n_tensors; t++) {
                bool now = s == 0 ? p->given[t] >= 0 && needed[t] : t == g->node[p->step[s - 1]].out;
                if (!now)
                    continue;
                alive = 0;
                for (int i = 0; i < n; i++)
                    if (pieces[i].until >= s)
                        pieces[alive++] = pieces[i];
                n = alive;
                /* Lines of 16 floats, so that no two tensors share a cache line. */
                size_t size = (g->tensor[t].size + 15) / 16 * 16;
                size_t at = find_place(pieces, n, s, size);
                pieces[n++] = (piece){at, size, last[t] > s ? last[t] : s};
                p->offset[t] = at;
                p->arena = p->arena > at + size ? p->arena : at + size;
                if (s > 0)
                    break;
            }
            size_t scratch = s == 0 ? 0 : teq_op_scratch(g, &g->node[p->step[s - 1]]);
            p->scratch = p->scratch > scratch ? p->scratch : scratch;
        }
    }
    bool ok = last != NULL && pieces != NULL;
    free(last);
    free(pieces);
    return ok;
}

static bool bind_all(int *index, const teq_graph *g, const teq_exec_bind *bind, int n,
                     const char *what, teq_error *err)
{
    for (int i = 0; i < g->n_tensors; i++)
        index[i] = -1;
    for (int i = 0; i < n; i++) {
        int t = bind[i].tensor;
        if (t < 0 || t >= g->n_tensors)
            return teq_fail(err, TEQ_ERR_ARG, "%s: %s tensor %d, expected 0..%d", g->name, what, t,
                            g->n_tensors - 1);
        if (index[t] >= 0 || bind[i].data == NULL)
            return teq_fail(err, TEQ_ERR_ARG, "%s: %s tensor \"%s\" %s", g->name, what,
                            g->tensor[t].name, index[t] >= 0 ? "is named twice" : "has no data");
        index[t] = i;
    }
    return true;
}

bool teq_plan_make(teq_plan *p, const teq_graph *g, const teq_exec_bind *given, int n_given,
                   const teq_exec_bind *wanted, int n_wanted, teq_error *err)
{
    *p = (teq_plan){0};
    const size_t room = (size_t)g->n_tensors + 1;
    char *needed = calloc(room, 1);
    p->step = calloc((size_t)g->n_nodes + 1, sizeof *p->step);
    p->given = calloc(room, sizeof *p->given);
    p->wanted = calloc(room, sizeof *p->wanted);
    p->offset = calloc(room, sizeof *p->offset);
    bool ok = needed != NULL && p->step != NULL && p->given != NULL && p->wanted != NULL &&
              p->offset != NULL;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for a plan", g->name);
    ok = ok && bind_all(p->given, g, given, n_given, "given", err) &&
         bind_all(p->wanted, g, wanted, n_wanted, "wanted", err);
    for (int i = 0; ok && i < n_wanted; i++)
        needed[wanted[i].tensor] = 1;
    ok = ok && find_steps(p, g, needed, err);
    if (ok && !place_all(p, g, needed))
        ok = teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for a plan", g->name);
    free(needed);
    if (!ok)
        teq_plan_free(p);
    return ok;
}

void teq_plan_free(teq_plan *p)
{
    free(p->step);
    free(p->given);
    free(p->wanted);
    free(p->offset);
    *p = (teq_plan){0};
}
