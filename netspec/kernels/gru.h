// Gated recurrent unit, one step (netspec/layers/gru.py has the equations and the papers).
//
//     r, u = sigma(a_r), sigma(a_u)
//     a_c = z_c + U_c (r * h)                      m = r * h
//     a_c = z_c + (r * m)                          m = U_c h (+ b_state), with reset_after
//     g = f(a_c);  h[t] = (u * h[t-1]) + ((1 - u) * g)

#pragma once

#include "cells.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct Gru {
    using V = typename Of<T>::V;

    static void step(const Step<T>& s) {
        const Cell<T>& cell = *s.cell;
        const ptrdiff_t n = cell.units, events = s.sweep->events;
        const T* b_c = cell.b_state ? cell.b_state + 2 * n : nullptr;
        bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh &&
                     !s.sweep->gates;
        recurrent_share(s, cell.U, s.h_rows, 0);
        if (cell.reset_after) {
            product(s.h_rows, events, cell.U_c, b_c, 0, s.m, s.state);
            if (s.z != s.gates)
                for (ptrdiff_t e = 0; e < events; e++)
                    copy(s.z + e * s.z_stride + 2 * n, s.gates + e * s.gates_stride + 2 * n, n);
        } else {
            for (ptrdiff_t e = 0; e < events; e++) {
                T* a = s.gates + e * s.gates_stride;
                if (s.sweep->before && s.valid(e)) copy(a, s.sweep->before(e, s.t), 2 * n);
                gates(cell, a, n);
                const T* h = s.sweep->h + e * s.state;
                T* m = s.m + e * s.state;
                for (ptrdiff_t j = 0; j < n; j += LANES<T>)
                    store<T>(m + j, load<T>(a + j) * load<T>(h + j));
            }
            recurrent_share(s, cell.U_c, s.m_rows, 2 * n);
        }
        for (ptrdiff_t e = 0; e < events; e++) {
            T* a = s.gates + e * s.gates_stride;
            T* y = s.sweep->y ? s.sweep->y(e, s.t) : nullptr;
            if (!s.valid(e)) {
                if (y) clear(y, n);
            } else if (usual) {
                row(s, e, a, y);
            } else {
                any_row(s, e, a, y);
            }
        }
    }

    // sigma of r and u, in place.
    ALWAYS_INLINE static void gates(const Cell<T>& cell, T* a, ptrdiff_t n) {
        if (cell.gate.kind != Kind::softmax) return activate(cell.gate, a, a, 2 * n);
        activate(cell.gate, a, a, n);
        activate(cell.gate, a + n, a + n, n);
    }

    // All in registers, from the gates (with reset_after: before sigma) to h.
    ALWAYS_INLINE static void row(const Step<T>& s, ptrdiff_t e, const T* a, T* y) {
        const ptrdiff_t n = s.cell->units;
        const V one = every<V>(T(1));
        T* h = s.sweep->h + e * s.state;
        const T* m = s.m + e * s.state;
        for (ptrdiff_t j = 0; j < n; j += LANES<T>) {
            V u = load<T>(a + n + j), a_c = load<T>(a + 2 * n + j);
            if (s.cell->reset_after) {
                V r = sigmoid(load<T>(a + j));
                u = sigmoid(u);
                a_c = a_c + r * load<T>(m + j);
            }
            V new_h = u * load<T>(h + j) + (one - u) * tanh(a_c);
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
        T *h = s.sweep->h + e * s.state, *c = a + 2 * n;
        const T* m = s.m + e * s.state;
        if (cell.reset_after) {
            if (s.sweep->before) copy(a, s.sweep->before(e, s.t), 2 * n);
            gates(cell, a, n);
            for (ptrdiff_t j = 0; j < n; j++) c[j] = c[j] + a[j] * m[j];
        }
        if (s.sweep->before) copy(c, s.sweep->before(e, s.t) + 2 * n, n);
        activate(cell.candidate, c, c, n);
        if (s.sweep->gates) copy(a, s.sweep->gates(e, s.t), 3 * n);
        if (s.sweep->m) copy(m, s.sweep->m(e, s.t), n);
        for (ptrdiff_t j = 0; j < n; j++) h[j] = a[n + j] * h[j] + (1 - a[n + j]) * c[j];
        if (y) copy(h, y, n);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
