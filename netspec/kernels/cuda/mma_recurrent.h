// A block's part of U h by the matrix units: ROWS events by UNITS units of G gates, shared out by warps.
//
//     c[gate][row][unit] += sum over k of r(h[row][k]) r(U[gate][unit][k])          r and words: mma.h
//
// (on the way back the one "gate" is dh, h is da, and U is turned).
// U of the block's units stays in shared memory, rounded, a row of words for each gate and unit. h comes
// through global memory, rounded by whoever wrote it: rows of words, up to whole slabs of 32, which pass
// through a ring of STAGES places. A warp has 16 DOWN rows and 8 OWN units of every gate, so that all that
// one unit's step wants is one thread's own.

#pragma once

#include "mma.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int THREADS = 32 * WARPS_DOWN * WARPS_ACROSS;
constexpr int DOWN = ROWS / WARPS_DOWN / 16, OWN = UNITS / WARPS_ACROSS / 8;
constexpr int WORDS = 32, STRIDE = WORDS + 4, SLAB = ROWS * STRIDE;
static_assert(DOWN * WARPS_DOWN * 16 == ROWS && OWN * WARPS_ACROSS * 8 == UNITS, "whole pieces");

// The numbers of a thread: four of each 16 x 8 piece (mma.h).
typedef float Own[DOWN][OWN][4];

INLINE int least(int a, int b) { return a < b ? a : b; }

// Words of n terms, up to whole slabs.
INLINE int words_of(int64_t n) {
    return (int)((n + WORDS * PER_WORD - 1) / (WORDS * PER_WORD)) * WORDS;
}

INLINE int first_row() { return threadIdx.x / 32 / WARPS_ACROSS * (16 * DOWN); }
INLINE int first_unit() { return threadIdx.x / 32 % WARPS_ACROSS * (8 * OWN); }

// each(i, o, pair, row, unit): numbers 2 pair and 2 pair + 1 of piece (i, o) are units `unit` and
// `unit` + 1 of `row`.
template <class F> INLINE void each_pair(F each) {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < DOWN; i++)
#pragma unroll
        for (int o = 0; o < OWN; o++)
#pragma unroll
            for (int pair = 0; pair < 2; pair++)
                each(i, o, pair, first_row() + i * 16 + pair * 8 + lane / 4, first_unit() + o * 8 + lane % 4 * 2);
}

// The events and units of a block, and what its threads do for each of their own.
struct Part {
    int64_t batch, n, first_event, first_unit;
    const int64_t* lengths;

    __device__ __forceinline__ int64_t event(int row) const { return first_event + row; }
    __device__ __forceinline__ bool has(int row, int unit) const {
        return event(row) < batch && first_unit + unit < n;
    }
    __device__ __forceinline__ bool valid(int row, int64_t t) const {
        return !lengths || t < lengths[event(row)];
    }
    // Steps up to which an event of the block is valid.
    __device__ __forceinline__ int64_t longest(int64_t steps) const {
        int64_t most = lengths ? 0 : steps;
        for (int64_t e = first_event; lengths && e < batch && e < first_event + ROWS; e++)
            most = most < lengths[e] ? lengths[e] : most;
        return most;
    }
    // each(i, o, e, row, unit of all): number [i][o][e] of an Own, of those that there are.
    template <class F> __device__ __forceinline__ void each_own(F each) const {
        each_pair([&](int i, int o, int pair, int row, int unit) {
#pragma unroll
            for (int e = 0; e < 2; e++)
                if (has(row, unit + e)) each(i, o, 2 * pair + e, row, first_unit + unit + e);
        });
    }
    // Write value(i, o, e, row, unit) of each for the other blocks, rounded: rows of `width` words.
    template <class F> __device__ __forceinline__ void tell(uint32_t* to, int64_t width, F value) const {
        each_pair([&](int i, int o, int pair, int row, int unit) {
            if (!has(row, unit)) return;
            float two[2] = {value(i, o, 2 * pair, row, first_unit + unit), 0.0f};
            if (has(row, unit + 1)) two[1] = value(i, o, 2 * pair + 1, row, first_unit + unit + 1);
#pragma unroll
            for (int word = 0; word < 2 / PER_WORD; word++)
                store_for_blocks(to + row * width + (first_unit + unit) / PER_WORD + word,
                                 rounded(two + word * PER_WORD));
        });
    }
};

// Blocks of the same events meet: what one has stored before is seen by all that have met.
struct Meeting {
    unsigned* counter;  // 0 at first
    unsigned members, awaited = 0;

    // All threads meet in here; `meanwhile` is done while others are waited for.
    template <class F> __device__ __forceinline__ void meet(F meanwhile) {
        __syncthreads();
        if (threadIdx.x == 0) add_release(counter, 1u);
        meanwhile();
        awaited += members;
        if (threadIdx.x == 0)
            while ((int)(load_acquire(counter) - awaited) < 0) rest_a_little();
        __syncthreads();
    }
};

// Rows of U (gates * units, n) for G gates of the block's units, rounded; what is outside of it is 0.
INLINE void bring_matrix(uint32_t* to, const float* U, int gates, int64_t first_unit, int64_t n) {
    const int words = words_of(n);
    for (int i = threadIdx.x; i < gates * UNITS * words; i += THREADS) {
        const int line = i / words, word = i % words;
        const int64_t unit = first_unit + line % UNITS, k = (int64_t)word * PER_WORD;
        const float* const from = U + (line / UNITS * n + unit) * n + k;
        float of[PER_WORD];
#pragma unroll
        for (int j = 0; j < PER_WORD; j++) of[j] = unit < n && k + j < n ? from[j] : 0.0f;
        to[line * (words + 4) + word] = rounded(of);
    }
}

// The columns of the block's units of U (gates * units, n), rounded: a row of words for each unit, in
// which every gate begins a slab; what is outside of U is 0.
INLINE void bring_columns(uint32_t* to, const float* U, int gates, int64_t first_unit, int64_t n) {
    const int words = words_of(n), all = gates * words;
    for (int i = threadIdx.x; i < UNITS * all; i += THREADS) {
        const int word = i / UNITS, gate = word / words;
        const int64_t unit = first_unit + i % UNITS, k = (int64_t)(word - gate * words) * PER_WORD;
        float of[PER_WORD];
#pragma unroll
        for (int j = 0; j < PER_WORD; j++)
            of[j] = unit < n && k + j < n ? U[(gate * n + k + j) * n + unit] : 0.0f;
        to[i % UNITS * (all + 4) + word] = rounded(of);
    }
}

// c of G gates += U h; U begins with the first of them, x are the rows of words. All threads meet in here.
template <int G>
INLINE void add_recurrent(Own* c, const uint32_t* U, const uint32_t* x, int words, uint32_t* ring) {
    const int lane = threadIdx.x % 32, u_stride = words + 4;
    const auto send_for = [&](int slab) {
        uint32_t* const to = ring + slab % STAGES * SLAB;
        for (int i = threadIdx.x; slab * WORDS < words && i < ROWS * (WORDS / 4); i += THREADS) {
            const int row = i / (WORDS / 4), word = i % (WORDS / 4) * 4;
            copy_async<16>(to + row * STRIDE + word, x + (int64_t)row * words + slab * WORDS + word);
        }
        copies_end_group();
    };
    for (int slab = 0; slab < STAGES - 1; slab++) send_for(slab);
    const int row_at = (first_row() + lane % 16) * STRIDE + lane / 16 * 4;
    const uint32_t* u_at = U + (first_unit() + lane % 8) * u_stride + lane / 8 * 4;
#pragma unroll 1
    for (int slab = 0; slab * WORDS < words; slab++, u_at += WORDS) {
        copies_wait<STAGES - 2>();
        __syncthreads();  // the slab is there, and nobody reads the one before any longer
        send_for(slab + STAGES - 1);
        const uint32_t* const rows = ring + slab % STAGES * SLAB + row_at;
#pragma unroll
        for (int word = 0; word < WORDS; word += 16) {
            uint32_t a[2][DOWN][4];
#pragma unroll
            for (int half = 0; half < 2; half++)
#pragma unroll
                for (int i = 0; i < DOWN; i++)
                    load_matrices(a[half][i], rows + i * 16 * STRIDE + word + half * 8);
#pragma unroll
            for (int gate = 0; gate < G; gate++)
#pragma unroll
                for (int o = 0; o < OWN; o++) {
                    uint32_t u[4];  // two steps of 8 words at once
                    load_matrices(u, u_at + (gate * UNITS + o * 8) * u_stride + word);
                    const uint32_t one[2] = {u[0], u[1]}, two[2] = {u[2], u[3]};
#pragma unroll
                    for (int i = 0; i < DOWN; i++) multiply(c[gate][i][o], a[0][i], one);
#pragma unroll
                    for (int i = 0; i < DOWN; i++) multiply(c[gate][i][o], a[1][i], two);
                }
        }
    }
    copies_wait<0>();
    __syncthreads();  // the ring may be filled again
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
