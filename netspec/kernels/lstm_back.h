// Long short-term memory, one step backwards (sweep_back in netspec/layers/lstm.py).
//
//     dh_t = dh + dy;  dc_t = dc + f_cell'(c) (dh_t * o);  s = f_cell(c)
//     da_i, da_f, da_c, da_o = sigma'(dc_t * g), sigma'(dc_t * c[t-1]), f'(dc_t * i), sigma'(dh_t * s)
//     dc = dc_t * f;  dh = U^T da
//
// s is computed again: that costs less than to keep it and to read it.

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct LstmBack {
    using V = typename Of<T>::V;

    static void step(const StepBack<T>& s) {
        const Cell<T>& cell = *s.cell;
        const SweepBack<T>& sweep = *s.sweep;
        const bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh &&
                           cell.cell.kind == Kind::tanh;
        const Share mine = units_of<T>(sweep, cell.units);
        for (ptrdiff_t e = 0; e < sweep.events; e++) {
            if (!s.valid(e)) continue;
            if (usual) row(s, e, mine);
            else if (leads(sweep)) any_row(s, e);
        }
        through_U(s);
    }

    // All in registers. Where dz is where the gates are, all of a vector is read before it is written.
    ALWAYS_INLINE static void row(const StepBack<T>& s, ptrdiff_t e, Share mine) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t;
        const T *gates = sweep.gates(e, t), *cells = sweep.cells(e, t), *dy = s.dy(e);
        const T* earlier = s.earlier(sweep.cells, sweep.c0, e);
        T *dhs = sweep.dh + e * n, *dcs = sweep.dc + e * n, *da = sweep.dz(e, t);
        for (ptrdiff_t j = mine.first; j < mine.end; j += LANES<T>) {
            const ptrdiff_t left = mine.end - j;
            const V i = load_row(gates + j, left), f = load_row(gates + n + j, left);
            const V g = load_row(gates + 2 * n + j, left), o = load_row(gates + 3 * n + j, left);
            const V squashed = tanh(load_row(cells + j, left));
            const V dh = load_row(dhs + j, left) + load_row(dy + j, left);
            const V dc = load_row(dcs + j, left) + back<Kind::tanh>(squashed, dh * o);
            const V c_before = load_row(earlier + j, left);
            store_row(da + j, back<Kind::sigmoid>(i, dc * g), left);
            store_row(da + n + j, back<Kind::sigmoid>(f, dc * c_before), left);
            store_row(da + 2 * n + j, back<Kind::tanh>(g, dc * i), left);
            store_row(da + 3 * n + j, back<Kind::sigmoid>(o, dh * squashed), left);
            store_row(dcs + j, dc * f, left);
        }
    }
    template <Kind K> ALWAYS_INLINE static V back(V y, V dy) { return slope<K, T>(y, y, dy, T(0)); }

    // Any activations.
    static void any_row(const StepBack<T>& s, ptrdiff_t e) {
        const Cell<T>& cell = *s.cell;
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = cell.units, t = s.t;
        T *squashed = s.scratch, *dh_t = squashed + n, *dc_t = dh_t + n, *own = dc_t + n;
        copy(sweep.gates(e, t), own, 4 * n);
        const T *i = own, *f = i + n, *g = f + n, *o = g + n;
        const T* a = sweep.before ? sweep.before(e, t) : nullptr;
        const T *c = sweep.cells(e, t), *dy = s.dy(e);
        const T *dh = sweep.dh + e * n, *c_before = s.earlier(sweep.cells, sweep.c0, e);
        T *dc = sweep.dc + e * n, *da = sweep.dz(e, t);
        activate(cell.cell, c, squashed, n);
        for (ptrdiff_t j = 0; j < n; j++) dh_t[j] = dh[j] + dy[j];
        for (ptrdiff_t j = 0; j < n; j++) dc_t[j] = dh_t[j] * o[j];
        activate_back(cell.cell, c, squashed, dc_t, dc_t, n);
        for (ptrdiff_t j = 0; j < n; j++) dc_t[j] = dc[j] + dc_t[j];
        for (ptrdiff_t j = 0; j < n; j++) {
            da[j] = dc_t[j] * g[j];
            da[n + j] = dc_t[j] * c_before[j];
            da[2 * n + j] = dc_t[j] * i[j];
            da[3 * n + j] = dh_t[j] * squashed[j];
            dc[j] = dc_t[j] * f[j];
        }
        const Function functions[] = {cell.gate, cell.gate, cell.candidate, cell.gate};
        for (int k = 0; k < 4; k++)
            activate_back(functions[k], a ? a + k * n : nullptr, i + k * n, da + k * n, da + k * n, n);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
