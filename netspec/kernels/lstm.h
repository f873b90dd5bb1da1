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
        const ptrdiff_t n = cell.units, events = s.sweep->events;
        recurrent_share(s, cell.U, s.h_rows, 0);
        const Sweep<T>& sweep = *s.sweep;
        const bool usual = cell.gate.kind == Kind::sigmoid && cell.candidate.kind == Kind::tanh &&
                           cell.cell.kind == Kind::tanh && !sweep.before;
        if (usual && !sweep.gates && crowded(s)) {
            const T* a = gates_side_by_side(s, 0, 4);
            const ptrdiff_t size = events * n + LANES<T>;
            row<false>(cell, a, size, sweep.c, sweep.h, events * n, nullptr, nullptr);
            return put_out(s);
        }
        const Share mine = units_of<T>(sweep, n);
        const ptrdiff_t count = mine.end - mine.first;
        for (ptrdiff_t e = 0; e < events; e++) {
            T *a = s.gates + e * s.gates_stride, *h = sweep.h + e * n, *c = sweep.c + e * n;
            if (!s.valid(e)) continue;
            if (usual) {
                a += mine.first, c += mine.first, h += mine.first;
                if (sweep.gates)
                    row<true>(cell, a, n, c, h, count, sweep.gates(e, s.t) + mine.first,
                              sweep.cells(e, s.t) + mine.first);
                else row<false>(cell, a, n, c, h, count, nullptr, nullptr);
            } else if (leads(sweep)) {
                any_row(s, e, a, h, c);
            }
        }
        put_out(s);
    }

    // All in registers, from the gates, `stride` apart, to h: `count` numbers, of one event or of all.
    template <bool TAPE>
    ALWAYS_INLINE static void row(const Cell<T>& cell, const T* a, ptrdiff_t stride, T* c, T* h,
                                  ptrdiff_t count, T* gates, T* cells) {
        const V forget_bias = every<V>(cell.forget_bias);
        for (ptrdiff_t j = 0; j < count; j += LANES<T>) {
            const ptrdiff_t left = count - j;
            V forget = load_row(a + stride + j, left);
            if (cell.forget_bias != 0) forget = forget + forget_bias;
            V i = sigmoid(load_row(a + j, left)), f = sigmoid(forget);
            V g = tanh(load_row(a + 2 * stride + j, left)), o = sigmoid(load_row(a + 3 * stride + j, left));
            V new_c = f * load_row(c + j, left) + i * g;
            store_row(c + j, new_c, left);
            store_row(h + j, o * tanh(new_c), left);
            if constexpr (TAPE) {
                store_row(gates + j, i, left);
                store_row(gates + stride + j, f, left);
                store_row(gates + 2 * stride + j, g, left);
                store_row(gates + 3 * stride + j, o, left);
                store_row(cells + j, new_c, left);
            }
        }
    }

    // Any activations, and the tape.
    static void any_row(const Step<T>& s, ptrdiff_t e, T* a, T* h, T* c) {
        const Cell<T>& cell = *s.cell;
        const ptrdiff_t n = cell.units;
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
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
