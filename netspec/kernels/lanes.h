// What a vector of numbers is, on every instruction set: the only file that knows intrinsics.
//
// A file of kernels is compiled once for each instruction set, each time with its own
// NETSPEC_PATH (the namespace, and the name that tests see) and flags:
//
//     scalar    one number at a time, fma by emulation: any processor      NETSPEC_SCALAR
//     avx2      8 floats or 4 doubles, 16 registers                        -mavx2 -mfma
//     avx512    16 floats or 8 doubles, 32 registers                       -mavx512f -mavx512vl ...
//     neon      4 floats or 2 doubles, 32 registers                        AArch64
//
// Vectors are the compiler's own (GCC's and Clang's `vector_size`), so that + - * / < & >> and
// `mask ? a : b` are written the same way for a vector as for one number, and arithmetic.h can be
// read by a CUDA compiler, for which a vector has one lane. Lanes hold different outputs, never
// parts of one sum. Nothing here or in a file of kernels may come from the C++ library: a template
// of it, compiled with AVX-512 and merged by the linker, would run on a processor without.

#pragma once

#ifdef NETSPEC_CUDA
#include "cuda/lanes.h"
#else

#include <cstddef>
#include <cstdint>

#if defined(NETSPEC_SCALAR)
#include "emulated_fma.h"
#elif defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#else
#error "this instruction set has no lanes: compile with NETSPEC_SCALAR"
#endif

#define INLINE static inline __attribute__((always_inline))

namespace netspec {
namespace NETSPEC_PATH {

#if defined(NETSPEC_SCALAR)
constexpr int VECTOR_BYTES = 0, REGISTERS = 16;
#elif defined(__AVX512F__)
constexpr int VECTOR_BYTES = 64, REGISTERS = 32;
#elif defined(__AVX2__)
constexpr int VECTOR_BYTES = 32, REGISTERS = 16;
#else
constexpr int VECTOR_BYTES = 16, REGISTERS = 32;
#endif

// Of<float>::V is the vector, Of<float>::I the vector of as many signed integers of its width.
template <class T> struct Of;

#if defined(NETSPEC_SCALAR)
template <> struct Of<float> { typedef float V; typedef int32_t I; };
template <> struct Of<double> { typedef double V; typedef int64_t I; };
#else
typedef float floats __attribute__((vector_size(VECTOR_BYTES)));
typedef double doubles __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t int32s __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t int64s __attribute__((vector_size(VECTOR_BYTES)));
template <> struct Of<float> { typedef floats V; typedef int32s I; };
template <> struct Of<double> { typedef doubles V; typedef int64s I; };
#endif

template <class T> constexpr int LANES = sizeof(typename Of<T>::V) / sizeof(T);

// One number in every lane. c - 0 is c for every c, -0.0 and infinities too, and costs nothing.
template <class V, class T> INLINE V every(T c) {
    if constexpr (sizeof(V) == sizeof(T)) return c;
    else return c - V{};
}

// The bits of a number as an integer of its width, and back.
template <class To, class From> INLINE To reinterpret(From x) {
    static_assert(sizeof(To) == sizeof(From), "a reinterpretation keeps every bit");
    To y;
    __builtin_memcpy(&y, &x, sizeof y);
    return y;
}

INLINE float root(float x) { return __builtin_sqrtf(x); }
INLINE double root(double x) { return __builtin_sqrt(x); }

INLINE int32_t bits(float x) { return reinterpret<int32_t>(x); }
INLINE int64_t bits(double x) { return reinterpret<int64_t>(x); }
INLINE float number(int32_t i) { return reinterpret<float>(i); }
INLINE double number(int64_t i) { return reinterpret<double>(i); }
#if !defined(NETSPEC_SCALAR)
INLINE int32s bits(floats x) { return reinterpret<int32s>(x); }
INLINE int64s bits(doubles x) { return reinterpret<int64s>(x); }
INLINE floats number(int32s i) { return reinterpret<floats>(i); }
INLINE doubles number(int64s i) { return reinterpret<doubles>(i); }
#endif

// Rounded to float, lane by lane, and such a float as a number again.
#if defined(NETSPEC_SCALAR)
INLINE float to_float(float x) { return x; }
INLINE float to_float(double x) { return (float)x; }
template <class V> INLINE V widened(float x) { return x; }
#else
typedef float half_floats __attribute__((vector_size(VECTOR_BYTES / 2)));  // as many as there are doubles
INLINE floats to_float(floats x) { return x; }
INLINE half_floats to_float(doubles x) { return __builtin_convertvector(x, half_floats); }
template <class V> INLINE V widened(floats x) { return x; }
template <class V> INLINE V widened(half_floats x) { return __builtin_convertvector(x, doubles); }
#endif

// a * b + c, rounded once.
#if defined(NETSPEC_SCALAR)
INLINE float fma(float a, float b, float c) { return emulated_fma(a, b, c); }
INLINE double fma(double a, double b, double c) { return emulated_fma(a, b, c); }
#elif defined(__AVX512F__)
INLINE floats fma(floats a, floats b, floats c) {
    return (floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
INLINE doubles fma(doubles a, doubles b, doubles c) {
    return (doubles)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#elif defined(__AVX2__)
INLINE floats fma(floats a, floats b, floats c) {
    return (floats)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
INLINE doubles fma(doubles a, doubles b, doubles c) {
    return (doubles)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
#else
INLINE floats fma(floats a, floats b, floats c) {
    return (floats)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
INLINE doubles fma(doubles a, doubles b, doubles c) {
    return (doubles)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#endif

// Memory, on any address of a number. `count` lanes are touched, 0 to all; the others are +0.
template <class T> INLINE typename Of<T>::V load(const T* p) {
    typename Of<T>::V v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

template <class T> INLINE void store(T* p, typename Of<T>::V v) { __builtin_memcpy(p, &v, sizeof v); }

#if defined(__AVX512F__) && !defined(NETSPEC_SCALAR)
INLINE floats load(const float* p, ptrdiff_t count) {
    return (floats)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
INLINE doubles load(const double* p, ptrdiff_t count) {
    return (doubles)_mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), p);
}
INLINE void store(float* p, floats v, ptrdiff_t count) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}
INLINE void store(double* p, doubles v, ptrdiff_t count) {
    _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), (__m512d)v);
}
#elif defined(__AVX2__) && !defined(NETSPEC_SCALAR)
INLINE __m256i first_lanes(const float*, ptrdiff_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE __m256i first_lanes(const double*, ptrdiff_t count) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
INLINE floats load(const float* p, ptrdiff_t count) {
    return (floats)_mm256_maskload_ps(p, first_lanes(p, count));
}
INLINE doubles load(const double* p, ptrdiff_t count) {
    return (doubles)_mm256_maskload_pd(p, first_lanes(p, count));
}
INLINE void store(float* p, floats v, ptrdiff_t count) {
    _mm256_maskstore_ps(p, first_lanes(p, count), (__m256)v);
}
INLINE void store(double* p, doubles v, ptrdiff_t count) {
    _mm256_maskstore_pd(p, first_lanes(p, count), (__m256d)v);
}
#else
template <class T> INLINE typename Of<T>::V load(const T* p, ptrdiff_t count) {
    T lanes[LANES<T>] = {};
    for (ptrdiff_t i = 0; i < count; i++) lanes[i] = p[i];
    return load<T>(lanes);
}
template <class T> INLINE void store(T* p, typename Of<T>::V v, ptrdiff_t count) {
    T lanes[LANES<T>];
    store<T>(lanes, v);
    for (ptrdiff_t i = 0; i < count; i++) p[i] = lanes[i];
}
#endif

// A vector of a row of which `left` numbers are left. What lies beyond is not computed with: numbers
// of memory that nobody wrote may be subnormal, and cost a hundred times what others cost.
template <class T> INLINE typename Of<T>::V load_row(const T* p, ptrdiff_t left) {
    return left >= LANES<T> ? load<T>(p) : load(p, left);
}
template <class T> INLINE void store_row(T* p, typename Of<T>::V v, ptrdiff_t left) {
    if (left >= LANES<T>) store<T>(p, v);
    else store(p, v, left);
}

template <class T> INLINE void copy(const T* from, T* to, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i];
}

}  // namespace NETSPEC_PATH
}  // namespace netspec

#endif
