// What a thread does in one step of the way back, beside the products: it takes the gates of its rows
// and units from shared memory, and puts the slopes in what they were given in their places.
//
// Slopes of a step that an event does not have are 0, and its dh and dc stay what they were.

#pragma once

#include "back_tape.h"

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
    __device__ __forceinline__ void before(int r, int gate, int unit, const T (&y)[PACK],
                                           T (&to)[PACK]) const {
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
        for (int p = 0; p < PACK; p++)
            da[p] = candidate_back(a[p], h[p], dh[r][v * PACK + p] + dy[p], s.options);
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
            const LstmGates<T> before{a[0][p], a[1][p], a[2][p], a[3][p]};
            const LstmGates<T> after{y[0][p], y[1][p], y[2][p], y[3][p]};
            const LstmSlopes<T> d = lstm_back(before, after, c[r][j], earlier[p], dh[r][j] + dy[p],
                                              dc[r][j], s.options);
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
            const GruSlopes<T> d = gru_back(a[1][p], a[2][p], y[1][p], y[2][p], h[p], dh_t, s.options);
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

}  // namespace NETSPEC_PATH
}  // namespace netspec
