// What the sweeps of one cooperative launch share: a block's part of a product, and waiting for others.
//
//     sums[row][output] = sums[row][output] + c,  c = fma(x[k], w[k], c) over a block of 128 terms
//
// (rule 1 of README.md). Block (i, j) of the grid owns UNITS units and, in `passes` tiles of ROWS each,
// a slice of the batch. Its part of the matrix stays in shared memory, [k][output]. The chains of
// blocks of 128 terms do not know each other: each is a team's, TEAMS of them at once, and whoever owns
// a number adds up what they give, in ascending order. A thread of a team has OWN_ROWS rows of
// OWN_OUTPUTS outputs, whole chains; pieces of 16 bytes of neighbouring threads lie side by side. How
// x comes from those who have written it, meetings.h says.
//
// Tiles know nothing of each other: while the others are awaited with one, the next is at work.
//
// After the product the owner of an item (a unit of a row) goes on with it: thread i has the items i,
// i + THREADS, ..., always the same, and nobody else looks at what it keeps of them.

#pragma once

#include "cell_step.h"
#include "meetings.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int ITEMS = ROWS * UNITS;
constexpr int SLAB = TERMS * ROWS;
constexpr int CHAINS = OWN_ROWS * OWN_OUTPUTS;
constexpr int UNROLLED = CHAINS >= 16 ? 8 : CHAINS >= 4 ? 16 : 32;
static_assert(BLOCK % TERMS == 0 && STAGES >= 2 && ROWS % OWN_ROWS == 0, "whole slabs and tiles");
static_assert(SLAB % PACK == 0, "slabs of whole packs");

constexpr int least(int a, int b) { return a < b ? a : b; }
constexpr int fitting(int most, int count) { return count % most ? fitting(most / 2, count) : most; }
constexpr int whole_packs(int count) { return (count + PACK - 1) / PACK * PACK; }

// Shared memory, cut piece by piece.
struct Room {
    T* next;
    __device__ __forceinline__ T* numbers(int64_t count) {
        T* here = next;
        next += (count + PACK - 1) / PACK * PACK;
        return here;
    }
};

// Memory that products work in: `parts`, for what the teams give, and x or, in its place, slabs of it.
// Slabs lie where the parts come after them.
struct Desk {
    T *parts, *x;
};
INLINE int64_t desk_room(int64_t terms, int64_t parts) {
    constexpr int SLABS = STAGES * TEAMS * SLAB;
    return WORDS ? whole_packs((int)parts) + terms * ROWS : SLABS > parts ? SLABS : parts;
}
INLINE Desk desk_in(T* room, int parts) { return {room, WORDS ? room + whole_packs(parts) : room}; }

template <int N> struct alignas(N * sizeof(T)) Piece { T of[N]; };
template <int COUNT> constexpr int PIECE = COUNT < PACK ? COUNT : PACK;

// Numbers from and to pieces that lie APART from each other.
template <int APART, int COUNT> INLINE void load_pieces(const T* from, T (&to)[COUNT]) {
    constexpr int N = PIECE<COUNT>;
#pragma unroll
    for (int i = 0; i < COUNT; i += N) {
        const Piece<N> piece = *reinterpret_cast<const Piece<N>*>(from + i / N * APART);
#pragma unroll
        for (int j = 0; j < N; j++) to[i + j] = piece.of[j];
    }
}
template <int APART, int COUNT> INLINE void store_pieces(T* to, const T (&from)[COUNT]) {
    constexpr int N = PIECE<COUNT>;
#pragma unroll
    for (int i = 0; i < COUNT; i += N) {
        Piece<N> piece;
#pragma unroll
        for (int j = 0; j < N; j++) piece.of[j] = from[i + j];
        *reinterpret_cast<Piece<N>*>(to + i / N * APART) = piece;
    }
}

template <class F> INLINE void each_item(F f) {
#pragma unroll 1
    for (int i = threadIdx.x; i < ITEMS; i += THREADS) f(i, i / UNITS, i % UNITS);
}

// A product of this block: x (terms, ROWS) of global memory, W (terms, OUTPUTS) of shared memory. An item
// has OUTPUTS / UNITS of its numbers, UNITS apart in a row of `sums`, which is STRIDE long.
template <int OUTPUTS> struct Product {
    static constexpr int OWN = fitting(OWN_OUTPUTS, OUTPUTS);
    static constexpr int ACROSS = OUTPUTS / OWN, TEAM = ACROSS * (ROWS / OWN_ROWS);
    static constexpr int ROWS_APART = ROWS / OWN_ROWS * PIECE<OWN_ROWS>;
    static constexpr int OUTPUTS_APART = ACROSS * PIECE<OWN>;
    static_assert(TEAM * TEAMS <= THREADS, "every team has its threads");

    __device__ __forceinline__ static void step(T (&c)[OWN_ROWS][OWN], const T* x, const T* w) {
        T a[OWN_ROWS], b[OWN];
        load_pieces<ROWS_APART>(x, a);
        load_pieces<OUTPUTS_APART>(w, b);
#pragma unroll
        for (int i = 0; i < OWN_ROWS; i++)
#pragma unroll
            for (int j = 0; j < OWN; j++) c[i][j] = fma(a[i], b[j], c[i][j]);
    }

    // Send for one slab of every team's block.
    __device__ __forceinline__ static void fetch(T* to, const T* x, int first, int slab, int terms) {
        constexpr int PACKS = SLAB / PACK;
        for (int i = threadIdx.x; i < TEAMS * PACKS; i += THREADS) {
            const int k = (first + i / PACKS) * (int)BLOCK + slab * TERMS;
            if (k < terms) copy_async<16>(to + i * PACK, x + (int64_t)k * ROWS + i % PACKS * PACK);
        }
        copies_end_group();
    }

    // `count` terms, or all of a slab.
    __device__ __forceinline__ static void chain(T (&c)[OWN_ROWS][OWN], const T* x, const T* w, int count) {
        if (count >= TERMS) {
#pragma unroll UNROLLED
            for (int k = 0; k < TERMS; k++) step(c, x + k * ROWS, w + k * OUTPUTS);
        } else {
#pragma unroll 4
            for (int k = 0; k < count; k++) step(c, x + k * ROWS, w + k * OUTPUTS);
        }
    }

    // All threads meet in here.
    template <int STRIDE, class Wanted>
    __device__ __forceinline__ static void add(T* sums, const T* x, const T* W, int terms, Desk desk,
                                               int64_t number, Wanted wanted) {
        constexpr int SLABS = (int)BLOCK / TERMS;
        const int team = threadIdx.x / TEAM, across = threadIdx.x % ACROSS;
        const int down = threadIdx.x / ACROSS % (ROWS / OWN_ROWS);
        const int blocks = (terms + (int)BLOCK - 1) / (int)BLOCK;
        if (WORDS) {
            gather(desk.x, x, terms, number, wanted);
            __syncthreads();
        }
        for (int first = 0; first < blocks; first += TEAMS) {
            if (first) __syncthreads();  // what the teams gave before has been read
            T c[OWN_ROWS][OWN] = {};
            const int begin = (first + team) * (int)BLOCK;
            const int own = team < TEAMS && begin < terms ? least((int)BLOCK, terms - begin) : 0;
            const T* w = W + begin * OUTPUTS + across * PIECE<OWN>;
            if constexpr (WORDS) {
                const T* rows = desk.x + begin * ROWS + down * PIECE<OWN_ROWS>;
                for (int k = 0; k < own; k += TERMS)
                    chain(c, rows + k * ROWS, w + k * OUTPUTS, own - k);
            } else {
                for (int slab = 0; slab < STAGES - 1; slab++) {
                    if (slab < SLABS) fetch(desk.x + slab * TEAMS * SLAB, x, first, slab, terms);
                    else copies_end_group();
                }
                const int longest = least((int)BLOCK, terms - first * (int)BLOCK);
                for (int slab = 0; slab * TERMS < longest; slab++) {
                    copies_wait<STAGES - 2>();
                    __syncthreads();  // the slab is there, and nobody reads the one before any longer
                    const int next = slab + STAGES - 1;
                    if (next < SLABS) fetch(desk.x + next % STAGES * TEAMS * SLAB, x, first, next, terms);
                    else copies_end_group();
                    const T* rows = desk.x + (slab % STAGES * TEAMS + team) * SLAB + down * PIECE<OWN_ROWS>;
                    chain(c, rows, w + slab * TERMS * OUTPUTS, own - slab * TERMS);
                }
            }
            __syncthreads();  // nobody reads x any more
            if (own > 0) {
                T* mine = desk.parts + (team * ROWS + down * PIECE<OWN_ROWS>) * OUTPUTS + across * PIECE<OWN>;
#pragma unroll
                for (int i = 0; i < OWN_ROWS; i++) {
                    constexpr int N = PIECE<OWN_ROWS>;
                    store_pieces<OUTPUTS_APART>(mine + (i / N * ROWS_APART + i % N) * OUTPUTS, c[i]);
                }
            }
            __syncthreads();
            const int count = least(TEAMS, blocks - first);
            each_item([&](int i, int row, int unit) {
                if (!wanted(row)) return;
#pragma unroll
                for (int q = 0; q < OUTPUTS; q += UNITS) {
                    T sum = sums[row * STRIDE + q + unit];
                    for (int k = 0; k < count; k++)
                        sum = sum + desk.parts[(k * ROWS + row) * OUTPUTS + q + unit];
                    sums[row * STRIDE + q + unit] = sum;
                }
            });
        }
    }
};

// The units and events of this block, one tile of them at a time.
struct Part {
    int64_t batch, units, first_unit, tile;
    const int64_t* lengths;

    __device__ __forceinline__ int64_t event(int row) const { return tile * ROWS + row; }
    __device__ __forceinline__ bool has(int row, int unit) const {
        return event(row) < batch && first_unit + unit < units;
    }
    __device__ __forceinline__ bool valid(int row, int64_t t) const {
        return event(row) < batch && (!lengths || t < lengths[event(row)]);
    }
    // The most valid steps of an event in so many tiles.
    __device__ __forceinline__ int64_t longest(int64_t tiles, int64_t steps) const {
        const int64_t first = tile * ROWS, end = (tile + tiles) * ROWS;
        int64_t most = lengths ? 0 : steps;
        for (int64_t e = first; lengths && e < end && e < batch; e++)
            most = most < lengths[e] ? lengths[e] : most;
        return most;
    }
    // In an array (batch, units).
    __device__ __forceinline__ int64_t place(int row, int unit) const {
        return event(row) * units + first_unit + unit;
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
