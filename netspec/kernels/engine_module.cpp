// The engine as Python sees it: an Engine with the primitives and the sweeps of a backend.
//
// Arrays are NumPy's, in C order, of one type; their shapes are the caller's to check, and results go
// into arrays that the caller brings. While it computes, nobody needs the interpreter's lock.

#include "engine_module.h"

#include "dispatch.h"
#include "engine.h"
#include "float_mode.h"
#include "pool.h"

namespace netspec {
namespace {

// What is chosen once for a backend: the path, and how many threads.
struct Engine {
    std::string path;
    int threads;
    Engine(const std::string& path_, int threads_) : path(path_), threads(threads_) {
        kernels<float>(path);  // throws where there is none of that name
    }
};

template <class T> CellOptions<T> cell_options(const nb::tuple& options, In<T> U, Maybe<T> b_state) {
    CellOptions<T> o{};
    o.kind = static_cast<CellKind>(nb::cast<int>(options[0]));
    o.units = axis(U, U.ndim() - 1);
    o.gate = function(options[1]);
    o.candidate = function(options[2]);
    o.cell = function(options[3]);
    o.forget_bias = nb::cast<double>(options[4]);
    o.reset_after = nb::cast<bool>(options[5]);
    o.U = U.data();
    o.b_state = address(b_state);
    return o;
}

// Numbers of every event and step, and none between two rows' ends.
template <class T> using Rows = nb::ndarray<const T, nb::numpy, nb::ndim<3>, nb::device::cpu>;

// An array (events, steps, width), or null.
template <class A> Series<A> whole(A* array, ptrdiff_t steps, ptrdiff_t width) {
    return {array, steps * width, width};
}

template <class T> void bind_primitives(nb::class_<Engine>& engine) {
    using Matrix2 = nb::ndarray<const T, nb::numpy, nb::ndim<2>, nb::device::cpu>;
    engine.def(
        "product",
        [](const Engine& e, In<T> x, Matrix2 W, Maybe<T> start, Out<T> out) {
            const auto rows = static_cast<ptrdiff_t>(out.size()) / std::max<ptrdiff_t>(axis(W, 0), 1);
            const ptrdiff_t stride = start && start->size() == out.size() && rows != 1 ? axis(W, 0) : 0;
            netspec::Unlocked free;
            product(kernels<T>(e.path), e.threads, x.data(), rows, W.data(), W.stride(0), W.stride(1),
                    axis(W, 0), axis(W, 1), address(start), stride, out.data());
        },
        "x"_a.noconvert(), "W"_a.noconvert(), "start"_a.noconvert().none(), "out"_a.noconvert());
    engine.def(
        "activate",
        [](const Engine& e, int kind, double option, In<T> x, Out<T> y) {
            netspec::Unlocked free;
            activate(kernels<T>(e.path), e.threads, Function{static_cast<Kind>(kind), option}, x.data(),
                     y.data(), static_cast<ptrdiff_t>(x.size()));
        },
        "kind"_a, "option"_a, "x"_a.noconvert(), "y"_a.noconvert());
    engine.def(
        "outer_sum",
        [](const Engine& e, Rows<T> dz, Rows<T> x, Out<T> result, Maybe<T> first, bool reverse,
           Lengths lengths, Maybe<T> drop) {
            OuterSum<T> sum{};
            sum.events = axis(dz, 0), sum.steps = axis(dz, 1);
            sum.outputs = axis(dz, 2), sum.inputs = axis(x, 2);
            sum.dz = {dz.data(), dz.stride(0), dz.stride(1)}, sum.x = {x.data(), x.stride(0), x.stride(1)};
            sum.result = result.data();
            sum.first = address(first), sum.drop = address(drop);
            sum.reverse = reverse, sum.lengths = address(lengths);
            netspec::Unlocked free;
            outer_sum(kernels<T>(e.path), e.threads, sum);
        },
        "dz"_a.noconvert(), "x"_a.noconvert(), "result"_a.noconvert(), "first"_a.noconvert().none() = nb::none(),
        "reverse"_a = false, "lengths"_a.noconvert().none() = nb::none(),
        "drop"_a.noconvert().none() = nb::none());
    engine.def(
        "sum",
        [](const Engine& e, In<T> x, Out<T> result) {
            netspec::Unlocked free;
            sum(kernels<T>(e.path), e.threads, x.data(), axis(x, 0), axis(x, 1), axis(x, 2),
                result.data());
        },
        "x"_a.noconvert(), "result"_a.noconvert());
    engine.def(
        "sweep",
        [](const Engine& e, const nb::tuple& options, In<T> U, Maybe<T> b_state, In<T> z, bool reverse,
           Lengths lengths, Maybe<T> drop, Out<T> h, MaybeOut<T> c, Out<T> y, MaybeOut<T> gates,
           MaybeOut<T> before, MaybeOut<T> cells, MaybeOut<T> m) {
            const CellOptions<T> o = cell_options<T>(options, U, b_state);
            const ptrdiff_t steps = axis(z, 1), all = axis(z, 2);
            Sweep<T> s{};
            s.events = axis(z, 0), s.steps = steps, s.reverse = reverse, s.lengths = address(lengths);
            s.z = whole(z.data(), steps, all), s.y = whole(y.data(), steps, o.units);
            s.drop = address(drop), s.h = h.data(), s.c = address(c);
            s.gates = whole(address(gates), steps, all), s.before = whole(address(before), steps, all);
            s.cells = whole(address(cells), steps, o.units), s.m = whole(address(m), steps, o.units);
            netspec::Unlocked free;
            sweep(kernels<T>(e.path), e.threads, o, s);
        },
        "options"_a, "U"_a.noconvert(), "b_state"_a.noconvert().none(), "z"_a.noconvert(), "reverse"_a,
        "lengths"_a.noconvert().none(), "drop"_a.noconvert().none(), "h"_a.noconvert(),
        "c"_a.noconvert().none(), "y"_a.noconvert(), "gates"_a.noconvert().none(),
        "before"_a.noconvert().none(), "cells"_a.noconvert().none(), "m"_a.noconvert().none());
    engine.def(
        "sweep_back",
        [](const Engine& e, const nb::tuple& options, In<T> U, bool reverse, Lengths lengths,
           Maybe<T> drop, Maybe<T> gates, Maybe<T> before, Maybe<T> cells, Maybe<T> m, In<T> y, In<T> h0,
           Maybe<T> c0, In<T> dy, Out<T> dh, MaybeOut<T> dc, Out<T> dz, MaybeOut<T> ds) {
            const CellOptions<T> o = cell_options<T>(options, U, std::nullopt);
            const ptrdiff_t steps = axis(y, 1), all = axis(dz, 2), n = o.units;
            SweepBack<T> s{};
            s.events = axis(y, 0), s.steps = steps, s.reverse = reverse, s.lengths = address(lengths);
            s.gates = whole(address(gates), steps, all), s.before = whole(address(before), steps, all);
            s.cells = whole(address(cells), steps, n), s.m = whole(address(m), steps, n);
            s.y = whole(y.data(), steps, n), s.dy = whole(dy.data(), steps, n);
            s.drop = address(drop), s.h0 = h0.data(), s.c0 = address(c0);
            s.dh = dh.data(), s.dc = address(dc);
            s.dz = whole(dz.data(), steps, all), s.ds = whole(address(ds), steps, n);
            netspec::Unlocked free;
            sweep_back(kernels<T>(e.path), e.threads, o, s);
        },
        "options"_a, "U"_a.noconvert(), "reverse"_a, "lengths"_a.noconvert().none(),
        "drop"_a.noconvert().none(), "gates"_a.noconvert().none(), "before"_a.noconvert().none(),
        "cells"_a.noconvert().none(), "m"_a.noconvert().none(), "y"_a.noconvert(), "h0"_a.noconvert(),
        "c0"_a.noconvert().none(), "dy"_a.noconvert(), "dh"_a.noconvert(), "dc"_a.noconvert().none(),
        "dz"_a.noconvert(), "ds"_a.noconvert().none());
}

}  // namespace
}  // namespace netspec

void bind_formulas(nb::module_& m);
void bind_plans(nb::module_& m);
void bind_trainers(nb::module_& m);

void bind_engine(nb::module_& m) {
    using namespace netspec;
    nb::class_<Engine> engine(m, "Engine");
    engine.def(nb::init<const std::string&, int>(), "path"_a, "threads"_a);
    engine.def_ro("path", &Engine::path).def_ro("threads", &Engine::threads);
    bind_primitives<float>(engine);
    bind_primitives<double>(engine);
    bind_formulas(m);
    bind_plans(m);
    bind_trainers(m);
    m.def("paths", &paths, "The instruction sets that this processor can run, the best one first.");
    m.def(
        "entries",
        [] {
            nb::dict found;
            const std::vector<long> counts = entries();
            for (size_t i = 0; i < counts.size(); i++) found[nb::str(paths()[i].c_str())] = counts[i];
            return found;
        },
        "How often each instruction set's code was entered, by name: a proof of what ran.");
    m.def("processors", &processors, "Processors that this process may use.");
    m.def("float_mode", &FloatMode::get, "The control register of this thread's arithmetic.");
    m.def("set_float_mode", &FloatMode::set, "control"_a);
    m.def("our_float_mode", &FloatMode::ours);
}
