// Softmax of rows, and its way back.
//
//     e = exp(x - max x),  y = e / sum e           dx = y (dy - sum dy y)
//
// The sum is rule 2 of README.md over one axis: chains of 128 from +0, and a tree of them. The largest
// entry is the same number in whatever order it is looked for: of zeros, whose sign it may have or not,
// exp makes 1 either way.
//
// A row of WIDTH <= 128 numbers is one chain, and one thread's: a warp brings 32 rows to shared memory
// and back, where they are an odd number of numbers apart. A longer row, WIDTH = 0, is one warp's: each
// thread makes every 32nd chain, and all of them the tree.
//
// shared memory: 32 * (WIDTH | 1) numbers, twice as many on the way back; none for WIDTH = 0.
// block: 32 threads.  grid: one for 32 rows, or for each row.
//
// compiled with: NUMBER=float WIDTH=10
// compiled with: NUMBER=double WIDTH=0

#include "device.h"
#include "../activation_formulas.h"
#include "../tree.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

#if WIDTH > 0

constexpr int STRIDE = WIDTH | 1, ROWS = 32;
static_assert(WIDTH <= BLOCK, "one chain");

// Each number of the block's rows: each(where it is in shared memory, where in the matrix).
template <class F> INLINE void over_rows(int64_t rows, F each) {
    const int64_t first = (int64_t)blockIdx.x * ROWS, left = (rows - first) * WIDTH;
#pragma unroll 4
    for (int e = threadIdx.x; e < ROWS * WIDTH; e += 32)
        if (e < left) each(e / WIDTH * STRIDE + e % WIDTH, first * WIDTH + e);
}

KERNEL softmax(const T* x, T* y, int64_t rows, int64_t) {
    DYNAMIC_SHARED(memory);
    T* const tile = reinterpret_cast<T*>(memory);
    over_rows(rows, [&](int here, int64_t there) { tile[here] = x[there]; });
    __syncwarp();
    T* const row = tile + threadIdx.x * STRIDE;
    if ((int64_t)blockIdx.x * ROWS + threadIdx.x < rows) {
        T top = row[0], sum = 0;
        for (int i = 1; i < WIDTH; i++) top = larger(top, row[i]);
#pragma unroll 4
        for (int i = 0; i < WIDTH; i++) {
            row[i] = exp(row[i] - top);
            sum = sum + row[i];
        }
#pragma unroll 4
        for (int i = 0; i < WIDTH; i++) row[i] = row[i] / sum;
    }
    __syncwarp();
    over_rows(rows, [&](int here, int64_t there) { y[there] = canonical(tile[here]); });
}

KERNEL softmax_back(const T* y, const T* dy, T* dx, int64_t rows, int64_t) {
    DYNAMIC_SHARED(memory);
    T* const outputs = reinterpret_cast<T*>(memory);
    T* const slopes = outputs + ROWS * STRIDE;
    over_rows(rows, [&](int here, int64_t there) {
        outputs[here] = y[there];
        slopes[here] = dy[there];
    });
    __syncwarp();
    if ((int64_t)blockIdx.x * ROWS + threadIdx.x < rows) {
        const T* const output = outputs + threadIdx.x * STRIDE;
        T* const slope = slopes + threadIdx.x * STRIDE;
        T sum = 0;
        for (int i = 0; i < WIDTH; i++) sum = sum + slope[i] * output[i];
        for (int i = 0; i < WIDTH; i++) slope[i] = output[i] * (slope[i] - sum);
    }
    __syncwarp();
    over_rows(rows, [&](int here, int64_t there) { dx[there] = slopes[here]; });
}

#else

constexpr unsigned ALL = 0xffffffff;

// The sum of entry(0) ... entry(count - 1), known to the whole warp.
template <class F> INLINE T warp_sum(int64_t count, F entry) {
    Tree<T> tree;
    for (int64_t first = 0; first < count; first += 32 * BLOCK) {
        const int64_t own = first + threadIdx.x * BLOCK;
        T chain = 0;
        for (int64_t i = own; i < count && i < own + BLOCK; i++) chain = chain + entry(i);
        for (int lane = 0; lane < 32 && first + lane * BLOCK < count; lane++)
            tree.add(__shfl_sync(ALL, chain, lane));
    }
    return tree.sum();
}

// y is where e waits for its sum; it may be x.
KERNEL softmax(const T* x, T* y, int64_t rows, int64_t width) {
    x += blockIdx.x * width;
    y += blockIdx.x * width;
    T top = x[0];
    for (int64_t i = threadIdx.x; i < width; i += 32) top = larger(top, x[i]);
    for (int apart = 16; apart; apart /= 2) top = larger(top, __shfl_xor_sync(ALL, top, apart));
    for (int64_t i = threadIdx.x; i < width; i += 32) y[i] = exp(x[i] - top);
    __syncwarp();
    const T sum = warp_sum(width, [&](int64_t i) { return y[i]; });
    __syncwarp();
    for (int64_t i = threadIdx.x; i < width; i += 32) y[i] = canonical(y[i] / sum);
}

// dx may be dy.
KERNEL softmax_back(const T* y, const T* dy, T* dx, int64_t rows, int64_t width) {
    y += blockIdx.x * width;
    dy += blockIdx.x * width;
    dx += blockIdx.x * width;
    const T sum = warp_sum(width, [&](int64_t i) { return dy[i] * y[i]; });
    __syncwarp();
    for (int64_t i = threadIdx.x; i < width; i += 32) dx[i] = y[i] * (dy[i] - sum);
}

#endif

}  // namespace NETSPEC_PATH
}  // namespace netspec
