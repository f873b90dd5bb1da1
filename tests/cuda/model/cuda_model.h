// A model of a GPU, on a processor: the words of netspec/kernels/cuda/device.h.
//
// machine.cpp runs the threads, one at a time; the numbers are the processor's own, which rounds as a
// GPU does. A kernel that is right gives the same bits here as there; one that forgets a barrier, or
// to wait for a copy, gives wrong ones in some order of its threads.

#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_words.h"

#define INLINE static inline
#define KERNEL extern "C" __attribute__((visibility("hidden"))) void

// Only inside a function: every block has its own.
#define DYNAMIC_SHARED(name) unsigned char* const name = ::gpu_model::shared_memory()

namespace netspec {
namespace NETSPEC_PATH {

template <int BYTES> INLINE void copy_async(void* shared, const void* global) {
    static_assert(BYTES == 4 || BYTES == 8 || BYTES == 16, "copies are of 4, 8 or 16 bytes");
    ::gpu_model::copy_later(shared, global, BYTES, GPU_MODEL_HERE);
}
INLINE void copies_end_group() { ::gpu_model::end_copies(); }
template <int GROUPS> INLINE void copies_wait() { ::gpu_model::wait_for_copies(GROUPS); }

INLINE void add_release(unsigned* counter, unsigned value) {
    ::gpu_model::dawdle();
    atomicAdd(counter, value);
}
INLINE unsigned load_acquire(const unsigned* counter) {
    ::gpu_model::give_way();
    return *static_cast<const volatile unsigned*>(counter);
}
INLINE void rest_a_little() { ::gpu_model::give_way(); }

template <class T> INLINE void store_for_blocks(T* p, T value) {
    ::gpu_model::dawdle();
    *p = value;
    ::gpu_model::has_written();
}

INLINE void store_word(uint64_t* p, uint64_t word) {
    ::gpu_model::dawdle();
    *p = word;
    ::gpu_model::has_written();
}
INLINE uint64_t load_word(const uint64_t* p) { return *static_cast<const volatile uint64_t*>(p); }

}  // namespace NETSPEC_PATH
}  // namespace netspec
