// The pass backwards over a tape, for some events at once (sweep_back in netspec/layers).
//
// A cell goes from dh (and dc) of a step to the slopes in its gates; dh of the step before is then a
// product with U transposed. What U saw at a step is the h of the
// step before in the order of the pass, or the first state.

#pragma once

#include "cells.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T> struct StepBack {
    const Cell<T>* cell;
    const SweepBack<T>* sweep;
    ptrdiff_t t;
    const T** rows;  // addresses for a product, one an event
    T* result;       // (events, units)
    T* scratch;      // 4 rows
    bool valid(ptrdiff_t e) const { return !sweep->lengths || t < sweep->lengths[e]; }

    // A series at the step before, or what was there before the first one.
    const T* earlier(const Series<const T>& series, const T* first, ptrdiff_t e) const {
        ptrdiff_t last = valid_steps<T>(sweep->lengths, e, sweep->steps) - 1;
        if (t == (sweep->reverse ? last : 0)) return first + e * cell->units;
        return series(e, sweep->reverse ? t + 1 : t - 1);
    }
};

// Numbers of workspace that a pass backwards needs.
template <class T> ptrdiff_t sweep_back_workspace(const Cell<T>& cell, ptrdiff_t events) {
    return (events + 4) * (row_width<T>(cell.units) + 4) + 64 * 4;
}

template <class T, class C> void sweep_back(const Cell<T>& cell, const SweepBack<T>& s) {
    const ptrdiff_t units = cell.units;
    Room<T> room{s.workspace};
    const T** rows = room.addresses(s.events);
    T* result = room.numbers(s.events * units);
    T* scratch = room.numbers(4 * units);
    for (ptrdiff_t i = 0; i < s.steps; i++) {
        ptrdiff_t t = s.reverse ? i : s.steps - 1 - i;
        StepBack<T> step{&cell, &s, t, rows, result, scratch};
        for (ptrdiff_t e = 0; e < s.events; e++) {
            if (step.valid(e)) continue;
            clear(s.dz(e, t), cell.gates() * cell.units);
            clear(s.saw(e, t), cell.units);
            if (s.ds) clear(s.ds(e, t), cell.units), clear(s.saw_c(e, t), cell.units);
        }
        C::step(step);
    }
}

// dh = U^T da for the events whose step is valid.
template <class T> INLINE void through_U(const StepBack<T>& s) {
    const SweepBack<T>& sweep = *s.sweep;
    for (ptrdiff_t e = 0; e < sweep.events; e++) s.rows[e] = sweep.dz(e, s.t);
    product(s.rows, sweep.events, sweep.Ut, static_cast<const T*>(nullptr), 0, s.result, s.cell->units, Share{0, panels(sweep.Ut)});
    for (ptrdiff_t e = 0; e < sweep.events; e++)
        if (s.valid(e)) copy(s.result + e * s.cell->units, sweep.dh + e * s.cell->units, s.cell->units);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
