// What goes between global memory and a block's rows on the way back: the tape comes in, without being
// waited for, and the slopes go out.
//
// A team of threads that meet, a warp or a block, has its own rows. A copy is of a piece, the most of
// 16, 8 or 4 bytes that rows of an array begin and end with; a thread has a column of pieces, every so
// many rows. Rows of events beyond the last stay zeros.

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
    int member, row, rows;  // this thread among them, their first row in the block, those with an event
    int64_t first, last;    // their first event, and the last of all
    __device__ __forceinline__ explicit Team(int64_t batch) {
        member = threadIdx.x % TEAM;
        row = threadIdx.x / TEAM * TEAM_ROWS;
        first = (int64_t)blockIdx.x * ROWS_OF_BLOCK + row;
        last = batch - 1;
        rows = batch - first < TEAM_ROWS ? (int)(batch - first) : TEAM_ROWS;
    }
    // Rows beyond the last event are read as its.
    __device__ __forceinline__ int64_t event(int i) const { return first + i < last ? first + i : last; }
};

// Calls `what(row, piece, at_once)` for this thread's columns: from a row on, every `at_once`th is its.
template <int PIECES, class What> INLINE void each_column(const Team& team, What what) {
    constexpr int WIDTH = PIECES < TEAM ? PIECES : TEAM, AT_ONCE = TEAM / WIDTH;
    const int row = team.member / WIDTH;
    if (row >= AT_ONCE) return;
    for (int piece = team.member % WIDTH; piece < PIECES; piece += WIDTH) what(row, piece, AT_ONCE);
}

// The tape of all events; null what there is none of. `earlier` is the state one step before: cells of
// lstm, y of gru, and `first` what was there before the first step.
struct Tape {
    const T *gates, *before, *earlier, *m, *first, *dy;
    const int64_t* lengths;
    int64_t steps;
    bool reverse;

    __device__ __forceinline__ int64_t valid(int64_t event) const {
        return lengths ? lengths[event] : steps;
    }
    __device__ __forceinline__ const T* earlier_row(int64_t event, int64_t t) const {
        if (reverse ? t + 1 >= valid(event) : t == 0) return first + event * UNITS;
        return row(earlier, event, reverse ? t + 1 : t - 1);
    }
    // A row of UNITS of a series.
    __device__ __forceinline__ const T* row(const T* series, int64_t event, int64_t t) const {
        return series + (event * steps + t) * UNITS;
    }
};

// WIDTH terms from `begin` on, but none from `end` on, of the gates of step t.
template <int WIDTH>
INLINE void bring_terms(const Team& team, T* rows, const T* from, const Tape& tape, int64_t t, int begin,
                        int end) {
    each_column<WIDTH / PIECE>(team, [&](int row, int piece, int at_once) {
        const int term = begin + piece * PIECE, column = column_of_term(term);
        if (term >= end || column < 0) return;
        const int64_t event_size = tape.steps * (GATES * UNITS);
        T* to = rows + (team.row + row) * STRIDE + term;
        const T* source = from + (team.first + row) * event_size + t * (GATES * UNITS) + column;
        for (; row < team.rows; row += at_once, to += at_once * STRIDE, source += at_once * event_size)
            copy_async<PIECE * sizeof(T)>(to, source);
    });
}

// A row of UNITS of each event: `source` says where an event's stands.
template <class Source> INLINE void bring_side(const Team& team, T* rows, int at, Source source) {
    each_column<UNITS / SIDE_PIECE>(team, [&](int row, int piece, int at_once) {
        T* to = rows + (team.row + row) * STRIDE + at + piece * SIDE_PIECE;
        for (; row < team.rows; row += at_once, to += at_once * STRIDE)
            copy_async<SIDE_PIECE * sizeof(T)>(to, source(team.first + row) + piece * SIDE_PIECE);
    });
}

// All of step t but the gates after their activation.
INLINE void bring_sides(const Team& team, T* rows, const Tape& tape, int64_t t) {
    if constexpr (WANTS_BEFORE)
        bring_terms<TERMS>(team, rows + BEFORE_AT, tape.before, tape, t, 0, TERMS);
    if constexpr (CELL != RNN)
        bring_side(team, rows, EARLIER_AT, [&](int64_t event) { return tape.earlier_row(event, t); });
    if constexpr (CELL == GRU && RESET_AFTER)
        bring_side(team, rows, M_AT, [&](int64_t event) { return tape.row(tape.m, event, t); });
    if constexpr (DY)
        bring_side(team, rows, DY_AT, [&](int64_t event) { return tape.row(tape.dy, event, t); });
}

// `COUNT` numbers of each row, from `at` in the row to `column` of step t of an array `width` wide, in
// pieces of MOVED.
template <int COUNT, int MOVED>
INLINE void put_out(const Team& team, const T* rows, int at, T* to, int64_t steps, int64_t t, int width,
                    int column) {
    each_column<COUNT / MOVED>(team, [&](int row, int piece, int at_once) {
        const int64_t event_size = steps * width;
        const T* from = rows + (team.row + row) * STRIDE + at + piece * MOVED;
        T* place = to + (team.first + row) * event_size + t * width + column + piece * MOVED;
        for (; row < team.rows; row += at_once, from += at_once * STRIDE, place += at_once * event_size)
            move<MOVED>(place, from);
    });
}

// +0 for step t, where no event of the team has it.
INLINE void put_zeros(const Team& team, T* to, int64_t steps, int64_t t, int width) {
    for (int i = team.member; i < team.rows * width; i += TEAM)
        to[((team.first + i / width) * steps + t) * width + i % width] = 0;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
