// The pass over time of rnn, lstm and gru: a block takes some events through all steps.
//
//     a[t] = (W x[t] + b) + U h[t-1]           products by rule 1 of kernels/README.md; the step: cell_step.h
//
// U, as much of it as there is room for, stays in shared memory, and the rest comes by in slabs
// (slab_ring.h). So does W where FEATURES is not 0: then x comes in, the next step's while this one is
// computed, and else z = W x + b. h[t-1] and h[t], as U sees them, stand in shared memory in turns; each
// number of a sum, and c, in a register of its one thread. One barrier a step (and one before U_c (r h),
// and one for each slab); none with other blocks.
//
// A block has ROW_GROUPS times ROWS events; a thread ROWS of them and WIDE units, with all their gates.
// Macros beside those of row_tile.h and cell_step.h: CELL, RESET_AFTER, STATE_BIAS, FEATURES, RESIDENT, SLAB. W and U
// come as `sweeps.py` packs them: the quantities of the first product and then, of gru without
// reset_after, those of the candidate, each padded to 16 bytes. Null: what is not there or not asked for.
//
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=32 FEATURES=10 ROWS=8 WIDE=2 ROW_GROUPS=8 RESIDENT=32 SLAB=8
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=256 FEATURES=0 ROWS=8 WIDE=2 ROW_GROUPS=4 RESIDENT=0 SLAB=8
// compiled with: NUMBER=double CELL=2 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 UNITS=33 FEATURES=3 ROWS=4 WIDE=2 ROW_GROUPS=4 RESIDENT=33 SLAB=8
// compiled with: NUMBER=float CELL=2 RESET_AFTER=1 STATE_BIAS=1 GATE=12 CANDIDATE=13 SQUASH=3 UNITS=10 FEATURES=0 ROWS=1 WIDE=1 ROW_GROUPS=2 RESIDENT=10 SLAB=8
// compiled with: NUMBER=double CELL=0 RESET_AFTER=0 STATE_BIAS=0 GATE=1 CANDIDATE=8 SQUASH=3 UNITS=130 FEATURES=0 ROWS=4 WIDE=4 ROW_GROUPS=2 RESIDENT=64 SLAB=16

#include "cell_step.h"

#define GATES_B (CELL == 2 && !RESET_AFTER ? 1 : 0)
#define GATES_A (CELL == 0 ? 1 : CELL == 1 ? 4 : 3 - GATES_B)

#include "row_tile.h"
#include "slab_ring.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int GATES = GATES_A + GATES_B, QA = QUANTITIES<GATES_A>;
constexpr int QB = WIDE;  // of the candidate's own product
constexpr bool LONG = UNITS > BLOCK;
// Whether z, or W x + b, waits in registers while U h is added up, or is asked for after it.
constexpr bool Z_WAITS = FEATURES > 0 || ROWS * QA <= 16;
static_assert(FEATURES == 0 || (!LONG && SLABS == 0), "W stays beside all of U");

// Where this thread stands.
struct Here {
    int64_t first, last;  // its first event, and the last of all
    int rows;             // how many of its events there are
    int unit;             // its first unit
    bool works;
    __device__ __forceinline__ int unit_of(int i) const { return unit + i * UNIT_GROUPS; }
    __device__ __forceinline__ bool has(int i) const { return works && unit_of(i) < UNITS; }
    // The nearest event and unit that there are, to read from without a question.
    __device__ __forceinline__ int64_t event(int r) const { return first + r < last ? first + r : last; }
    __device__ __forceinline__ int near_unit(int i) const { return least(unit_of(i), UNITS - 1); }
};

// W x + b for the gates of a matrix, from the first of them on.
template <int G> INLINE void from_input(T (&z)[ROWS][QUANTITIES<G>], const Here& here, const T* W,
                                        const T* b, int first_gate, const T* x) {
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int q = 0; q < QUANTITIES<G>; q++)
            z[r][q] = b ? b[(first_gate + q % G) * UNITS + here.near_unit(q / G)] : T(0);
#pragma unroll 1
    for (int k0 = 0; k0 < FEATURES; k0 += BLOCK) {
        T acc[ROWS][QUANTITIES<G>];
        clear<G>(acc);
        chain<G>(acc, W + k0 * WIDTH<G>, x + k0 / KS * LINE, least(BLOCK, FEATURES - k0));
        add<G>(z, acc);
    }
}

KERNEL __launch_bounds__(THREADS)
sweep_rows(const T* __restrict__ z, const T* __restrict__ W, const T* __restrict__ b,
           const T* __restrict__ U, const T* __restrict__ b_state,
           const int64_t* __restrict__ lengths, const T* __restrict__ drop, T* h, T* c, T* y, T* gates,
           T* before, T* cells, T* m, int64_t batch, int64_t steps, int64_t reverse, int64_t y_width,
           double gate_option, double candidate_option, double squash_option, double forget_bias) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options =
        cell_options<T>(gate_option, candidate_option, squash_option, forget_bias);

    // Shared memory, piece by piece.
    T* room = reinterpret_cast<T*>(shared);
    auto numbers = [&](int count) {
        T* here = room;
        room += whole_packs(count);
        return here;
    };
    T* const U_a = numbers(RESIDENT * WIDTH<GATES_A>);
    T* const U_b = numbers(GATES_B ? RESIDENT * WIDTH<1> : 0);
    T* const W_a = numbers(FEATURES * WIDTH<GATES_A>);
    T* const W_b = numbers(GATES_B ? FEATURES * WIDTH<1> : 0);
    T* now = numbers(lines(UNITS));
    T* next = numbers(lines(UNITS));
    T* const reset = numbers(GATES_B ? lines(UNITS) : 0);
    T* x_now = numbers(lines(FEATURES));
    T* x_next = numbers(lines(FEATURES));
    T* const slabs = numbers(STAGES * SLAB_ROOM);
    T* const held = numbers(drop ? lines(UNITS) : 0);
    int* const valid_steps = reinterpret_cast<int*>(numbers(ROWS_OF_BLOCK));

    const int piece = threadIdx.x < USED_THREADS ? threadIdx.x % UNIT_GROUPS : 0;
    const int group = threadIdx.x < USED_THREADS ? threadIdx.x / UNIT_GROUPS : 0;
    const int64_t block_first = (int64_t)blockIdx.x * ROWS_OF_BLOCK, left = batch - block_first;
    const int block_rows = left < ROWS_OF_BLOCK ? (int)left : ROWS_OF_BLOCK;
    const Here here{block_first + group * ROWS, batch - 1, least(block_rows - group * ROWS, ROWS), piece,
                    threadIdx.x < USED_THREADS};

    // What stays, and what comes first.
    const T* const second_U = U + whole_packs(UNITS * WIDTH<GATES_A>);
    copy_in(U_a, U, RESIDENT * WIDTH<GATES_A>);
    if (GATES_B) copy_in(U_b, second_U, RESIDENT * WIDTH<1>);
    if (FEATURES) {
        copy_in(W_a, W, FEATURES * WIDTH<GATES_A>);
        if (GATES_B) copy_in(W_b, W + whole_packs(FEATURES * WIDTH<GATES_A>), FEATURES * WIDTH<1>);
    }
    for (int row = threadIdx.x; row < ROWS_OF_BLOCK; row += THREADS)
        valid_steps[row] = row < block_rows ? (int)(lengths ? lengths[block_first + row] : steps) : 0;
    for (int i = threadIdx.x; i < lines(UNITS); i += THREADS) now[i] = 0, next[i] = 0;
    __syncthreads();
    int64_t longest = 0;
    for (int row = 0; row < block_rows; row++)
        longest = longest < valid_steps[row] ? valid_steps[row] : longest;
    auto time = [&](int64_t step) { return reverse ? longest - 1 - step : step; };
    auto bring_x = [&](T* to, int64_t t) {
        for (int i = threadIdx.x; i < block_rows * FEATURES; i += THREADS) {
            const int row = i / (FEATURES ? FEATURES : 1), f = i % (FEATURES ? FEATURES : 1);
            copy_async<sizeof(T)>(to + place_of(row, f),
                                  z + ((block_first + row) * steps + t) * FEATURES + f);
        }
    };
    if (FEATURES && longest) bring_x(x_now, time(0));
    copies_end_group();

    // The first state; dead rows and units keep zeros.
    const int own_place = group * GROUP_LINE;
    auto place = [&](int i, int r) {
        const int k = here.unit_of(i);
        return k / KS * LINE + own_place + k % KS * ROWS + r;
    };
    T own_c[ROWS][WIDE];
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            const int64_t at = here.event(r) * UNITS + here.near_unit(i);
            own_c[r][i] = CELL == LSTM ? c[at] : T(0);
            if (!here.has(i) || r >= here.rows) continue;
            now[place(i, r)] = drop ? h[at] * drop[at] : h[at];
            if (drop) held[place(i, r)] = h[at];
        }
    copies_wait<0>();
    __syncthreads();
    Ring ring{slabs, U, second_U};
    if (SLABS) ring.begin();

    // Beyond the last valid step of all.
    for (int64_t t = longest; y && t < steps; t++)
#pragma unroll
        for (int r = 0; r < ROWS; r++)
#pragma unroll
            for (int i = 0; i < WIDE; i++)
                if (here.has(i) && r < here.rows)
                    y[(here.event(r) * steps + t) * y_width + here.unit_of(i)] = 0;

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step);
        if (FEATURES && step + 1 < longest) {
            bring_x(x_next, time(step + 1));
            copies_end_group();
        }
        auto load_z = [&](int r, int i, int gate) {
            return z[(here.event(r) * steps + t) * (GATES * UNITS) + gate * UNITS + here.near_unit(i)];
        };
        T z_a[ROWS][QA], z_b[ROWS][QB], sum[ROWS][QA];
        if constexpr (FEATURES > 0) {
            from_input<GATES_A>(z_a, here, W_a + piece * PIECE<GATES_A>, b, 0, x_now + own_place);
            if constexpr (GATES_B > 0)
                from_input<1>(z_b, here, W_b + piece * PIECE<1>, b, GATES_A, x_now + own_place);
        } else if constexpr (Z_WAITS) {
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
#pragma unroll
                for (int q = 0; q < QA; q++) z_a[r][q] = load_z(r, q / GATES_A, q % GATES_A);
#pragma unroll
                for (int i = 0; i < WIDE; i++) z_b[r][i] = GATES_B ? load_z(r, i, GATES_A) : T(0);
            }
        }
        auto input = [&](int r, int i, int gate) {
            if constexpr (!Z_WAITS) return load_z(r, i, gate);
            else return gate < GATES_A ? z_a[r][i * GATES_A + gate] : z_b[r][i];
        };
        // Rule 1: what U h is added to, and what is added to that.
        auto start = [&](int r, int i, int gate) {
            if (STATE_BIAS) return b_state[gate * UNITS + here.near_unit(i)];
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
                for (int q = 0; q < QA; q++)
                    sum[r][q] = start(r, q / GATES_A, q % GATES_A);
        }
        recurrent<GATES_A>(sum, U_a, ring, piece, now + own_place);

        T update[ROWS][QB], sum_b[ROWS][QB];
        if constexpr (GATES_B > 0) {
#pragma unroll
            for (int i = 0; i < WIDE; i++) {
                T row_of_m[ROWS];
#pragma unroll
                for (int r = 0; r < ROWS; r++) {
                    const T a_r = all(sum[r][2 * i], r, i, 0);
                    const T a_u = all(sum[r][2 * i + 1], r, i, 1);
                    const T reset_gate = gate_of(a_r, options);
                    update[r][i] = gate_of(a_u, options);
                    const bool there = here.has(i) && r < here.rows;
                    row_of_m[r] = there ? reset_gate * now[place(i, r)] : T(0);
                    if constexpr (LONG) sum_b[r][i] = start(r, i, 2);
                    if (!there || t >= valid_steps[group * ROWS + r]) continue;
                    const int64_t at = (here.event(r) * steps + t) * (3 * UNITS) + here.unit_of(i);
                    if (before) before[at] = a_r, before[at + UNITS] = a_u;
                    if (gates) gates[at] = reset_gate, gates[at + UNITS] = update[r][i];
                    if (m) m[(here.event(r) * steps + t) * UNITS + here.unit_of(i)] = row_of_m[r];
                }
                if (here.has(i)) store_rows(reset + place(i, 0), row_of_m);
            }
            __syncthreads();
            recurrent<1>(sum_b, U_b, ring, piece, reset + own_place);
        }

#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            T row_of_h[ROWS];
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                const bool there = here.has(i) && r < here.rows;
                const bool valid = there && t < valid_steps[group * ROWS + r];
                const int64_t row = here.event(r) * steps + t;
                const int64_t at = row * (GATES * UNITS) + here.unit_of(i);
                const int own = there ? place(i, r) : 0;
                const T old = drop ? held[own] : now[own];
                T h_now;
                if constexpr (CELL == RNN) {
                    const T a = all(sum[r][i], r, i, 0);
                    h_now = candidate_of(a, options);
                    if (valid && before) before[at] = a;
                } else if constexpr (CELL == LSTM) {
                    const T a_i = all(sum[r][4 * i], r, i, 0);
                    const T a_f = forget_given(all(sum[r][4 * i + 1], r, i, 1), options);
                    const T a_c = all(sum[r][4 * i + 2], r, i, 2);
                    const T a_o = all(sum[r][4 * i + 3], r, i, 3);
                    const LstmStep<T> s = lstm_step(a_i, a_f, a_c, a_o, own_c[r][i], options);
                    h_now = s.h;
                    if (valid) own_c[r][i] = s.c;
                    if (valid && before) {
                        before[at] = a_i, before[at + UNITS] = a_f;
                        before[at + 2 * UNITS] = a_c, before[at + 3 * UNITS] = a_o;
                    }
                    if (valid && gates) {
                        gates[at] = s.i, gates[at + UNITS] = s.f;
                        gates[at + 2 * UNITS] = s.g, gates[at + 3 * UNITS] = s.o;
                    }
                    if (valid && cells) cells[row * UNITS + here.unit_of(i)] = s.c;
                } else {
                    T a_c, u, reset_gate, m_now;
                    if constexpr (GATES_B > 0) {
                        u = update[r][i];
                        a_c = all(sum_b[r][i], r, i, 2);
                    } else {
                        const T a_r = all(sum[r][3 * i], r, i, 0);
                        const T a_u = all(sum[r][3 * i + 1], r, i, 1);
                        m_now = all(sum[r][3 * i + 2], r, i, 2);
                        reset_gate = gate_of(a_r, options);
                        u = gate_of(a_u, options);
                        a_c = input(r, i, 2) + (reset_gate * m_now);
                        if (valid && before) before[at] = a_r, before[at + UNITS] = a_u;
                        if (valid && gates) gates[at] = reset_gate, gates[at + UNITS] = u;
                        if (valid && m) m[row * UNITS + here.unit_of(i)] = m_now;
                    }
                    const T g = candidate_of(a_c, options);
                    h_now = gru_state(u, old, g);
                    if (valid && before) before[at + 2 * UNITS] = a_c;
                    if (valid && gates) gates[at + 2 * UNITS] = g;
                }
                if (there && y) y[row * y_width + here.unit_of(i)] = valid ? h_now : T(0);
                h_now = valid ? h_now : old;
                row_of_h[r] = h_now;
                if (drop && there) {
                    held[own] = h_now;
                    row_of_h[r] = h_now * drop[here.event(r) * UNITS + here.unit_of(i)];
                }
            }
            if (here.has(i)) store_rows(next + place(i, 0), row_of_h);
        }
        if (FEATURES) copies_wait<0>();
        __syncthreads();
        T* swap = now;
        now = next, next = swap;
        swap = x_now;
        x_now = x_next, x_next = swap;
    }

#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int i = 0; i < WIDE; i++) {
            if (!here.has(i) || r >= here.rows) continue;
            const int64_t at = here.event(r) * UNITS + here.unit_of(i);
            h[at] = drop ? held[place(i, r)] : now[place(i, r)];
            if (CELL == LSTM) c[at] = own_c[r][i];
        }
    copies_wait<0>();
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
