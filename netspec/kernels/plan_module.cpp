// Plans as Python sees them: a Builder takes the layers one by one, a Plan runs them.

#include "engine_module.h"

#include "dispatch.h"
#include "plan.h"

namespace netspec {
namespace {

template <class T> class Builder {
   public:
    explicit Builder(const std::string& path) : kernels_(kernels<T>(path)) {}
    Builder(const Builder&) = delete;

    void dense(In<T> W, Maybe<T> b, nb::handle f) {
        sequence_.add(netspec::dense<T>(kernels_, W.data(), address(b), axis(W, 0), axis(W, 1), function(f)));
    }
    void activation(nb::handle f, ptrdiff_t width) {
        sequence_.add(netspec::activation<T>(function(f), width));
    }
    void transformation(std::shared_ptr<Formula<T>> formula, std::vector<ptrdiff_t> inputs,
                        std::vector<ptrdiff_t> outputs, ptrdiff_t width) {
        sequence_.add(netspec::transformation<T>(std::move(formula), std::move(inputs), std::move(outputs), width));
    }
    void convolution(In<T> W, Maybe<T> b, const std::vector<ptrdiff_t>& windows, nb::handle f) {
        sequence_.add(netspec::convolution<T>(windows_of(windows), W.data(), address(b), axis(W, 0), function(f)));
    }
    void max_pool(const std::vector<ptrdiff_t>& windows) {
        sequence_.add(netspec::max_pool<T>(windows_of(windows)));
    }
    void batch_norm(In<T> gamma, In<T> beta, In<T> mean, In<T> variance, double epsilon,
                    const std::vector<ptrdiff_t>& pair) {
        sequence_.add(netspec::batch_norm<T>(gamma.data(), beta.data(), mean.data(), variance.data(), epsilon,
                                             pair));
    }
    void padding(ptrdiff_t width) { sequence_.add(netspec::padding<T>(width)); }
    void reshape() { sequence_.add(netspec::reshape<T>()); }
    void last_step(ptrdiff_t width) { sequence_.add(netspec::last_step<T>(width)); }
    void first_of(ptrdiff_t width, ptrdiff_t kept) { sequence_.add(netspec::first_of<T>(width, kept)); }

    // Each way is (options, W, U, b, b_state, first states, slots).
    void recurrent(const std::vector<nb::tuple>& ways, bool reverse, int merge, bool return_sequences) {
        std::vector<CellWeights<T>> all;
        std::vector<In<T>> kept;
        auto array = [&](nb::handle value) -> const T* {
            if (value.is_none()) return nullptr;
            kept.push_back(nb::cast<In<T>>(value));
            return kept.back().data();
        };
        for (const nb::tuple& way : ways) {
            auto options = nb::cast<nb::tuple>(way[0]);
            CellWeights<T> w{};
            w.kind = static_cast<CellKind>(nb::cast<int>(options[0]));
            w.gate = function(options[1]);
            w.candidate = function(options[2]);
            w.cell = function(options[3]);
            w.forget_bias = nb::cast<double>(options[4]);
            w.reset_after = nb::cast<bool>(options[5]);
            w.W = array(way[1]);
            w.features = axis(kept.back(), kept.back().ndim() - 1);
            w.U = array(way[2]);
            w.units = axis(kept.back(), kept.back().ndim() - 1);
            w.b = array(way[3]);
            w.b_state = array(way[4]);
            for (nb::handle first : nb::cast<nb::sequence>(way[5])) w.first.push_back(array(first));
            w.slots = nb::cast<std::vector<int>>(way[6]);
            all.push_back(w);
        }
        sequence_.add(netspec::recurrent<T>(kernels_, all, reverse, static_cast<Merge>(merge),
                                            return_sequences));
    }

    void bidirectional(Builder& forward, Builder& reverse, int merge, ptrdiff_t features,
                       ptrdiff_t width) {
        sequence_.add(netspec::bidirectional<T>(std::move(forward.sequence_), std::move(reverse.sequence_),
                                                static_cast<Merge>(merge), features, width));
    }

    const Kernels<T>& kernels_;
    Sequence<T> sequence_;
};

template <class T> class Plan {
   public:
    Plan(Builder<T>& builder, std::vector<ptrdiff_t> units, int threads)
        : kernels_(builder.kernels_), sequence_(std::move(builder.sequence_)), units_(std::move(units)),
          threads_(threads) {}
    Plan(const Plan&) = delete;

    const char* path() const { return kernels_.path; }
    int threads() const { return threads_; }

    // x (events, numbers) into y, every event by itself and from its own first state.
    void run(In<T> x, Out<T> y) const { run_batch(batch(x, y)); }

    void run_with(In<T> x, Out<T> y, Lengths lengths, const std::vector<Maybe<T>>& states,
                  const std::vector<Out<T>>& finals) const {
        Batch<T> b = batch(x, y);
        b.lengths = address(lengths);
        for (const auto& state : states) b.states.push_back(address(state));
        for (const auto& final_ : finals) b.finals.push_back(final_.data());
        b.units = units_;
        run_batch(b);
    }

   private:
    static Batch<T> batch(const In<T>& x, const Out<T>& y) {
        ptrdiff_t events = axis(x, 0);
        return {events, events ? static_cast<ptrdiff_t>(x.size()) / events : 0, x.data(), nullptr, {}, {},
                {}, y.data()};
    }
    void run_batch(const Batch<T>& batch) const {
        netspec::Unlocked free;
        netspec::run(sequence_, kernels_, batch, threads_);
    }

    const Kernels<T>& kernels_;
    Sequence<T> sequence_;
    std::vector<ptrdiff_t> units_;
    int threads_;
};

template <class T> void bind_plan(nb::module_& m, const char* builder_name, const char* plan_name) {
    using B = Builder<T>;
    nb::class_<B>(m, builder_name)
        .def(nb::init<const std::string&>(), "path"_a)
        .def("dense", &B::dense, "W"_a.noconvert(), "b"_a.noconvert().none(), "f"_a)
        .def("activation", &B::activation, "f"_a, "width"_a)
        .def("transformation", &B::transformation, "formula"_a, "inputs"_a, "outputs"_a, "width"_a)
        .def("convolution", &B::convolution, "W"_a.noconvert(), "b"_a.noconvert().none(), "windows"_a, "f"_a)
        .def("max_pool", &B::max_pool, "windows"_a)
        .def("batch_norm", &B::batch_norm, "gamma"_a.noconvert(), "beta"_a.noconvert(), "mean"_a.noconvert(),
             "variance"_a.noconvert(), "epsilon"_a, "pair"_a)
        .def("padding", &B::padding, "width"_a)
        .def("reshape", &B::reshape)
        .def("last_step", &B::last_step, "width"_a)
        .def("first_of", &B::first_of, "width"_a, "kept"_a)
        .def("recurrent", &B::recurrent, "ways"_a, "reverse"_a, "merge"_a, "return_sequences"_a)
        .def("bidirectional", &B::bidirectional, "forward"_a, "reverse"_a, "merge"_a, "features"_a,
             "width"_a);
    using P = Plan<T>;
    nb::class_<P>(m, plan_name)
        .def(nb::init<B&, std::vector<ptrdiff_t>, int>(), "builder"_a, "units"_a, "threads"_a)
        .def_prop_ro("path", &P::path)
        .def_prop_ro("threads", &P::threads)
        .def("run", &P::run, "x"_a.noconvert(), "y"_a.noconvert())
        .def("run_with", &P::run_with, "x"_a.noconvert(), "y"_a.noconvert(),
             "lengths"_a.noconvert().none(), "states"_a, "finals"_a);
}

}  // namespace
}  // namespace netspec

void bind_plans(nb::module_& m) {
    netspec::bind_plan<float>(m, "Builder_float32", "Plan_float32");
    netspec::bind_plan<double>(m, "Builder_float64", "Plan_float64");
}
