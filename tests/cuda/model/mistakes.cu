// One mistake each, that a GPU would not tell: the model must. Kernels whose names begin with
// `right_` are what they should have been.

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

// Every thread takes over what its opposite number left.
INLINE void turn_round(const float* x, float* y, bool before, bool after) {
    DYNAMIC_SHARED(memory);
    float* s = reinterpret_cast<float*>(memory);
    const int i = threadIdx.x, last = blockDim.x - 1;
    for (int round = 0; round < 3; round++) {
        s[i] = round ? y[i] : x[i];
        if (before) __syncthreads();
        y[i] = s[last - i];
        if (after) __syncthreads();
    }
}
KERNEL right_turn(const float* x, float* y) { turn_round(x, y, true, true); }
KERNEL no_barrier_before_reading(const float* x, float* y) { turn_round(x, y, false, true); }
KERNEL no_barrier_before_writing_again(const float* x, float* y) { turn_round(x, y, true, false); }

INLINE void copied(const float* x, float* y, bool waits, bool all) {
    DYNAMIC_SHARED(memory);
    float* s = reinterpret_cast<float*>(memory);
    const int i = threadIdx.x;
    for (int part = 0; part < 2; part++) {
        copy_async<4>(s + 64 * part + i, x + 64 * part + i);
        copies_end_group();
    }
    if (waits && all) copies_wait<0>();
    if (waits && !all) copies_wait<1>();
    __syncthreads();
    y[i] = s[63 - i];
    y[64 + i] = s[64 + 63 - i];
}
KERNEL right_copies(const float* x, float* y) { copied(x, y, true, true); }
KERNEL copies_not_waited_for(const float* x, float* y) { copied(x, y, false, false); }
KERNEL last_copy_not_waited_for(const float* x, float* y) { copied(x, y, true, false); }
KERNEL copy_over_what_is_read(const float* x, float* y) {
    DYNAMIC_SHARED(memory);
    float* s = reinterpret_cast<float*>(memory);
    const int i = threadIdx.x;
    s[i] = x[i];
    __syncthreads();
    y[i] = s[63 - i];
    copy_async<4>(s + i, x + 64 + i);  // a barrier should stand before
    copies_wait<0>();
    copies_end_group();
    copies_wait<0>();
    __syncthreads();
    y[64 + i] = s[63 - i];
}
KERNEL copy_not_aligned(const float* x) {
    DYNAMIC_SHARED(memory);
    copy_async<16>(memory, x + 1);
}
KERNEL copy_past_shared_memory(const float* x) {
    DYNAMIC_SHARED(memory);
    copy_async<16>(memory + 16 * threadIdx.x, x);
}

KERNEL sum_warp(const float* x, float* y) {
    DYNAMIC_SHARED(memory);
    volatile float* s = reinterpret_cast<volatile float*>(memory);
    const int i = threadIdx.x;
    s[i] = x[i];
    __syncthreads();
    for (int by = 16; by; by /= 2) {
        const float other = s[i ^ by];
#ifdef RIGHT
        __syncwarp();
#endif
        s[i] = s[i] + other;
#ifdef RIGHT
        __syncwarp();
#endif
    }
    y[i] = s[i];
}

KERNEL read_what_nobody_wrote(float* y) {
    DYNAMIC_SHARED(memory);
    y[threadIdx.x] = reinterpret_cast<float*>(memory)[threadIdx.x];
}
KERNEL read_past_the_end(const float* x, float* y, int64_t n) {
    y[threadIdx.x] = x[n + threadIdx.x];
}
KERNEL write_past_the_end(float* y, int64_t n) { y[n] = 0; }
KERNEL write_before_the_start(float* y, int64_t n) { y[-n] = 0; }
KERNEL write_past_shared_memory(int64_t n) {
    DYNAMIC_SHARED(memory);
    memory[n] = 0;
}
KERNEL read_own_array_past_the_end(float* y, int64_t n) {
    float own[8] = {};
    own[threadIdx.x] = 1;
    y[0] = own[n];
}
KERNEL recurse(float* y, int64_t n) {
    volatile char room[16384];
    room[n] = 1;
    if (n >= 0) recurse(y, n + 1);
    y[0] = room[n];
}
KERNEL load_not_aligned(const float* x, float* y, int64_t first) {
    const float4 four = *reinterpret_cast<const float4*>(x + first);
    y[0] = four.x + four.w;
}

KERNEL return_before_a_barrier() {
    if (threadIdx.x == 5) return;
    __syncthreads();
}
KERNEL different_barriers() {
    if (threadIdx.x < 32)
        __syncthreads();
    else
        __syncthreads();
}
KERNEL barrier_for_some() {
    if (threadIdx.x < 40) __syncthreads();
    __syncwarp();
    if (threadIdx.x < 40) return;
    __syncwarp();
}
KERNEL part_of_a_warp(float* y) {
    if (threadIdx.x % 2) y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 2);
}
KERNEL wait_for_nobody(unsigned* counter) {
    while (load_acquire(counter) < gridDim.x) rest_a_little();
}
KERNEL __launch_bounds__(64) bounded(float* y) { y[threadIdx.x] = 1; }

}  // namespace NETSPEC_PATH
}  // namespace netspec
