// The activations of netspec/layers/activations.py, forward and back, for rows of numbers.
//
// What becomes of one number is in activation_formulas.h. The sum of softmax is rule 2 of README.md
// over one axis.

#pragma once

#include "activation_formulas.h"
#include "job.h"
#include "tree.h"

namespace netspec {
namespace NETSPEC_PATH {

template <Kind K, class T> void map_row(const T* x, T* y, ptrdiff_t count, T option) {
    for (ptrdiff_t i = 0; i < count; i += LANES<T>)
        store_row(y + i, activated<K, T>(load_row(x + i, count - i), option), count - i);
}

template <Kind K, class T>
void map_row_back(const T* x, const T* y, const T* dy, T* dx, ptrdiff_t count, T option) {
    if (!wants_input(K)) x = y;  // never read, and there may be none
    for (ptrdiff_t i = 0; i < count; i += LANES<T>) {
        const ptrdiff_t left = count - i;
        store_row(dx + i, slope<K, T>(load_row(x + i, left), load_row(y + i, left), load_row(dy + i, left),
                                      option), left);
    }
}

template <class T> void softmax_row(const T* x, T* y, ptrdiff_t count) {
    if (!count) return;
    T top = x[0];
    for (ptrdiff_t i = 1; i < count; i++) top = larger(top, x[i]);
    for (ptrdiff_t i = 0; i < count; i++) y[i] = x[i] - top;
    map_row<Kind::exp, T>(y, y, count, 0);
    T sum = row_sum(count, [&](ptrdiff_t i) { return y[i]; });
    for (ptrdiff_t i = 0; i < count; i++) y[i] = y[i] / sum;
}

template <class T> void softmax_row_back(const T* y, const T* dy, T* dx, ptrdiff_t count) {
    T sum = row_sum(count, [&](ptrdiff_t i) { return dy[i] * y[i]; });
    for (ptrdiff_t i = 0; i < count; i++) dx[i] = y[i] * (dy[i] - sum);
}

#define EVERY_KIND(CASE)                                                                          \
    CASE(linear) CASE(relu) CASE(sigmoid) CASE(tanh) CASE(symmrelu) CASE(softsign) CASE(gauss)    \
    CASE(elu) CASE(leaky_relu) CASE(gelu) CASE(gelu_tanh) CASE(hard_sigmoid)    \
    CASE(rational_tanh)

// y = f(x) for a row of `count` numbers; y may be x.
template <class T> void activate(Function f, const T* x, T* y, ptrdiff_t count) {
    switch (f.kind) {
#define CASE(K) case Kind::K: return map_row<Kind::K, T>(x, y, count, (T)f.option);
        EVERY_KIND(CASE)
#undef CASE
        case Kind::softmax: return softmax_row(x, y, count);
        case Kind::exp: return map_row<Kind::exp, T>(x, y, count, 0);
        case Kind::expm1: return map_row<Kind::expm1, T>(x, y, count, 0);
        case Kind::erf: return map_row<Kind::erf, T>(x, y, count, 0);
        case Kind::log: return map_row<Kind::log, T>(x, y, count, 0);
    }
}

// dx = dy f'(x); x may be null where `wants_input` says no; dx may be dy.
template <class T>
void activate_back(Function f, const T* x, const T* y, const T* dy, T* dx, ptrdiff_t count) {
    switch (f.kind) {
#define CASE(K) case Kind::K: return map_row_back<Kind::K, T>(x, y, dy, dx, count, (T)f.option);
        EVERY_KIND(CASE)
#undef CASE
        case Kind::softmax: return softmax_row_back(y, dy, dx, count);
        default: return;  // the others are no activations
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
