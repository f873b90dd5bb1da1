// The way back through time of rnn, lstm and gru: a block takes some events through all steps, last first.
//
//     rnn    da = f'(a) (dh + dy);                                       dh = U^T da
//     lstm   dc, da_i, da_f, da_c, da_o from dh + dy and dc;             dh = U^T da
//     gru    dh_t = dh + dy;  da_c, da_u;  dm = U_c^T da_c;  da_r = sigma'(dm h[t-1])
//            dh = ((dh_t u) + (dm r)) + U_ru^T da_ru
//            with reset_after  da_r = sigma'(da_c m);  ds = da_c r;  dh = ((dh_t u) + U_c^T ds) + U_ru^T da_ru
//
// With `drop`, h[t-1], and each product on its way to dh, are times it (netspec/layers/gru.py). The step
// of one unit is in cell_back.h, the shares of the threads in back_tile.h, what comes and goes in
// back_tape.h, U in back_matrix.h. dh and dc stay in registers of their one thread from step to step.
// The gates of a step come to shared memory while the step after it is computed; da takes their places
// there and goes out to dz from there. dz may be where the gates are.
//
// Steps that are not valid give dz = 0 and hold dh and dc. `reverse` is how the pass forward went. Arrays
// are (batch, steps, ...) in C order: dh, dc (batch, units) are taken and given; dy is null, for zeros,
// unless DY is 1; lengths is null unless MASKED is 1. `gates` of rnn is y. With STREAMS, U is what `pack_U`
// makes of it: (TERMS, COLUMNS).
//
// compiled with: NUMBER=float CELL=1 UNITS=32 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=0 DY=1 ROWS=4 PACKS=1 ACROSS=8 WARPS_ACROSS=1 WARPS_DOWN=8 STAGES=1 SLAB=32 SLABS_KEPT=-1 PLACES=0
// compiled with: NUMBER=float CELL=1 UNITS=128 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=1 DY=0 ROWS=4 PACKS=2 ACROSS=16 WARPS_ACROSS=1 WARPS_DOWN=8 STAGES=1 SLAB=16 SLABS_KEPT=1 PLACES=2
// compiled with: NUMBER=float CELL=2 UNITS=33 GATE=2 CANDIDATE=3 SQUASH=3 RESET_AFTER=0 MASKED=1 DY=1 ROWS=2 PACKS=1 ACROSS=9 WARPS_ACROSS=1 WARPS_DOWN=4 STAGES=2 SLAB=32 SLABS_KEPT=-1 PLACES=0
// compiled with: NUMBER=double CELL=2 UNITS=20 GATE=2 CANDIDATE=8 SQUASH=3 RESET_AFTER=1 MASKED=0 DY=0 ROWS=4 PACKS=2 ACROSS=5 WARPS_ACROSS=1 WARPS_DOWN=4 STAGES=2 SLAB=32 SLABS_KEPT=-1 PLACES=0
// compiled with: NUMBER=double CELL=0 UNITS=300 GATE=10 CANDIDATE=10 SQUASH=3 RESET_AFTER=0 MASKED=0 DY=1 ROWS=4 PACKS=2 ACROSS=25 WARPS_ACROSS=3 WARPS_DOWN=1 STAGES=1 SLAB=16 SLABS_KEPT=0 PLACES=3

#include "back_matrix.h"

namespace netspec {
namespace NETSPEC_PATH {

// A step of one thread: its rows in shared memory, its slopes, and where it stands.
struct Step {
    const Place& place;
    const Team& team;
    const Tape& tape;
    const CellOptions<T>& options;
    const T* drop;
    T* rows;
    int64_t t;

    __device__ __forceinline__ int64_t event(int r) const {
        return team.event(place.row - team.row + r * DOWN);
    }
    __device__ __forceinline__ T* line(int r) const { return rows + (place.row + r * DOWN) * STRIDE; }
    __device__ __forceinline__ bool valid(int r) const { return !MASKED || t < tape.valid(event(r)); }
    __device__ __forceinline__ void dy(int r, int unit, T (&to)[PACK]) const {
        if constexpr (DY) read_units(line(r) + DY_AT, unit, to);
        else
#pragma unroll
            for (int p = 0; p < PACK; p++) to[p] = 0;
    }
    // What stood before an activation; that which nobody asks for is what stands behind it.
    __device__ __forceinline__ void before(int r, int gate, int unit, const T (&y)[PACK], T (&to)[PACK]) const {
        if constexpr (WANTS_BEFORE) read_units(line(r) + BEFORE_AT + place_of_gate(gate), unit, to);
        else
#pragma unroll
            for (int p = 0; p < PACK; p++) to[p] = y[p];
    }
    __device__ __forceinline__ void gate(int r, int gate, int unit, T (&to)[PACK]) const {
        read_units(line(r) + place_of_gate(gate), unit, to);
    }
    __device__ __forceinline__ void put(int r, int gate, int unit, bool there, T (&da)[PACK]) const {
#pragma unroll
        for (int p = 0; p < PACK; p++) da[p] = there ? da[p] : T(0);
        write_units(line(r) + place_of_gate(gate), unit, da);
    }
    // What recurrent dropout leaves of a unit.
    __device__ __forceinline__ T left(int r, int unit, T x) const {
        return drop ? x * drop[event(r) * UNITS + (unit < UNITS ? unit : 0)] : x;
    }
};

// Calls `what(r, v, unit)` for each row and each pack of units of the thread.
template <class What> INLINE void each_pack(const Place& place, What what) {
    if (!place.works) return;
#pragma unroll
    for (int r = 0; r < ROWS; r++)
#pragma unroll
        for (int v = 0; v < PACKS; v++) {
            const int unit = place.unit_of_pack(v);
            if (COLUMNS == UNITS || unit < UNITS) what(r, v, unit);
        }
}

INLINE void rnn_slopes(const Step& s, const Tile& dh) {
    each_pack(s.place, [&](int r, int v, int unit) {
        T h[PACK], a[PACK], dy[PACK], da[PACK];
        s.gate(r, 0, unit, h);
        s.before(r, 0, unit, h, a);
        s.dy(r, unit, dy);
#pragma unroll
        for (int p = 0; p < PACK; p++) da[p] = candidate_back(a[p], h[p], dh[r][v * PACK + p] + dy[p], s.options);
        s.put(r, 0, unit, s.valid(r), da);
    });
}

// `c` is c[t], and becomes c[t-1].
INLINE void lstm_slopes(const Step& s, const Tile& dh, Tile& dc, Tile& c) {
    each_pack(s.place, [&](int r, int v, int unit) {
        T y[4][PACK], a[4][PACK], earlier[PACK], dy[PACK], da[4][PACK];
        const bool valid = s.valid(r);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            s.gate(r, k, unit, y[k]);
            s.before(r, k, unit, y[k], a[k]);
        }
        read_units(s.line(r) + EARLIER_AT, unit, earlier);
        s.dy(r, unit, dy);
#pragma unroll
        for (int p = 0; p < PACK; p++) {
            const int j = v * PACK + p;
            const LstmSlopes<T> d = lstm_back<T>({a[0][p], a[1][p], a[2][p], a[3][p]},
                                                 {y[0][p], y[1][p], y[2][p], y[3][p]}, c[r][j], earlier[p],
                                                 dh[r][j] + dy[p], dc[r][j], s.options);
            da[0][p] = d.da.i, da[1][p] = d.da.f, da[2][p] = d.da.c, da[3][p] = d.da.o;
            dc[r][j] = valid ? d.dc : dc[r][j];
            c[r][j] = earlier[p];
        }
#pragma unroll
        for (int k = 0; k < 4; k++) s.put(r, k, unit, valid, da[k]);
    });
}

// To da_u and da_c, and with reset_after to da_r and ds; `share` becomes dh_t u.
INLINE void gru_slopes(const Step& s, const Tile& dh, Tile& share) {
    each_pack(s.place, [&](int r, int v, int unit) {
        T y[3][PACK], a[3][PACK], h[PACK], m[PACK], dy[PACK], da[3][PACK], ds[PACK];
        const bool valid = s.valid(r);
#pragma unroll
        for (int k = 0; k < 3; k++) {
            s.gate(r, k, unit, y[k]);
            s.before(r, k, unit, y[k], a[k]);
        }
        read_units(s.line(r) + EARLIER_AT, unit, h);
        if constexpr (RESET_AFTER) read_units(s.line(r) + M_AT, unit, m);
        s.dy(r, unit, dy);
#pragma unroll
        for (int p = 0; p < PACK; p++) {
            const T dh_t = dh[r][v * PACK + p] + dy[p];
            const GruSlopes<T> d = gru_back<T>(a[1][p], a[2][p], y[1][p], y[2][p], h[p], dh_t, s.options);
            share[r][v * PACK + p] = dh_t * y[1][p];
            da[1][p] = d.da_u, da[2][p] = d.da_c;
            if constexpr (RESET_AFTER) {
                da[0][p] = gate_back(a[0][p], y[0][p], d.da_c * m[p], s.options);
                ds[p] = valid ? d.da_c * y[0][p] : T(0);
                da[2][p] = valid ? d.da_c : T(0);
            }
        }
        s.put(r, 1, unit, valid, da[1]);
        if constexpr (RESET_AFTER) {
            s.put(r, 0, unit, valid, da[0]);
            write_units(s.line(r) + place_of_gate(2), unit, ds);
            write_units(s.line(r) + M_AT, unit, da[2]);
        } else {
            s.put(r, 2, unit, valid, da[2]);
        }
    });
}

// What came through U_c, `dm`, gives da_r, and its part of dh to `share`.
INLINE void gru_reset(const Step& s, const Tile& dm, Tile& share) {
    each_pack(s.place, [&](int r, int v, int unit) {
        T y[PACK], a[PACK], h[PACK], da[PACK];
        if constexpr (!RESET_AFTER) {
            s.gate(r, 0, unit, y);
            s.before(r, 0, unit, y, a);
            read_units(s.line(r) + EARLIER_AT, unit, h);
        }
#pragma unroll
        for (int p = 0; p < PACK; p++) {
            const int j = v * PACK + p;
            T dh_c = dm[r][j];
            if constexpr (!RESET_AFTER) {
                da[p] = gate_back(a[p], y[p], dh_c * s.left(r, unit + p, h[p]), s.options);
                dh_c = dh_c * y[p];
            }
            share[r][j] = share[r][j] + s.left(r, unit + p, dh_c);
        }
        if constexpr (!RESET_AFTER) s.put(r, 0, unit, s.valid(r), da);
    });
}

// dh of the step before, of a step that is valid.
INLINE void pass_on(const Step& s, const Tile& product, const Tile& share, Tile& dh) {
    each_pack(s.place, [&](int r, int v, int unit) {
        const bool valid = s.valid(r);
#pragma unroll
        for (int p = 0; p < PACK; p++) {
            const int j = v * PACK + p;
            T before = s.left(r, unit + p, product[r][j]);
            if constexpr (CELL == GRU) before = share[r][j] + before;
            dh[r][j] = valid ? before : dh[r][j];
        }
    });
}

KERNEL pack_U(const T* U, T* packed) {
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < (int64_t)TERMS * COLUMNS;
         i += (int64_t)gridDim.x * blockDim.x)
        packed[i] = number_of_U(U, (int)(i / COLUMNS), (int)(i % COLUMNS));
}

KERNEL __launch_bounds__(THREADS)
sweep_rows_back(const T* U, const T* gates, const T* before, const T* earlier, const T* m, const T* first,
                const T* dy, const int64_t* lengths, const T* drop, T* dh_all, T* dc_all, T* dz, T* ds,
                int64_t batch, int64_t steps, int64_t reverse, double gate_option, double candidate_option,
                double squash_option) {
    DYNAMIC_SHARED(shared);
    T* const matrix = reinterpret_cast<T*>(shared);
    T* const buffers = matrix + MATRIX;
    const CellOptions<T> options = cell_options<T>(gate_option, candidate_option, squash_option, 0);
    const Tape tape{gates, before, earlier, m, first, dy, MASKED ? lengths : nullptr, steps, reverse != 0};
    const Team team(batch);
    const Place place;

    Walk walk(team, tape, matrix, U);
    walk.begin(U);
    for (int i = threadIdx.x; i < STAGES * ROWS_OF_BLOCK * STRIDE; i += THREADS) buffers[i] = 0;
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
            dh[r][v * PACK + p] = dh_all[event * UNITS + unit + p];
            if (CELL != LSTM) continue;
            dc[r][v * PACK + p] = dc_all[event * UNITS + unit + p];
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
            put_out<UNITS, PIECE>(team, rows, RESET_AFTER ? M_AT : 0, dz, steps, t, 3 * UNITS, 2 * UNITS);
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
