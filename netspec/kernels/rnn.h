// The Elman cell, one step: h[t] = f(a[t]) (netspec/layers/rnn.py).

#pragma once

#include "cells.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct Rnn {
    static void step(const Step<T>& s) {
        const Cell<T>& cell = *s.cell;
        recurrent_share(s, cell.U, s.h_rows, 0);
        for (ptrdiff_t e = 0; e < s.sweep->events; e++) {
            const T* a = s.gates + e * s.gates_stride;
            T *h = s.sweep->h + e * s.state, *y = s.sweep->y ? s.sweep->y(e, s.t) : nullptr;
            if (!s.valid(e)) {
                if (y) clear(y, cell.units);
                continue;
            }
            if (s.sweep->before) copy(a, s.sweep->before(e, s.t), cell.units);
            activate(cell.candidate, a, h, cell.units);
            if (y) copy(h, y, cell.units);
        }
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
