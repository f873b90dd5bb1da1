// How a batch is shared out among threads.

#include "engine.h"

#include <algorithm>

#include "arena.h"
#include "float_mode.h"
#include "pool.h"
#include "stage.h"
#include "teamwork.h"
#include "work.h"

namespace netspec {
namespace {

constexpr ptrdiff_t ROWS = 96;       // of a product at a time
constexpr ptrdiff_t EVENTS = 48;     // of a sweep at a time, and up to twice as many
constexpr ptrdiff_t NUMBERS = 4096;  // of a function at a time

// Run f(first, end) for pieces of about `size` that together are 0 ... count.
template <class F> void in_pieces(int threads, ptrdiff_t count, ptrdiff_t size, F f) {
    if (count <= 2 * size * threads) size = (count + threads - 1) / threads;
    if (size < 1) size = 1;
    auto piece = [&](int part) {
        ptrdiff_t first = part * size, end = first + size < count ? first + size : count;
        f(first, end);
    };
    in_parallel(threads, static_cast<int>((count + size - 1) / size), piece);
}

template <class T> struct PackedCell {
    Cell<T> cell{};
    Matrix<T> U, U_c;
    static ptrdiff_t first_gates(const CellOptions<T>& o) {
        return o.kind == CellKind::gru ? 2 : gates_of(o.kind);
    }
    static const T* candidate(const CellOptions<T>& o) {
        return o.kind == CellKind::gru ? o.U + 2 * o.units * o.units : o.U;
    }
    // Transposed for the pass backwards.
    PackedCell(const Kernels<T>& kernels, const CellOptions<T>& o, bool back)
        : U(kernels, o.U, back ? o.units : first_gates(o) * o.units,
            back ? first_gates(o) * o.units : o.units, back),
          U_c(kernels, candidate(o), o.units, o.units, back) {
        cell.kind = o.kind;
        cell.units = o.units;
        cell.gate = o.gate;
        cell.candidate = o.candidate;
        cell.cell = o.cell;
        cell.forget_bias = static_cast<T>(o.forget_bias);
        cell.reset_after = o.reset_after;
        cell.b_state = o.b_state;
        cell.U = U;
        cell.U_c = U_c;
    }
};

template <class T> double sweep_work(const Cell<T>& cell, ptrdiff_t terms, ptrdiff_t events, ptrdiff_t steps) {
    return static_cast<double>(events * steps) * static_cast<double>(cell.gates() * cell.units) *
           (static_cast<double>(terms) + CELL_WORK);
}

template <class T> ptrdiff_t step_weights(const Cell<T>& cell) {
    return cell.gates() * cell.units * cell.units;
}

// A part of what there is of each event, or of each event and step.
template <class A> A* from(A* array, ptrdiff_t first, ptrdiff_t width) {
    return array ? array + first * width : nullptr;
}
template <class A> Series<A> from(Series<A> series, ptrdiff_t first) {
    if (series.at) series.at += first * series.event;
    return series;
}

template <class T> Sweep<T> part(const Sweep<T>& all, ptrdiff_t first, ptrdiff_t end, ptrdiff_t units) {
    Sweep<T> s = all;
    s.events = end - first;
    s.lengths = from(s.lengths, first, 1);
    s.drop = from(s.drop, first, units);
    s.h = from(s.h, first, units), s.c = from(s.c, first, units);
    s.x = from(s.x, first), s.z = from(s.z, first), s.y = from(s.y, first);
    s.gates = from(s.gates, first), s.before = from(s.before, first);
    s.cells = from(s.cells, first), s.m = from(s.m, first);
    return s;
}

template <class T>
SweepBack<T> part(const SweepBack<T>& all, ptrdiff_t first, ptrdiff_t end, ptrdiff_t units) {
    SweepBack<T> s = all;
    s.events = end - first;
    s.lengths = from(s.lengths, first, 1);
    s.drop = from(s.drop, first, units);
    s.h0 = from(s.h0, first, units), s.c0 = from(s.c0, first, units);
    s.dh = from(s.dh, first, units), s.dc = from(s.dc, first, units);
    s.gates = from(s.gates, first), s.before = from(s.before, first);
    s.cells = from(s.cells, first), s.m = from(s.m, first), s.y = from(s.y, first);
    s.dy = from(s.dy, first), s.dz = from(s.dz, first), s.ds = from(s.ds, first);
    return s;
}

}  // namespace

template <class T>
void product(const Kernels<T>& kernels, int threads, const T* x, ptrdiff_t rows, const T* W,
             ptrdiff_t output_stride, ptrdiff_t term_stride, ptrdiff_t outputs, ptrdiff_t terms,
             const T* start, ptrdiff_t start_stride, T* out) {
    FloatMode mode;
    Aligned<T> data = aligned<T>(kernels.packed_size(outputs, terms));
    kernels.pack(W, output_stride, term_stride, outputs, terms, data.get());
    const Packed<T> packed{outputs, terms, data.get()};
    const ptrdiff_t panels = kernels.panels(packed);
    double work = static_cast<double>(rows) * static_cast<double>(outputs) * static_cast<double>(terms);
    in_pieces(worth(threads, work), rows, ROWS, [&](ptrdiff_t first, ptrdiff_t end) {
        const T* at[ROWS];
        for (ptrdiff_t row = first; row < end; row += ROWS) {
            ptrdiff_t count = end - row < ROWS ? end - row : ROWS;
            for (ptrdiff_t r = 0; r < count; r++) at[r] = x + (row + r) * terms;
            kernels.product(at, count, packed, 0, panels, start ? start + row * start_stride : nullptr,
                            start_stride, out + row * outputs, outputs);
        }
    });
}

template <class T>
void activate(const Kernels<T>& kernels, int threads, Function f, const T* x, T* y, ptrdiff_t count) {
    FloatMode mode;
    if (f.kind == Kind::softmax) return kernels.activate(f, x, y, count);
    in_pieces(worth(threads, FUNCTION_WORK * static_cast<double>(count)), count, NUMBERS,
              [&](ptrdiff_t first, ptrdiff_t end) { kernels.activate(f, x + first, y + first, end - first); });
}

template <class T> void outer_sum(const Kernels<T>& kernels, int threads, const OuterSum<T>& sum) {
    double work = static_cast<double>(sum.events * sum.steps) * static_cast<double>(sum.outputs) *
                  static_cast<double>(sum.inputs);
    threads = worth(threads, work);
    const ptrdiff_t workspace = kernels.outer_sum_workspace(sum, threads);
    auto block = [&](int part) {
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        kernels.outer_sum(sum, threads, part, arena.numbers<T>(workspace));
    };
    in_parallel(threads, static_cast<int>(kernels.outer_sum_blocks(sum, threads)), block);
}

template <class T>
void sum(const Kernels<T>& kernels, int threads, const T* x, ptrdiff_t events, ptrdiff_t steps,
         ptrdiff_t width, T* result) {
    const Series<const T> series{x, steps * width, width};
    double work = static_cast<double>(events * steps) * static_cast<double>(width);
    in_pieces(worth(threads, work), width, 64, [&](ptrdiff_t first, ptrdiff_t end) {
        kernels.sum(series, events, steps, first, end, result);
    });
}

template <class T>
void sweep(const Kernels<T>& kernels, int threads, const Cell<T>& cell, const Sweep<T>& all) {
    FloatMode mode;
    const ptrdiff_t terms = cell.units + (all.x ? cell.W.terms : 0);
    threads = worth(threads, sweep_work(cell, terms, all.events, all.steps));
    const bool team = threads > 1 && worth_a_team(step_weights(cell), all.events);
    in_pieces(team ? 1 : threads, all.events, EVENTS, [&](ptrdiff_t first, ptrdiff_t end) {
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        Sweep<T> s = part(all, first, end, cell.units);
        s.workspace = arena.numbers<T>(kernels.sweep_workspace(cell, s.events, s.steps));
        if (!as_a_team(kernels.sweep, cell, s, threads)) kernels.sweep(cell, s);
    });
}

template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const Cell<T>& cell, const SweepBack<T>& all) {
    FloatMode mode;
    threads = worth(threads, sweep_work(cell, cell.units, all.events, all.steps));
    const bool team = threads > 1 && worth_a_team(step_weights(cell), all.events);
    in_pieces(team ? 1 : threads, all.events, EVENTS, [&](ptrdiff_t first, ptrdiff_t end) {
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        SweepBack<T> s = part(all, first, end, cell.units);
        s.workspace = arena.numbers<T>(kernels.sweep_back_workspace(cell, s.events));
        if (!as_a_team(kernels.sweep_back, cell, s, threads)) kernels.sweep_back(cell, s);
    });
}

template <class T>
void sweep(const Kernels<T>& kernels, int threads, const CellOptions<T>& options, const Sweep<T>& all) {
    const PackedCell<T> packed(kernels, options, false);
    sweep(kernels, threads, packed.cell, all);
}

template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const CellOptions<T>& options, SweepBack<T> all) {
    const PackedCell<T> packed(kernels, options, true);
    all.Ut = packed.U;
    all.Ut_c = packed.U_c;
    sweep_back(kernels, threads, packed.cell, all);
}

#define NETSPEC_FOR(T)                                                                               \
    template void product(const Kernels<T>&, int, const T*, ptrdiff_t, const T*, ptrdiff_t, ptrdiff_t, \
                          ptrdiff_t, ptrdiff_t, const T*, ptrdiff_t, T*);                            \
    template void activate(const Kernels<T>&, int, Function, const T*, T*, ptrdiff_t);               \
    template void outer_sum(const Kernels<T>&, int, const OuterSum<T>&);                             \
    template void sum(const Kernels<T>&, int, const T*, ptrdiff_t, ptrdiff_t, ptrdiff_t, T*);        \
    template void sweep(const Kernels<T>&, int, const Cell<T>&, const Sweep<T>&);                    \
    template void sweep_back(const Kernels<T>&, int, const Cell<T>&, const SweepBack<T>&);           \
    template void sweep(const Kernels<T>&, int, const CellOptions<T>&, const Sweep<T>&);             \
    template void sweep_back(const Kernels<T>&, int, const CellOptions<T>&, SweepBack<T>);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
