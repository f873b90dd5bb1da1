// The words of CUDA's language that kernels use, for a C++ compiler of a processor.

#pragma once

#include "machine.h"

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)

#define threadIdx (::gpu_model::current->thread)
#define blockIdx (::gpu_model::current->block)
#define blockDim (::gpu_model::block_size)
#define gridDim (::gpu_model::grid_size)
constexpr int warpSize = 32;

#define GPU_MODEL_VECTOR(T, name, bytes, ...) struct __align__(bytes) name { T __VA_ARGS__; };
GPU_MODEL_VECTOR(float, float2, 8, x, y)
GPU_MODEL_VECTOR(float, float4, 16, x, y, z, w)
GPU_MODEL_VECTOR(double, double2, 16, x, y)
GPU_MODEL_VECTOR(int, int2, 8, x, y)
GPU_MODEL_VECTOR(int, int4, 16, x, y, z, w)
GPU_MODEL_VECTOR(unsigned, uint2, 8, x, y)
GPU_MODEL_VECTOR(unsigned, uint4, 16, x, y, z, w)
GPU_MODEL_VECTOR(long long, longlong2, 16, x, y)
#undef GPU_MODEL_VECTOR
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline longlong2 make_longlong2(long long x, long long y) { return {x, y}; }

// Numbers: rounded once, to nearest, as the instructions of a GPU are.

template <class To, class From> inline To gpu_model_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}
inline int __float_as_int(float x) { return gpu_model_bits<int>(x); }
inline float __int_as_float(int i) { return gpu_model_bits<float>(i); }
inline unsigned __float_as_uint(float x) { return gpu_model_bits<unsigned>(x); }
inline float __uint_as_float(unsigned i) { return gpu_model_bits<float>(i); }
inline long long __double_as_longlong(double x) { return gpu_model_bits<long long>(x); }
inline double __longlong_as_double(long long i) { return gpu_model_bits<double>(i); }
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double x) { return __builtin_sqrt(x); }
inline bool isnan(float x) { return x != x; }
inline bool isnan(double x) { return x != x; }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll(x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }

// Whole numbers of the same type, as CUDA has them.
#define GPU_MODEL_CHOICE(T) \
    inline T min(T a, T b) { return b < a ? b : a; } \
    inline T max(T a, T b) { return a < b ? b : a; }
GPU_MODEL_CHOICE(int)
GPU_MODEL_CHOICE(unsigned)
GPU_MODEL_CHOICE(long)
GPU_MODEL_CHOICE(unsigned long)
GPU_MODEL_CHOICE(long long)
GPU_MODEL_CHOICE(unsigned long long)
#undef GPU_MODEL_CHOICE

// Memory

template <class T> inline T __ldg(const T* p) { return *p; }
template <class T> inline T __ldcg(const T* p) { return *p; }
template <class T> inline T __ldca(const T* p) { return *p; }
template <class T> inline T __ldcs(const T* p) { return *p; }
template <class T> inline void __stcg(T* p, T value) { *p = value; }
template <class T> inline void __stcs(T* p, T value) { *p = value; }
inline void __threadfence() {}
inline void __threadfence_block() {}

template <class T, class F> inline T gpu_model_atomic(T* p, F change) {
    T before = *p;
    *p = change(before);
    ::gpu_model::has_written();
    return before;
}
template <class T, class U> inline T atomicAdd(T* p, U value) {
    return gpu_model_atomic(p, [=](T x) { return static_cast<T>(x + value); });
}
template <class T, class U> inline T atomicMax(T* p, U value) {
    const T other = static_cast<T>(value);
    return gpu_model_atomic(p, [=](T x) { return x < other ? other : x; });
}
template <class T, class U> inline T atomicMin(T* p, U value) {
    const T other = static_cast<T>(value);
    return gpu_model_atomic(p, [=](T x) { return other < x ? other : x; });
}
template <class T, class U> inline T atomicOr(T* p, U value) {
    return gpu_model_atomic(p, [=](T x) { return static_cast<T>(x | static_cast<T>(value)); });
}
template <class T, class U> inline T atomicExch(T* p, U value) {
    return gpu_model_atomic(p, [=](T) { return static_cast<T>(value); });
}
template <class T, class U, class W> inline T atomicCAS(T* p, U compared, W value) {
    const T old = static_cast<T>(compared), other = static_cast<T>(value);
    return gpu_model_atomic(p, [=](T x) { return x == old ? other : x; });
}

// Threads that wait for each other

#define __syncthreads() ::gpu_model::barrier(GPU_MODEL_HERE)
#define __trap() ::gpu_model::fail("__trap", GPU_MODEL_HERE)
#define __nanosleep(ns) ::gpu_model::give_way()

inline void gpu_model_syncwarp(const char* file, int line, unsigned mask = 0xffffffffu) {
    ::gpu_model::warp_barrier(mask, file, line);
}
#define GPU_MODEL_SYNCWARP(...) gpu_model_syncwarp(GPU_MODEL_HERE __VA_OPT__(, ) __VA_ARGS__)
#define __syncwarp(...) GPU_MODEL_SYNCWARP(__VA_ARGS__)

// A lane outside of the segment of `width` lanes gives a thread its own value; one that is not there,
// garbage.
template <class T>
inline T gpu_model_shuffle(const char* file, int line, char kind, unsigned mask, T value, int by,
                           int width = 32) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a shuffle carries 4 or 8 bytes");
    uint64_t word = 0;
    __builtin_memcpy(&word, &value, sizeof value);
    const ::gpu_model::Exchange all = ::gpu_model::exchange(mask, word, file, line);
    const int lane = static_cast<int>(all.lane), first = lane / width * width;
    int from = lane;
    if (kind == 'i') from = first + (by & (width - 1));
    if (kind == 'x') from = lane ^ by;
    if (kind == 'd') from = lane + by;
    if (kind == 'u') from = lane - by;
    if (from >= first + width || (kind == 'u' && from < first)) from = lane;
    const uint64_t got = all.present >> from & 1u ? all.values[from] : ::gpu_model::GARBAGE;
    __builtin_memcpy(&value, &got, sizeof value);
    return value;
}
#define __shfl_sync(...) gpu_model_shuffle(GPU_MODEL_HERE, 'i', __VA_ARGS__)
#define __shfl_xor_sync(...) gpu_model_shuffle(GPU_MODEL_HERE, 'x', __VA_ARGS__)
#define __shfl_down_sync(...) gpu_model_shuffle(GPU_MODEL_HERE, 'd', __VA_ARGS__)
#define __shfl_up_sync(...) gpu_model_shuffle(GPU_MODEL_HERE, 'u', __VA_ARGS__)

inline unsigned gpu_model_ballot(const char* file, int line, unsigned mask, bool said) {
    const ::gpu_model::Exchange all = ::gpu_model::exchange(mask, said, file, line);
    unsigned votes = 0;
    for (int lane = 0; lane < 32; lane++)
        if (all.present >> lane & 1u && all.values[lane]) votes |= 1u << lane;
    return votes;
}
#define __ballot_sync(mask, said) gpu_model_ballot(GPU_MODEL_HERE, mask, said)
#define __any_sync(mask, said) (gpu_model_ballot(GPU_MODEL_HERE, mask, said) != 0u)
#define __all_sync(mask, said) (gpu_model_ballot(GPU_MODEL_HERE, mask, !(said)) == 0u)
