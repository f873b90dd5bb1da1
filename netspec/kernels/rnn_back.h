// The Elman cell, one step backwards: da = f'(a) (dh + dy), dh = U^T da (netspec/layers/rnn.py).

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct RnnBack {
    static void step(const StepBack<T>& s) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units;
        const Function f = s.cell->candidate;
        const Share mine = f.kind != Kind::softmax ? units_of<T>(sweep, n) : Share{0, leads(sweep) ? n : 0};
        for (ptrdiff_t e = 0; e < sweep.events; e++) {
            if (!s.valid(e)) continue;
            const T *dh = sweep.dh + e * n, *dy = s.dy(e), *y = sweep.y(e, s.t);
            const T* a = sweep.before ? sweep.before(e, s.t) + mine.first : nullptr;
            T* da = sweep.dz(e, s.t) + mine.first;
            for (ptrdiff_t j = mine.first; j < mine.end; j++) s.scratch[j] = dh[j] + dy[j];
            activate_back(f, a, y + mine.first, s.scratch + mine.first, da, mine.end - mine.first);
        }
        through_U(s);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
