// The Elman cell, one step: h[t] = f(a[t]) (netspec/layers/rnn.py).

#pragma once

#include "cells.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct Rnn {
    static void step(const Step<T>& s) {
        const Cell<T>& cell = *s.cell;
        const ptrdiff_t n = cell.units, events = s.sweep->events;
        const Function f = cell.candidate;
        recurrent_share(s, cell.U, s.h_rows, 0);
        if (s.sweep->before && leads(*s.sweep))
            for (ptrdiff_t e = 0; e < events; e++)
                if (s.valid(e)) copy(s.gates + e * s.gates_stride, s.sweep->before(e, s.t), n);
        if (f.kind != Kind::softmax && crowded(s)) {
            activate(f, gates_side_by_side(s, 0, 1), s.sweep->h, events * n);
        } else {
            Share mine = f.kind != Kind::softmax ? units_of<T>(*s.sweep, n) : Share{0, n};
            for (ptrdiff_t e = 0; e < events; e++)
                if (s.valid(e) && (f.kind != Kind::softmax || leads(*s.sweep)))
                    activate(f, s.gates + e * s.gates_stride + mine.first, s.sweep->h + e * n + mine.first,
                             mine.end - mine.first);
        }
        put_out(s);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
