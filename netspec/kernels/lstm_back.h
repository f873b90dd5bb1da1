// Long short-term memory, one step backwards (sweep_back in netspec/layers/lstm.py).
//
//     dh_t = dh + dy;  dc_t = dc + f_cell'(c) (dh_t * o);  s = f_cell(c)
//     da_i, da_f, da_c, da_o = sigma'(dc_t * g), sigma'(dc_t * c[t-1]), f'(dc_t * i), sigma'(dh_t * s)
//     dc = dc_t * f;  dh = U^T da

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct LstmBack {
    static void step(const StepBack<T>& s) {
        for (ptrdiff_t e = 0; e < s.sweep->events; e++)
            if (s.valid(e)) row(s, e);
        through_U(s);
    }

    static void row(const StepBack<T>& s, ptrdiff_t e) {
        const Cell<T>& cell = *s.cell;
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = cell.units, t = s.t;
        const T *i = sweep.gates(e, t), *f = i + n, *g = f + n, *o = g + n;
        const T* a = sweep.before ? sweep.before(e, t) : nullptr;
        const T *c = sweep.cells(e, t), *dy = sweep.dy(e, t);
        const T *dh = sweep.dh + e * n, *c_before = s.earlier(sweep.cells, sweep.c0, e);
        T *dc = sweep.dc + e * n, *da = sweep.dz(e, t);
        T *squashed = s.scratch, *dh_t = squashed + n, *dc_t = dh_t + n;
        copy(s.earlier(sweep.y, sweep.h0, e), sweep.saw(e, t), n);
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
