// The cells of the sweeps by rows: from the sums of a thread's unit and event to its new state.
//
// What is asked for is written on the way: with TAPE = 1 the gates and, of gru, m; with TAPE = 2 what was
// before the activations too. Rows of the tape at steps that are not valid stay as they were.

#pragma once

#include "cell_step.h"
#include "row_tile.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int GATES = GATES_A + GATES_B, QA = QUANTITIES<GATES_A>;
constexpr bool LONG = UNITS > BLOCK;
// Whether z, or W x + b, waits in registers while U h is added up, z from the step before on, or z is
// asked for after it.
constexpr bool Z_WAITS = FEATURES > 0 || ROWS * QA <= 16;

// One event at one step: where its first gate, its unit and its output are, for a thread's first unit.
struct Row {
    bool there, valid;
    int unit;
    int64_t gate_at, unit_at, y_at;
    __device__ __forceinline__ int unit_of(int i) const { return unit + i * UNIT_GROUPS; }
    // Only the last of a thread's units may lie beyond all.
    __device__ __forceinline__ bool has(int i) const {
        return (i + 1) * UNIT_GROUPS <= UNITS || unit_of(i) < UNITS;
    }
    __device__ __forceinline__ int64_t of_gate(int i, int gate) const {
        return gate_at + (gate * UNITS + i * UNIT_GROUPS);
    }
    __device__ __forceinline__ int64_t of_unit(int i) const { return unit_at + i * UNIT_GROUPS; }
    __device__ __forceinline__ bool kept(int i) const { return valid && has(i); }
};

// The arrays of a tape, and those that a sum starts from.
struct Arrays {
    const T *z, *b_state;
    T *gates, *before, *cells, *m;

    __device__ __forceinline__ T input(const Row& row, int i, int gate) const {
        return row.there && row.has(i) ? z[row.of_gate(i, gate)] : T(0);
    }
    __device__ __forceinline__ T bias_of_state(const Row& row, int i, int gate) const {
        return row.has(i) ? b_state[gate * UNITS + row.unit_of(i)] : T(0);
    }
    __device__ __forceinline__ void keep(const Row& row, int i, int gate, T a, T activated) const {
        if (TAPE >= 2 && row.kept(i)) before[row.of_gate(i, gate)] = a;
        if (TAPE >= 1 && CELL != RNN && row.kept(i)) gates[row.of_gate(i, gate)] = activated;
    }
};

// The reset and update gates of gru, whose candidate waits for a product of its own; gives m = r h.
INLINE T gru_gates(const Row& row, int i, const Arrays& arrays, const CellOptions<T>& options, T a_r, T a_u,
                   T seen, T& update) {
    const T r = gate_of(a_r, options), m = r * seen;
    update = gate_of(a_u, options);
    arrays.keep(row, i, 0, a_r, r);
    arrays.keep(row, i, 1, a_u, update);
    if (TAPE && row.kept(i)) arrays.m[row.of_unit(i)] = m;
    return m;
}

INLINE T gru_end(const Row& row, int i, const Arrays& arrays, const CellOptions<T>& options, T a_c, T update,
                 T h_before) {
    const T g = candidate_of(a_c, options);
    arrays.keep(row, i, 2, a_c, g);
    return gru_state(update, h_before, g);
}

INLINE T gru_reset_after(const Row& row, int i, const Arrays& arrays, const CellOptions<T>& options,
                         const T* a, T z_c, T h_before) {
    const T r = gate_of(a[0], options), u = gate_of(a[1], options);
    arrays.keep(row, i, 0, a[0], r);
    arrays.keep(row, i, 1, a[1], u);
    if (TAPE && row.kept(i)) arrays.m[row.of_unit(i)] = a[2];
    return gru_end(row, i, arrays, options, z_c + (r * a[2]), u, h_before);
}

INLINE T rnn_unit(const Row& row, int i, const Arrays& arrays, const CellOptions<T>& options, T a) {
    const T h = candidate_of(a, options);
    arrays.keep(row, i, 0, a, h);
    return h;
}

INLINE T lstm_unit(const Row& row, int i, const Arrays& arrays, const CellOptions<T>& options, const T* a,
                   T& c) {
    const T a_f = forget_given(a[1], options);
    const LstmStep<T> s = lstm_step(a[0], a_f, a[2], a[3], c, options);
    c = row.valid ? s.c : c;
    arrays.keep(row, i, 0, a[0], s.i);
    arrays.keep(row, i, 1, a_f, s.f);
    arrays.keep(row, i, 2, a[2], s.g);
    arrays.keep(row, i, 3, a[3], s.o);
    if (TAPE && row.kept(i)) arrays.cells[row.of_unit(i)] = s.c;
    return s.h;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
