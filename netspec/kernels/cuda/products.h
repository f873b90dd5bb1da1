// What the kernels of products share: a thread's part of a tile, its chains, its outputs.
//
//     c = fma(x[k], w[k], c), k ascending                     (rule 1 of README.md, one block of it)
//
// Rows of x and of W lie in shared memory with their terms side by side, STRIDE numbers from row to
// row. A thread of a warp reads 16 bytes, PACK terms of one row; STRIDE / PACK is odd, so that eight
// rows that follow each other lie in different banks. The warp's 32 threads are 4 rows of x by 8
// outputs: an own row of x is a row further by 4 and more, and so is an own output.

#pragma once

#include "device.h"
#include "../activation_formulas.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int PACK = 16 / sizeof(T);

struct alignas(16) Pack {
    T term[PACK];
};

// Numbers from row to row in shared memory, for `terms` of each.
constexpr int stride_of(int terms) {
    return ((terms + PACK - 1) / PACK | 1) * PACK;
}

// c += LENGTH terms of I rows of x, X_STEP numbers apart, by J of W, W_STEP apart.
template <int LENGTH, int I, int J, int X_STEP, int W_STEP, int UNROLLED>
INLINE void add_terms(T (&c)[I][J], const T* x, const T* w) {
#pragma unroll UNROLLED
    for (int t = 0; t + PACK <= LENGTH; t += PACK) {
        Pack a[I];
#pragma unroll
        for (int i = 0; i < I; i++) a[i] = *reinterpret_cast<const Pack*>(x + i * X_STEP + t);
#pragma unroll
        for (int j = 0; j < J; j++) {
            const Pack b = *reinterpret_cast<const Pack*>(w + j * W_STEP + t);
#pragma unroll
            for (int p = 0; p < PACK; p++)
#pragma unroll
                for (int i = 0; i < I; i++) c[i][j] = fma(a[i].term[p], b.term[p], c[i][j]);
        }
    }
}

// The same for a single term.
template <int I, int J, int X_STEP, int W_STEP>
INLINE void add_term(T (&c)[I][J], const T* x, const T* w) {
    T a[I];
#pragma unroll
    for (int i = 0; i < I; i++) a[i] = x[i * X_STEP];
#pragma unroll
    for (int j = 0; j < J; j++) {
        const T b = w[j * W_STEP];
#pragma unroll
        for (int i = 0; i < I; i++) c[i][j] = fma(a[i], b, c[i][j]);
    }
}

INLINE int at_most(int64_t left, int most) { return left < most ? (int)left : most; }

// An output as it is written: it may be the network's, whose NaN are canonical.
INLINE T finished(T y, double option) {
    return canonical(activated<static_cast<Kind>(ACTIVATION), T>(y, (T)option));
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
