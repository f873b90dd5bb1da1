// The pass over time of rnn, lstm and gru by all blocks together: few events, many units.
//
//     a[t] = z[t] + U h[t-1]           products by rule 1 of kernels/README.md; the step: cell_step.h
//
// One cooperative launch takes all steps. A block owns UNITS units, with all their gates, and a slice
// of the batch (grid.h): its part of U, h and c stay in shared memory from the first step to the last.
// Per step it reads h[t-1], as U sees it, of its events and of all units; forms the gates of its own
// units; writes its part of h[t]; and waits for those that share its events, tile by tile. What is asked
// for beside h[t] is written while the others are waited for, and z of the next step is sent for.
// Without reset_after a gru waits twice: U_c (r h) wants r of all units.
//
// h is passed on in two arrays in turns: who writes h[t+1] knows by the wait that everybody has read
// h[t-1].
//
// grid: slices of units, slices of the batch.  exchange: 3 arrays (tiles, units up to whole blocks, ROWS).
// counters: one for a tile, 0 at first.
//
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 STATE_BIAS=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=16 OWN_ROWS=8 OWN_OUTPUTS=8 TEAMS=4 TERMS=16 STAGES=3 THREADS=256 WORDS=0
// compiled with: NUMBER=float CELL=2 RESET_AFTER=0 STATE_BIAS=1 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=16 UNITS=8 OWN_ROWS=4 OWN_OUTPUTS=4 TEAMS=2 TERMS=32 STAGES=4 THREADS=128 WORDS=1
// compiled with: NUMBER=double CELL=2 RESET_AFTER=1 STATE_BIAS=0 GATE=12 CANDIDATE=13 SQUASH=3 ROWS=4 UNITS=4 OWN_ROWS=2 OWN_OUTPUTS=2 TEAMS=2 TERMS=32 STAGES=4 THREADS=64 WORDS=0
// compiled with: NUMBER=double CELL=0 RESET_AFTER=0 STATE_BIAS=1 GATE=1 CANDIDATE=8 SQUASH=3 ROWS=1 UNITS=4 OWN_ROWS=1 OWN_OUTPUTS=1 TEAMS=2 TERMS=32 STAGES=4 THREADS=64 WORDS=1

#include "grid_matrix.h"

namespace netspec {
namespace NETSPEC_PATH {

// Gates whose product is with h, and with r h.
constexpr int SECOND = CELL == GRU && !RESET_AFTER ? 1 : 0;
constexpr int FIRST = CELL == RNN ? 1 : CELL == LSTM ? 4 : 3 - SECOND;
constexpr int GATES = FIRST + SECOND, LINE = GATES * UNITS;
// Whether a product has a sum of its own, to which z is added.
constexpr bool APART = STATE_BIAS || (CELL == GRU && RESET_AFTER);
constexpr int PARTS = TEAMS * ROWS * FIRST * UNITS;

// What the gates of a tile are given: z, and what U h is added to and its sum; one and the same, but APART.
struct Sums {
    T *sums, *z;
};

KERNEL __launch_bounds__(THREADS, 1)
sweep_grid(const T* z, const T* U, const T* b_state, const int64_t* lengths, const T* drop, T* h, T* c,
           T* y, T* gates, T* before, T* cells, T* m, T* exchange, unsigned* counters, int64_t batch,
           int64_t steps, int64_t n, int64_t passes, int64_t reverse, int64_t y_width,
           double gate_option, double candidate_option, double squash_option, double forget_bias) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options =
        cell_options<T>(gate_option, candidate_option, squash_option, forget_bias);
    Room room{reinterpret_cast<T*>(shared)};
    T* const U_first = room.numbers(n * FIRST * UNITS);
    T* const U_second = room.numbers(n * SECOND * UNITS);
    const Desk desk = desk_in(room.numbers(desk_room(n, PARTS)), PARTS);
    const int64_t depth = SECOND || passes < 2 ? passes : 2;  // passes that have z, or will
    T* const all_sums = room.numbers(depth * ROWS * LINE);
    T* const all_z = room.numbers(APART ? depth * ROWS * LINE : 0);
    T* const all_h = room.numbers(passes * ITEMS);
    T* const all_c = room.numbers(CELL == LSTM ? passes * ITEMS : 0);

    const int64_t first_tile = blockIdx.y * passes, tiles = gridDim.y * passes;
    const int64_t slice = room_for(n), array = tiles * slice;
    Part part{batch, n, (int64_t)blockIdx.x * UNITS, first_tile, lengths};
    const Meetings meetings{counters + first_tile, gridDim.x};
    const auto turn_to = [&](int64_t pass) { part.tile = first_tile + pass; };
    const auto tell = [&](T* to, int row, int unit, T value, int64_t number) {
        pass_on(to + part.tile * slice, (part.first_unit + unit) * ROWS + row, value, number);
    };
    const auto seen = [&](T value, int row, int unit) {
        return drop ? value * drop[part.place(row, unit)] : value;
    };
    const auto sums_of = [&](int64_t step, int64_t pass) {
        const int64_t at = (SECOND ? pass : (step * passes + pass) & (depth - 1)) * ROWS * LINE;
        return Sums{all_sums + at, APART ? all_z + at : all_sums + at};
    };

    bring_matrix<FIRST>(U_first, U, part);
    if constexpr (SECOND > 0) bring_matrix<1>(U_second, U + 2 * n * n, part);
    const int64_t longest = part.longest(passes, steps);
    const auto time = [&](int64_t step) { return reverse ? longest - 1 - step : step; };
    const auto send_for_z = [&](int64_t step, int64_t pass) {
        if (pass >= passes) step++, pass -= passes;
        if (step >= longest) return;
        T* const to = sums_of(step, pass).z;
        const int64_t t = time(step);
        turn_to(pass);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit)) return;
            const T* from = z + (part.event(row) * steps + t) * (GATES * n) + part.first_unit + unit;
#pragma unroll
            for (int gate = 0; gate < GATES; gate++)
                copy_async<sizeof(T)>(to + row * LINE + gate * UNITS + unit, from + gate * n);
        });
        copies_end_group();
    };
    for (int64_t pass = 0; pass < passes; pass++) {
        turn_to(pass);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit)) return;
            const int64_t at = part.place(row, unit);
            all_h[pass * ITEMS + i] = h[at];
            if (CELL == LSTM) all_c[pass * ITEMS + i] = c[at];
            tell(exchange, row, unit, seen(h[at], row, unit), 1);
            for (int64_t t = longest; y && t < steps; t++)
                y[(part.event(row) * steps + t) * y_width + part.first_unit + unit] = 0;
        });
        meetings.arrive(pass);
    }
    for (int64_t pass = 0; pass < depth; pass++) send_for_z(0, pass);

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step), met = step * (1 + SECOND);
        const T* const now = exchange + step % 2 * array;
        T* const next = exchange + (step + 1) % 2 * array;
        T* const reset = exchange + 2 * array;

        // What U h is added to stands in `sums` before the product: z, or what else it is.
        const auto begin = [&](int64_t pass, const Sums& at) {
            turn_to(pass);
            meetings.wait(pass, met + 1);
            if (APART || WORDS) copies_wait<0>();
            if (!APART) return;
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit)) return;
#pragma unroll
                for (int gate = 0; gate < GATES; gate++) {
                    const int own = row * LINE + gate * UNITS + unit;
                    const bool alone = RESET_AFTER && gate == 2;
                    at.sums[own] = STATE_BIAS ? b_state[gate * n + part.first_unit + unit]
                                   : alone    ? T(0)
                                              : at.z[own];
                }
            });
        };
        const auto given = [&](const Sums& at, int row, int unit, int gate) {
            const int own = row * LINE + gate * UNITS + unit;
            return STATE_BIAS ? at.z[own] + at.sums[own] : at.sums[own];
        };
        const auto events = [&](int row) { return part.event(row) < batch; };
        const auto tape_row = [&](int row) { return part.event(row) * steps + t; };

        if constexpr (SECOND > 0) {
            for (int64_t pass = 0; pass < passes; pass++) {
                const Sums at = sums_of(step, pass);
                begin(pass, at);
                Product<FIRST * UNITS>::template add<LINE>(at.sums, now + part.tile * slice, U_first,
                                                           (int)n, desk, met + 1, events);
                each_item([&](int i, int row, int unit) {
                    if (!part.has(row, unit)) return;
                    const T a_r = given(at, row, unit, 0), a_u = given(at, row, unit, 1);
                    const T r = gate_of(a_r, options);
                    const T m_now = r * seen(all_h[pass * ITEMS + i], row, unit);
                    tell(reset, row, unit, m_now, met + 2);
                    T* own = at.sums + row * LINE + unit;
                    own[0] = r, own[UNITS] = gate_of(a_u, options);
                    if (!part.valid(row, t)) return;
                    const int64_t to = tape_row(row) * (3 * n) + part.first_unit + unit;
                    if (before) before[to] = a_r, before[to + n] = a_u;
                    if (m) m[tape_row(row) * n + part.first_unit + unit] = m_now;
                });
                meetings.arrive(pass);
            }
        }

        for (int64_t pass = 0; pass < passes; pass++) {
            const Sums at = sums_of(step, pass);
            if constexpr (SECOND > 0) {
                turn_to(pass);
                meetings.wait(pass, met + 2);
                Product<UNITS>::template add<LINE>(at.sums + 2 * UNITS, reset + part.tile * slice,
                                                   U_second, (int)n, desk, met + 2, events);
            } else {
                begin(pass, at);
                Product<FIRST * UNITS>::template add<LINE>(at.sums, now + part.tile * slice, U_first,
                                                           (int)n, desk, met + 1, events);
            }
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit)) return;
                T& own_h = all_h[pass * ITEMS + i];
                T* own = at.sums + row * LINE + unit;  // becomes the gates after activation
                const bool valid = part.valid(row, t);
                const int64_t to = tape_row(row) * (GATES * n) + part.first_unit + unit;
                const auto keep = [&](int gate, T a, T after) {
                    own[gate * UNITS] = after;
                    if (before && valid) before[to + gate * n] = a;
                };
                T h_now;
                if constexpr (CELL == RNN) {
                    const T a = given(at, row, unit, 0);
                    h_now = candidate_of(a, options);
                    keep(0, a, h_now);
                } else if constexpr (CELL == LSTM) {
                    T& own_c = all_c[pass * ITEMS + i];
                    const T a_i = given(at, row, unit, 0);
                    const T a_f = forget_given(given(at, row, unit, 1), options);
                    const T a_c = given(at, row, unit, 2), a_o = given(at, row, unit, 3);
                    const LstmStep<T> s = lstm_step(a_i, a_f, a_c, a_o, own_c, options);
                    keep(0, a_i, s.i), keep(1, a_f, s.f), keep(2, a_c, s.g), keep(3, a_o, s.o);
                    if (valid) own_c = s.c;
                    h_now = s.h;
                } else {
                    T u, a_c;
                    if constexpr (SECOND > 0) {
                        u = own[UNITS];
                        a_c = given(at, row, unit, 2);
                    } else {
                        const T a_r = given(at, row, unit, 0), a_u = given(at, row, unit, 1);
                        const T r = gate_of(a_r, options), m_now = own[2 * UNITS];
                        u = gate_of(a_u, options);
                        a_c = at.z[row * LINE + 2 * UNITS + unit] + (r * m_now);
                        if (m && valid) m[tape_row(row) * n + part.first_unit + unit] = m_now;
                        keep(0, a_r, r), keep(1, a_u, u);
                    }
                    const T g = candidate_of(a_c, options);
                    h_now = gru_state(u, own_h, g);
                    keep(2, a_c, g);
                }
                if (valid) own_h = h_now;
                tell(next, row, unit, seen(own_h, row, unit), met + 2 + SECOND);
            });
            meetings.arrive(pass);
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit)) return;
                const bool valid = part.valid(row, t);
                const int64_t unit_at = part.first_unit + unit;
                if (y) y[tape_row(row) * y_width + unit_at] = valid ? canonical(all_h[pass * ITEMS + i]) : T(0);
                if (!valid) return;
                if (cells) cells[tape_row(row) * n + unit_at] = all_c[pass * ITEMS + i];
#pragma unroll
                for (int gate = 0; gates && gate < GATES; gate++)
                    gates[tape_row(row) * (GATES * n) + gate * n + unit_at] =
                        at.sums[row * LINE + gate * UNITS + unit];
            });
            send_for_z(step, pass + depth);
        }
    }

    for (int64_t pass = 0; pass < passes; pass++) {
        turn_to(pass);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit)) return;
            h[part.place(row, unit)] = canonical(all_h[pass * ITEMS + i]);
            if (CELL == LSTM) c[part.place(row, unit)] = canonical(all_c[pass * ITEMS + i]);
        });
    }
    copies_wait<0>();
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
