// The pass backwards of rnn, lstm and gru by all blocks together: few events, many units.
//
//     da from dh + dy and the tape, unit by unit (cell_back.h);  dh = U^T da, by rule 1 of kernels/README.md
//
// One cooperative launch takes all steps, shared out as in sweep_grid.cu: a block owns UNITS units and a
// slice of the batch, and keeps U^T of its units, dh and dc. Per step it forms da of its units, writes
// it for those that share its events, and waits for theirs; dh is then a product with as many terms as
// there are gate rows. What it gives beside da is written while it waits, and the tape of the next
// step is sent for. A gru adds up what comes through its candidate on its own,
//
//     dh = ((dh_t u) + dh_c) + U_ru^T da_ru,       dh_c = U_c^T ds   or, without reset_after,   (U_c^T da_c) r
//
// and in the second case waits twice: da_r wants U_c^T da_c. With drop, both products are times it.
// Steps that are not valid hold dh and dc, and have +0 in dz and ds.
//
// grid: slices of units, slices of the batch.  exchange: 2 arrays (tiles, rows of the last product up to
// whole blocks, ROWS), and 2 (tiles, units up to whole blocks, ROWS) of a gru.
// counters: one for a tile, 0 at first.
//
// compiled with: NUMBER=float CELL=1 RESET_AFTER=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=64 UNITS=16 OWN_ROWS=8 OWN_OUTPUTS=8 TEAMS=8 TERMS=16 STAGES=3 THREADS=128 WORDS=0
// compiled with: NUMBER=float CELL=2 RESET_AFTER=0 GATE=2 CANDIDATE=3 SQUASH=3 ROWS=16 UNITS=8 OWN_ROWS=4 OWN_OUTPUTS=4 TEAMS=4 TERMS=32 STAGES=4 THREADS=128 WORDS=1
// compiled with: NUMBER=double CELL=2 RESET_AFTER=1 GATE=12 CANDIDATE=13 SQUASH=3 ROWS=4 UNITS=4 OWN_ROWS=2 OWN_OUTPUTS=2 TEAMS=2 TERMS=32 STAGES=4 THREADS=64 WORDS=0
// compiled with: NUMBER=double CELL=0 RESET_AFTER=0 GATE=1 CANDIDATE=8 SQUASH=3 ROWS=1 UNITS=4 OWN_ROWS=1 OWN_OUTPUTS=1 TEAMS=2 TERMS=32 STAGES=4 THREADS=64 WORDS=1

#include "grid_matrix.h"
#include "grid_tape.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int PARTS = TEAMS * ROWS * UNITS;

KERNEL __launch_bounds__(THREADS, 1)
sweep_back_grid(const T* U, const int64_t* lengths, const T* drop, const T* gates, const T* before,
                const T* cells, const T* m, const T* y, const T* h0, const T* c0, const T* dy, T* dh, T* dc,
                T* dz, T* ds, T* exchange, unsigned* counters, int64_t batch, int64_t steps, int64_t n,
                int64_t passes, int64_t reverse, double gate_option, double candidate_option,
                double squash_option) {
    DYNAMIC_SHARED(shared);
    const CellOptions<T> options =
        cell_options<T>(gate_option, candidate_option, squash_option, 0);
    Room room{reinterpret_cast<T*>(shared)};
    T* const U_last = room.numbers(n * LAST * UNITS);
    T* const U_c = room.numbers(CELL == GRU ? n * UNITS : 0);
    const Desk desk = desk_in(room.numbers(desk_room(LAST * n, PARTS)), PARTS);
    T* const all_dh = room.numbers(passes * ITEMS);
    T* const all_dc = room.numbers(CELL == LSTM ? passes * ITEMS : 0);
    const int64_t depth = MEETINGS == 2 || passes < 2 ? passes : 2;  // passes that have a tape, or will
    T* const all_fields = room.numbers(depth * FIELDS * ITEMS);
    T* const through = room.numbers(CELL == GRU ? ITEMS : 0);

    const int64_t first_tile = blockIdx.y * passes, tiles = gridDim.y * passes;
    const int64_t slice = room_for(LAST * n), array = tiles * slice;
    const int64_t slice_c = room_for(n), array_c = tiles * slice_c;
    Part part{batch, n, (int64_t)blockIdx.x * UNITS, first_tile, lengths};
    const Meetings meetings{counters + first_tile, gridDim.x};
    const auto turn_to = [&](int64_t pass) { part.tile = first_tile + pass; };
    const auto thinned = [&](T value, int row, int unit) {
        return drop ? value * drop[part.place(row, unit)] : value;
    };

    bring_rows(U_last, U, LAST * n, part);
    if (CELL == GRU) bring_rows(U_c, U + 2 * n * n, n, part);
    const int64_t longest = part.longest(passes, steps);
    const auto time = [&](int64_t step) { return reverse ? step : longest - 1 - step; };

    const Tape tape{gates, cells, m, y, h0, c0, dy, lengths, steps, n, reverse != 0};
    const auto fields_of = [&](int64_t step, int64_t pass) {
        return all_fields + (MEETINGS == 2 ? pass : (step * passes + pass) & (depth - 1)) * FIELDS * ITEMS;
    };
    const auto send_for = [&](int64_t step, int64_t pass) {
        if (pass >= passes) step++, pass -= passes;
        if (step >= longest) return;
        const int64_t t = time(step);
        T* const fields = fields_of(step, pass);
        turn_to(pass);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit) || !part.valid(row, t)) return;
            tape.send_for(fields + i, part.event(row), t, part.first_unit + unit);
        });
        copies_end_group();
    };

    for (int64_t pass = 0; pass < passes; pass++) {
        turn_to(pass);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit)) return;
            all_dh[pass * ITEMS + i] = dh[part.place(row, unit)];
            if (CELL == LSTM) all_dc[pass * ITEMS + i] = dc[part.place(row, unit)];
            const int64_t j = part.first_unit + unit;
            for (int64_t t = longest; t < steps; t++) {
                const int64_t at = part.event(row) * steps + t;
#pragma unroll
                for (int gate = 0; gate < GATES; gate++) dz[at * (GATES * n) + gate * n + j] = 0;
                if (ds) ds[at * n + j] = 0;
            }
        });
    }
    for (int64_t pass = 0; pass < depth; pass++) send_for(0, pass);

    const auto now = [&](int64_t step) { return exchange + step % 2 * array + part.tile * slice; };
    const auto now_c = [&](int64_t step) {
        return exchange + 2 * array + step % 2 * array_c + part.tile * slice_c;
    };
    // dh, from what all blocks have said of a step.
    const auto finish = [&](int64_t pass, int64_t step) {
        const int64_t t = time(step);
        const auto valid_rows = [&](int row) { return part.valid(row, t); };
        meetings.wait(pass, step * MEETINGS + MEETINGS);
        T* const own_dh = all_dh + pass * ITEMS;
        if constexpr (CELL == GRU) {
            const auto add_product = [&](const T* x, const T* W, int64_t terms) {
                each_item([&](int i, int row, int unit) { through[i] = 0; });
                Product<UNITS>::template add<UNITS>(through, x, W, (int)terms, desk, step + 1,
                                                    valid_rows);
                each_item([&](int i, int row, int unit) {
                    if (part.has(row, unit) && part.valid(row, t))
                        own_dh[i] = own_dh[i] + thinned(through[i], row, unit);
                });
            };
            if (RESET_AFTER) {
                add_product(now_c(step), U_c, n);
                __syncthreads();
            }
            add_product(now(step), U_last, LAST * n);
        } else {
            Product<UNITS>::template add<UNITS>(own_dh, now(step), U_last, (int)(LAST * n), desk,
                                                step + 1, valid_rows);
            each_item([&](int i, int row, int unit) {
                if (drop && part.has(row, unit) && part.valid(row, t))
                    own_dh[i] = thinned(own_dh[i], row, unit);
            });
        }
    };

#pragma unroll 1
    for (int64_t step = 0; step < longest; step++) {
        const int64_t t = time(step);
        const auto input = [&](int row, int unit, int gate) {
            if (!WANTS_BEFORE) return T(0);
            return before[(part.event(row) * steps + t) * (GATES * n) + gate * n + part.first_unit + unit];
        };
        const auto tell = [&](int gate, int row, int unit, T value) {
            pass_on(now(step), (gate * n + part.first_unit + unit) * ROWS + row, value, step + 1);
        };
        const auto tell_c = [&](int row, int unit, T value) {
            pass_on(now_c(step), (part.first_unit + unit) * ROWS + row, value, step + 1);
        };
        const auto put_out = [&](int64_t pass) {
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit)) return;
                const T* own = fields_of(step, pass) + i;
                const bool valid = part.valid(row, t);
                const int64_t at = part.event(row) * steps + t, j = part.first_unit + unit;
#pragma unroll
                for (int gate = 0; gate < GATES; gate++)
                    dz[at * (GATES * n) + gate * n + j] = valid ? own[gate * ITEMS] : T(0);
                if (RESET_AFTER && CELL == GRU) ds[at * n + j] = valid ? own[EARLIER * ITEMS] : T(0);
            });
            send_for(step, pass + depth);
        };

        for (int64_t pass = 0; pass < passes; pass++) {
            turn_to(pass);
            if (step > 0) finish(pass, step - 1);
            copies_wait<0>();
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit) || !part.valid(row, t)) return;
                T* own = fields_of(step, pass) + i;  // the gates become the slopes in what they were given
                T& own_dh = all_dh[pass * ITEMS + i];
                const T dh_t = own_dh + own[DY * ITEMS];
                if constexpr (CELL == RNN) {
                    own[0] = candidate_back(input(row, unit, 0), own[0], dh_t, options);
                    tell(0, row, unit, own[0]);
                    own_dh = 0;
                } else if constexpr (CELL == LSTM) {
                    const LstmGates<T> a{input(row, unit, 0), input(row, unit, 1), input(row, unit, 2),
                                         input(row, unit, 3)};
                    const LstmGates<T> gate{own[0], own[ITEMS], own[2 * ITEMS], own[3 * ITEMS]};
                    T& own_dc = all_dc[pass * ITEMS + i];
                    const LstmSlopes<T> d = lstm_back(a, gate, own[OWN_C * ITEMS], own[EARLIER * ITEMS],
                                                      dh_t, own_dc, options);
                    own[0] = d.da.i, own[ITEMS] = d.da.f, own[2 * ITEMS] = d.da.c, own[3 * ITEMS] = d.da.o;
#pragma unroll
                    for (int k = 0; k < 4; k++) tell(k, row, unit, own[k * ITEMS]);
                    own_dc = d.dc;
                    own_dh = 0;
                } else {
                    const T r = own[0], u = own[ITEMS], g = own[2 * ITEMS];
                    const GruSlopes<T> d = gru_back(input(row, unit, 1), input(row, unit, 2), u, g,
                                                    own[EARLIER * ITEMS], dh_t, options);
                    own_dh = dh_t * u;
                    own[ITEMS] = d.da_u, own[2 * ITEMS] = d.da_c;
                    tell(1, row, unit, d.da_u);
                    if constexpr (RESET_AFTER) {
                        own[0] = gate_back(input(row, unit, 0), r, d.da_c * own[M * ITEMS], options);
                        own[EARLIER * ITEMS] = d.da_c * r;
                        tell(0, row, unit, own[0]);
                        tell_c(row, unit, own[EARLIER * ITEMS]);
                    } else {
                        tell_c(row, unit, d.da_c);
                    }
                }
            });
            meetings.arrive(pass);
            if (MEETINGS == 1) put_out(pass);
        }

        for (int64_t pass = 0; MEETINGS == 2 && pass < passes; pass++) {
            turn_to(pass);
            meetings.wait(pass, step * 2 + 1);
            each_item([&](int i, int row, int unit) { through[i] = 0; });
            Product<UNITS>::template add<UNITS>(through, now_c(step), U_c, (int)n, desk, step + 1,
                                                [&](int row) { return part.valid(row, t); });
            each_item([&](int i, int row, int unit) {
                if (!part.has(row, unit) || !part.valid(row, t)) return;
                T* own = fields_of(step, pass) + i;
                const T r = own[0], dm = through[i];
                const T dr = dm * thinned(own[EARLIER * ITEMS], row, unit);
                own[0] = gate_back(input(row, unit, 0), r, dr, options);
                tell(0, row, unit, own[0]);
                all_dh[pass * ITEMS + i] = all_dh[pass * ITEMS + i] + thinned(dm * r, row, unit);
            });
            meetings.arrive(pass);
            put_out(pass);
        }
    }

    for (int64_t pass = 0; pass < passes; pass++) {
        turn_to(pass);
        if (longest > 0) finish(pass, longest - 1);
        each_item([&](int i, int row, int unit) {
            if (!part.has(row, unit)) return;
            dh[part.place(row, unit)] = all_dh[pass * ITEMS + i];
            if (CELL == LSTM) dc[part.place(row, unit)] = all_dc[pass * ITEMS + i];
        });
    }
    copies_wait<0>();
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
