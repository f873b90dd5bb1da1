// Long short-term memory, one step (netspec/layers/lstm.py has the equations and the papers).
//
//     i, f, o = sigma(a_i), sigma(a_f + forget_bias), sigma(a_o);  g = f(a_c)
//     c[t] = (f * c[t-1]) + (i * g);  h[t] = o * f_cell(c[t])

#pragma once

#include "cells.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct Lstm {
    using V = typename Of<T>::V;

    static void step(const Step<T>& s) {
        const Cell<T>& cell = *s.cell;
        recurrent_share(s, cell.U, s.h_rows, 0);
        bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh &&
                     cell.cell.kind == Kind::tanh && !s.sweep->gates;
        for (ptrdiff_t e = 0; e < s.sweep->events; e++) {
            T* a = s.gates + e * s.gates_stride;
            T* y = s.sweep->y ? s.sweep->y(e, s.t) : nullptr;
            if (!s.valid(e)) {
                if (y) clear(y, cell.units);
            } else if (usual) {
                row(s, e, a, y);
            } else {
                any_row(s, e, a, y);
            }
        }
    }

    // All in registers, from the gates to h.
    ALWAYS_INLINE static void row(const Step<T>& s, ptrdiff_t e, const T* a, T* y) {
        const ptrdiff_t n = s.cell->units;
        const V forget_bias = every<V>(s.cell->forget_bias);
        T *h = s.sweep->h + e * s.state, *c = s.sweep->c + e * s.state;
        for (ptrdiff_t j = 0; j < n; j += LANES<T>) {
            V a_f = load<T>(a + n + j);
            if (s.cell->forget_bias != 0) a_f = a_f + forget_bias;
            V i = sigmoid(load<T>(a + j)), f = sigmoid(a_f);
            V g = tanh(load<T>(a + 2 * n + j)), o = sigmoid(load<T>(a + 3 * n + j));
            V new_c = f * load<T>(c + j) + i * g;
            V new_h = o * tanh(new_c);
            store<T>(c + j, new_c);
            store<T>(h + j, new_h);
            if (!y) continue;
            if (j + LANES<T> <= n) store<T>(y + j, new_h);
            else store(y + j, new_h, n - j);
        }
    }

    // Any activations, and the tape.
    static void any_row(const Step<T>& s, ptrdiff_t e, T* a, T* y) {
        const Cell<T>& cell = *s.cell;
        const ptrdiff_t n = cell.units;
        T *h = s.sweep->h + e * s.state, *c = s.sweep->c + e * s.state;
        if (cell.forget_bias != 0)
            for (ptrdiff_t j = n; j < 2 * n; j++) a[j] = a[j] + cell.forget_bias;
        if (s.sweep->before) copy(a, s.sweep->before(e, s.t), 4 * n);
        activate(cell.gate, a, a, n);
        activate(cell.gate, a + n, a + n, n);
        activate(cell.candidate, a + 2 * n, a + 2 * n, n);
        activate(cell.gate, a + 3 * n, a + 3 * n, n);
        if (s.sweep->gates) copy(a, s.sweep->gates(e, s.t), 4 * n);
        for (ptrdiff_t j = 0; j < n; j++) c[j] = a[n + j] * c[j] + a[j] * a[2 * n + j];
        if (s.sweep->cells) copy(c, s.sweep->cells(e, s.t), n);
        activate(cell.cell, c, h, n);
        for (ptrdiff_t j = 0; j < n; j++) h[j] = a[3 * n + j] * h[j];
        if (y) copy(h, y, n);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
