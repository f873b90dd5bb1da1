// What the three cells share: a pass over time, for some events at once.
//
// A cell is two files: in lstm.h, Lstm::step goes from the gates of one step, as far as the input and
// h[t-1] have their say, to the new state; in lstm_back.h, LstmBack::step goes from dh and dc to the
// slopes in the gates. gru.h and rnn.h have theirs.
//
// The share of the input, z = W x + b, is a product of many rows: it is taken for several steps
// ahead, as many as make ROWS_AHEAD rows. All events of a sweep go through all steps together; the
// rows of z, of the states and of a step's gates stay in the cache.
//
// A step that is not valid gives +0 and leaves the state as it is.

#pragma once

#include "activations.h"
#include "job.h"
#include "product.h"
#include "team.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr ptrdiff_t ROWS_AHEAD = 48;

// The width of a row whose last vector is whole, with room for one vector read across its end.
template <class T> INLINE ptrdiff_t row_width(ptrdiff_t count) {
    return (vectors<T>(count) + 1) * LANES<T>;
}

template <class T> INLINE ptrdiff_t panels(const Packed<T>& W) {
    return (vectors<T>(W.outputs) + PANEL - 1) / PANEL;
}

// All outputs of a product, or this member's.
template <class T>
INLINE void product(const T* const* rows, ptrdiff_t count, const Packed<T>& W, const T* start,
                    ptrdiff_t start_stride, T* out, ptrdiff_t out_stride, Share share) {
    product<T>(rows, count, W, share.first, share.end, start, start_stride, out, out_stride);
}

// Memory that a sweep works in, cut out of one piece.
template <class T> struct Room {
    static constexpr ptrdiff_t ADDRESS = sizeof(void*) > sizeof(T) ? sizeof(void*) : sizeof(T);
    T* next;
    T* numbers(ptrdiff_t count) {
        T* here = next;
        next += (count + 63) / 64 * 64;
        return here;
    }
    const T** addresses(ptrdiff_t count) {
        return reinterpret_cast<const T**>(numbers(count * ADDRESS / (ptrdiff_t)sizeof(T)));
    }
};

template <class T> INLINE ptrdiff_t steps_ahead(ptrdiff_t events, ptrdiff_t steps) {
    ptrdiff_t ahead = ROWS_AHEAD / (events > 0 ? events : 1);
    return ahead < 1 ? 1 : ahead > steps ? steps : ahead;
}

// Numbers of workspace that a sweep needs.
template <class T> ptrdiff_t sweep_workspace(const Cell<T>& cell, ptrdiff_t events, ptrdiff_t steps) {
    ptrdiff_t rows = events * (steps_ahead<T>(events, steps) + 4);
    return rows * (row_width<T>(cell.gates() * cell.units) + 8) + 64 * 16;
}

template <class T> INLINE ptrdiff_t valid_steps(const int64_t* lengths, ptrdiff_t e, ptrdiff_t all) {
    return lengths ? (ptrdiff_t)lengths[e] : all;
}

template <class T> INLINE void clear(T* row, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) row[i] = 0;
}

template <class T> INLINE void multiply(const T* x, const T* y, T* to, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) to[i] = x[i] * y[i];
}

// One step as a cell sees it.
template <class T> struct Step {
    const Cell<T>* cell;
    const Sweep<T>* sweep;
    ptrdiff_t t;
    const T* z;  // W x + b of each event
    ptrdiff_t z_stride;
    T* gates;  // the pre-activations; may be z
    ptrdiff_t gates_stride;
    const T* const* h_rows;  // what U sees
    T* m;  // gru: (events, units)
    const T* const* m_rows;
    T* share;   // (events, gates_stride): what the state alone says, where it has its own bias
    T* by_gate; // (gates, events * units and a vector)
    bool valid(ptrdiff_t e) const { return !sweep->lengths || t < sweep->lengths[e]; }
    // Whether all events may be treated as one long row by one thread.
    bool in_one_row() const {
        if (sweep->team) return false;
        for (ptrdiff_t e = 0; e < sweep->events; e++)
            if (!valid(e)) return false;
        return true;
    }
};

// gates = z + U h, where a second bias has a sum of its own. All members meet at the end.
template <class T>
INLINE void recurrent_share(const Step<T>& s, const Packed<T>& U, const T* const* rows,
                            ptrdiff_t first) {
    const Sweep<T>& sweep = *s.sweep;
    const Share mine = share_of(sweep, panels(U));
    const T* z = s.z + first;
    T* gates = s.gates + first;
    if (s.cell->b_state) {
        product(rows, sweep.events, U, s.cell->b_state + first, 0, s.share, s.gates_stride, mine);
        meet(sweep);
        for (ptrdiff_t e = 0; leads(sweep) && e < sweep.events; e++) {
            const T *from = z + e * s.z_stride, *share = s.share + e * s.gates_stride;
            T* to = gates + e * s.gates_stride;
            for (ptrdiff_t i = 0; i < U.outputs; i++) to[i] = from[i] + share[i];
        }
    } else {
        product(rows, sweep.events, U, z, s.z_stride, gates, s.gates_stride, mine);
    }
    meet(sweep);
}

// Whether rows of so many units leave so many lanes idle that it pays to set the gates of all events
// side by side first, one gate after the other (`gates_side_by_side`).
template <class T> INLINE bool crowded(const Step<T>& s) {
    const ptrdiff_t units = s.cell->units;
    return s.sweep->events > 1 && vectors<T>(units) * LANES<T> * 4 > units * 5 && s.in_one_row();
}

// by_gate[k][event * units + j] = gate k of the event; what a vector writes too much at the end of a
// row, the next row overwrites.
template <class T> INLINE const T* gates_side_by_side(const Step<T>& s, ptrdiff_t first, ptrdiff_t end) {
    const ptrdiff_t n = s.cell->units, size = s.sweep->events * n + LANES<T>;
    for (ptrdiff_t e = 0; e < s.sweep->events; e++)
        for (ptrdiff_t k = first; k < end; k++) {
            const T* from = s.gates + e * s.gates_stride + k * n;
            T* to = s.by_gate + k * size + e * n;
            for (ptrdiff_t j = 0; j < n; j += LANES<T>) store<T>(to + j, load<T>(from + j));
        }
    return s.by_gate;
}

// y[t] = h, and +0 where the step is not valid, once all of h is there.
template <class T> INLINE void put_out(const Step<T>& s) {
    const ptrdiff_t n = s.cell->units;
    dissolve_if_slow(*s.sweep);
    meet(*s.sweep);
    if (!s.sweep->y || !leads(*s.sweep)) return;
    for (ptrdiff_t e = 0; e < s.sweep->events; e++) {
        const T* h = s.sweep->h + e * n;
        T* y = s.sweep->y(e, s.t);
        if (!s.valid(e)) {
            clear(y, n);
            continue;
        }
        for (ptrdiff_t j = 0; j < n; j += LANES<T>) store_row(y + j, load_row(h + j, n - j), n - j);
    }
}

template <class T, class C> void sweep(const Cell<T>& cell, Sweep<T> s) {
    const ptrdiff_t ahead = steps_ahead<T>(s.events, s.steps), units = cell.units;
    const ptrdiff_t width = row_width<T>(cell.gates() * cell.units);
    Room<T> room{s.workspace};
    T* z = room.numbers(ahead * s.events * width);
    const T** x_rows = room.addresses(ahead * s.events);
    const T** h_rows = room.addresses(s.events);
    const T** m_rows = room.addresses(s.events);
    T* m = room.numbers(s.events * units + LANES<T>);
    T* share = room.numbers(s.events * width);
    T* by_gate = room.numbers(cell.gates() * (s.events * units + LANES<T>));
    T* seen = s.drop ? room.numbers(s.events * units) : s.h;
    for (ptrdiff_t e = 0; leads(s) && e < s.events; e++)
        h_rows[e] = seen + e * units, m_rows[e] = m + e * units;
    for (ptrdiff_t first = 0; first < s.steps; first += ahead) {
        ptrdiff_t count = s.steps - first < ahead ? s.steps - first : ahead;
        if (s.x) {
            for (ptrdiff_t i = 0; leads(s) && i < count; i++)
                for (ptrdiff_t e = 0; e < s.events; e++)
                    x_rows[i * s.events + e] =
                        s.x(e, s.reverse ? s.steps - 1 - first - i : first + i);
            meet(s);
            product(x_rows, count * s.events, cell.W, cell.b, 0, z, width, share_of(s, panels(cell.W)));
            meet(s);
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            ptrdiff_t t = s.reverse ? s.steps - 1 - first - i : first + i;
            T* gates = z + i * s.events * width;
            if (s.drop) {
                if (leads(s)) multiply(s.h, s.drop, seen, s.events * units);
                meet(s);
            }
            Step<T> step{&cell, &s, t, s.x ? gates : s.z(0, t), s.x ? width : s.z.event,
                         gates, width, h_rows, m, m_rows, share, by_gate};
            C::step(step);
            if (!is_dissolved(s)) continue;
            if (!leads(s)) return;
            s.team = nullptr;
        }
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
