// What the elementary functions share: types, polynomials, signs, 1/x.
//
// Rounding to an integer is the addition of a MAGIC number whose last place counts ones: in
// z = fma(x, 1/ln2, MAGIC) the last bits of z are the integer n next to x/ln2, plus those of MAGIC,
// and z - MAGIC is n. A shift of bits(z) by the width of the fraction leaves just n, as an exponent;
// MAGIC holds the exponent's bias (127, 1023), so that no other operation is needed.

#pragma once

#include "lanes.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> struct Format;
template <> struct Format<Of<float>::V> {
    typedef float T;
    typedef int32_t N;
    typedef Of<float>::I I;
    static constexpr bool IS_FLOAT = true;
    static constexpr int FRACTION = 23;
    static constexpr N SIGN = INT32_MIN, INFINITE = 0x7f800000, A_NAN = 0x7fc00000;
    static constexpr T MAGIC = 0x1.8p23f, LOG2E = 0x1.715476p0f, LN2 = 0x1.62e43p-1f;
    static constexpr T LN2_HIGH = 0x1.62e43p-1f, LN2_LOW = -0x1.05c61p-29f;
};
template <> struct Format<Of<double>::V> {
    typedef double T;
    typedef int64_t N;
    typedef Of<double>::I I;
    static constexpr bool IS_FLOAT = false;
    static constexpr int FRACTION = 52;
    static constexpr N SIGN = INT64_MIN, INFINITE = 0x7ff0000000000000, A_NAN = 0x7ff8000000000000;
    static constexpr T MAGIC = 0x1.8p52, LOG2E = 0x1.71547652b82fep0, LN2 = 0x1.62e42fefa39efp-1;
    static constexpr T LN2_HIGH = 0x1.62e42fefa38p-1, LN2_LOW = 0x1.ef35793c7673p-45;
};

// c0 + x (c1 + x (c2 + ...)), by Horner's rule.
template <class V, class T> INLINE V polynomial(V, T c) { return every<V>(c); }
template <class V, class T, class... Rest> INLINE V polynomial(V x, T c, Rest... rest) {
    return fma(polynomial(x, rest...), x, every<V>(c));
}

template <class V> INLINE V magnitude(V x) { return number(bits(x) & ~Format<V>::SIGN); }

template <class V> INLINE V with_sign_of(V x, V magnitude) {
    return number((bits(x) & Format<V>::SIGN) | bits(magnitude));
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
