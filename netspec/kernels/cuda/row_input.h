// What the input says to the rows of a block, where the sweep forms it itself: W x + b of one step.
//
// x stands in shared memory as h does (row_tile.h), W beside U.

#pragma once

#include "row_cells.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int LANES_OF_X = FEATURES <= 8 ? 8 : FEATURES <= 16 ? 16 : 32;

// x of one step, by all threads: neighbours bring neighbours.
INLINE void bring_x(T* to, const T* from, int rows, int64_t apart) {
    const int lane = threadIdx.x % LANES_OF_X;
    for (int row = threadIdx.x / LANES_OF_X; row < rows; row += THREADS / LANES_OF_X)
        for (int f = lane; f < FEATURES; f += LANES_OF_X)
            copy_async<sizeof(T)>(to + place_of(row, f), from + row * apart + f);
}

// W x + b for the gates of a matrix, from the first of them on, by rule 1.
template <int G> INLINE void from_input(T (&z)[ROWS][QUANTITIES<G>], const Row& row, const T* W, const T* b,
                                        int first_gate, const T* x) {
#pragma unroll
    for (int q = 0; q < QUANTITIES<G>; q++) {
        const bool there = b && row.has(q / G);
        const T start = there ? b[(first_gate + q % G) * UNITS + row.unit_of(q / G)] : T(0);
#pragma unroll
        for (int r = 0; r < ROWS; r++) z[r][q] = start;
    }
#pragma unroll 1
    for (int k0 = 0; k0 < FEATURES; k0 += BLOCK) {
        T acc[ROWS][QUANTITIES<G>];
        clear<G>(acc);
        chain<G>(acc, W + k0 * WIDTH<G>, x + k0 / KS * LINE, least(BLOCK, FEATURES - k0));
        add<G>(z, acc);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
