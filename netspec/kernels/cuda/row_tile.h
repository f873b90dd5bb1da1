// A tile of rows against a matrix in shared memory: the inner loop of the sweeps.
//
//     acc[r][q] = fma(seen[row r][k], w[unit and gate q][k], acc[r][q])        k ascending
//
// A thread has ROWS rows and WIDE units: unit i of thread j is j + i UNIT_GROUPS, and q = i gates + gate.
// Everything is laid out for loads of 16 bytes:
//
//     rows      [k / KS][row group][k % KS][ROWS]     each line 16 bytes longer, against bank conflicts
//     matrix    [k][q / PIECE][unit group][q % PIECE]
//
// where KS numbers of k fill what few rows leave of the 16 bytes. A row group is read by all its threads
// at once and costs one load; neighbouring threads read neighbouring pieces of the matrix.

#pragma once

#include "device.h"
#include "../arithmetic.h"
#include "../kinds.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int PACK = 16 / sizeof(T);
constexpr int UNIT_GROUPS = (UNITS + WIDE - 1) / WIDE;
constexpr int ROWS_OF_BLOCK = ROWS * ROW_GROUPS;
constexpr int USED_THREADS = UNIT_GROUPS * ROW_GROUPS, THREADS = (USED_THREADS + 31) / 32 * 32;
constexpr int KS = ROWS >= PACK ? 1 : PACK / ROWS;
constexpr int GROUP_LINE = KS * ROWS, LINE = ROW_GROUPS * GROUP_LINE + PACK;

template <int G> constexpr int QUANTITIES = G * WIDE;
template <int G> constexpr int PIECE =
    QUANTITIES<G> % PACK == 0 ? PACK : QUANTITIES<G> % 2 == 0 ? 2 : 1;
template <int G> constexpr int WIDTH = QUANTITIES<G> * UNIT_GROUPS;

INLINE constexpr int whole_packs(int numbers) { return (numbers + PACK - 1) / PACK * PACK; }
INLINE constexpr int lines(int count) { return (count + KS - 1) / KS * LINE; }
INLINE constexpr int least(int a, int b) { return a < b ? a : b; }

INLINE int place_of(int row, int k) {
    return k / KS * LINE + row / ROWS * GROUP_LINE + k % KS * ROWS + row % ROWS;
}

INLINE void swap(T*& one, T*& other) {
    T* const first = one;
    one = other, other = first;
}

INLINE void load_pack(const float* from, float* to) {
    const float4 v = *reinterpret_cast<const float4*>(from);
    to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w;
}
INLINE void load_pack(const double* from, double* to) {
    const double2 v = *reinterpret_cast<const double2*>(from);
    to[0] = v.x, to[1] = v.y;
}
INLINE void load_two(const float* from, float* to) {
    const float2 v = *reinterpret_cast<const float2*>(from);
    to[0] = v.x, to[1] = v.y;
}
INLINE void load_two(const double* from, double* to) { load_pack(from, to); }

template <int N> INLINE void load_numbers(const T* from, T* to) {
    if constexpr (N % PACK == 0) {
#pragma unroll
        for (int i = 0; i < N; i += PACK) load_pack(from + i, to + i);
    } else if constexpr (N == 2) load_two(from, to);
    else to[0] = from[0];
}

INLINE void store_pack(float* to, const float* from) {
    *reinterpret_cast<float4*>(to) = make_float4(from[0], from[1], from[2], from[3]);
}
INLINE void store_pack(double* to, const double* from) {
    *reinterpret_cast<double2*>(to) = make_double2(from[0], from[1]);
}

// ROWS numbers to their place in a line.
INLINE void store_rows(T* to, const T* from) {
    if constexpr (ROWS % PACK == 0) {
#pragma unroll
        for (int i = 0; i < ROWS; i += PACK) store_pack(to + i, from + i);
    } else {
#pragma unroll
        for (int i = 0; i < ROWS; i++) to[i] = from[i];
    }
}

INLINE void load_rows(const T* from, T* to) {
    if constexpr (ROWS % PACK == 0) load_numbers<ROWS>(from, to);
    else {
#pragma unroll
        for (int i = 0; i < ROWS; i++) to[i] = from[i];
    }
}

// What KS numbers of k, or the first `count` of them, bring: rows and weights.
template <int G> struct Line {
    T x[GROUP_LINE], v[KS][QUANTITIES<G>];

    __device__ __forceinline__ void load(const T* w, const T* seen, int count) {
        load_numbers<GROUP_LINE>(seen, x);
#pragma unroll
        for (int k = 0; k < KS; k++)
#pragma unroll
            for (int q = 0; q < QUANTITIES<G>; q += PIECE<G>)
                if (k < count) load_numbers<PIECE<G>>(w + k * WIDTH<G> + q * UNIT_GROUPS, v[k] + q);
    }

    __device__ __forceinline__ void sum(T (&acc)[ROWS][QUANTITIES<G>], int count) const {
#pragma unroll
        for (int k = 0; k < KS; k++) {
            if (k >= count) break;
#pragma unroll
            for (int r = 0; r < ROWS; r++)
#pragma unroll
                for (int q = 0; q < QUANTITIES<G>; q++)
                    acc[r][q] = fma(x[k * ROWS + r], v[k][q], acc[r][q]);
        }
    }
};

// `seen` is the thread's row group, w its first piece. Where a thread has few sums, so that its warp may
// be alone, the next line is on its way while one is added up.
template <int G> INLINE void chain(T (&acc)[ROWS][QUANTITIES<G>], const T* w, const T* seen, int count) {
    const int whole = count / KS;
    if constexpr (ROWS * WIDE <= 2) {
        Line<G> even, odd;
        int i = 0;
        if (whole > 0) even.load(w, seen, KS);
#pragma unroll 2
        for (; i + 2 < whole; i += 2) {
            odd.load(w + KS * WIDTH<G>, seen + LINE, KS);
            even.sum(acc, KS);
            w += 2 * KS * WIDTH<G>, seen += 2 * LINE;
            even.load(w, seen, KS);
            odd.sum(acc, KS);
        }
        const bool two = i + 1 < whole;
        if (two) odd.load(w + KS * WIDTH<G>, seen + LINE, KS);
        if (whole > 0) even.sum(acc, KS);
        if (two) odd.sum(acc, KS);
        w += (whole - i) * KS * WIDTH<G>, seen += (whole - i) * LINE;
    } else {
#pragma unroll 4
        for (int i = 0; i < whole; i++) {
            Line<G> line;
            line.load(w, seen, KS);
            line.sum(acc, KS);
            w += KS * WIDTH<G>;
            seen += LINE;
        }
    }
    if (KS > 1 && count % KS) {
        Line<G> rest;
        rest.load(w, seen, count % KS);
        rest.sum(acc, count % KS);
    }
}

template <int G> INLINE void clear(T (&acc)[ROWS][QUANTITIES<G>]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int q = 0; q < QUANTITIES<G>; q++) acc[r][q] = 0;
}

template <int N> INLINE void copy(T (&to)[ROWS][N], const T (&from)[ROWS][N]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int q = 0; q < N; q++) to[r][q] = from[r][q];
}

template <int G>
INLINE void add(T (&sum)[ROWS][QUANTITIES<G>], const T (&acc)[ROWS][QUANTITIES<G>]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int q = 0; q < QUANTITIES<G>; q++) sum[r][q] = sum[r][q] + acc[r][q];
}

// Whole packs from global to shared memory by all threads; both ends have room for them.
INLINE void copy_in(T* to, const T* from, int numbers) {
    for (int i = threadIdx.x * PACK; i < numbers; i += THREADS * PACK) copy_async<16>(to + i, from + i);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
