// How a batch is shared out among threads.

#include "engine.h"

#include <algorithm>

#include "arena.h"
#include "float_mode.h"
#include "pool.h"
#include "stage.h"
#include "work.h"

namespace netspec {
namespace {

constexpr ptrdiff_t ROWS = 96;       // of a product at a time
constexpr ptrdiff_t EVENTS = 48;     // of a sweep at a time
constexpr ptrdiff_t NUMBERS = 4096;  // of a function at a time

// Run f(first, end) for pieces of at most `size` that together are 0 ... count.
template <class F> void in_pieces(int threads, ptrdiff_t count, ptrdiff_t size, F f) {
    if (count <= 2 * size * threads && threads > 1) size = (count + threads - 1) / threads;
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

template <class T> double sweep_work(const CellOptions<T>& o, ptrdiff_t events, ptrdiff_t steps) {
    return static_cast<double>(events * steps) * static_cast<double>(gates_of(o.kind) * o.units) *
           (static_cast<double>(o.units) + CELL_WORK);
}

// The states of some events in memory of their own, and back.
template <class T>
T* taken(Arena& arena, const Kernels<T>& kernels, const T* states, ptrdiff_t first, ptrdiff_t end,
         ptrdiff_t units) {
    T* own = arena.numbers<T>((end - first) * units + kernels.lanes);
    std::copy(states + first * units, states + end * units, own);
    return own;
}

// A part of an array (events, steps, width), from an event on.
template <class A> Series<A> part(A* array, ptrdiff_t steps, ptrdiff_t width, ptrdiff_t first) {
    return array ? Series<A>{array + first * steps * width, steps * width, width} : Series<A>{};
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
void sweep(const Kernels<T>& kernels, int threads, const CellOptions<T>& options,
           const SweepArrays<T>& a) {
    FloatMode mode;
    const PackedCell<T> packed(kernels, options, false);
    const Cell<T>& cell = packed.cell;
    const ptrdiff_t units = cell.units, all = cell.gates() * units;
    threads = worth(threads, sweep_work(options, a.events, a.steps));
    in_pieces(threads, a.events, EVENTS, [&](ptrdiff_t first, ptrdiff_t end) {
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        Sweep<T> s{};
        s.events = end - first;
        s.steps = a.steps;
        s.reverse = a.reverse;
        s.lengths = a.lengths ? a.lengths + first : nullptr;
        s.z = part(a.z, a.steps, all, first);
        s.y = part(a.y, a.steps, units, first);
        s.gates = part(a.gates, a.steps, all, first);
        s.before = part(a.before, a.steps, all, first);
        s.cells = part(a.cells, a.steps, units, first);
        s.m = part(a.m, a.steps, units, first);
        s.h = taken(arena, kernels, a.h, first, end, units);
        if (a.c) s.c = taken(arena, kernels, a.c, first, end, units);
        s.workspace = arena.numbers<T>(kernels.sweep_workspace(cell, s.events, s.steps));
        kernels.sweep(cell, s);
        std::copy(s.h, s.h + s.events * units, a.h + first * units);
        if (a.c) std::copy(s.c, s.c + s.events * units, a.c + first * units);
    });
}

template <class T>
void sweep_back(const Kernels<T>& kernels, int threads, const CellOptions<T>& options,
                const SweepBackArrays<T>& a) {
    FloatMode mode;
    const PackedCell<T> packed(kernels, options, true);
    const Cell<T>& cell = packed.cell;
    const ptrdiff_t units = cell.units, all = cell.gates() * units;
    threads = worth(threads, 2 * sweep_work(options, a.events, a.steps));
    in_pieces(threads, a.events, EVENTS, [&](ptrdiff_t first, ptrdiff_t end) {
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        SweepBack<T> s{};
        s.events = end - first;
        s.steps = a.steps;
        s.reverse = a.reverse;
        s.lengths = a.lengths ? a.lengths + first : nullptr;
        s.gates = part(a.gates, a.steps, all, first);
        s.before = part(a.before, a.steps, all, first);
        s.cells = part(a.cells, a.steps, units, first);
        s.m = part(a.m, a.steps, units, first);
        s.y = part(a.y, a.steps, units, first);
        s.dy = part(a.dy, a.steps, units, first);
        s.dz = part(a.dz, a.steps, all, first);
        s.saw = part(a.saw, a.steps, units, first);
        s.ds = part(a.ds, a.steps, units, first);
        s.saw_c = part(a.saw_c, a.steps, units, first);
        s.h0 = a.h0 + first * units;
        s.c0 = a.c0 ? a.c0 + first * units : nullptr;
        s.Ut = cell.U;
        s.Ut_c = cell.U_c;
        s.dh = taken(arena, kernels, a.dh, first, end, units);
        if (a.dc) s.dc = taken(arena, kernels, a.dc, first, end, units);
        s.workspace = arena.numbers<T>(kernels.sweep_back_workspace(cell, s.events));
        kernels.sweep_back(cell, s);
        std::copy(s.dh, s.dh + s.events * units, a.dh + first * units);
        if (a.dc) std::copy(s.dc, s.dc + s.events * units, a.dc + first * units);
    });
}

#define NETSPEC_FOR(T)                                                                               \
    template void product(const Kernels<T>&, int, const T*, ptrdiff_t, const T*, ptrdiff_t, ptrdiff_t, \
                          ptrdiff_t, ptrdiff_t, const T*, ptrdiff_t, T*);                            \
    template void activate(const Kernels<T>&, int, Function, const T*, T*, ptrdiff_t);               \
    template void outer_sum(const Kernels<T>&, int, const OuterSum<T>&);                             \
    template void sum(const Kernels<T>&, int, const T*, ptrdiff_t, ptrdiff_t, ptrdiff_t, T*);        \
    template void sweep(const Kernels<T>&, int, const CellOptions<T>&, const SweepArrays<T>&);       \
    template void sweep_back(const Kernels<T>&, int, const CellOptions<T>&, const SweepBackArrays<T>&);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
