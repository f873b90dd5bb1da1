// The pass backwards over a tape, for some events at once (sweep_back in netspec/layers).
//
// A cell goes from dh (and dc) of a step to the slopes in its gates; dh of the step before is then a
// product with U transposed. What U saw at a step is the h of the step before in the order of the pass,
// or the first state, in either case times `drop`.

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
    T* scratch;      // 8 rows
    const T* zeros;  // a row
    bool valid(ptrdiff_t e) const { return !sweep->lengths || t < sweep->lengths[e]; }
    const T* dy(ptrdiff_t e) const { return sweep->dy ? sweep->dy(e, t) : zeros; }

    // A series at the step before, or what was there before the first one.
    const T* earlier(const Series<const T>& series, const T* first, ptrdiff_t e) const {
        ptrdiff_t last = valid_steps<T>(sweep->lengths, e, sweep->steps) - 1;
        if (t == (sweep->reverse ? last : 0)) return first + e * cell->units;
        return series(e, sweep->reverse ? t + 1 : t - 1);
    }
    // Whether dh of all events is what a product gives, as it is.
    bool in_one_piece() const {
        if (sweep->drop) return false;
        for (ptrdiff_t e = 0; sweep->lengths && e < sweep->events; e++)
            if (!valid(e)) return false;
        return true;
    }
};

// Numbers of workspace that a pass backwards needs.
template <class T> ptrdiff_t sweep_back_workspace(const Cell<T>& cell, ptrdiff_t events) {
    return (events + 12) * (row_width<T>(cell.units) + 4) + 64 * 6;
}

template <class T, class C> void sweep_back(const Cell<T>& cell, SweepBack<T> s) {
    const ptrdiff_t units = cell.units;
    Room<T> room{s.workspace};
    const T** rows = room.addresses(s.events);
    T* result = room.numbers(s.events * units);
    T* scratch = room.numbers(8 * units);
    T* zeros = room.numbers(units);
    if (leads(s)) clear(zeros, units);
    meet(s);
    for (ptrdiff_t i = 0; i < s.steps; i++) {
        ptrdiff_t t = s.reverse ? i : s.steps - 1 - i;
        StepBack<T> step{&cell, &s, t, rows, result, scratch, zeros};
        for (ptrdiff_t e = 0; leads(s) && s.lengths && e < s.events; e++) {
            if (step.valid(e)) continue;
            clear(s.dz(e, t), cell.gates() * units);
            if (s.ds) clear(s.ds(e, t), units);
        }
        C::step(step);
        if (!is_dissolved(s)) continue;
        if (!leads(s)) return;
        s.team = nullptr;
    }
}

// to = rows U, for the Ut of U: rows of slopes that all members have written.
template <class T>
INLINE void back_through(const StepBack<T>& s, const Packed<T>& Ut, const Series<T>& slopes,
                         ptrdiff_t offset, T* to) {
    const SweepBack<T>& sweep = *s.sweep;
    for (ptrdiff_t e = 0; leads(sweep) && e < sweep.events; e++) s.rows[e] = slopes(e, s.t) + offset;
    meet(sweep);
    product(s.rows, sweep.events, Ut, static_cast<const T*>(nullptr), 0, to, s.cell->units,
            share_of(sweep, panels(Ut)));
}

// The end of a step: dh is there for all members.
template <class T> INLINE void end_step(const StepBack<T>& s) {
    dissolve_if_slow(*s.sweep);
    meet(*s.sweep);
}

// dh = U^T da for the events whose step is valid.
template <class T> INLINE void through_U(const StepBack<T>& s) {
    const SweepBack<T>& sweep = *s.sweep;
    const ptrdiff_t n = s.cell->units;
    const bool at_once = s.in_one_piece();
    back_through(s, sweep.Ut, sweep.dz, 0, at_once ? sweep.dh : s.result);
    if (!at_once) {
        meet(sweep);
        for (ptrdiff_t e = 0; leads(sweep) && e < sweep.events; e++) {
            if (!s.valid(e)) continue;
            T *from = s.result + e * n, *dh = sweep.dh + e * n;
            if (sweep.drop) multiply(from, sweep.drop + e * n, dh, n);
            else copy(from, dh, n);
        }
    }
    end_step(s);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
