// The primitives of a backend and the sweeps of its cells, on whole batches and all threads.
//
// Arrays are in C order. Threads share out outputs, never a sum: rows of a product, events of a sweep,
// blocks of outputs of a slope.

#pragma once

#include "paths.h"

namespace netspec {

// out (rows, outputs) = start + x (rows, terms) W^T; W[i][k] at W[i * output_stride + k * term_stride];
// start (outputs,) with start_stride 0, (rows, outputs) with start_stride outputs, or null.
template <class T>
void product(const Kernels<T>& kernels, int threads, const T* x, ptrdiff_t rows, const T* W,
             ptrdiff_t output_stride, ptrdiff_t term_stride, ptrdiff_t outputs, ptrdiff_t terms,
             const T* start, ptrdiff_t start_stride, T* out);

// y = f(x), entry by entry; softmax takes all of x for one row.
template <class T>
void activate(const Kernels<T>& kernels, int threads, Function f, const T* x, T* y, ptrdiff_t count);

template <class T> void outer_sum(const Kernels<T>& kernels, int threads, const OuterSum<T>& sum);

// result (width,): the sum of x (events, steps, width) over events and steps.
template <class T>
void sum(const Kernels<T>& kernels, int threads, const T* x, ptrdiff_t events, ptrdiff_t steps,
         ptrdiff_t width, T* result);

// Options of a cell and the weights that a sweep reads, as they lie in Python's arrays.
template <class T> struct CellOptions {
    CellKind kind;
    ptrdiff_t units;
    Function gate, candidate, cell;
    double forget_bias;
    bool reset_after;
    const T *U, *b_state;
};

// Whole arrays of a sweep: z (events, steps, gates * units), h and c (events, units), first states in
// and final states out; the others (events, steps, units or gates * units), null where not wanted.
template <class T> struct SweepArrays {
    ptrdiff_t events, steps;
    bool reverse;
    const int64_t* lengths;
    const T* z;
    T *h, *c, *y, *gates, *before, *cells, *m;
};

template <class T>
void sweep(const Kernels<T>& kernels, int threads, const CellOptions<T>& options,
           const SweepArrays<T>& arrays);

// The same for the pass backwards; dh and dc are final slopes in and first slopes out.
template <class T> struct SweepBackArrays {
    ptrdiff_t events, steps;
    bool reverse;
    const int64_t* lengths;
    const T *gates, *before, *cells, *m, *y, *h0, *c0, *dy;
    T *dh, *dc, *dz, *saw, *ds, *saw_c;
};

template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const CellOptions<T>& options,
                const SweepBackArrays<T>& arrays);

}  // namespace netspec
