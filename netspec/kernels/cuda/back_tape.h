// What goes between global memory and a block's rows on the way back: the tape comes in, without being
// waited for, and the slopes go out.
//
// A team of threads that meet, a warp or a block, has its own rows. A copy is of a piece, the most of 16,
// 8 or 4 bytes that rows of an array begin and end with. Of an event beyond the last the last is read.

#pragma once

#include "back_tile.h"

namespace netspec {
namespace NETSPEC_PATH {

// Numbers of a piece where rows, and parts of rows, have `count` numbers or a multiple of them.
INLINE constexpr int piece_of(int count) {
    const int bytes = count * (int)sizeof(T);
    return (bytes % 16 == 0 ? 16 : bytes % 8 == 0 ? 8 : (int)sizeof(T)) / (int)sizeof(T);
}
constexpr int PIECE = piece_of(CELL == GRU ? UNITS : GATES * UNITS), SIDE_PIECE = piece_of(UNITS);

template <int BYTES> struct alignas(BYTES) Bytes { unsigned char at[BYTES]; };
template <int NUMBERS> INLINE void move(T* to, const T* from) {
    typedef Bytes<NUMBERS * (int)sizeof(T)> Word;
    *reinterpret_cast<Word*>(to) = *reinterpret_cast<const Word*>(from);
}

// ALONE: no warp has anything to say to another but U, which is there from the beginning.
constexpr bool ALONE = WARPS_ACROSS == 1 && SLABS_KEPT < 0;
constexpr int TEAM = ALONE ? 32 : THREADS, TEAM_ROWS = ALONE ? ROWS_OF_WARP : ROWS_OF_BLOCK;

INLINE void meet() {
    if constexpr (ALONE) __syncwarp();
    else __syncthreads();
}

struct Team {
    int member, row;  // this thread among them, and their first row in the block
    int64_t first, last;  // their first event, and the last of all
    __device__ __forceinline__ explicit Team(int64_t batch) {
        member = threadIdx.x % TEAM;
        row = threadIdx.x / TEAM * TEAM_ROWS;
        first = (int64_t)blockIdx.x * ROWS_OF_BLOCK + row;
        last = batch - 1;
    }
    __device__ __forceinline__ int64_t event(int i) const { return first + i < last ? first + i : last; }
    __device__ __forceinline__ bool has(int i) const { return first + i <= last; }
};

// The tape of all events; null what there is none of. `earlier` is the state one step before: cells of
// lstm, y of gru, and `first` what was there before the first step.
struct Tape {
    const T *gates, *before, *earlier, *m, *first, *dy;
    const int64_t* lengths;
    int64_t steps;
    bool reverse;

    __device__ __forceinline__ int64_t valid(int64_t event) const { return lengths ? lengths[event] : steps; }
    __device__ __forceinline__ const T* earlier_row(int64_t event, int64_t t) const {
        const bool begins = reverse ? t + 1 >= valid(event) : t == 0;
        return begins ? first + event * UNITS : earlier + (event * steps + (reverse ? t + 1 : t - 1)) * UNITS;
    }
};

// WIDTH terms from `begin` on, but none from `end` on, of the gates of step t.
template <int WIDTH>
INLINE void bring_terms(const Team& team, T* rows, const T* from, const Tape& tape, int64_t t, int begin,
                        int end) {
    constexpr int PIECES = WIDTH / PIECE;
    for (int i = team.member; i < TEAM_ROWS * PIECES; i += TEAM) {
        const int row = i / PIECES, term = begin + i % PIECES * PIECE, column = column_of_term(term);
        if (term < end && column >= 0)
            copy_async<PIECE * sizeof(T)>(
                rows + (team.row + row) * STRIDE + term,
                from + (team.event(row) * tape.steps + t) * (GATES * UNITS) + column);
    }
}

template <class Source> INLINE void bring_side(const Team& team, T* rows, int at, Source source) {
    constexpr int PIECES = UNITS / SIDE_PIECE;
    for (int i = team.member; i < TEAM_ROWS * PIECES; i += TEAM) {
        const int row = i / PIECES, unit = i % PIECES * SIDE_PIECE;
        copy_async<SIDE_PIECE * sizeof(T)>(rows + (team.row + row) * STRIDE + at + unit,
                                           source(team.event(row)) + unit);
    }
}

// All of step t but the gates after their activation.
INLINE void bring_sides(const Team& team, T* rows, const Tape& tape, int64_t t) {
    if constexpr (WANTS_BEFORE) bring_terms<TERMS>(team, rows + BEFORE_AT, tape.before, tape, t, 0, TERMS);
    if constexpr (CELL != RNN)
        bring_side(team, rows, EARLIER_AT, [&](int64_t event) { return tape.earlier_row(event, t); });
    if constexpr (CELL == GRU && RESET_AFTER)
        bring_side(team, rows, M_AT, [&](int64_t event) { return tape.m + (event * tape.steps + t) * UNITS; });
    if constexpr (DY)
        bring_side(team, rows, DY_AT, [&](int64_t event) { return tape.dy + (event * tape.steps + t) * UNITS; });
}

// `COUNT` numbers of each row of a step, from `at` in the row to `column` of an array `width` wide.
template <int COUNT, int MOVED>
INLINE void put_out(const Team& team, const T* rows, int at, T* to, int64_t steps, int64_t t, int width,
                    int column) {
    constexpr int PIECES = COUNT / MOVED;
    for (int i = team.member; i < TEAM_ROWS * PIECES; i += TEAM) {
        const int row = i / PIECES, k = i % PIECES * MOVED;
        if (team.has(row))
            move<MOVED>(to + ((team.first + row) * steps + t) * width + column + k,
                        rows + (team.row + row) * STRIDE + at + k);
    }
}

// +0 for step t, where no event of the team has it.
INLINE void put_zeros(const Team& team, T* to, int64_t steps, int64_t t, int width) {
    for (int i = team.member; i < TEAM_ROWS * width; i += TEAM)
        if (team.has(i / width)) to[((team.first + i / width) * steps + t) * width + i % width] = 0;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
