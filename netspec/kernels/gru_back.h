// Gated recurrent unit, one step backwards (sweep_back in netspec/layers/gru.py).
//
//     dh_t = dh + dy;  da_c = f'(dh_t * (1 - u))
//     dm = U_c^T da_c;  dr = dm * h[t-1];  dh_c = dm * r
//     dr = da_c * m;  ds = da_c * r;  dh_c = U_c^T ds            with reset_after
//     da_r, da_u = sigma'(dr), sigma'(dh_t * (h[t-1] - g))
//     dh = ((dh_t * u) + dh_c) + U_ru^T da_ru
//
// ds is the slope in what U_c gives; without reset_after it is da_c.

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct GruBack {
    static void step(const StepBack<T>& s) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t events = sweep.events, n = s.cell->units;
        for (ptrdiff_t e = 0; e < events; e++)
            if (s.valid(e)) candidate(s, e);
        for (ptrdiff_t e = 0; e < events; e++) s.rows[e] = sweep.ds(e, s.t);
        product(s.rows, events, sweep.Ut_c, static_cast<const T*>(nullptr), 0, s.result, n,
                Share{0, panels(sweep.Ut_c)});
        for (ptrdiff_t e = 0; e < events; e++)
            if (s.valid(e)) gates(s, e);
        for (ptrdiff_t e = 0; e < events; e++) s.rows[e] = sweep.dz(e, s.t);
        product(s.rows, events, sweep.Ut, static_cast<const T*>(nullptr), 0, s.result, n,
                Share{0, panels(sweep.Ut)});
        for (ptrdiff_t e = 0; e < events; e++) {
            if (!s.valid(e)) continue;
            T *dh = sweep.dh + e * n, *share = s.result + e * n;
            for (ptrdiff_t j = 0; j < n; j++) dh[j] = dh[j] + share[j];
        }
    }

    // To da_c and ds; dh becomes dh_t.
    static void candidate(const StepBack<T>& s, ptrdiff_t e) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t;
        const T *r = sweep.gates(e, t), *u = r + n, *g = u + n, *dy = sweep.dy(e, t);
        const T *h = s.earlier(sweep.y, sweep.h0, e), *m = sweep.m(e, t);
        T *dh = sweep.dh + e * n, *da_c = sweep.dz(e, t) + 2 * n, *ds = sweep.ds(e, t);
        for (ptrdiff_t j = 0; j < n; j++) dh[j] = dh[j] + dy[j];
        for (ptrdiff_t j = 0; j < n; j++) da_c[j] = dh[j] * (1 - u[j]);
        const T* a_c = sweep.before ? sweep.before(e, t) + 2 * n : nullptr;
        activate_back(s.cell->candidate, a_c, g, da_c, da_c, n);
        for (ptrdiff_t j = 0; j < n; j++) ds[j] = s.cell->reset_after ? da_c[j] * r[j] : da_c[j];
        copy(h, sweep.saw(e, t), n);
        copy(s.cell->reset_after ? h : m, sweep.saw_c(e, t), n);
    }

    // To da_r and da_u; dh becomes (dh_t * u) + dh_c. U_c^T ds is in `result`.
    static void gates(const StepBack<T>& s, ptrdiff_t e) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t;
        const T *r = sweep.gates(e, t), *u = r + n, *g = u + n, *m = sweep.m(e, t);
        const T *h = s.earlier(sweep.y, sweep.h0, e), *back = s.result + e * n;
        T *dh = sweep.dh + e * n, *da = sweep.dz(e, t);
        const bool after = s.cell->reset_after;
        for (ptrdiff_t j = 0; j < n; j++) {
            da[j] = after ? da[2 * n + j] * m[j] : back[j] * h[j];
            da[n + j] = dh[j] * (h[j] - g[j]);
            dh[j] = dh[j] * u[j] + (after ? back[j] : back[j] * r[j]);
        }
        const T* a = sweep.before ? sweep.before(e, t) : nullptr;
        for (int k = 0; k < 2; k++)
            activate_back(s.cell->gate, a ? a + k * n : nullptr, r + k * n, da + k * n, da + k * n, n);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
