// The way back through time of rnn, lstm and gru: a block takes some events through all steps, the last
// one first.
//
//     rnn    da = f'(a) (dh + dy);                                       dh = U^T da
//     lstm   dc, da_i, da_f, da_c, da_o from dh + dy and dc;             dh = U^T da
//     gru    dh_t = dh + dy;  da_c, da_u;  dm = U_c^T da_c;  da_r = sigma'(dm h[t-1])
//            dh = ((dh_t u) + (dm r)) + U_ru^T da_ru
//            with reset_after  da_r = sigma'(da_c m);  ds = da_c r
//                              dh = ((dh_t u) + U_c^T ds) + U_ru^T da_ru
//
// With `drop`, h[t-1], and each product on its way to dh, are times it (netspec/layers/gru.py). One unit
// is in cell_back.h, a thread's units in back_step.h, its share of the work in back_tile.h, what comes
// and goes in back_tape.h, U in back_matrix.h. dh and dc stay in registers of their one thread from step
// to step. The gates of a step come to shared memory while the step after it is computed; da takes their
// places there and goes out to dz from there. dz may be where the gates are.
//
// Steps that are not valid give dz = 0 and hold dh and dc. `reverse` is how the pass forward went. Arrays
// are (batch, steps, ...) in C order, and begin at multiples of 16 bytes. dh_end and dc_end (batch,
// units) are taken, dh_all and dc_all given, which may be the same; dy is null, for zeros, unless DY is 1; lengths is null unless MASKED is 1. `gates` of
// rnn is y. Where slabs are taken from U, it is what `pack_U` makes of it: (TERMS, COLUMNS).
//
// compiled with: NUMBER=float CELL=1 UNITS=32 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=0 DY=1 ROWS=4 PACKS=1 ACROSS=8 WARPS_ACROSS=1 WARPS_DOWN=8 STAGES=1 SLAB=32 SLABS_KEPT=-1 PLACES=0 BLOCKS=2
// compiled with: NUMBER=float CELL=1 UNITS=128 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=1 DY=0 ROWS=4 PACKS=2 ACROSS=16 WARPS_ACROSS=1 WARPS_DOWN=8 STAGES=1 SLAB=16 SLABS_KEPT=1 PLACES=2 BLOCKS=1
// compiled with: NUMBER=float CELL=2 UNITS=33 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=1 DY=1 ROWS=2 PACKS=1 ACROSS=9 WARPS_ACROSS=1 WARPS_DOWN=4 STAGES=2 SLAB=32 SLABS_KEPT=-1 PLACES=0 BLOCKS=1
// compiled with: NUMBER=double CELL=2 UNITS=20 GATE=2 CANDIDATE=8 SQUASH=3 RESET_AFTER=1 MASKED=0 DY=0 ROWS=4 PACKS=2 ACROSS=5 WARPS_ACROSS=1 WARPS_DOWN=4 STAGES=2 SLAB=32 SLABS_KEPT=-1 PLACES=0 BLOCKS=1
// compiled with: NUMBER=double CELL=0 UNITS=300 GATE=10 CANDIDATE=10 SQUASH=3 RESET_AFTER=0 MASKED=0 DY=1 ROWS=4 PACKS=2 ACROSS=25 WARPS_ACROSS=3 WARPS_DOWN=1 STAGES=1 SLAB=16 SLABS_KEPT=0 PLACES=3 BLOCKS=1

#include "back_matrix.h"
#include "back_step.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL pack_U(const T* U, T* packed) {
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (int64_t)TERMS * COLUMNS;
         i += (int64_t)gridDim.x * blockDim.x)
        packed[i] = number_of_U(U, (int)(i / COLUMNS), (int)(i % COLUMNS));
}

KERNEL __launch_bounds__(THREADS, BLOCKS)
sweep_rows_back(const T* U, const T* gates, const T* before, const T* earlier, const T* m,
                const T* first, const T* dy, const int64_t* lengths, const T* drop, const T* dh_end,
                const T* dc_end, T* dh_all, T* dc_all, T* dz, T* ds, int64_t batch, int64_t steps,
                int64_t reverse, double gate_option, double candidate_option, double squash_option) {
    DYNAMIC_SHARED(shared);
    T* const matrix = reinterpret_cast<T*>(shared);
    T* const buffers = matrix + MATRIX;
    const CellOptions<T> options = cell_options<T>(gate_option, candidate_option, squash_option, 0);
    const int64_t* const valid_steps = MASKED ? lengths : nullptr;
    const Tape tape{gates, before, earlier, m, first, dy, valid_steps, steps, reverse != 0};
    const Team team(batch);
    const Place place;

    Walk walk(team, tape, matrix, U);
    walk.begin(U);
    for (int i = threadIdx.x; i < STAGES * ROWS_OF_BLOCK * STRIDE; i += THREADS) buffers[i] = 0;
    if (!STREAMS) copies_wait<0>();
    __syncthreads();
    if (ALONE && team.rows <= 0) return;

    int64_t longest = MASKED ? 0 : steps;
    for (int i = 0; MASKED && i < TEAM_ROWS; i++) {
        const int64_t valid = tape.valid(team.event(i));
        longest = longest < valid ? valid : longest;
    }
    for (int64_t t = longest; t < steps; t++) {
        put_zeros(team, dz, steps, t, GATES * UNITS);
        if (CELL == GRU && RESET_AFTER) put_zeros(team, ds, steps, t, UNITS);
    }

    Step step{place, team, tape, options, drop, buffers, 0};
    auto time = [&](int64_t i) { return i >= longest ? -1 : reverse ? i : longest - 1 - i; };
    Tile dh, dc, c, share, sum;
    clear(dh), clear(dc), clear(c);
    each_pack(place, [&](int r, int v, int unit) {
        const int64_t event = step.event(r);
        for (int p = 0; p < PACK; p++) {
            if (unit + p >= UNITS) continue;
            dh[r][v * PACK + p] = dh_end[event * UNITS + unit + p];
            if (CELL != LSTM) continue;
            dc[r][v * PACK + p] = dc_end[event * UNITS + unit + p];
            if (longest) c[r][v * PACK + p] = earlier[(event * steps + time(0)) * UNITS + unit + p];
        }
    });
    auto bring = [&](T* rows, int64_t t) {
        if (t < 0) return;
        bring_terms<TERMS>(team, rows, gates, tape, t, 0, TERMS);
        bring_sides(team, rows, tape, t);
    };
    bring(buffers, time(0));
    copies_end_group();

#pragma unroll 1
    for (int64_t i = 0; i < longest; i++) {
        T* const rows = buffers + (STAGES == 2 && i % 2 ? ROWS_OF_BLOCK * STRIDE : 0);
        T* const others = buffers + (STAGES == 2 && i % 2 == 0 ? ROWS_OF_BLOCK * STRIDE : 0);
        const int64_t t = time(i), next_t = time(i + 1);
        walk.rows = step.rows = rows;
        walk.next_t = next_t;
        step.t = t;
        copies_wait<0>();
        meet();
        if constexpr (CELL == RNN) rnn_slopes(step, dh);
        if constexpr (CELL == LSTM) lstm_slopes(step, dh, dc, c);
        if constexpr (CELL == GRU) gru_slopes(step, dh, share);
        meet();
        if constexpr (STAGES == 2) {
            bring(others, next_t);
            copies_end_group();
        }
        if constexpr (CELL != GRU) {
            put_out<GATES * UNITS, PIECE>(team, rows, 0, dz, steps, t, GATES * UNITS, 0);
        } else {
            constexpr int DA_C_AT = RESET_AFTER ? M_AT : 0;
            put_out<UNITS, PIECE>(team, rows, DA_C_AT, dz, steps, t, 3 * UNITS, 2 * UNITS);
            if constexpr (RESET_AFTER) put_out<UNITS, SIDE_PIECE>(team, rows, 0, ds, steps, t, UNITS, 0);
            product<0, UNITS>(sum, place, walk);
            gru_reset(step, sum, share);
            meet();
            put_out<2 * UNITS, PIECE>(team, rows, FIRST_ROOM, dz, steps, t, 3 * UNITS, 0);
        }
        if (STAGES == 1 && next_t >= 0) bring_sides(team, rows, tape, next_t);
        if constexpr (CELL != GRU) product<0, FIRST>(sum, place, walk);
        else product<FIRST_ROOM, SECOND>(sum, place, walk);
        pass_on(step, sum, share, dh);
        walk.end_step();
    }
    copies_wait<0>();

    each_pack(place, [&](int r, int v, int unit) {
        for (int p = 0; p < PACK; p++) {
            if (place.row - team.row + r * DOWN >= team.rows || unit + p >= UNITS) continue;
            const int64_t at = step.event(r) * UNITS + unit + p;
            dh_all[at] = dh[r][v * PACK + p];
            if (CELL == LSTM) dc_all[at] = dc[r][v * PACK + p];
        }
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
