// Arrays that lie in memory in any way: how a kernel is told of their axes, and walks them.
//
// DIMS axes of n0 (which nobody asks for), n1 ... n5 entries; a stride is counted in entries, and is 0
// where an axis is one entry again and again. INDEX is the type that counts entries.

#pragma once

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int AXES = 6;

#define STRIDES(x) int64_t x##0, int64_t x##1, int64_t x##2, int64_t x##3, int64_t x##4, int64_t x##5
#define SIZES int64_t n1, int64_t n2, int64_t n3, int64_t n4, int64_t n5
#define LIST_OF(x) {(INDEX)x##0, (INDEX)x##1, (INDEX)x##2, (INDEX)x##3, (INDEX)x##4, (INDEX)x##5}
#define LIST_OF_SIZES {0, (INDEX)n1, (INDEX)n2, (INDEX)n3, (INDEX)n4, (INDEX)n5}

// The entries that are one thread's: every (threads of the grid)th.
#define EVERY(i, size)                                                           \
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (size); \
         i += (int64_t)gridDim.x * blockDim.x)

// Where the entry stands that is the i-th in row-major order.
INLINE INDEX place_of(int64_t i, const INDEX (&n)[AXES], const INDEX (&stride)[AXES]) {
    INDEX left = (INDEX)i, at = 0;
    for (int axis = DIMS - 1; axis > 0; --axis) {
        const INDEX above = left / n[axis];
        at += (left - above * n[axis]) * stride[axis];
        left = above;
    }
    return at + left * stride[0];
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
