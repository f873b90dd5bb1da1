// What a kernel asks of CUDA beyond the language: types, shared memory, copies that do not wait, and
// what blocks of one grid say to each other.
//
// NVRTC, which compiles the kernels at first use, has no header of a C++ library. With
// NETSPEC_CUDA_MODEL the same words come from a model of a GPU that runs on a processor.

#pragma once

#ifdef NETSPEC_CUDA_MODEL
#include "cuda_model.h"
#else

#ifdef __CUDACC_RTC__
typedef signed int int32_t;
typedef signed long long int64_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef decltype((char*)0 - (char*)0) ptrdiff_t;
#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807LL - 1)
#else
#include <cstddef>
#include <cstdint>
#endif

#define INLINE static __device__ __forceinline__
#define KERNEL extern "C" __global__ void

// The block's shared memory, as much as the launch asks for, aligned to 16 bytes. There is no other:
// arrays of several types are cut out of it.
#define DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]

namespace netspec {
namespace NETSPEC_PATH {

// 4, 8 or 16 bytes from global to shared memory, both aligned to as many, without waiting for them:
// they are there after copies_wait<n>(), which leaves the last n groups on their way, and a barrier.
template <int BYTES> INLINE void copy_async(void* shared, const void* global) {
    const unsigned to = (unsigned)__cvta_generic_to_shared(shared);
    if constexpr (BYTES == 16)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(global) : "memory");
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(to), "l"(global), "n"(BYTES)
                     : "memory");
}
INLINE void copies_end_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int GROUPS> INLINE void copies_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(GROUPS) : "memory");
}

// A counter in global memory by which blocks wait for each other: what a block wrote before it adds is
// seen by a block that has loaded the sum. All the blocks must be there at once: a cooperative launch.
INLINE void add_release(unsigned* counter, unsigned value) {
    asm volatile("red.release.gpu.global.add.u32 [%0], %1;" ::"l"(counter), "r"(value) : "memory");
}
INLINE unsigned load_acquire(const unsigned* counter) {
    unsigned value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(counter) : "memory");
    return value;
}
INLINE void rest_a_little() { __nanosleep(20); }

// A number that other blocks read while the kernel runs: past the first cache, of which they do not hear.
// They read it past theirs, by copies of 16 bytes or whole words.
template <class T> INLINE void store_for_blocks(T* p, T value) { __stcg(p, value); }

// A word that is seen by other blocks as a whole or not at all, in no order with anything else.
INLINE void store_word(uint64_t* p, uint64_t word) {
    asm volatile("st.relaxed.gpu.global.u64 [%0], %1;" ::"l"(p), "l"(word) : "memory");
}
INLINE uint64_t load_word(const uint64_t* p) {
    uint64_t word;
    asm volatile("ld.relaxed.gpu.global.u64 %0, [%1];" : "=l"(word) : "l"(p) : "memory");
    return word;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec

#endif
