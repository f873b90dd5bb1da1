// The activations of netspec/layers/activations.py, forward and back, for a vector and for a row.
//
//     y = f(x),  dx = dy f'(x)        (the table "Activations" of README.md, operation by operation)
//
// `option` is alpha (elu) or slope (leaky_relu, hard_sigmoid). softmax needs a whole row and stands
// apart; its sum is rule 2 of README.md over one axis.

#pragma once

#include "arithmetic.h"
#include "job.h"
#include "tree.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr double SQRT_HALF = 0x1.6a09e667f3bcdp-1;          // sqrt(0.5)
constexpr double SQRT_2_PI = 0x1.9884533d43651p-1;          // sqrt(2 / pi)
constexpr double INVERSE_SQRT_2PI = 0x1.9884533d43651p-2;   // 1 / sqrt(2 * pi)
constexpr double CUBE = 0.044715, THREE_CUBES = 3 * 0.044715;

template <class T, class V> INLINE V of(double c) { return every<V>((T)c); }

template <class V> INLINE V larger(V x, V y) { return ((x >= y) | (x != x)) ? x : y; }
template <class V> INLINE V smaller(V x, V y) { return ((x <= y) | (x != x)) ? x : y; }

template <Kind K, class T, class V> INLINE V activated(V x, T option) {
    const V zero{}, one = every<V>(T(1));
    if constexpr (K == Kind::exp) return exp(x);
    if constexpr (K == Kind::expm1) return expm1(x);
    if constexpr (K == Kind::erf) return erf(x);
    if constexpr (K == Kind::log) return log(x);
    if constexpr (K == Kind::linear) return x;
    if constexpr (K == Kind::relu) return x < zero ? zero : x;
    if constexpr (K == Kind::sigmoid) return sigmoid(x);
    if constexpr (K == Kind::tanh) return tanh(x);
    if constexpr (K == Kind::symmrelu) return magnitude(x);
    if constexpr (K == Kind::softsign) return x / (one + magnitude(x));
    if constexpr (K == Kind::gauss) return exp(-(x * x));
    if constexpr (K == Kind::elu) return x > zero ? x : every<V>(option) * expm1(x);
    if constexpr (K == Kind::leaky_relu) return x > zero ? x : every<V>(option) * x;
    if constexpr (K == Kind::gelu)
        return (of<T, V>(0.5) * x) * (one + erf(x * of<T, V>(SQRT_HALF)));
    if constexpr (K == Kind::gelu_tanh) {
        V t = tanh(of<T, V>(SQRT_2_PI) * (x + ((of<T, V>(CUBE) * x) * x) * x));
        return (of<T, V>(0.5) * x) * (one + t);
    }
    if constexpr (K == Kind::rational_tanh) return rational_tanh(x);
    if constexpr (K == Kind::hard_sigmoid)
        return smaller(larger((every<V>(option) * x) + of<T, V>(0.5), zero), one);
}

template <Kind K, class T, class V> INLINE V slope(V x, V y, V dy, T option) {
    const V zero{}, one = every<V>(T(1)), half = of<T, V>(0.5);
    if constexpr (K == Kind::linear) return dy;
    if constexpr (K == Kind::relu) return x > zero ? dy : zero;
    if constexpr (K == Kind::sigmoid) return dy * (y * (one - y));
    if constexpr (K == Kind::tanh || K == Kind::rational_tanh) return dy * (one - y * y);
    if constexpr (K == Kind::symmrelu) return x < zero ? -dy : dy;
    if constexpr (K == Kind::softsign) {
        V bottom = one + magnitude(x);
        return dy / (bottom * bottom);
    }
    if constexpr (K == Kind::gauss) return dy * ((of<T, V>(-2) * x) * y);
    if constexpr (K == Kind::elu) return x > zero ? dy : dy * (every<V>(option) * exp(x));
    if constexpr (K == Kind::leaky_relu) return x > zero ? dy : every<V>(option) * dy;
    if constexpr (K == Kind::gelu) {
        V phi = exp((of<T, V>(-0.5) * x) * x) * of<T, V>(INVERSE_SQRT_2PI);
        return dy * (half * (one + erf(x * of<T, V>(SQRT_HALF))) + x * phi);
    }
    if constexpr (K == Kind::gelu_tanh) {
        V t = tanh(of<T, V>(SQRT_2_PI) * (x + ((of<T, V>(CUBE) * x) * x) * x));
        V inner = of<T, V>(SQRT_2_PI) * (one + (of<T, V>(THREE_CUBES) * x) * x);
        return dy * (half * (one + t) + ((half * x) * (one - t * t)) * inner);
    }
    if constexpr (K == Kind::hard_sigmoid)
        return ((y > zero) & (y < one)) ? every<V>(option) * dy : zero;
}

// Whether the way back asks for x; otherwise y is enough.
constexpr bool wants_input(Kind kind) {
    return kind != Kind::linear && kind != Kind::sigmoid && kind != Kind::tanh &&
           kind != Kind::softmax && kind != Kind::hard_sigmoid && kind != Kind::rational_tanh;
}

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
