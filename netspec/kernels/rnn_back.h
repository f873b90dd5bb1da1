// The Elman cell, one step backwards: da = f'(a) (dh + dy), dh = U^T da (netspec/layers/rnn.py).

#pragma once

#include "cells_back.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct RnnBack {
    static void step(const StepBack<T>& s) {
        const SweepBack<T>& sweep = *s.sweep;
        const ptrdiff_t n = s.cell->units;
        for (ptrdiff_t e = 0; e < sweep.events; e++) {
            if (!s.valid(e)) continue;
            const T *dh = sweep.dh + e * n, *dy = sweep.dy(e, s.t);
            T* da = sweep.dz(e, s.t);
            copy(s.earlier(sweep.y, sweep.h0, e), sweep.saw(e, s.t), n);
            for (ptrdiff_t j = 0; j < n; j++) da[j] = dh[j] + dy[j];
            const T* a = sweep.before ? sweep.before(e, s.t) : nullptr;
            activate_back(s.cell->candidate, a, sweep.y(e, s.t), da, da, n);
        }
        through_U(s);
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
