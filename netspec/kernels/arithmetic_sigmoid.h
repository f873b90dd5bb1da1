// sigmoid and tanh, without a division.
//
//     sigmoid:   |x| = n ln2 + r,  s = 2^-n,  D = s + e^r,  R = 1 / D
//                sigmoid(x) = s R where x < 0, else 1 - s R
//     tanh:      e = e^(-2|x|),  tanh |x| = 1 - 2e / (1 + e) = 1 - e g(e)      where |x| > 0.6
//                tanh |x| = |x| + |x|^3 p(x^2)                                 elsewhere
//
// 1/D starts from the bits of D (an integer subtraction is right to 5 %), and is mended by Newton's
// and Halley's steps, fma only (P. Markstein, IBM J. Res. Dev. 34 (1990) 111). What the sum s + e^r
// loses when it is rounded is carried along, so that R is right to its last bit.

#pragma once

#include "arithmetic_exp.h"

namespace netspec {
namespace NETSPEC_PATH {

// c (1 + r q(r)), c = 2^24 or 2^64, with the power of two in the coefficients.
template <class V> INLINE V scaled_exp_slope(V r) {
    if constexpr (Format<V>::IS_FLOAT)
        return polynomial(r, 0x1p24f, 0x1.fffffap22f, 0x1.555492p21f, 0x1.555a26p19f,
                          0x1.123988p17f, 0x1.694cd2p14f);
    else
        return polynomial(r, 0x1p64, 0x1.000000000000ap63, 0x1.55555555554fep61,
                          0x1.55555555506acp59, 0x1.1111111126b2ep57, 0x1.6c16c1847c94ap54,
                          0x1.a01a012ffa32bp51, 0x1.a019994c1311ep48, 0x1.71df18b9a1062p45,
                          0x1.28ae10fca39b6p42, 0x1.ad937209d2824p38);
}

// s and D are kept times c, so that s does not underflow before it meets R.
template <class V> INLINE V sigmoid(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    typedef typename F::N N;
    constexpr T HIGH = F::IS_FLOAT ? 104 : 746, SCALE = F::IS_FLOAT ? 0x1p24 : 0x1p64;
    constexpr N GUESS = F::IS_FLOAT ? N(0x7ef35000) : N(0x7fde6a0000000000);
    const V one = every<V>(T(1)), magic = every<V>(T(F::MAGIC + (F::IS_FLOAT ? 151 : 1087)));
    V a = magnitude(x);
    a = a > every<V>(HIGH) ? every<V>(HIGH) : a;
    V z = fma(a, every<V>(-F::LOG2E), magic), n = z - magic;
    V r = fma(n, every<V>(F::LN2_HIGH), a);
    r = fma(n, every<V>(F::LN2_LOW), r);
    V s = number(bits(z) << F::FRACTION), sum = s + every<V>(SCALE), p = scaled_exp_slope(r);
    V d = fma(p, r, sum), d_low = fma(p, r, (every<V>(SCALE) - d) + s);
    V y = number(GUESS - bits(d));
    y = y * fma(-d, y, every<V>(T(0x1.0015cep1)));
    V e;
    if constexpr (!F::IS_FLOAT) {
        e = fma(-d, y, one);
        y = fma(fma(e, e, e), y, y);
    }
    e = fma(-d_low, y, fma(-d, y, one));
    y = fma(fma(e, e, e), y, y);
    auto negative = bits(x) < typename F::I{};
    return fma(negative ? s : -s, y, negative ? V{} : one);
}

template <class V> INLINE V tanh(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 9.1f : 19.1;
    const V one = every<V>(T(1)), magic = every<V>(T(F::MAGIC + (F::IS_FLOAT ? 127 : 1023)));
    V m = magnitude(x), a = m > every<V>(HIGH) ? every<V>(HIGH) : m;
    V z = fma(a, every<V>(-2 * F::LOG2E), magic), n = z - magic;
    V r = fma(n, every<V>(F::LN2 / 2), a), p, g, small;
    V square = a * a;
    if constexpr (F::IS_FLOAT) {
        p = polynomial(r, 1.f, -2.f, 0x1.fffffap0f, -0x1.555492p0f, 0x1.555a26p-1f,
                       -0x1.123988p-2f, 0x1.694cd2p-4f);
        V e = p * number(bits(z) << F::FRACTION);
        g = e * polynomial(e, 2.f, -0x1.ffffb4p0f, 0x1.ffec34p0f, -0x1.fe42cp0f, 0x1.eda18ep0f,
                           -0x1.99ad16p0f, 0x1.930beap-1f);
        small = polynomial(square, -0x1.55553ep-2f, 0x1.1109bep-3f, -0x1.b89abap-5f,
                           0x1.54c3c2p-6f, -0x1.828776p-8f);
    } else {
        p = polynomial(r, 1., -2., 0x1.000000000000ap1, -0x1.55555555554fep0, 0x1.55555555506acp-1,
                       -0x1.1111111126b2ep-2, 0x1.6c16c1847c94ap-4, -0x1.a01a012ffa32bp-6,
                       0x1.a019994c1311ep-8, -0x1.71df18b9a1062p-10, 0x1.28ae10fca39b6p-12,
                       -0x1.ad937209d2824p-15);
        V e = p * number(bits(z) << F::FRACTION), d = one + e;
        V y = polynomial(e, 0x1.fffb1ba97fc01p-1, -0x1.fdf35e9939abdp-1, 0x1.dc3f67f5659d9p-1,
                         -0x1.29360cdb43a48p-1);
        y = fma(fma(-d, y, one), y, y);
        y = fma(fma(-d, y, one), y, y);
        g = (e + e) * y;
        small = polynomial(square, -0x1.5555555555554p-2, 0x1.1111111110f01p-3,
                           -0x1.ba1ba1b9f8abdp-5, 0x1.664f4879878f2p-6, -0x1.226e33f208a9ap-7,
                           0x1.d6d3894008fbfp-9, -0x1.7d9eaf40cd149p-10, 0x1.3521d180b0747p-11,
                           -0x1.f21a2db5c5facp-13, 0x1.83ef1b2fb9171p-14, -0x1.058dba305a6acp-15,
                           0x1.b475e46126377p-18);
    }
    small = fma(square * small, a, a);
    return with_sign_of(x, a > every<V>(T(0.6)) ? one - g : small);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
