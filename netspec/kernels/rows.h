// Rows of numbers that lie one behind the other, through a kernel.

#pragma once

#include "paths.h"

namespace netspec {

constexpr ptrdiff_t ROWS_AT_A_TIME = 96;  // of a product whose outputs stay in the cache

// out (rows, outputs) = start + x (rows, terms) W^T; start (outputs,), or null.
template <class T>
void product_of_rows(const Kernels<T>& kernels, const T* x, ptrdiff_t rows, const Packed<T>& W,
                     const T* start, T* out) {
    const ptrdiff_t panels = kernels.panels(W);
    const T* at[ROWS_AT_A_TIME];
    for (ptrdiff_t first = 0; first < rows; first += ROWS_AT_A_TIME) {
        const ptrdiff_t count = rows - first < ROWS_AT_A_TIME ? rows - first : ROWS_AT_A_TIME;
        for (ptrdiff_t r = 0; r < count; r++) at[r] = x + (first + r) * W.terms;
        kernels.product(at, count, W, 0, panels, start, 0, out + first * W.outputs, W.outputs);
    }
}

// Whether the way back of a function asks for its output alone.
inline bool by_output(Function f) {
    return f.kind == Kind::linear || f.kind == Kind::sigmoid || f.kind == Kind::tanh ||
           f.kind == Kind::softmax || f.kind == Kind::hard_sigmoid || f.kind == Kind::rational_tanh;
}

// y = f(x), each row of `width` numbers by itself; y may be x.
template <class T>
void activate_rows(const Kernels<T>& kernels, Function f, const T* x, T* y, ptrdiff_t rows,
                   ptrdiff_t width) {
    if (f.kind == Kind::linear && x == y) return;
    if (f.kind != Kind::softmax) return kernels.activate(f, x, y, rows * width);
    for (ptrdiff_t r = 0; r < rows; r++) kernels.activate(f, x + r * width, y + r * width, width);
}

// dx = dy f'(x); dx may be dy.
template <class T>
void activate_rows_back(const Kernels<T>& kernels, Function f, const T* x, const T* y, const T* dy, T* dx,
                        ptrdiff_t rows, ptrdiff_t width) {
    if (f.kind == Kind::linear && dx == dy) return;
    if (f.kind != Kind::softmax) return kernels.activate_back(f, x, y, dy, dx, rows * width);
    for (ptrdiff_t r = 0; r < rows; r++, x += width, y += width, dy += width, dx += width)
        kernels.activate_back(f, x, y, dy, dx, width);
}

}  // namespace netspec
