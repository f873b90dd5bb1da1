// The pass backwards of rnn, lstm and gru with U^T da by the matrix units, in lower precision.
//
//     da from dh + dy and the tape, unit by unit (cell_back.h);  dh = r(U^T) r(da)      r: mma.h
//
// Not the contract's sums: this is what `precision` asks for. One cooperative launch takes all steps,
// shared out as in mma_sweep.cu: a block keeps U^T of its units in shared memory, dh and dc of its
// events in registers. Per step it forms da of its units, writes it, rounded, for those that share its
// events, and waits for theirs. What it gives beside da is written, and the tape of the next step read,
// while it waits. What comes through the candidate of a gru goes with the rest,
//
//     dh = (dh_t u) + U_ru^T da_ru + U_c^T ds      ds = da_c r  or, without reset_after,  (U_c^T da_c) r,
//
// and in the second case it waits twice: da_r wants U_c^T da_c. With drop, products are times it. Steps
// that are not valid hold dh and dc, and have +0 in dz and ds.
//
// grid: slices of units, tiles of events.  exchange: 2 arrays (tiles, ROWS, SECTIONS * words) and, without
// reset_after of a gru, one (tiles, ROWS, words), 0 at first.  counters: one for a tile, 0 at first.
// shared memory: UNITS * (SECTIONS * words + 4), UNITS * (words + 4) of such a gru, and STAGES * ROWS * 36
// words, where `words` are those of n terms, up to whole slabs of 32.
//
// compiled with: BF16=0 CELL=1 RESET_AFTER=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=16 WARPS_DOWN=2 WARPS_ACROSS=2 STAGES=4
// compiled with: BF16=1 CELL=2 RESET_AFTER=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=32 WARPS_DOWN=2 WARPS_ACROSS=4 STAGES=4
// compiled with: BF16=0 CELL=2 RESET_AFTER=1 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=16 UNITS=16 WARPS_DOWN=1 WARPS_ACROSS=2 STAGES=3
// compiled with: BF16=1 CELL=0 RESET_AFTER=0 GATE=1 CANDIDATE=8 SQUASH=3 ROWS=32 UNITS=16 WARPS_DOWN=2 WARPS_ACROSS=1 STAGES=3

#include "mma_recurrent.h"
#include "cell_back.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef float T;

constexpr int GATES = CELL == RNN ? 1 : CELL == LSTM ? 4 : 3;
constexpr bool TWICE = CELL == GRU && !RESET_AFTER, ALONE = CELL == GRU && RESET_AFTER;
constexpr int SECTIONS = TWICE ? 2 : GATES;  // of the terms of the last product

// What the tape has of a step, number by number; of rnn the gate is h.
struct Fields {
    Own gate[GATES], dy, earlier, c, m;
};

KERNEL __launch_bounds__(THREADS, 1)
mma_sweep_back(const T* U, const int64_t* lengths, const T* drop, const T* gates, const T* before,
               const T* cells, const T* m, const T* y, const T* h0, const T* c0, const T* dy, T* dh, T* dc,
               T* dz, T* ds, uint32_t* exchange, unsigned* counters, int64_t batch, int64_t steps,
               int64_t n, int64_t reverse, double gate_option, double candidate_option,
               double squash_option) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options = cell_options<T>(gate_option, candidate_option, squash_option, 0);
    const int words = words_of(n), all_words = SECTIONS * words;
    uint32_t* const U_last = reinterpret_cast<uint32_t*>(shared);
    uint32_t* const U_c = U_last + UNITS * (all_words + 4);
    uint32_t* const ring = U_c + (TWICE ? UNITS * (words + 4) : 0);

    const Part part{batch, n, (int64_t)blockIdx.y * ROWS, (int64_t)blockIdx.x * UNITS, lengths};
    const int64_t tile = (int64_t)ROWS * all_words, array = gridDim.y * tile;
    uint32_t* const through = exchange + 2 * array + blockIdx.y * ((int64_t)ROWS * words);
    Meeting all{counters + blockIdx.y, gridDim.x};
    const auto thinned = [&](T value, int row, int64_t unit) {
        return drop ? value * drop[part.event(row) * n + unit] : value;
    };

    bring_columns(U_last, U, SECTIONS, part.first_unit, n);
    if (TWICE) bring_columns(U_c, U + 2 * n * n, 1, part.first_unit, n);
    const int64_t longest = part.longest(steps);
    const auto time = [&](int64_t step) { return reverse ? step : longest - 1 - step; };

    Fields own = {};
    const auto take_tape = [&](int64_t t) {
        part.each_own([&](int i, int o, int e, int row, int64_t unit) {
            if (!part.valid(row, t)) return;
            const int64_t event = part.event(row), at = event * steps + t;
            const bool begins = t == (reverse ? (lengths ? lengths[event] : steps) - 1 : 0);
            const int64_t earlier = (at + (reverse ? 1 : -1)) * n + unit, first = event * n + unit;
            own.dy[i][o][e] = dy ? dy[at * n + unit] : T(0);
#pragma unroll
            for (int gate = 0; gate < GATES; gate++)
                own.gate[gate][i][o][e] = CELL == RNN ? y[at * n + unit] : gates[(at * GATES + gate) * n + unit];
            if (CELL == LSTM) own.c[i][o][e] = cells[at * n + unit];
            if (CELL == LSTM) own.earlier[i][o][e] = begins ? c0[first] : cells[earlier];
            if (CELL == GRU) own.earlier[i][o][e] = begins ? h0[first] : y[earlier];
            if (ALONE) own.m[i][o][e] = m[at * n + unit];
        });
    };

    Own own_dh = {}, own_dc = {};
    part.each_own([&](int i, int o, int e, int row, int64_t unit) {
        own_dh[i][o][e] = dh[part.event(row) * n + unit];
        if (CELL == LSTM) own_dc[i][o][e] = dc[part.event(row) * n + unit];
        for (int64_t t = longest; t < steps; t++) {
            const int64_t at = part.event(row) * steps + t;
#pragma unroll
            for (int gate = 0; gate < GATES; gate++) dz[(at * GATES + gate) * n + unit] = 0;
            if (ds) ds[at * n + unit] = 0;
        }
    });
    if (longest > 0) take_tape(time(0));

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step);
        uint32_t* const now = exchange + step % 2 * array + blockIdx.y * tile;
        const auto input = [&](int row, int64_t unit, int gate) {
            return WANTS_BEFORE ? before[((part.event(row) * steps + t) * GATES + gate) * n + unit] : T(0);
        };
        // The gates become the slopes in what they were given, `earlier` of reset_after ds.
        part.each_own([&](int i, int o, int e, int row, int64_t unit) {
            if (!part.valid(row, t)) return;
            T& dh_own = own_dh[i][o][e];
            const T dh_t = dh_own + own.dy[i][o][e];
            if constexpr (CELL == RNN) {
                T& a = own.gate[0][i][o][e];
                a = candidate_back(input(row, unit, 0), a, dh_t, options);
                dh_own = 0;
            } else if constexpr (CELL == LSTM) {
                T &g_i = own.gate[0][i][o][e], &g_f = own.gate[1][i][o][e];
                T &g_c = own.gate[2][i][o][e], &g_o = own.gate[3][i][o][e];
                const LstmGates<T> a{input(row, unit, 0), input(row, unit, 1), input(row, unit, 2),
                                     input(row, unit, 3)};
                const LstmSlopes<T> d = lstm_back(a, LstmGates<T>{g_i, g_f, g_c, g_o}, own.c[i][o][e],
                                                  own.earlier[i][o][e], dh_t, own_dc[i][o][e], options);
                g_i = d.da.i, g_f = d.da.f, g_c = d.da.c, g_o = d.da.o;
                own_dc[i][o][e] = d.dc;
                dh_own = 0;
            } else {
                T &r = own.gate[0][i][o][e], &u = own.gate[1][i][o][e], &g = own.gate[2][i][o][e];
                T& earlier = own.earlier[i][o][e];
                const GruSlopes<T> d = gru_back(input(row, unit, 1), input(row, unit, 2), u, g, earlier,
                                                dh_t, options);
                dh_own = dh_t * u;
                u = d.da_u, g = d.da_c;
                if constexpr (ALONE) {
                    earlier = d.da_c * r;
                    r = gate_back(input(row, unit, 0), r, d.da_c * own.m[i][o][e], options);
                }
            }
        });
        if constexpr (TWICE) {
            part.tell(through, words, [&](int i, int o, int e, int, int64_t) { return own.gate[2][i][o][e]; });
            all.meet([] {});
            Own dm[1] = {};
            add_recurrent<1>(dm, U_c, through, words, ring);
            part.each_own([&](int i, int o, int e, int row, int64_t unit) {
                if (!part.valid(row, t)) return;
                T& r = own.gate[0][i][o][e];
                const T dm_now = dm[0][i][o][e];
                own_dh[i][o][e] = own_dh[i][o][e] + thinned(dm_now * r, row, unit);
                r = gate_back(input(row, unit, 0), r, dm_now * thinned(own.earlier[i][o][e], row, unit), options);
            });
        }
#pragma unroll
        for (int section = 0; section < SECTIONS; section++)
            part.tell(now + section * words, all_words, [&](int i, int o, int e, int, int64_t) {
                return ALONE && section == 2 ? own.earlier[i][o][e] : own.gate[section][i][o][e];
            });
        all.meet([&] {
            part.each_own([&](int i, int o, int e, int row, int64_t unit) {
                const bool valid = part.valid(row, t);
                const int64_t at = part.event(row) * steps + t;
#pragma unroll
                for (int gate = 0; gate < GATES; gate++)
                    dz[(at * GATES + gate) * n + unit] = valid ? own.gate[gate][i][o][e] : T(0);
                if (ALONE) ds[at * n + unit] = valid ? own.earlier[i][o][e] : T(0);
            });
            if (step + 1 < longest) take_tape(time(step + 1));
        });
        Own sum[1] = {};
        add_recurrent<1>(sum, U_last, now, all_words, ring);
        part.each_own([&](int i, int o, int e, int row, int64_t unit) {
            if (part.valid(row, t)) own_dh[i][o][e] = own_dh[i][o][e] + thinned(sum[0][i][o][e], row, unit);
        });
    }

    part.each_own([&](int i, int o, int e, int row, int64_t unit) {
        dh[part.event(row) * n + unit] = own_dh[i][o][e];
        if (CELL == LSTM) dc[part.event(row) * n + unit] = own_dc[i][o][e];
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
