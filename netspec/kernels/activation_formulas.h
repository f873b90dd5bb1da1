// The activations of netspec/layers/activations.py, forward and back, for a vector or a number.
//
//     y = f(x),  dx = dy f'(x)        (the table "Activations" of README.md, operation by operation)
//
// `option` is alpha (elu) or slope (leaky_relu, hard_sigmoid). softmax needs a whole row and stands
// apart, in activations.h.

#pragma once

#include "arithmetic.h"
#include "kinds.h"

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
INLINE constexpr bool wants_input(Kind kind) {
    return kind != Kind::linear && kind != Kind::sigmoid && kind != Kind::tanh &&
           kind != Kind::softmax && kind != Kind::hard_sigmoid && kind != Kind::rational_tanh;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
