// The factors of a long sum, copied together: rows of some steps and events, panel by panel.
//
// In their arrays the rows of a step lie so far apart that they would drive each other out of a cache;
// windows on images do not lie in a row at all.

#pragma once

#include "lanes.h"
#include "job.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr ptrdiff_t ROWS_COPIED = 128;  // of some steps together

INLINE ptrdiff_t steps_copied(ptrdiff_t events) {
    ptrdiff_t steps = NEIGHBOURS;
    while (steps > 1 && steps * events > ROWS_COPIED) steps /= 2;
    return steps;
}

// The rows of a factor, and what of them counts.
template <class T> struct Factor {
    Series<const T> at;
    ptrdiff_t offset, count, width;  // the first number of a row, how many, and in whole vectors
    const T *first, *drop;           // as in OuterSum, for this factor
    ptrdiff_t stride;                // of these two
    const ptrdiff_t* places;         // likewise, from `offset` on
};

// The row of a step, or null where it counts as zeros.
template <class T>
INLINE const T* row_at(const OuterSum<T>& s, const Factor<T>& f, ptrdiff_t e, ptrdiff_t t) {
    const ptrdiff_t valid = s.lengths ? (ptrdiff_t)s.lengths[e] : s.steps;
    if (t >= valid) return nullptr;
    if (!f.first) return f.at(e, t) + f.offset;
    if (t == (s.reverse ? valid - 1 : 0)) return f.first + e * f.stride + f.offset;
    return f.at(e, s.reverse ? t + 1 : t - 1) + f.offset;
}

// The same of windows on images.
template <class T>
void copy_windows(const OuterSum<T>& s, const Factor<T>& f, ptrdiff_t g, ptrdiff_t events, ptrdiff_t t0,
                  ptrdiff_t steps, ptrdiff_t panel, T* to) {
    for (ptrdiff_t t = 0; t < steps; t++) {
        const ptrdiff_t place = (t0 + t) / s.columns * s.pitch + (t0 + t) % s.columns;
        for (ptrdiff_t e = 0; e < events; e++) {
            const T* from = f.at(g + e, 0) + place;
            for (ptrdiff_t j = 0; j < f.width; j += panel) {
                const ptrdiff_t width = f.width - j < panel ? f.width - j : panel;
                const ptrdiff_t count = f.count - j < width ? f.count - j : width;
                T* row = to + j * steps * events + (t * events + e) * width;
                for (ptrdiff_t i = 0; i < count; i++) row[i] = from[f.places[j + i]];
                for (ptrdiff_t i = count; i < width; i++) row[i] = 0;
            }
        }
    }
}

// Copy the rows of some steps and of the events of a block: panel by panel, each a row after the other.
template <class T>
void copy_rows(const OuterSum<T>& s, const Factor<T>& f, ptrdiff_t g, ptrdiff_t events, ptrdiff_t t0,
               ptrdiff_t steps, ptrdiff_t panel, T* to) {
    using V = typename Of<T>::V;
    if (f.places) return copy_windows(s, f, g, events, t0, steps, panel, to);
    for (ptrdiff_t e = 0; e < events; e++)
        for (ptrdiff_t t = 0; t < steps; t++) {
            const T* from = row_at(s, f, g + e, t0 + t);
            const T* drop = f.drop ? f.drop + (g + e) * f.stride + f.offset : nullptr;
            for (ptrdiff_t j = 0; j < f.width; j += panel) {
                const ptrdiff_t width = f.width - j < panel ? f.width - j : panel;
                T* row = to + j * steps * events + (t * events + e) * width;
                for (ptrdiff_t i = j; i < j + width; i += LANES<T>) {
                    V v = from ? load_row(from + i, f.count - i) : V{};
                    if (drop && from) v = v * load_row(drop + i, f.count - i);
                    store<T>(row + i - j, v);
                }
            }
        }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
