// exp and expm1 (W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980, for the
// reduction; P. T. P. Tang, ACM TOMS 15 (1989) 144 and 18 (1992) 211).
//
//     x = n ln2 + r,  |r| <= ln2 / 2              e^x = 2^n e^r,   e^r = 1 + r + r^2 q(r)
//     e^x - 1 = 2^n (r + r^2 q(r)) + (2^n - 1)
//
// ln2 = LN2_HIGH + LN2_LOW, and n LN2_HIGH has few enough bits for x - n LN2_HIGH to be exact.

#pragma once

#include "arithmetic_basics.h"

namespace netspec {
namespace NETSPEC_PATH {

// c q(b r) for powers of two c and b, which move into the coefficients.
template <int B, class V, class T> INLINE V exp_tail(V r, V r2, T c) {
    constexpr T b = B, b2 = b * b, b3 = b2 * b, b4 = b2 * b2, b5 = b4 * b;
    if constexpr (Format<V>::IS_FLOAT)
        return polynomial(r, r2, c * 0x1.fffffap-2f, c * b * 0x1.555492p-3f,
                          c * b2 * 0x1.555a26p-5f, c * b3 * 0x1.123988p-7f,
                          c * b4 * 0x1.694cd2p-10f);
    else
        return polynomial(r, r2, c * 0x1.000000000000ap-1, c * b * 0x1.55555555554fep-3,
                          c * b2 * 0x1.55555555506acp-5, c * b3 * 0x1.1111111126b2ep-7,
                          c * b4 * 0x1.6c16c1847c94ap-10, c * b5 * 0x1.a01a012ffa313p-13,
                          c * b5 * b * 0x1.a019994c1319bp-16, c * b5 * b2 * 0x1.71df18b9a77afp-19,
                          c * b5 * b3 * 0x1.28ae10fc92d74p-22, c * b5 * b4 * 0x1.ad9371fbf06c3p-26);
}

// Where the result is subnormal, or next to the largest, 2^n is no number of T: it is applied as
// 2^n / c and c, in that order, so that only the second product can round.
template <class V> INLINE V exp(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 89 : 710, LOW = F::IS_FLOAT ? -104 : -746;
    constexpr T SMALL = F::IS_FLOAT ? 0x1p-64 : 0x1p-600, LARGE = F::IS_FLOAT ? 0x1p64 : 0x1p600;
    const V one = every<V>(T(1)), magic = every<V>(T(F::MAGIC + 2 * F::BIAS));
    x = x > every<V>(HIGH) ? every<V>(HIGH) : x;
    x = x < every<V>(LOW) ? every<V>(LOW) : x;
    V z = fma(x, every<V>(F::LOG2E), magic), n = z - magic;
    V r = fma(n, every<V>(-F::LN2_HIGH), x);
    r = fma(n, every<V>(-F::LN2_LOW), r);
    V p = fma(fma(exp_tail<1>(r, r * r, T(1)), r, one), r, one);
    V c = x < V{} ? every<V>(SMALL) : every<V>(LARGE);
    return (p * number((bits(z) << F::FRACTION) - bits(c))) * c;
}

// e^(-2a) = s (1 + v) for 0 <= a < 43. What a has lost in rounding may come behind it; float has no
// need of LN2_LOW, since e^(-2a) is small against what it is taken from.
template <class V> struct Power { V s, v; };
template <class V, class... Low> INLINE Power<V> exp_minus_twice(V a, Low... low) {
    typedef Format<V> F;
    typedef typename F::T T;
    const V magic = every<V>(T(F::MAGIC + F::BIAS));
    V z = fma(a, every<V>(-2 * F::LOG2E), magic), n = z - magic;
    V r = fma(n, every<V>(F::LN2_HIGH / 2), a);
    if constexpr (!F::IS_FLOAT) r = fma(n, every<V>(F::LN2_LOW / 2), r);
    r = (r + ... + low);
    V r2 = r * r, v = fma(exp_tail<-2>(r, r2, T(4)), r2, every<V>(T(-2)) * r);
    return {number(bits(z) << F::FRACTION), v};
}

// e^r - 1 = r + r^2 q(r), right to the last bits for small r as well.
template <class V> INLINE V expm1_tail(V r, V r2) {
    if constexpr (Format<V>::IS_FLOAT)
        return polynomial(r, r2, 0x1p-1f, 0x1.555554p-3f, 0x1.5554fp-5f, 0x1.111306p-7f,
                                 0x1.6d4372p-10f, 0x1.9e0c28p-13f);
    else
        return polynomial(r, r2, 0x1p-1, 0x1.5555555555559p-3, 0x1.555555555554dp-5,
                                 0x1.111111110f655p-7, 0x1.6c16c16c1aafep-10,
                                 0x1.a01a01b0036dap-13, 0x1.a01a018e0f1e3p-16,
                                 0x1.71ddf80f866f9p-19, 0x1.27e5133984a14p-22,
                                 0x1.af5f2c4710ad4p-26, 0x1.1f1a36b916fb2p-29);
}

// All in halves, for 2^128 is no float; where halves could round, x is the result. r - (high + low)
// is what rounding takes from r, and w = e^r - 1 - r feels it r-fold.
template <class V> INLINE V expm1(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 89 : 710, LOW = F::IS_FLOAT ? -18 : -38;
    constexpr T TINY = F::IS_FLOAT ? 0x1p-25 : 0x1p-54;
    const V half = every<V>(T(0.5)), magic = every<V>(T(F::MAGIC + (F::BIAS - 1)));
    V y = x > every<V>(HIGH) ? every<V>(HIGH) : x;
    y = y < every<V>(LOW) ? every<V>(LOW) : y;
    V z = fma(y, every<V>(F::LOG2E), magic), n = z - magic;
    V high = fma(n, every<V>(-F::LN2_HIGH), y), low = n * every<V>(-F::LN2_LOW);
    V r = high + low, r2 = r * r, lost = (high - r) + low;
    V w = fma(r, lost, fma(r2, expm1_tail(r, r2), low));
    V s = number(bits(z) << F::FRACTION), s1 = s - half, s1_low = (s - s1) - half;
    V sum = fma(s, high, s1), sum_low = fma(s, high, s1 - sum) + s1_low;
    V h = sum + fma(s, w, sum_low);
    return magnitude(x) < every<V>(TINY) ? x : h + h;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
