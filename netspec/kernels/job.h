// What the engine asks of a path: plain records of sizes, strides and addresses.
//
// The engine (engine.cpp for primitives and sweeps, plan.cpp for whole networks) decides who computes what, and owns all memory; a path (the
// files that paths.cpp includes, compiled once for each instruction set) computes.

#pragma once

#include "kinds.h"

namespace netspec {

// A matrix laid out for `product`; what is in it is known to the path that packed it.
template <class T> struct Packed {
    ptrdiff_t outputs, terms;
    const T* data;
};

// Numbers of every event and step, the last axis without gaps: at[event * e + step * t + i].
template <class T> struct Series {
    T* at;
    ptrdiff_t event, step;
    ALWAYS_INLINE T* operator()(ptrdiff_t e, ptrdiff_t t) const { return at + event * e + step * t; }
    ALWAYS_INLINE explicit operator bool() const { return at != nullptr; }
};

// Threads that compute one sweep together, each some of the outputs. They meet after every product.
struct Team {
    int members;
    int arrived, round, long_waits;  // counted by atomic operations
    int dissolved;                   // the first member goes on alone after this step
};

// A recurrent layer, one direction: options and weights.
template <class T> struct Cell {
    CellKind kind;
    ptrdiff_t units;
    Function gate, candidate, cell;  // sigma, f, and lstm's second f
    T forget_bias;
    bool reset_after;
    Packed<T> W;        // (gates * units, features)
    const T* b;         // (gates * units), or null
    Packed<T> U;        // the gates that read h; gru: r and u
    Packed<T> U_c;      // gru's candidate
    const T* b_state;   // (gates * units), or null
    ALWAYS_INLINE ptrdiff_t gates() const { return gates_of(kind); }
};

// A pass over time: some events, all their steps.
template <class T> struct Sweep {
    ptrdiff_t events, steps;
    bool reverse;
    const int64_t* lengths;  // valid steps of each event, or null
    Series<const T> x;       // inputs; or, where there is none,
    Series<const T> z;       // W x + b
    const T* drop;           // (events, units): what h is multiplied with before U sees it, or null
    Series<T> y;             // outputs, or none
    T *h, *c;                // (events, units): first, then final state
    // The tape, where there is one: gates after their activation, and before it; c[t]; gru's m.
    Series<T> gates, before, cells, m;
    T* workspace;            // aligned; sweep_workspace() numbers
    Team* team;              // null where one thread does all
    int member;
};

// The pass backwards over what a sweep left. Rows of steps that are not valid are cleared.
template <class T> struct SweepBack {
    ptrdiff_t events, steps;
    bool reverse;
    const int64_t* lengths;
    const T* drop;                               // as in the sweep
    Series<const T> gates, before, cells, m, y;  // the tape; `before` only where slopes ask for it
    const T *h0, *c0;                            // the first state (events, units)
    Series<const T> dy;                          // or none, for zeros
    T *dh, *dc;                                  // (events, units): final slopes, then first
    Packed<T> Ut, Ut_c;                          // transposed: (units, gates * units)
    Series<T> dz;                                // slopes in z; may be `gates`
    Series<T> ds;                                // gru with reset_after: slopes in what U_c gives
    T* workspace;                                // aligned; sweep_back_workspace() numbers
    Team* team;
    int member;
};

// The slope in a matrix: result (outputs, inputs), summed over events and steps. Steps that are not valid
// count as zeros, whatever stands there in x.
template <class T> struct OuterSum {
    ptrdiff_t events, steps, outputs, inputs;
    Series<const T> dz, x;
    T* result;
    T* sums;                 // (outputs): dz alone, summed; null where not wanted
    const int64_t* lengths;  // valid steps of each event, or null
    // Where U saw x, a state, one step later in the order of a pass: the first state (events, inputs).
    const T* first;
    bool reverse;
    const T* drop;           // (events, inputs): what x was multiplied with, or null
    // Where x is an image and its rows are windows, those of step t stand at x(e, 0) +
    // (t / columns) * pitch + t % columns, number j at places[j] from there (images.h).
    const ptrdiff_t* places;
    ptrdiff_t columns, pitch;
};

}  // namespace netspec
