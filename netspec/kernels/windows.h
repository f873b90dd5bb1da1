// Windows on an image: what a convolution and a pooling look at (netspec/layers/images.py).
//
// Window (i, j) stands on row i stride_h - padding_h and column j stride_w - padding_w.

#pragma once

#include "job.h"

namespace netspec {

struct Windows {
    ptrdiff_t channels, height, width;
    ptrdiff_t kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
    ALWAYS_INLINE ptrdiff_t rows() const { return (height + 2 * padding_h - kernel_h) / stride_h + 1; }
    ALWAYS_INLINE ptrdiff_t columns() const { return (width + 2 * padding_w - kernel_w) / stride_w + 1; }
    ALWAYS_INLINE ptrdiff_t pixels() const { return rows() * columns(); }
    ALWAYS_INLINE ptrdiff_t numbers() const { return channels * height * width; }
    ALWAYS_INLINE ptrdiff_t terms() const { return channels * kernel_h * kernel_w; }
};

// out[o][p] = start[o] + the sum over k of W[o][k] x[places[k] + p], by rule 1 of README.md.
template <class T> struct Correlation {
    ptrdiff_t outputs, terms, count;  // of o, k, p
    const T* W;                       // W[o][k] at W[o * output_stride + k * term_stride]
    ptrdiff_t output_stride, term_stride;
    const T* start;                   // (outputs,), or null
    const T* x;
    const ptrdiff_t* places;          // (terms,)
    T* out;                           // out[o][p] at out[o * out_stride + p]
    ptrdiff_t out_stride;
};

// The largest number of each window without padding, in some planes (height, width) side by side.
template <class T> struct Pooling {
    Windows windows;
    ptrdiff_t planes;
    const T* x;
    T* y;  // (planes, rows, columns)
};

}  // namespace netspec
