// A block's tile of a product by the matrix units: ROWS rows by OUTPUTS outputs, shared out among warps.
//
// A slab is 32 words (mma.h) of each of ROWS rows of the one factor and OUTPUTS rows of the other, in
// shared memory, STRIDE words from row to row: an odd number of 16 bytes, so that eight rows that follow
// each other lie in different banks. A thread rounds and writes 4 words of some rows, a piece each.

#pragma once

#include "mma.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int THREADS = 32 * WARPS_DOWN * WARPS_ACROSS;
constexpr int WORDS = 32, TERMS = WORDS * PER_WORD, STRIDE = WORDS + 4;
constexpr int SLAB = (ROWS + OUTPUTS) * STRIDE;
constexpr int WARP_ROWS = ROWS / WARPS_DOWN, WARP_OUTPUTS = OUTPUTS / WARPS_ACROSS;
constexpr int DOWN = WARP_ROWS / 16, ACROSS = WARP_OUTPUTS / 8;
constexpr int IN_ROW = WORDS / 4, ROWS_AT_ONCE = THREADS / IN_ROW;
constexpr int PIECES_OF_ROWS = ROWS / ROWS_AT_ONCE, PIECES = PIECES_OF_ROWS + OUTPUTS / ROWS_AT_ONCE;
constexpr int IN_PIECE = 4 * PER_WORD;  // numbers
static_assert(WARP_ROWS % 16 == 0 && WARP_OUTPUTS % 16 == 0, "whole pieces, read two at a time");
static_assert(ROWS % ROWS_AT_ONCE == 0 && OUTPUTS % ROWS_AT_ONCE == 0, "a piece is of one factor");

struct Pieces {
    float of[PIECES][IN_PIECE];
};

typedef float Sums[DOWN][ACROSS][4];

// The first of the thread's words in a row.
INLINE int own_word() { return threadIdx.x % IN_ROW * 4; }

// each(piece, row): the rows of both factors of which the thread has a piece.
template <class F> INLINE void each_piece(F each) {
#pragma unroll
    for (int piece = 0; piece < PIECES; piece++) each(piece, piece * ROWS_AT_ONCE + (int)threadIdx.x / IN_ROW);
}

// COUNT numbers, BYTES at a time; 0 from `left` on.
template <int BYTES, int COUNT> INLINE void take_piece(float (&to)[COUNT], const float* from, int64_t left) {
    constexpr int WIDTH = BYTES / sizeof(float);
#pragma unroll
    for (int i = 0; i < COUNT; i += WIDTH) {
        const bool there = i < left;
        if constexpr (WIDTH == 4) {
            const float4 of = there ? *reinterpret_cast<const float4*>(from + i) : make_float4(0, 0, 0, 0);
            to[i] = of.x, to[i + 1] = of.y, to[i + 2] = of.z, to[i + 3] = of.w;
        } else if constexpr (WIDTH == 2) {
            const float2 of = there ? *reinterpret_cast<const float2*>(from + i) : make_float2(0, 0);
            to[i] = of.x, to[i + 1] = of.y;
        } else {
            to[i] = there ? from[i] : 0.0f;
        }
    }
}

INLINE void put_rounded(uint32_t* slab, int row, const float (&numbers)[IN_PIECE]) {
    uint32_t word[4];
#pragma unroll
    for (int i = 0; i < 4; i++) word[i] = rounded(numbers + i * PER_WORD);
    *reinterpret_cast<uint4*>(slab + row * STRIDE + own_word()) = make_uint4(word[0], word[1], word[2], word[3]);
}

// c += the products of a slab. All 32 threads of each warp meet in here.
INLINE void add_slab(Sums& c, const uint32_t* slab) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    // Thread 8 i + r says where row r of matrix i is: of the rows, matrix 1 is 8 further down and 2 is 4
    // words further on; of the outputs, it is the other way round.
    const int row = warp / WARPS_ACROSS * WARP_ROWS + lane % 16;
    const int output = ROWS + warp % WARPS_ACROSS * WARP_OUTPUTS + lane / 16 * 8 + lane % 8;
    const uint32_t* const rows = slab + row * STRIDE + lane / 16 * 4;
    const uint32_t* const outputs = slab + output * STRIDE + lane / 8 % 2 * 4;
#pragma unroll
    for (int word = 0; word < WORDS; word += 8) {
        uint32_t a[DOWN][4], b[ACROSS][2];
#pragma unroll
        for (int i = 0; i < DOWN; i++) load_matrices(a[i], rows + i * 16 * STRIDE + word);
#pragma unroll
        for (int j = 0; j < ACROSS; j += 2) {
            uint32_t two[4];
            load_matrices(two, outputs + j * 8 * STRIDE + word);
            b[j][0] = two[0], b[j][1] = two[1], b[j + 1][0] = two[2], b[j + 1][1] = two[3];
        }
#pragma unroll
        for (int i = 0; i < DOWN; i++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++) multiply(c[i][j], a[i], b[j]);
    }
}

// each(row, output, sum) of the thread's own numbers of the tile.
template <class F> INLINE void each_sum(const Sums& c, F each) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int row = warp / WARPS_ACROSS * WARP_ROWS + lane / 4;
    const int output = warp % WARPS_ACROSS * WARP_OUTPUTS + lane % 4 * 2;
#pragma unroll
    for (int i = 0; i < DOWN; i++)
#pragma unroll
        for (int j = 0; j < ACROSS; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) each(row + i * 16 + e / 2 * 8, output + j * 8 + e % 2, c[i][j][e]);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
