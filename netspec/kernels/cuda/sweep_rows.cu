// The pass over time of rnn, lstm and gru: a block takes some events through all steps.
//
//     a[t] = (W x[t] + b) + U h[t-1]           products by rule 1 of kernels/README.md; the step: cell_step.h
//
// U, as much of it as there is room for, stays in registers and shared memory, and the rest comes by in
// slabs (slab_ring.h). So does W where FEATURES is not 0: then x comes in, the next step's while this one is
// computed, and else z = W x + b. h[t-1] and h[t], as U sees them, stand in shared memory in turns; each
// number of a sum, and c, in a register of its one thread. One barrier a step (and one before U_c (r h),
// and one for each slab); none with other blocks.
//
// A block has ROW_GROUPS times ROWS events; a thread ROWS of them and WIDE units, with all their gates.
// Macros beside those of row_tile.h and cell_step.h: CELL, RESET_AFTER, STATE_BIAS, FEATURES, HELD,
// RESIDENT, SLAB, TAPE (row_cells.h), MASKED (there are lengths), DROP (there is recurrent dropout). W and
// U come as pack_units.cu makes them: the quantities of the first product and then, of gru without
// reset_after, those of the candidate, each padded to 16 bytes. Null: what is not there or not asked for.
//
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=32 FEATURES=10 ROWS=8 WIDE=2 ROW_GROUPS=8 HELD=0 RESIDENT=32 SLAB=8 BLOCKS=1 TAPE=0 MASKED=0 DROP=0
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=256 FEATURES=0 ROWS=8 WIDE=2 ROW_GROUPS=2 HELD=0 RESIDENT=0 SLAB=8 BLOCKS=1 TAPE=1 MASKED=1 DROP=1
// compiled with: NUMBER=double CELL=2 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=33 FEATURES=3 ROWS=4 WIDE=2 ROW_GROUPS=4 HELD=0 RESIDENT=33 SLAB=8 BLOCKS=1 TAPE=0 MASKED=1 DROP=0
// compiled with: NUMBER=float CELL=2 RESET_AFTER=1 STATE_BIAS=1 GATE=12 CANDIDATE=13 SQUASH=3 UNITS=10 FEATURES=0 ROWS=1 WIDE=1 ROW_GROUPS=2 HELD=8 RESIDENT=10 SLAB=8 BLOCKS=1 TAPE=1 MASKED=0 DROP=1
// compiled with: NUMBER=double CELL=0 RESET_AFTER=0 STATE_BIAS=0 GATE=1 CANDIDATE=8 SQUASH=3 UNITS=130 FEATURES=0 ROWS=4 WIDE=4 ROW_GROUPS=2 HELD=0 RESIDENT=64 SLAB=16 BLOCKS=1 TAPE=2 MASKED=0 DROP=0

#define GATES_B (CELL == 2 && !RESET_AFTER ? 1 : 0)
#define GATES_A (CELL == 0 ? 1 : CELL == 1 ? 4 : 3 - GATES_B)

#include "row_input.h"
#include "slab_ring.h"

namespace netspec {
namespace NETSPEC_PATH {

static_assert(FEATURES == 0 || (!LONG && SLABS == 0), "W stays beside all of U");

KERNEL __launch_bounds__(THREADS, BLOCKS)
sweep_rows(const T* __restrict__ z, const T* __restrict__ W, const T* __restrict__ b,
           const T* __restrict__ U, const T* __restrict__ b_state,
           const int64_t* __restrict__ lengths, const T* __restrict__ drop, const T* h0, const T* c0, T* h,
           T* c, T* y, T* gates, T* before, T* cells, T* m, int64_t batch, int64_t steps, int64_t reverse,
           int64_t y_width, double gate_option, double candidate_option, double squash_option,
           double forget_bias) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options =
        cell_options<T>(gate_option, candidate_option, squash_option, forget_bias);
    const Arrays arrays{z, b_state, gates, before, cells, m};

    // Shared memory, piece by piece.
    T* room = reinterpret_cast<T*>(shared);
    auto numbers = [&](int count) {
        T* here = room;
        room += whole_packs(count);
        return here;
    };
    T* const U_a = numbers((RESIDENT - HELD) * WIDTH<GATES_A>);
    T* const U_b = numbers(GATES_B ? (RESIDENT - HELD) * WIDTH<1> : 0);
    T* const W_a = numbers(FEATURES * WIDTH<GATES_A>);
    T* const W_b = numbers(GATES_B ? FEATURES * WIDTH<1> : 0);
    T* now = numbers(lines(UNITS));
    T* next = numbers(lines(UNITS));
    T* const reset = numbers(GATES_B ? lines(UNITS) : 0);
    T* x_now = numbers(lines(FEATURES));
    T* x_next = numbers(lines(FEATURES));
    T* const slabs = numbers(STAGES * SLAB_ROOM);
    T* const held = numbers(DROP ? lines(UNITS) : 0);  // h itself, where U does not see it
    int* const valid_steps = reinterpret_cast<int*>(numbers(MASKED ? ROWS_OF_BLOCK : 0));

    // The thread's place: some rows of the block, some units.
    const bool works = threadIdx.x < USED_THREADS;
    const int piece = works ? threadIdx.x % UNIT_GROUPS : 0, group = works ? threadIdx.x / UNIT_GROUPS : 0;
    const int64_t block_first = (int64_t)blockIdx.x * ROWS_OF_BLOCK, left = batch - block_first;
    const int block_rows = left < ROWS_OF_BLOCK ? (int)left : ROWS_OF_BLOCK;
    const int own_rows = works ? block_rows - group * ROWS : 0;
    const int64_t first = block_first + group * ROWS;
    // Of a step's rows only what differs is computed anew.
    const int64_t apart = steps * UNITS, y_apart = steps * y_width;
    auto row_at = [&](int r, int64_t t) {
        const bool there = r < own_rows;
        const int64_t unit_at = (first * steps + t) * UNITS, y_at = (first * steps + t) * y_width;
        return Row{there, there && (!MASKED || t < valid_steps[group * ROWS + r]), piece,
                   unit_at * GATES + piece + r * (apart * GATES), unit_at + piece + r * apart,
                   y_at + piece + r * y_apart};
    };
    auto place = [&](int i, int r) {
        const int k = piece + i * UNIT_GROUPS;
        return k / KS * LINE + group * GROUP_LINE + k % KS * ROWS + r;
    };

    // What stays, and what comes first.
    const T* const second_U = U + whole_packs(UNITS * WIDTH<GATES_A>);
    copy_in(U_a, U + HELD * WIDTH<GATES_A>, (RESIDENT - HELD) * WIDTH<GATES_A>);
    if (GATES_B) copy_in(U_b, second_U + HELD * WIDTH<1>, (RESIDENT - HELD) * WIDTH<1>);
    copy_in(W_a, W, FEATURES * WIDTH<GATES_A>);
    if (GATES_B) copy_in(W_b, W + whole_packs(FEATURES * WIDTH<GATES_A>), FEATURES * WIDTH<1>);
    for (int i = threadIdx.x; i < lines(UNITS); i += THREADS) now[i] = 0, next[i] = 0;
    for (int row = threadIdx.x; MASKED && row < block_rows; row += THREADS)
        valid_steps[row] = (int)lengths[block_first + row];
    __syncthreads();
    int64_t longest = MASKED ? 0 : steps;
    for (int row = 0; MASKED && row < block_rows; row++)
        longest = longest < valid_steps[row] ? valid_steps[row] : longest;
    auto time = [&](int64_t step) { return reverse ? longest - 1 - step : step; };
    auto x_of = [&](int64_t t) { return z + (block_first * steps + t) * FEATURES; };
    if (FEATURES && longest) bring_x(x_now, x_of(time(0)), block_rows, steps * FEATURES);
    copies_end_group();

    // The first state; rows and units that are not there keep zeros. y is 0 where nobody is valid.
    T own_c[ROWS][WIDE];
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            own_c[r][i] = 0;
            const Row row = row_at(r, 0);
            if (!row.there || !row.has(i)) continue;
            const int64_t at = (first + r) * UNITS + row.unit_of(i);
            if (CELL == LSTM) own_c[r][i] = c0[at];
            now[place(i, r)] = DROP ? h0[at] * drop[at] : h0[at];
            if (DROP) held[place(i, r)] = h0[at];
            for (int64_t t = longest; MASKED && y && t < steps; t++)
                y[row.y_at + t * y_width + i * UNIT_GROUPS] = 0;
        }
    copies_wait<0>();
    __syncthreads();
    Held<GATES_A> held_a;
    Held<1> held_b;
    held_a.take(U, piece);
    if (GATES_B) held_b.take(second_U, piece);
    Ring ring{slabs, U, second_U};
    if (SLABS) ring.begin();

    T z_ahead_a[ROWS][QA], z_ahead_b[ROWS][WIDE];
    auto load_z = [&](int64_t t) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const Row row = row_at(r, t);
#pragma unroll
            for (int q = 0; q < QA; q++) z_ahead_a[r][q] = arrays.input(row, q / GATES_A, q % GATES_A);
#pragma unroll
            for (int i = 0; i < WIDE; i++) z_ahead_b[r][i] = GATES_B ? arrays.input(row, i, GATES_A) : T(0);
        }
    };
    if (Z_WAITS && !FEATURES && longest) load_z(time(0));

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step);
        if (FEATURES && step + 1 < longest) {
            bring_x(x_next, x_of(time(step + 1)), block_rows, steps * FEATURES);
            copies_end_group();
        }
        Row rows[ROWS];
#pragma unroll
        for (int r = 0; r < ROWS; r++) rows[r] = row_at(r, t);

        T z_a[ROWS][QA], z_b[ROWS][WIDE], sum[ROWS][QA], sum_b[ROWS][WIDE], update[ROWS][WIDE];
        if constexpr (FEATURES > 0) {
            const T* x = x_now + group * GROUP_LINE;
            from_input<GATES_A>(z_a, rows[0], W_a + piece * PIECE<GATES_A>, b, 0, x);
            if constexpr (GATES_B > 0) from_input<1>(z_b, rows[0], W_b + piece * PIECE<1>, b, GATES_A, x);
        } else if constexpr (Z_WAITS) {
            copy(z_a, z_ahead_a), copy(z_b, z_ahead_b);
            if (step + 1 < longest) load_z(time(step + 1));
        }
        auto input = [&](int r, int i, int gate) {
            if constexpr (!Z_WAITS) return arrays.input(rows[r], i, gate);
            else return gate < GATES_A ? z_a[r][i * GATES_A + gate] : z_b[r][i];
        };
        // Rule 1: what U h is added to, and what that is added to.
        auto start = [&](int r, int i, int gate) {
            if (STATE_BIAS) return arrays.bias_of_state(rows[r], i, gate);
            return CELL == GRU && RESET_AFTER && gate == 2 ? T(0) : input(r, i, gate);
        };
        auto all = [&](T sum, int r, int i, int gate) {
            const T a = LONG ? sum : start(r, i, gate) + sum;
            return STATE_BIAS && !(CELL == GRU && RESET_AFTER && gate == 2) ? input(r, i, gate) + a : a;
        };
        if constexpr (LONG) {
#pragma unroll
            for (int r = 0; r < ROWS; r++)
#pragma unroll
                for (int q = 0; q < QA; q++) sum[r][q] = start(r, q / GATES_A, q % GATES_A);
        }
        recurrent<GATES_A>(sum, held_a, U_a, ring, piece, now + group * GROUP_LINE);

        if constexpr (GATES_B > 0) {
#pragma unroll
            for (int i = 0; i < WIDE; i++) {
                T row_of_m[ROWS];
#pragma unroll
                for (int r = 0; r < ROWS; r++) {
                    const T a_r = all(sum[r][2 * i], r, i, 0), a_u = all(sum[r][2 * i + 1], r, i, 1);
                    const T seen = rows[r].has(i) ? now[place(i, r)] : T(0);
                    row_of_m[r] = gru_gates(rows[r], i, arrays, options, a_r, a_u, seen, update[r][i]);
                    if constexpr (LONG) sum_b[r][i] = start(r, i, 2);
                }
                if (works && rows[0].has(i)) store_rows(reset + place(i, 0), row_of_m);
            }
            __syncthreads();
            recurrent<1>(sum_b, held_b, U_b, ring, piece, reset + group * GROUP_LINE);
        }

#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            T old[ROWS], row_of_h[ROWS];
            T* const own = DROP ? held + place(i, 0) : now + place(i, 0);
            if (CELL == GRU || MASKED) load_rows(rows[0].has(i) ? own : now, old);
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                const Row& row = rows[r];
                T a[GATES], h_now;
                if constexpr (GATES_B > 0) {
                    h_now = gru_end(row, i, arrays, options, all(sum_b[r][i], r, i, 2), update[r][i], old[r]);
                } else {
#pragma unroll
                    for (int g = 0; g < GATES; g++) a[g] = all(sum[r][i * GATES + g], r, i, g);
                    if constexpr (CELL == RNN) h_now = rnn_unit(row, i, arrays, options, a[0]);
                    else if constexpr (CELL == LSTM) h_now = lstm_unit(row, i, arrays, options, a, own_c[r][i]);
                    else h_now = gru_reset_after(row, i, arrays, options, a, input(r, i, 2), old[r]);
                }
                if (y && row.there && row.has(i))
                    y[row.y_at + i * UNIT_GROUPS] = row.valid ? canonical(h_now) : T(0);
                row_of_h[r] = MASKED && !row.valid ? old[r] : h_now;
            }
            if (!works || !rows[0].has(i)) continue;
            if (DROP) {
                store_rows(own, row_of_h);
#pragma unroll
                for (int r = 0; r < ROWS; r++)
                    if (rows[r].there) row_of_h[r] *= drop[(first + r) * UNITS + rows[r].unit_of(i)];
            }
            store_rows(next + place(i, 0), row_of_h);
        }
        if (FEATURES) copies_wait<0>();
        __syncthreads();
        swap(now, next), swap(x_now, x_next);
    }

#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            const Row row = row_at(r, 0);
            if (!row.there || !row.has(i)) continue;
            const int64_t at = (first + r) * UNITS + row.unit_of(i);
            if (h) h[at] = canonical((DROP ? held : now)[place(i, r)]);
            if (CELL == LSTM && c) c[at] = canonical(own_c[r][i]);
        }
    copies_wait<0>();
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
