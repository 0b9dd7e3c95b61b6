/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop over independent pieces of work on all cores. Pieces are handed out one at a
 * time, so results must not depend on who does a piece: no sums across pieces.
 */
#ifndef TEQ_QUANT_PARALLEL_H
#define TEQ_QUANT_PARALLEL_H

#include <stddef.h>

/* Call body(context, piece, worker) for piece = 0..n-1 on `threads` threads (0: one for
 * each processor online); worker < teq_threads(threads). OpenBLAS runs on one thread
 * for the duration. */
void teq_parallel(size_t n, int threads, void (*body)(void *context, size_t piece, int worker), void *context);

/* The number of workers that teq_parallel uses, at most TEQ_THREADS_MAX. */
#define TEQ_THREADS_MAX 64
int teq_threads(int threads);

#endif
