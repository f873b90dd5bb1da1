// The natural logarithm (for double that of fdlibm, K. C. Ng, 1993).
//
//     x = 2^e (1 + f),  sqrt(1/2) <= 1 + f < sqrt(2)
//     float     log x = e ln2 + f - f^2 / 2 + f^3 p(f)
//     double    log x = e ln2 + f - (f^2 / 2 - s (f^2 / 2 + s^2 p(s^2))),  s = f / (2 + f)
//
// What e LN2_HIGH + f loses when it is rounded is kept.

#pragma once

#include "arithmetic_basics.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> INLINE V log(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    typedef typename F::N N;
    constexpr T LEAST = F::IS_FLOAT ? 0x1p-126 : 0x1p-1022, UP = F::IS_FLOAT ? 0x1p23 : 0x1p52;
    constexpr N ROOT = F::IS_FLOAT ? N(0x3f3504f3) : N(0x3fe6a09e667f3bcd);
    constexpr N FRACTION_BITS = (N(1) << F::FRACTION) - 1;
    const V magic = every<V>(F::MAGIC), one = every<V>(T(1)), half = every<V>(T(0.5));
    auto subnormal = x < every<V>(LEAST);
    auto i = bits(subnormal ? x * every<V>(UP) : x) - ROOT;
    V e = number((i >> F::FRACTION) + bits(magic));
    e = e - (subnormal ? every<V>(T(F::MAGIC + F::FRACTION)) : magic);
    V f = number((i & FRACTION_BITS) + ROOT) - one, f2 = f * f, t;
    if constexpr (F::IS_FLOAT) {
        V p = polynomial(f, f2, 0x1.55553ep-2f, -0x1.000006p-2f, 0x1.99a8cp-3f, -0x1.555f44p-3f,
                                0x1.22f33ep-3f, -0x1.fb7336p-4f, 0x1.e9c9d4p-4f, -0x1.e31eep-4f,
                                0x1.144d98p-4f);
        t = fma(-half, f2, (f * f2) * p);
    } else {
        V s = f / (every<V>(2.) + f), s2 = s * s, h = half * f2;
        V p = polynomial(s2, s2 * s2, 0x1.5555555555592p-1, 0x1.999999997ff2bp-2,
                                      0x1.24924941e082ap-2, 0x1.c71c52148103dp-3,
                                      0x1.74663d045e55p-3, 0x1.39a1e2da1a237p-3,
                                      0x1.2f041b9804a66p-3);
        t = fma(s, fma(s2, p, h), -h);
    }
    t = fma(e, every<V>(F::LN2_LOW), t);
    const V ln2 = every<V>(F::LN2_HIGH);
    V sum = fma(e, ln2, f), low = f - fma(-e, ln2, sum);
    const V infinite = every<V>(number(F::INFINITE)), nan = every<V>(number(F::A_NAN));
    V result = x == infinite ? x : sum + (low + t);
    return x > V{} ? result : x == V{} ? -infinite : nan;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
