// U as the way back reads it, TERMS rows of COLUMNS numbers, in shared memory: all of it (SLABS_KEPT is
// -1), or the first SLABS_KEPT slabs of SLAB rows, while the others come to PLACES places, one after
// another, round and round.
//
// With one buffer of rows (STAGES = 1) the terms of a slab that a product has done with are where the
// gates of the next step go: they are on their way while the other terms are taken.

#pragma once

#include "back_tape.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr bool STREAMS = SLABS_KEPT >= 0;
constexpr int SLAB_NUMBERS = SLAB * COLUMNS, SLABS = TERMS / SLAB;
constexpr int MATRIX = STREAMS ? (SLABS_KEPT + PLACES) * SLAB_NUMBERS : TERMS * COLUMNS;

// U, (GATES UNITS, UNITS), at a term and a column; +0 beyond what it has.
INLINE T number_of_U(const T* U, int term, int column) {
    const int row = column_of_term(term);
    return row >= 0 && column < UNITS ? U[(int64_t)row * UNITS + column] : T(0);
}

INLINE void copy_slab(T* to, const T* packed, int slab) {
    constexpr int ROUND = THREADS * PACK, ROUNDS = SLAB_NUMBERS / ROUND, LEFT = SLAB_NUMBERS % ROUND;
    const int first = threadIdx.x * PACK;
    const T* from = packed + slab * (int64_t)SLAB_NUMBERS + first;
    to += first;
#pragma unroll
    for (int i = 0; i < ROUNDS; i++) copy_async<16>(to + i * ROUND, from + i * ROUND);
    if (LEFT && first < LEFT) copy_async<16>(to + ROUNDS * ROUND, from + ROUNDS * ROUND);
}

// All of U, by copies that are not waited for, and what fills it up.
INLINE void copy_U(T* matrix, const T* U) {
    constexpr int PIECES = UNITS / SIDE_PIECE;
    for (int i = threadIdx.x; i < TERMS * PIECES; i += THREADS) {
        const int term = i / PIECES, column = i % PIECES * SIDE_PIECE, row = column_of_term(term);
        if (row >= 0)
            copy_async<SIDE_PIECE * sizeof(T)>(matrix + term * COLUMNS + column,
                                               U + (int64_t)row * UNITS + column);
    }
    if (TERMS * COLUMNS == GATES * UNITS * UNITS) return;
    for (int i = threadIdx.x; i < TERMS * COLUMNS; i += THREADS)
        if (i % COLUMNS >= UNITS || column_of_term(i / COLUMNS) < 0) matrix[i] = 0;
}

struct Walk {
    const Team& team;
    const Tape& tape;
    T* matrix;        // in shared memory
    const T* packed;  // in global memory, where slabs come from
    T* rows;          // of the step
    int64_t next_t;   // the step that comes next, or -1
    int next, into, from;      // the next slab to come, and places to put one and to take one
    int free_begin, free_end;  // terms that a product has done with

    __device__ __forceinline__ Walk(const Team& team_, const Tape& tape_, T* matrix_, const T* packed_)
        : team(team_), tape(tape_), matrix(matrix_), packed(packed_), rows(nullptr), next_t(-1),
          next(SLABS_KEPT), into(0), from(0), free_begin(0), free_end(0) {}

    __device__ __forceinline__ void bring() {
        copy_slab(matrix + (SLABS_KEPT + into) * SLAB_NUMBERS, packed, next);
        copies_end_group();
        next = next + 1 == SLABS ? SLABS_KEPT : next + 1;
        into = into + 1 == PLACES ? 0 : into + 1;
    }

    // All of U that stays, and the first slabs of the rest.
    __device__ __forceinline__ void begin(const T* U) {
        if constexpr (STREAMS) {
            for (int slab = 0; slab < SLABS_KEPT; slab++)
                copy_slab(matrix + slab * SLAB_NUMBERS, packed, slab);
            for (int i = 0; i + 1 < PLACES; i++) bring();
        } else {
            copy_U(matrix, U);
            copies_end_group();
        }
    }

    __device__ __forceinline__ void refill() {
        if (free_end > free_begin && next_t >= 0)
            bring_terms<SLAB>(team, rows, tape.gates, tape, next_t, free_begin, free_end);
        free_end = free_begin;
    }

    // The rows of U from `term` on, `count` of them, which are about to be used.
    __device__ __forceinline__ const T* take(int term, int count) {
        const bool streamed = STREAMS && term >= SLABS_KEPT * SLAB;
        if (streamed) copies_wait<STREAMS ? PLACES - 2 : 0>();
        if (streamed || (STAGES == 1 && free_end > free_begin)) meet();
        if constexpr (STAGES == 1) {
            refill();
            free_begin = term;
            free_end = term + count;
        }
        if (!streamed) return matrix + term * COLUMNS;
        if constexpr (STREAMS) bring();
        const T* slab = matrix + (SLABS_KEPT + from) * SLAB_NUMBERS;
        from = from + 1 == PLACES ? 0 : from + 1;
        return slab;
    }

    // After a step's last product.
    __device__ __forceinline__ void end_step() {
        if constexpr (STAGES == 1) {
            meet();
            refill();
        }
        copies_end_group();
    }
};

// y = product(da, U^T) of COUNT terms from AT on, for the thread's rows and units (rule 1).
template <int AT, int COUNT> INLINE void product(Tile& y, const Place& place, Walk& walk) {
    constexpr int ROOM = filled(COUNT, GRAIN);
    const T* da = walk.rows + place.row * STRIDE + AT;
    Tile acc;
    clear(y);
    clear(acc);
#pragma unroll 1
    for (int k = 0; k < ROOM; k += SLAB) {
        const int count = ROOM - k < SLAB ? ROOM - k : SLAB;
        chain(acc, da + k, walk.take(AT + k, count) + place.unit, count);
        if constexpr (ROOM > BLOCK) {
            if ((k + count) % BLOCK == 0) {
                add(y, acc);
                clear(acc);
            }
        }
    }
    if (ROOM <= BLOCK || ROOM % BLOCK) add(y, acc);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
