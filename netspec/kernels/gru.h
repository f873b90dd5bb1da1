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
        const bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh &&
                           !s.sweep->before;
        const bool together = usual && !s.sweep->gates && crowded(s);
        const Share mine = units_of<T>(*s.sweep, n);
        const ptrdiff_t size = events * n + LANES<T>;
        recurrent_share(s, cell.U, s.h_rows, 0);
        if (cell.reset_after) {
            const T* b_c = cell.b_state ? cell.b_state + 2 * n : nullptr;
            product(s.h_rows, events, cell.U_c, b_c, 0, s.m, n, share_of(*s.sweep, panels(cell.U_c)));
            if (s.z != s.gates && leads(*s.sweep))
                for (ptrdiff_t e = 0; e < events; e++)
                    copy(s.z + e * s.z_stride + 2 * n, s.gates + e * s.gates_stride + 2 * n, n);
            meet(*s.sweep);
            if (together) {
                const T* a = gates_side_by_side(s, 0, 3);
                row<false>(cell, a, size, s.m, s.sweep->h, events * n, nullptr, nullptr);
                return put_out(s);
            }
        } else {
            if (together) {
                T* a = s.by_gate;
                gates_side_by_side(s, 0, 2);
                activate(cell.gate, a, a, events * n);
                activate(cell.gate, a + size, a + size, events * n);
                multiply(a, s.h_rows[0], s.m, events * n);
            } else {
                for (ptrdiff_t e = 0; leads(*s.sweep) && e < events; e++) {
                    T* a = s.gates + e * s.gates_stride;
                    if (s.sweep->before && s.valid(e)) copy(a, s.sweep->before(e, s.t), 2 * n);
                    gates(cell, a, n);
                    multiply(a, s.h_rows[e], s.m + e * n, n);
                }
            }
            meet(*s.sweep);
            recurrent_share(s, cell.U_c, s.m_rows, 2 * n);
            if (together) {
                const T* a = gates_side_by_side(s, 2, 3);
                row<false>(cell, a, size, s.m, s.sweep->h, events * n, nullptr, nullptr);
                return put_out(s);
            }
        }
        for (ptrdiff_t e = 0; e < events; e++) {
            T *a = s.gates + e * s.gates_stride, *h = s.sweep->h + e * n;
            if (!s.valid(e)) continue;
            if (usual) {
                const T* m = s.m + e * n + mine.first;
                a += mine.first, h += mine.first;
                if (s.sweep->gates)
                    row<true>(cell, a, n, m, h, mine.end - mine.first, s.sweep->gates(e, s.t) + mine.first,
                              s.sweep->m(e, s.t) + mine.first);
                else row<false>(cell, a, n, m, h, mine.end - mine.first, nullptr, nullptr);
            } else if (leads(*s.sweep)) {
                any_row(s, e, a, h);
            }
        }
        put_out(s);
    }

    // sigma of r and u, in place.
    ALWAYS_INLINE static void gates(const Cell<T>& cell, T* a, ptrdiff_t n) {
        if (cell.gate.kind != Kind::softmax) return activate(cell.gate, a, a, 2 * n);
        activate(cell.gate, a, a, n);
        activate(cell.gate, a + n, a + n, n);
    }

    // All in registers, from the gates (with reset_after: before sigma), `stride` apart, to h: `count`
    // numbers, of one event or of all.
    template <bool TAPE>
    ALWAYS_INLINE static void row(const Cell<T>& cell, const T* a, ptrdiff_t stride, const T* m, T* h,
                                  ptrdiff_t count, T* gates, T* tape_m) {
        const V one = every<V>(T(1));
        for (ptrdiff_t j = 0; j < count; j += LANES<T>) {
            const ptrdiff_t left = count - j;
            V u = load_row(a + stride + j, left), a_c = load_row(a + 2 * stride + j, left);
            V r{};
            if (cell.reset_after || TAPE) r = load_row(a + j, left);
            if (cell.reset_after) {
                r = sigmoid(r);
                u = sigmoid(u);
                a_c = a_c + r * load_row(m + j, left);
            }
            V g = tanh(a_c);
            store_row(h + j, u * load_row(h + j, left) + (one - u) * g, left);
            if constexpr (TAPE) {
                store_row(gates + j, r, left);
                store_row(gates + stride + j, u, left);
                store_row(gates + 2 * stride + j, g, left);
                store_row(tape_m + j, load_row(m + j, left), left);
            }
        }
    }

    // Any activations, and the tape.
    static void any_row(const Step<T>& s, ptrdiff_t e, T* a, T* h) {
        const Cell<T>& cell = *s.cell;
        const ptrdiff_t n = cell.units;
        T* c = a + 2 * n;
        const T* m = s.m + e * n;
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
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
