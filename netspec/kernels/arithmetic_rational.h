// tanh as TMVA's method MLP has it: a quotient of polynomials in float32, whatever the number's type.
//
//     s = x^2        above = x (135135 + s (17325 + s (378 + s)))
//                    below = 135135 + s (62370 + s (3150 + 28 s))       y = above / below
//
// +-1 beyond +-4.97 (netspec/layers/activations.py). x^2 and `above` are formed of x as it is and rounded.

#pragma once

#include "arithmetic_basics.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> INLINE V rational_tanh(V x) {
    typedef typename Format<V>::T T;
    auto s = to_float(x * x);
    typedef decltype(s) S;
    S inner = every<S>(135135.0f) + s * (every<S>(17325.0f) + s * (every<S>(378.0f) + s));
    S above = to_float(x * widened<V>(inner));
    S below = every<S>(135135.0f) + s * (every<S>(62370.0f) + s * (every<S>(3150.0f) + s * every<S>(28.0f)));
    V y = widened<V>(above / below), limit = every<V>(T(4.97)), one = every<V>(T(1));
    y = x < -limit ? -one : y;
    return x > limit ? one : y;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
