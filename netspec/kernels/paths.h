// The table of what a path computes: one for each instruction set and type.

#pragma once

#include "job.h"
#include "rules.h"
#include "windows.h"

namespace netspec {

template <class T> struct Kernels {
    const char* path;
    const long* entries;  // how often the path was entered since the process began
    ptrdiff_t lanes;
    ptrdiff_t (*packed_size)(ptrdiff_t outputs, ptrdiff_t terms);
    void (*pack)(const T* W, ptrdiff_t output_stride, ptrdiff_t term_stride, ptrdiff_t outputs,
                 ptrdiff_t terms, T* packed);
    ptrdiff_t (*panels)(const Packed<T>& W);
    // out = start + x W^T for rows given by their addresses; start may be out, or null.
    void (*product)(const T* const* rows, ptrdiff_t count, const Packed<T>& W, ptrdiff_t first_panel,
                    ptrdiff_t end_panel, const T* start, ptrdiff_t start_stride, T* out,
                    ptrdiff_t out_stride);
    // Images.
    void (*correlate)(const Correlation<T>& correlation);
    void (*pool)(const Pooling<T>& pooling);
    // Recurrent cells.
    ptrdiff_t (*sweep_workspace)(const Cell<T>& cell, ptrdiff_t events, ptrdiff_t steps);
    void (*sweep)(const Cell<T>& cell, const Sweep<T>& sweep);
    ptrdiff_t (*sweep_back_workspace)(const Cell<T>& cell, ptrdiff_t events);
    void (*sweep_back)(const Cell<T>& cell, const SweepBack<T>& sweep);
    // A function of each number of a row.
    void (*activate)(Function f, const T* x, T* y, ptrdiff_t count);
    void (*activate_back)(Function f, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t count);
    // Sums over events and steps.
    // An outer sum is cut into blocks, for so many threads; each is computed by itself.
    ptrdiff_t (*outer_sum_blocks)(const OuterSum<T>& sum, int threads);
    ptrdiff_t (*outer_sum_workspace)(const OuterSum<T>& sum, int threads);
    void (*outer_sum)(const OuterSum<T>& sum, int threads, ptrdiff_t block, T* workspace);
    void (*sum)(const Series<const T>& x, ptrdiff_t events, ptrdiff_t steps, ptrdiff_t first,
                ptrdiff_t end, T* result);
    // Losses and optimizers.
    void (*loss)(const Loss<T>& loss, const T* y, const T* t, T* value, T* slope, ptrdiff_t rows,
                 ptrdiff_t width);
    void (*update)(const Update<T>& rule, T* w, const T* g, T* one, T* two, ptrdiff_t count);
};

#define NETSPEC_DECLARE_PATH(name)                    \
    namespace name {                                  \
    extern const Kernels<float> float_kernels;        \
    extern const Kernels<double> double_kernels;      \
    }
NETSPEC_DECLARE_PATH(scalar)
NETSPEC_DECLARE_PATH(avx2)
NETSPEC_DECLARE_PATH(avx512)
NETSPEC_DECLARE_PATH(neon)
#undef NETSPEC_DECLARE_PATH

}  // namespace netspec
