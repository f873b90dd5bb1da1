// Gated recurrent unit, one step backwards (sweep_back in netspec/layers/gru.py).
//
//     dh_t = dh + dy;  da_c = f'(dh_t * (1 - u));  da_u = sigma'(dh_t * (h[t-1] - g))
//     dm = U_c^T da_c;  dr = dm * h[t-1];  dh_c = dm * r
//     dr = da_c * m;  ds = da_c * r;  dh_c = U_c^T ds            with reset_after
//     da_r = sigma'(dr);  dh = ((dh_t * u) + dh_c) + U_ru^T da_ru
//
// With `drop`, h[t-1] in dr and dh_c and the last product are times it. dz may be where the gates are:
// what comes before the product reads all but r, and what comes after it reads r alone.

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct GruBack {
    using V = typename Of<T>::V;

    static void step(const StepBack<T>& s) {
        const Cell<T>& cell = *s.cell;
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t events = sweep.events, n = cell.units;
        const bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh;
        const Share mine = units_of<T>(sweep, n);
        for (ptrdiff_t e = 0; e < events; e++) {
            if (!s.valid(e)) continue;
            if (usual) candidate(s, e, mine);
            else if (leads(sweep)) any_candidate(s, e);
        }
        if (cell.reset_after) back_through(s, sweep.Ut_c, sweep.ds, 0, s.result);
        else back_through(s, sweep.Ut_c, sweep.dz, 2 * n, s.result);
        meet(sweep);
        for (ptrdiff_t e = 0; e < events; e++)
            if (s.valid(e)) reset(s, e, usual ? mine : leads(sweep) ? Share{0, n} : Share{0, 0});
        back_through(s, sweep.Ut, sweep.dz, 0, s.result);
        meet(sweep);
        for (ptrdiff_t e = 0; leads(sweep) && e < events; e++) {
            if (!s.valid(e)) continue;
            T *dh = sweep.dh + e * n, *share = s.result + e * n;
            if (sweep.drop) multiply(share, sweep.drop + e * n, share, n);
            for (ptrdiff_t j = 0; j < n; j++) dh[j] = dh[j] + share[j];
        }
        end_step(s);
    }

    // To da_c, da_u and, with reset_after, ds; dh becomes dh_t * u.
    ALWAYS_INLINE static void candidate(const StepBack<T>& s, ptrdiff_t e, Share mine) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t;
        const T *gates = sweep.gates(e, t), *dy = s.dy(e), *hs = s.earlier(sweep.y, sweep.h0, e);
        T *dhs = sweep.dh + e * n, *da = sweep.dz(e, t);
        T* ds = s.cell->reset_after ? sweep.ds(e, t) : nullptr;
        const V one = every<V>(T(1));
        for (ptrdiff_t j = mine.first; j < mine.end; j += LANES<T>) {
            const ptrdiff_t left = mine.end - j;
            const V u = load_row(gates + n + j, left), g = load_row(gates + 2 * n + j, left);
            const V h = load_row(hs + j, left);
            const V dh = load_row(dhs + j, left) + load_row(dy + j, left);
            const V da_c = slope<Kind::tanh, T>(g, g, dh * (one - u), T(0));
            store_row(da + n + j, slope<Kind::sigmoid, T>(u, u, dh * (h - g), T(0)), left);
            store_row(da + 2 * n + j, da_c, left);
            if (ds) store_row(ds + j, da_c * load_row(gates + j, left), left);
            store_row(dhs + j, dh * u, left);
        }
    }

    // The same for any activations.
    static void any_candidate(const StepBack<T>& s, ptrdiff_t e) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t;
        T *own = s.scratch, *dh = sweep.dh + e * n, *da = sweep.dz(e, t);
        copy(sweep.gates(e, t), own, 3 * n);
        const T *r = own, *u = r + n, *g = u + n, *dy = s.dy(e);
        const T *h = s.earlier(sweep.y, sweep.h0, e), *a = sweep.before ? sweep.before(e, t) : nullptr;
        for (ptrdiff_t j = 0; j < n; j++) dh[j] = dh[j] + dy[j];
        for (ptrdiff_t j = 0; j < n; j++) {
            da[n + j] = dh[j] * (h[j] - g[j]);
            da[2 * n + j] = dh[j] * (1 - u[j]);
            dh[j] = dh[j] * u[j];
        }
        activate_back(s.cell->gate, a ? a + n : nullptr, u, da + n, da + n, n);
        activate_back(s.cell->candidate, a ? a + 2 * n : nullptr, g, da + 2 * n, da + 2 * n, n);
        if (s.cell->reset_after) multiply(da + 2 * n, r, sweep.ds(e, t), n);
    }

    // To da_r; dh becomes (dh_t * u) + dh_c. What came through U_c is in `result`.
    static void reset(const StepBack<T>& s, ptrdiff_t e, Share mine) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units, t = s.t, count = mine.end - mine.first;
        if (count <= 0) return;
        const T *r = sweep.gates(e, t), *m = sweep.m(e, t), *h = s.earlier(sweep.y, sweep.h0, e);
        const T *back = s.result + e * n, *drop = sweep.drop ? sweep.drop + e * n : nullptr;
        T *dh = sweep.dh + e * n, *da = sweep.dz(e, t), *dr = s.scratch;
        for (ptrdiff_t j = mine.first; j < mine.end; j++) {
            const T dh_c = s.cell->reset_after ? back[j] : back[j] * r[j];
            const T seen = drop ? h[j] * drop[j] : h[j];
            dr[j] = s.cell->reset_after ? da[2 * n + j] * m[j] : back[j] * seen;
            dh[j] = dh[j] + (drop ? dh_c * drop[j] : dh_c);
        }
        const T* a = sweep.before ? sweep.before(e, t) + mine.first : nullptr;
        activate_back(s.cell->gate, a, r + mine.first, dr + mine.first, da + mine.first, count);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
