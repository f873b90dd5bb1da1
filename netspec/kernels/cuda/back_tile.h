// How a block of threads shares out the way back through time: rows, units, shared memory, and the
// chains of dh = U^T da.
//
//     acc[r][j] = fma(da[row r][k], U[k][unit j], acc[r][j])        k ascending, cut at BLOCK (rule 1)
//
// A warp has DOWN x ACROSS threads: DOWN groups of ROWS rows by ACROSS groups of PACKS * PACK units; a
// block has WARPS_DOWN x WARPS_ACROSS warps. Row r of a thread is DOWN rows below its row r - 1, and
// pack v of its units stands GROUPS packs behind its pack v - 1, so that threads side by side read what
// lies side by side. All reads in the inner loop are of 16 bytes: PACK terms of a row, PACK units of a
// row of U.
//
// A row of the block in shared memory, STRIDE numbers:
//
//     terms    the gates of a step as the tape has them, then, in their places, da
//     before   the same before their activation, where the way back asks for that
//     sides    rows of UNITS: the state one step before, m (gru), dy
//
// STRIDE / PACK is odd: eight rows that follow each other lie in different banks. Terms stand in the
// order in which products take them: those of gru's candidate before those of its gates. What fills up
// the terms is 0 on both sides: sums stay as they are, for none of them is -0.

#pragma once

#include "cell_back.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int PACK = 16 / sizeof(T);
struct alignas(16) Pack { T at[PACK]; };

constexpr int GATES = CELL == RNN ? 1 : CELL == LSTM ? 4 : 3;
constexpr int WIDE = PACKS * PACK;
constexpr int DOWN = 32 / ACROSS, ROWS_OF_WARP = DOWN * ROWS, ROWS_OF_BLOCK = WARPS_DOWN * ROWS_OF_WARP;
constexpr int GROUPS = ACROSS * WARPS_ACROSS, COLUMNS = GROUPS * WIDE;
constexpr int THREADS = 32 * WARPS_ACROSS * WARPS_DOWN;
static_assert(COLUMNS >= UNITS, "every unit is a thread's");

INLINE constexpr int filled(int count, int grain) { return (count + grain - 1) / grain * grain; }
INLINE constexpr int odd_packs(int count) { return (filled(count, PACK) / PACK | 1) * PACK; }

// The products: all gates at once, or gru's candidate and then its gates.
constexpr int FIRST = CELL == GRU ? UNITS : GATES * UNITS, SECOND = CELL == GRU ? 2 * UNITS : 0;
constexpr int GRAIN = SLABS_KEPT < 0 ? PACK : SLAB;
constexpr int FIRST_ROOM = filled(FIRST, GRAIN), TERMS = FIRST_ROOM + filled(SECOND, GRAIN);
static_assert(BLOCK % SLAB == 0 && SLAB % PACK == 0, "no slab lies in two chains or cuts a pack");

constexpr int SIDE = filled(UNITS, PACK);
constexpr int BEFORE_AT = TERMS, SIDES_AT = TERMS + (WANTS_BEFORE ? TERMS : 0);
constexpr int EARLIER_AT = SIDES_AT, M_AT = EARLIER_AT + (CELL == RNN ? 0 : SIDE);
constexpr int DY_AT = M_AT + (CELL == GRU && RESET_AFTER ? SIDE : 0);
constexpr int STRIDE = odd_packs(DY_AT + (DY ? SIDE : 0));

// Where a gate begins among the terms, and what stands at a term: a column of the gates side by side,
// as U, the tape and dz have them, or -1.
INLINE constexpr int place_of_gate(int gate) {
    return CELL != GRU ? gate * UNITS : gate == 2 ? 0 : FIRST_ROOM + gate * UNITS;
}
INLINE int column_of_term(int term) {
    if constexpr (CELL == GRU) {
        if (term < FIRST_ROOM) return term < UNITS ? 2 * UNITS + term : -1;
        return term - FIRST_ROOM < 2 * UNITS ? term - FIRST_ROOM : -1;
    }
    return term < GATES * UNITS ? term : -1;
}

// A thread's place: its first row in the block and its first unit.
struct Place {
    int row, unit;
    bool works;  // a warp may have more threads than places

    __device__ __forceinline__ Place() {
        constexpr bool PAIRED = 2 * (16 / ACROSS) == DOWN;  // neighbours read the same units: one read
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
        const int pair = PAIRED ? lane / 2 : lane;
        const int down = PAIRED ? pair / ACROSS * 2 + lane % 2 : pair / ACROSS;
        works = down < DOWN;
        row = warp / WARPS_ACROSS * ROWS_OF_WARP + (works ? down : 0);
        unit = (warp % WARPS_ACROSS * ACROSS + pair % ACROSS) * PACK;
    }
    __device__ __forceinline__ int unit_of_pack(int v) const { return unit + v * GROUPS * PACK; }
};

// PACK units of a row of UNITS; those past its end are +0, and are not written.
INLINE void read_units(const T* row, int unit, T (&to)[PACK]) {
    if constexpr (UNITS % PACK == 0) {
        const Pack pack = *reinterpret_cast<const Pack*>(row + unit);
#pragma unroll
        for (int p = 0; p < PACK; p++) to[p] = pack.at[p];
    } else {
#pragma unroll
        for (int p = 0; p < PACK; p++) to[p] = unit + p < UNITS ? row[unit + p] : T(0);
    }
}
INLINE void write_units(T* row, int unit, const T (&from)[PACK]) {
    if constexpr (UNITS % PACK == 0) {
        Pack pack;
#pragma unroll
        for (int p = 0; p < PACK; p++) pack.at[p] = from[p];
        *reinterpret_cast<Pack*>(row + unit) = pack;
    } else {
#pragma unroll
        for (int p = 0; p < PACK; p++)
            if (unit + p < UNITS) row[unit + p] = from[p];
    }
}

typedef T Tile[ROWS][WIDE];

INLINE void clear(Tile& tile) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int j = 0; j < WIDE; j++) tile[r][j] = 0;
}
INLINE void add(Tile& sum, const Tile& acc) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int j = 0; j < WIDE; j++) sum[r][j] = sum[r][j] + acc[r][j];
}

INLINE void load_rows(Pack (&x)[ROWS], const T* da) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) x[r] = *reinterpret_cast<const Pack*>(da + r * DOWN * STRIDE);
}
INLINE void load_columns(Pack (&u)[PACKS], const T* U) {
#pragma unroll
    for (int v = 0; v < PACKS; v++) u[v] = *reinterpret_cast<const Pack*>(U + v * GROUPS * PACK);
}

// `count` terms, a multiple of PACK: `da` is the thread's first row, `U` its first unit. What comes next
// is on its way while what is there is used; the last reads the first again, for nobody.
INLINE void chain(Tile& acc, const T* da, const T* U, int count) {
    Pack x[2][ROWS], u[2][PACKS];
    load_rows(x[0], da);
    load_columns(u[0], U);
#pragma unroll 2
    for (int k = 0; k < count; k += PACK) {
        const int next = k + PACK < count ? k + PACK : 0;
        load_rows(x[1], da + next);
#pragma unroll
        for (int q = 0; q < PACK; q++) {
            load_columns(u[1], U + (q + 1 < PACK ? k + q + 1 : next) * COLUMNS);
#pragma unroll
            for (int v = 0; v < PACKS; v++)
#pragma unroll
                for (int r = 0; r < ROWS; r++)
#pragma unroll
                    for (int p = 0; p < PACK; p++)
                        acc[r][v * PACK + p] = fma(x[0][r].at[q], u[0][v].at[p], acc[r][v * PACK + p]);
#pragma unroll
            for (int v = 0; v < PACKS; v++) u[0][v] = u[1][v];
        }
#pragma unroll
        for (int r = 0; r < ROWS; r++) x[0][r] = x[1][r];
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
