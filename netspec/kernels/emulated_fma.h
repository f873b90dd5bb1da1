// fma for processors that have none: a * b + c, rounded once, to nearest, ties to even.
//
//     float     the product of two floats is exact in double; s + e = a * b + c exactly, with s the
//               double next to it (D. E. Knuth, TAOCP 2, 4.2.2, theorem B); s is then rounded to odd,
//               so that rounding to float sees on which side of a tie the truth lies
//               (S. Boldo, G. Melquiond, IEEE Trans. Computers 57 (2008) 462)
//     double    the C library's, which must round correctly (IEEE 754, C99); the only call of a
//               library in all kernels

#pragma once

#include <cmath>
#include <cstdint>

namespace netspec {

static inline float emulated_fma(float a, float b, float c) {
    double product = (double)a * b, z = c, s = product + z;
    double back = s - product;
    double e = (product - (s - back)) + (z - back);
    int64_t i, j;
    __builtin_memcpy(&i, &s, sizeof i);
    __builtin_memcpy(&j, &e, sizeof j);
    bool inexact = e != 0.0 && e - e == 0.0;  // not where infinities or NaN took part
    if (inexact && !(i & 1)) i += ((i ^ j) >> 63) | 1;
    __builtin_memcpy(&s, &i, sizeof s);
    return (float)s;
}

static inline double emulated_fma(double a, double b, double c) { return std::fma(a, b, c); }

}  // namespace netspec
