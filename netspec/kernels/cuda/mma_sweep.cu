// The pass over time of rnn, lstm and gru with U h by the matrix units, in lower precision.
//
//     a[t] = z[t] + r(U) r(h[t-1])          r rounds to tf32 or bf16 (mma.h); the step: cell_step.h
//
// Not the contract's sums: this is what `precision` asks for. One cooperative launch takes all steps. A
// block owns UNITS units with all their gates, and ROWS events; h and c are in its threads' registers,
// its part of U in shared memory (mma_recurrent.h). Per step it reads h[t-1], rounded, of its events and
// of all units, writes its part of h[t], and waits for those that share its events. Without reset_after
// a gru waits twice: U_c (r h) wants r of all units.
//
// h is passed on in two arrays in turns: who writes h[t+1] knows by the wait that everybody has read
// h[t-1]. z of a step is read before the others are waited for.
//
// grid: slices of units, tiles of events.  exchange: 3 arrays (tiles, ROWS, words), 0 at first.
// counters: one for a tile, 0 at first.  shared memory: GATES * UNITS * (words + 4) + STAGES * ROWS * 36
// words, where `words` are those of n terms, up to whole slabs of 32.
//
// compiled with: NUMBER=float BF16=0 CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=16 WARPS_DOWN=2 WARPS_ACROSS=2 STAGES=4
// compiled with: NUMBER=float BF16=1 CELL=2 RESET_AFTER=0 STATE_BIAS=1 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=32 WARPS_DOWN=2 WARPS_ACROSS=2 STAGES=4
// compiled with: NUMBER=float BF16=0 CELL=2 RESET_AFTER=1 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=16 UNITS=16 WARPS_DOWN=1 WARPS_ACROSS=2 STAGES=3
// compiled with: NUMBER=float BF16=1 CELL=0 RESET_AFTER=0 STATE_BIAS=1 GATE=1 CANDIDATE=8 SQUASH=3 ROWS=32 UNITS=16 WARPS_DOWN=2 WARPS_ACROSS=1 STAGES=3

#include "mma_recurrent.h"
#include "cell_step.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef float T;

// Gates whose product is with h, and with r h.
constexpr int SECOND = CELL == GRU && !RESET_AFTER ? 1 : 0;
constexpr int FIRST = CELL == RNN ? 1 : CELL == LSTM ? 4 : 3 - SECOND;
constexpr int GATES = FIRST + SECOND;
constexpr bool ALONE = CELL == GRU && RESET_AFTER;  // U_c h is added to nothing but its own bias

KERNEL __launch_bounds__(THREADS, 1)
mma_sweep(const T* z, const T* U, const T* b_state, const int64_t* lengths, const T* drop, T* h, T* c,
          T* y, T* gates, T* before, T* cells, T* m, uint32_t* exchange, unsigned* counters,
          int64_t batch, int64_t steps, int64_t n, int64_t reverse, int64_t y_width, double gate_option,
          double candidate_option, double squash_option, double forget_bias) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options =
        cell_options<T>(gate_option, candidate_option, squash_option, forget_bias);
    const int words = words_of(n);
    uint32_t* const own_U = reinterpret_cast<uint32_t*>(shared);
    uint32_t* const ring = own_U + GATES * UNITS * (words + 4);

    const Part part{batch, n, (int64_t)blockIdx.y * ROWS, (int64_t)blockIdx.x * UNITS, lengths};
    const int64_t tile = (int64_t)ROWS * words, array = gridDim.y * tile;
    Meeting all{counters + blockIdx.y, gridDim.x};
    const auto seen = [&](T value, int row, int64_t unit) {
        return drop ? value * drop[part.event(row) * n + unit] : value;
    };
    const auto tell = [&](uint32_t* to, const Own& of) {
        part.tell(to + blockIdx.y * tile, words, [&](int i, int o, int e, int row, int64_t unit) {
            return seen(of[i][o][e], row, unit);
        });
    };

    bring_matrix(own_U, U, GATES, part.first_unit, n);
    const int64_t longest = part.longest(steps);
    const auto time = [&](int64_t step) { return reverse ? longest - 1 - step : step; };

    Own own_h = {}, own_c = {}, a[GATES] = {}, given = {};
    part.each_own([&](int i, int o, int e, int row, int64_t unit) {
        own_h[i][o][e] = h[part.event(row) * n + unit];
        if (CELL == LSTM) own_c[i][o][e] = c[part.event(row) * n + unit];
        for (int64_t t = longest; y && t < steps; t++) y[(part.event(row) * steps + t) * y_width + unit] = 0;
    });
    // What U h is added to; of a gru with reset_after z of the candidate is kept beside it.
    const auto take_z = [&](int64_t t) {
        part.each_own([&](int i, int o, int e, int row, int64_t unit) {
            const T* const from = z + (part.event(row) * steps + t) * (GATES * n) + unit;
#pragma unroll
            for (int gate = 0; gate < GATES; gate++) {
                const T bias = STATE_BIAS ? b_state[gate * n + unit] : T(0);
                if (ALONE && gate == 2) given[i][o][e] = from[gate * n], a[gate][i][o][e] = bias;
                else a[gate][i][o][e] = STATE_BIAS ? from[gate * n] + bias : from[gate * n];
            }
        });
    };
    tell(exchange, own_h);
    all.meet([&] {
        if (longest > 0) take_z(time(0));
    });

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step);
        const uint32_t* const now = exchange + step % 2 * array + blockIdx.y * tile;
        uint32_t* const next = exchange + (step + 1) % 2 * array;
        uint32_t* const reset = exchange + 2 * array;
        const auto tape_row = [&](int row) { return part.event(row) * steps + t; };
        // a becomes the gates after activation; what was before is written now, where it is asked for.
        const auto keep = [&](int gate, int row, int64_t unit, T was) {
            if (before && part.valid(row, t)) before[tape_row(row) * (GATES * n) + gate * n + unit] = was;
        };
        const auto keep_m = [&](int row, int64_t unit, T value) {
            if (m && part.valid(row, t)) m[tape_row(row) * n + unit] = value;
        };

        add_recurrent<FIRST>(a, own_U, now, words, ring);
        if constexpr (SECOND > 0) {
            Own own_m = {};
            part.each_own([&](int i, int o, int e, int row, int64_t unit) {
                T &a_r = a[0][i][o][e], &a_u = a[1][i][o][e];
                keep(0, row, unit, a_r), keep(1, row, unit, a_u);
                a_r = gate_of(a_r, options), a_u = gate_of(a_u, options);
                own_m[i][o][e] = a_r * seen(own_h[i][o][e], row, unit);
                keep_m(row, unit, own_m[i][o][e]);
            });
            part.tell(reset + blockIdx.y * tile, words, [&](int i, int o, int e, int row, int64_t unit) {
                return own_m[i][o][e];
            });
            all.meet([] {});
            add_recurrent<1>(a + 2, own_U + 2 * UNITS * (words + 4), reset + blockIdx.y * tile, words, ring);
        }

        part.each_own([&](int i, int o, int e, int row, int64_t unit) {
            T& h_own = own_h[i][o][e];
            T h_now;
            if constexpr (CELL == RNN) {
                T& a_h = a[0][i][o][e];
                keep(0, row, unit, a_h);
                h_now = a_h = candidate_of(a_h, options);
            } else if constexpr (CELL == LSTM) {
                T &a_i = a[0][i][o][e], &a_f = a[1][i][o][e], &a_c = a[2][i][o][e], &a_o = a[3][i][o][e];
                a_f = forget_given(a_f, options);
                keep(0, row, unit, a_i), keep(1, row, unit, a_f), keep(2, row, unit, a_c), keep(3, row, unit, a_o);
                const LstmStep<T> s = lstm_step(a_i, a_f, a_c, a_o, own_c[i][o][e], options);
                a_i = s.i, a_f = s.f, a_c = s.g, a_o = s.o;
                if (part.valid(row, t)) own_c[i][o][e] = s.c;
                h_now = s.h;
            } else {
                T &a_r = a[0][i][o][e], &a_u = a[1][i][o][e], &a_c = a[2][i][o][e];
                if constexpr (ALONE) {
                    keep(0, row, unit, a_r), keep(1, row, unit, a_u);
                    keep_m(row, unit, a_c);
                    a_r = gate_of(a_r, options), a_u = gate_of(a_u, options);
                    a_c = given[i][o][e] + (a_r * a_c);
                }
                keep(2, row, unit, a_c);
                a_c = candidate_of(a_c, options);
                h_now = gru_state(a_u, h_own, a_c);
            }
            if (part.valid(row, t)) h_own = h_now;
        });
        tell(next, own_h);
        all.meet([&] {
            part.each_own([&](int i, int o, int e, int row, int64_t unit) {
                const bool there = part.valid(row, t);
                if (y) y[tape_row(row) * y_width + unit] = there ? canonical(own_h[i][o][e]) : T(0);
                if (!there) return;
                if (cells) cells[tape_row(row) * n + unit] = own_c[i][o][e];
#pragma unroll
                for (int gate = 0; gates && gate < GATES; gate++)
                    gates[tape_row(row) * (GATES * n) + gate * n + unit] = a[gate][i][o][e];
            });
            if (step + 1 < longest) take_z(time(step + 1));
        });
    }

    part.each_own([&](int i, int o, int e, int row, int64_t unit) {
        h[part.event(row) * n + unit] = canonical(own_h[i][o][e]);
        if (CELL == LSTM) c[part.event(row) * n + unit] = canonical(own_c[i][o][e]);
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
