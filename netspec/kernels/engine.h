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

// A pass over time of any number of events, and the pass backwards. The records describe all of them;
// `workspace`, `team` and `member` are filled in here. A cell holds the matrices that its pass reads:
// W (with x), U and U_c; the pass backwards has its own in the record.
template <class T>
void sweep(const Kernels<T>& kernels, int threads, const Cell<T>& cell, const Sweep<T>& all);
template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const Cell<T>& cell, const SweepBack<T>& all);

// Options of a cell and the weights that a sweep reads, as they lie in Python's arrays.
template <class T> struct CellOptions {
    CellKind kind;
    ptrdiff_t units;
    Function gate, candidate, cell;
    double forget_bias;
    bool reset_after;
    const T *U, *b_state;
};

// The same with weights that are packed first.
template <class T>
void sweep(const Kernels<T>& kernels, int threads, const CellOptions<T>& options, const Sweep<T>& all);
template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const CellOptions<T>& options, SweepBack<T> all);

}  // namespace netspec
