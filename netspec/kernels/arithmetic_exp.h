// exp and expm1 (P. T. P. Tang, ACM TOMS 15 (1989) 144; W. J. Cody, W. Waite 1980 for the reduction).
//
//     x = n ln2 + r,  |r| <= ln2 / 2              e^x = 2^n e^r,   e^r = 1 + r + r^2 q(r)
//     e^x - 1 = 2^n (r + r^2 q(r)) + (2^n - 1)
//
// ln2 = LN2_HIGH + LN2_LOW, and n LN2_HIGH has few enough bits for x - n LN2_HIGH to be exact.

#pragma once

#include "arithmetic_basics.h"

namespace netspec {
namespace NETSPEC_PATH {

// q with e^r = 1 + r + r^2 q(r) for |r| <= 0.3467.
template <class V> INLINE V exp_tail(V r) {
    if constexpr (Format<V>::IS_FLOAT)
        return polynomial(r, 0x1.fffffap-2f, 0x1.555492p-3f, 0x1.555a26p-5f, 0x1.123988p-7f,
                          0x1.694cd2p-10f);
    else
        return polynomial(r, 0x1.000000000000ap-1, 0x1.55555555554fep-3, 0x1.55555555506acp-5,
                          0x1.1111111126b2ep-7, 0x1.6c16c1847c94ap-10, 0x1.a01a012ffa32bp-13,
                          0x1.a019994c1311ep-16, 0x1.71df18b9a1062p-19, 0x1.28ae10fca39b6p-22,
                          0x1.ad937209d2824p-26);
}

// 2^n reaches beyond the exponents of T on both sides: it is applied as 2^n / c and c, in that order,
// and only the second product can round.
template <class V> INLINE V exp(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 89 : 710, LOW = F::IS_FLOAT ? -104 : -746;
    constexpr T SMALL = F::IS_FLOAT ? 0x1p-64 : 0x1p-600, LARGE = F::IS_FLOAT ? 0x1p64 : 0x1p600;
    const V one = every<V>(T(1)), magic = every<V>(T(F::MAGIC + (F::IS_FLOAT ? 254 : 2046)));
    x = x > every<V>(HIGH) ? every<V>(HIGH) : x;
    x = x < every<V>(LOW) ? every<V>(LOW) : x;
    V z = fma(x, every<V>(F::LOG2E), magic), n = z - magic;
    V r = fma(n, every<V>(-F::LN2_HIGH), x);
    r = fma(n, every<V>(-F::LN2_LOW), r);
    V p = fma(fma(exp_tail(r), r, one), r, one);
    V c = x < V{} ? every<V>(SMALL) : every<V>(LARGE);
    return (p * number((bits(z) << F::FRACTION) - bits(c))) * c;
}

// All in halves, 2^(n-1), because 2^128 is no float; what halving could round is returned as it came.
template <class V> INLINE V expm1(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 89 : 710, LOW = F::IS_FLOAT ? -18 : -38;
    constexpr T TINY = F::IS_FLOAT ? 0x1p-25 : 0x1p-54;
    const V half = every<V>(T(0.5)), magic = every<V>(T(F::MAGIC + (F::IS_FLOAT ? 126 : 1022)));
    V y = x > every<V>(HIGH) ? every<V>(HIGH) : x;
    y = y < every<V>(LOW) ? every<V>(LOW) : y;
    V z = fma(y, every<V>(F::LOG2E), magic), n = z - magic;
    V r_high = fma(n, every<V>(-F::LN2_HIGH), y), r_low = n * every<V>(-F::LN2_LOW);
    V r = r_high + r_low;
    V w = fma(r * r, exp_tail(r), r_low);
    V s = number(bits(z) << F::FRACTION);
    V a = s - half, a_low = (s - a) - half;
    V high = fma(s, r_high, a), low = fma(s, r_high, a - high) + a_low;
    V h = high + fma(s, w, low);
    return magnitude(x) < every<V>(TINY) ? x : h + h;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
