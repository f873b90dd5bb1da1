// What kernels say to other threads and other blocks, each word with a result that can be foretold.

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL places(int64_t* y) {
    const int64_t block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    const int64_t thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    y[block * blockDim.x * blockDim.y * blockDim.z + thread] = 1000 * block + thread;
}

KERNEL shuffles(const int64_t* x, int64_t* y) {
    const int i = threadIdx.x, n = blockDim.x;
    constexpr unsigned ALL = 0xffffffffu;
    y[i] = __shfl_sync(ALL, x[i], 7);
    y[n + i] = __shfl_xor_sync(ALL, x[i], 5);
    y[2 * n + i] = __shfl_down_sync(ALL, x[i], 3);
    y[3 * n + i] = __shfl_up_sync(ALL, x[i], 2, 8);
    y[4 * n + i] = __ballot_sync(ALL, x[i] % 3 == 0);
    y[5 * n + i] = __any_sync(ALL, x[i] == 40) + 2 * __all_sync(ALL, x[i] < 40);
}

KERNEL counted(unsigned* y, int64_t n) {
    if (threadIdx.x + blockIdx.x * blockDim.x < n) atomicAdd(y, 1u);
}

// Each block writes its share, waits until all have, and reads the next block's. Of two halves one is
// written while a slower block reads the other.
KERNEL round_robin(unsigned* counter, float* shares, float* y, int64_t rounds) {
    const unsigned blocks = gridDim.x, i = threadIdx.x, n = blockDim.x;
    float own = static_cast<float>(blockIdx.x * n + i);
    for (int64_t round = 0; round < rounds; round++) {
        float* now = shares + round % HALVES * blocks * n;
        store_for_blocks(now + blockIdx.x * n + i, own + 1);
#ifndef NO_BARRIER_BEFORE_ADDING
        __syncthreads();
#endif
        if (i == 0) {
            add_release(counter, 1);
            while (load_acquire(counter) < blocks * (round + 1)) rest_a_little();
        }
#ifndef NO_BARRIER_AFTER_WAITING
        __syncthreads();
#endif
        own = __ldcg(now + (blockIdx.x + 1) % blocks * n + i);
    }
    y[blockIdx.x * n + i] = own;
}

// Numbers as a GPU rounds them: each result once, subnormal numbers kept.
KERNEL rounded(const NUMBER* x, NUMBER* y, int64_t n, double c) {
    const int64_t i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const NUMBER a = x[i], b = x[(i + 1) % n];
    y[i] = a * b + static_cast<NUMBER>(c);
    y[n + i] = a / b;
#ifdef SINGLE
    y[2 * n + i] = __fmaf_rn(a, b, static_cast<NUMBER>(c));
    y[3 * n + i] = __fsqrt_rn(a < 0 ? -a : a);
#else
    y[2 * n + i] = __fma_rn(a, b, static_cast<NUMBER>(c));
    y[3 * n + i] = __dsqrt_rn(a < 0 ? -a : a);
#endif
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
