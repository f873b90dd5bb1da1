// The natural logarithm (K. C. Ng's of fdlibm, 1993, for double).
//
//     x = 2^e (1 + f),  sqrt(1/2) <= 1 + f < sqrt(2),  s = f / (2 + f)
//     float:    log x = e ln2 + f - f^2 / 2 + f^3 p(f)
//     double:   log x = e ln2 + f - (f^2 / 2 - s (f^2 / 2 + s^2 p(s^2)))

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
    const V magic = every<V>(F::MAGIC), one = every<V>(T(1));
    auto subnormal = x < every<V>(LEAST);
    V y = subnormal ? x * every<V>(UP) : x;
    typename F::I i = bits(y) - ROOT;
    V e = number((i >> F::FRACTION) + bits(magic));
    e = e - (subnormal ? magic + every<V>(T(F::FRACTION)) : magic);
    V f = number((i & FRACTION_BITS) + ROOT) - one, t;
    V square = f * f;
    V high;
    if constexpr (F::IS_FLOAT) {
        V p = polynomial(f, 0x1.555554p-2f, -0x1.ffffe6p-3f, 0x1.999d2ap-3f, -0x1.556288p-3f,
                         0x1.23de4p-3f, -0x1.fbbf2ep-4f, 0x1.dc75e8p-4f, -0x1.ddb2cep-4f,
                         0x1.2cb40ep-4f);
        t = fma(every<V>(-0.5f), square, (f * square) * p);
        t = fma(e, every<V>(0x1.7f7d1cp-20f), t);
        high = e * every<V>(0x1.62e4p-1f);
    } else {
        V s = f / (every<V>(2.) + f), s2 = s * s, h = every<V>(0.5) * square;
        V p = polynomial(s2, 0x1.5555555555593p-1, 0x1.999999997fa04p-2, 0x1.2492494229359p-2,
                         0x1.c71c51d8e78afp-3, 0x1.7466496cb03dep-3, 0x1.39a09d078c69fp-3,
                         0x1.2f112df3e5244p-3);
        t = fma(s, fma(s2, p, h), -h);
        t = fma(e, every<V>(0x1.ef35793c7673p-45), t);
        high = e * every<V>(0x1.62e42fefa38p-1);
    }
    V sum = high + f, low = (high - sum) + f;
    V result = sum + (low + t);
    const V infinite = every<V>(number(F::INFINITE)), nan = every<V>(number(F::A_NAN));
    result = x == infinite ? x : result;
    V bad = x == V{} ? -infinite : nan;
    return x > V{} ? result : bad;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
