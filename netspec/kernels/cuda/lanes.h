// A number as a CUDA thread has it: what the formulas ask of lanes.h, one lane wide.

#pragma once

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct Of;
template <> struct Of<float> { typedef float V; typedef int32_t I; };
template <> struct Of<double> { typedef double V; typedef int64_t I; };

template <class T> constexpr int LANES = 1;

template <class V, class T> INLINE V every(T c) { return static_cast<V>(c); }
INLINE int32_t bits(float x) { return __float_as_int(x); }
INLINE int64_t bits(double x) { return __double_as_longlong(x); }
INLINE float number(int32_t i) { return __int_as_float(i); }
INLINE double number(int64_t i) { return __longlong_as_double(i); }
// The NaN that the contract names for a result, where x is any NaN.
INLINE float canonical(float x) { return x == x ? x : number((int32_t)0x7fc00000); }
INLINE double canonical(double x) { return x == x ? x : number((int64_t)0x7ff8000000000000); }
INLINE float to_float(float x) { return x; }
INLINE float to_float(double x) { return __double2float_rn(x); }
template <class V> INLINE V widened(float x) { return x; }
INLINE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
INLINE double fma(double a, double b, double c) { return __fma_rn(a, b, c); }
INLINE float root(float x) { return __fsqrt_rn(x); }
INLINE double root(double x) { return __dsqrt_rn(x); }

// -1 / d, rounded once, of a d between 2^-100 and 2^100 in size: the very steps that the compiler takes
// there for __frcp_rn(d) and __drcp_rn(d), without the branch for other sizes, over which no two
// quotients are computed at a time.
INLINE float minus_reciprocal(float d) {
#ifdef NETSPEC_CUDA_MODEL
    return -1.0f / d;
#else
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(d));
    return -fma(fma(-d, y, 1.0f), y, y);
#endif
}
INLINE double minus_reciprocal(double d) {
#ifdef NETSPEC_CUDA_MODEL
    return -1.0 / d;
#else
    double y;
    asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(d));
    // The guess has 20 bits. What stands below them decides for d = 2 - 2^-52, and is the compiler's.
    y = __hiloint2double(__double2hiint(y), __double2hiint(d) + 0x300402);
    const double e = fma(-d, y, 1.0);
    y = fma(y, fma(e, e, e), y);
    return -fma(y, fma(-d, y, 1.0), y);
#endif
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
