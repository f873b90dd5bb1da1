// What the elementary functions share: constants of the two formats, polynomials, signs, limits.
//
// Rounding to an integer is the addition of MAGIC, whose last place counts ones: the last bits of
// z = fma(x, 1 / ln2, MAGIC) are the integer n next to x / ln2, and z - MAGIC is n as a number. A
// shift of bits(z) by the length of the fraction leaves n alone, where an exponent stands; MAGIC
// carries the bias of the exponent, so that the shift gives 2^n and costs one operation.
// Numbers that are not negative have the order of their bits: a limit costs one integer operation.

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
    static constexpr int FRACTION = 23, BIAS = 127;
    static constexpr N SIGN = INT32_MIN, INFINITE = 0x7f800000, A_NAN = 0x7fc00000;
    static constexpr T MAGIC = 0x1.8p23f, LOG2E = 0x1.715476p0f;
    static constexpr T LN2_HIGH = 0x1.62e43p-1f, LN2_LOW = -0x1.05c61p-29f;
};
template <> struct Format<Of<double>::V> {
    typedef double T;
    typedef int64_t N;
    typedef Of<double>::I I;
    static constexpr bool IS_FLOAT = false;
    static constexpr int FRACTION = 52, BIAS = 1023;
    static constexpr N SIGN = INT64_MIN, INFINITE = 0x7ff0000000000000, A_NAN = 0x7ff8000000000000;
    static constexpr T MAGIC = 0x1.8p52, LOG2E = 0x1.71547652b82fep0;
    static constexpr T LN2_HIGH = 0x1.62e42fefa38p-1, LN2_LOW = 0x1.ef35793c7673p-45;
};

// c0 + c1 x + c2 x^2 + ... by Horner's rule.
template <class V, class T> INLINE V horner(V, T c0) { return every<V>(c0); }
template <class V, class T, class... Rest> INLINE V horner(V x, T c0, Rest... rest) {
    return fma(horner(x, rest...), x, every<V>(c0));
}

// The same in x2 = x x, on pairs c0 + c1 x: one product more, but half as long to wait for.
template <class V, class T> INLINE V pairs(V, V, T c0) { return every<V>(c0); }
template <class V, class T> INLINE V pairs(V x, V, T c0, T c1) {
    return fma(every<V>(c1), x, every<V>(c0));
}
template <class V, class T, class... Rest> INLINE V pairs(V x, V x2, T c0, T c1, Rest... rest) {
    return fma(pairs(x, x2, rest...), x2, pairs(x, x2, c0, c1));
}

// c0 + x (pairs): the largest coefficients meet one rounding, as in Horner's rule.
template <class V, class T, class... Rest> INLINE V polynomial(V x, V x2, T c0, Rest... rest) {
    return fma(pairs(x, x2, rest...), x, every<V>(c0));
}

template <class V> INLINE V magnitude(V x) { return number(bits(x) & ~Format<V>::SIGN); }

template <class V> INLINE V with_sign_of(V x, V size) {
    return number((bits(x) & Format<V>::SIGN) | bits(size));
}

// Both sides of a choice are computed, then one of them is taken: a CUDA compiler would else jump over
// one, and threads that want different sides, and numbers of one thread, would wait for each other.
#if defined(NETSPEC_CUDA) && !defined(NETSPEC_CUDA_MODEL)
INLINE float computed(float x) {
    asm volatile("" : "+f"(x));
    return x;
}
INLINE double computed(double x) {
    asm volatile("" : "+d"(x));
    return x;
}
#else
template <class V> INLINE V computed(V x) { return x; }
#endif

#ifndef NETSPEC_CUDA
// -1 / d, rounded once.
template <class V> INLINE V minus_reciprocal(V d) { return every<V>(typename Format<V>::T(-1)) / d; }
#endif

// The smaller of x and a limit, neither of them negative. NaN becomes the limit.
template <class V> INLINE V at_most(V x, V limit) {
    auto i = bits(x), j = bits(limit);
    return number(i < j ? i : j);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
