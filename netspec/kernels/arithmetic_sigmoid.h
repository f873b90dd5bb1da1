// sigmoid and tanh.
//
//     |x| = n ln2 + r,  s = 2^-n,  d = s + e^r
//     sigmoid(x) = s / d  where x < 0, else 1 - s / d
//
//     e = e^(-2|x|)
//     tanh |x| = 1 - 2e / (1 + e) = 1 - e g(e)     where |x| > 1
//     tanh |x| = |x| + |x|^3 p(x^2)                elsewhere
//
// sigmoid needs 1/d better than d can be rounded: what the sum s + e^r loses is kept, d_low, and
// 1/d is mended by the remainder 1 - d/d (P. Markstein, IBM J. Res. Dev. 34 (1990) 111). tanh needs
// no division, since e g(e) is small against 1.

#pragma once

#include "arithmetic_exp.h"

namespace netspec {
namespace NETSPEC_PATH {

// s, d and e^r are held times -C, a power of two large enough for s to have no subnormal values
// where the result has them, and negative because that saves the signs further on.
template <class V> INLINE V sigmoid(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 104 : 746, C = F::IS_FLOAT ? 0x1p24 : 0x1p64;
    constexpr int SCALED = F::IS_FLOAT ? 127 + 24 + 256 : 1023 + 64 + 2048;
    constexpr int LEAST = F::IS_FLOAT ? -150 : -1076, LAST = 8 * sizeof(T) - 1;
    const V one = every<V>(T(1)), magic = every<V>(T(F::MAGIC + SCALED)), c = every<V>(C);
    V m = magnitude(x), a = at_most(m, every<V>(HIGH));
    auto i = bits(fma(m, every<V>(-F::LOG2E), magic));
    auto least = bits(every<V>(T(F::MAGIC + SCALED + LEAST)));
    i = i > least ? i : least;
    V n = number(i) - magic;
    V r = fma(n, every<V>(F::LN2_HIGH), a);
    r = fma(n, every<V>(F::LN2_LOW), r);
    V s = number(i << F::FRACTION), p = fma(exp_tail<1>(r, r * r, -C), r, -c);
    V d = fma(p, r, s - c), d_low = fma(p, r, (-c - d) + s);
    V y = minus_reciprocal(d);
    y = fma(fma(d_low, y, fma(d, y, one)), y, y);
    V start = number(~(bits(x) >> LAST) & bits(one));
    return magnitude(fma(s, y, start));
}

template <class V> INLINE V tanh(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 9.125 : 19.125;
    const V one = every<V>(T(1));
    V m = magnitude(x), m2 = m * m, p, g;
    Power<V> power = exp_minus_twice(at_most(m, every<V>(HIGH)));
    V e = fma(power.s, power.v, power.s);
    if constexpr (F::IS_FLOAT) {
        p = horner(m2, -0x1.55553cp-2f, 0x1.110be6p-3f, -0x1.b96288p-5f, 0x1.600bd6p-6f,
                       -0x1.04675p-7f, 0x1.2db79ep-9f, -0x1.7806d8p-12f);
        g = horner(e, 0x1.ffffe8p0f, -0x1.fff5d4p0f, 0x1.fe994p0f, -0x1.ea24f6p0f, 0x1.5f12f2p0f);
    } else {
        p = polynomial(m2, m2 * m2, -0x1.555555555554fp-2, 0x1.1111111110b23p-3,
                                    -0x1.ba1ba1b9dd9c7p-5, 0x1.664f4878775c3p-6,
                                    -0x1.226e345914f35p-7, 0x1.d6d3aedc90b9fp-9,
                                    -0x1.7da1da8afa163p-10, 0x1.354b4ba34fff5p-11,
                                    -0x1.f4dea8f8bee83p-13, 0x1.939baa0dc3036p-14,
                                    -0x1.3f4c41b707a12p-15, 0x1.df2057cfa10dcp-17,
                                    -0x1.3f43cf5ef8cf5p-18, 0x1.553301f51f619p-20,
                                    -0x1.f442e411724f5p-23, 0x1.6deadb4f58a68p-26);
        g = polynomial(e, e * e, 0x1.fffffffffffe6p0, -0x1.fffffffffd46ep0, 0x1.fffffffe67d6cp0,
                                 -0x1.ffffff8870ebcp0, 0x1.ffffeb96b1ae4p0, -0x1.fffdccd964df1p0,
                                 0x1.ffd80341ae581p0, -0x1.fe1837cc66f9dp0, 0x1.f06f75c7cf33bp0,
                                 -0x1.ace90769663e8p0, 0x1.dacb160285f5ep-1);
    }
    V large = computed(fma(-e, g, one)), small = computed(fma(m2 * p, m, m));
    return with_sign_of(x, m > one ? large : small);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
