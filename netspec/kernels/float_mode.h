// How a thread rounds: to nearest, with subnormal numbers, whatever the caller had switched on.
//
// A program may have set its thread to flush subnormal numbers to zero (-ffast-math does, when such
// a library is loaded) or to round otherwise. A FloatMode sets what the contract asks for and puts
// back what it found, flags of exceptions included.

#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace netspec {

class FloatMode {
   public:
    FloatMode() : found_(get()) { set(ours()); }
    ~FloatMode() { set(found_); }
    FloatMode(const FloatMode&) = delete;
    FloatMode& operator=(const FloatMode&) = delete;

    static uint64_t get() {
#if defined(__x86_64__)
        return _mm_getcsr();
#elif defined(__aarch64__)
        uint64_t control;
        __asm__ volatile("mrs %0, fpcr" : "=r"(control));
        return control;
#else
        return 0;
#endif
    }

    static void set(uint64_t control) {
#if defined(__x86_64__)
        _mm_setcsr(static_cast<unsigned>(control));
#elif defined(__aarch64__)
        __asm__ volatile("msr fpcr, %0" : : "r"(control));
#else
        (void)control;
#endif
    }

    // All exceptions masked, to nearest, nothing flushed.
    static uint64_t ours() {
#if defined(__x86_64__)
        return 0x1f80;
#else
        return 0;
#endif
    }

   private:
    uint64_t found_;
};

}  // namespace netspec
