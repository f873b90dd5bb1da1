// Two levels of the tree of a long sum (rule 2 of ../README.md), of many numbers side by side.
//
//     entry[n] = +0 + from[n, 0] + from[n, 1] + ...                      the end of a tree before it
//     to[q] = the tree's sum of entry[256 q] ... entry[256 q + 255], the last block shorter
//
// for each of `width` numbers and each of the lists that gridDim.z counts. A block of threads has 32
// numbers (threadIdx.x) of one q (blockIdx.y); a thread adds up 16 neighbours, the first row of threads
// what the others found.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

#include "../kinds.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int NUMBERS = 32;  // side by side

// from (lists, count, each, width), each at most 16; to (lists, count / 256 rounded up, width).
// Threads (32, count / 16 rounded up, at most 16); shared memory for a number of each of them.
KERNEL tree_sum(const T* from, T* to, int64_t count, int64_t each, int64_t width) {
    DYNAMIC_SHARED(memory);
    T* sums = reinterpret_cast<T*>(memory);
    const int64_t j = (int64_t)blockIdx.x * NUMBERS + threadIdx.x;
    const int64_t first = ((int64_t)blockIdx.y * NEIGHBOURS + threadIdx.y) * NEIGHBOURS;
    const int64_t end = min(first + NEIGHBOURS, count);
    if (j < width) {
        const T* p = from + ((blockIdx.z * count + first) * each) * width + j;
        T sum = 0;
        if (each == 1) {
#pragma unroll 16
            for (int64_t n = first; n < end; n++, p += width) sum = sum + *p;
        } else {
            for (int64_t n = first; n < end; n++) {
                T entry = 0;
#pragma unroll 4
                for (int64_t i = 0; i < each; i++, p += width) entry = entry + *p;
                sum = sum + entry;
            }
        }
        sums[threadIdx.y * NUMBERS + threadIdx.x] = sum;
    }
    __syncthreads();
    if (threadIdx.y != 0 || j >= width) return;
    T sum = 0;
    for (unsigned row = 0; row < blockDim.y; row++) sum = sum + sums[row * NUMBERS + threadIdx.x];
    to[((int64_t)blockIdx.z * gridDim.y + blockIdx.y) * width + j] = sum;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
