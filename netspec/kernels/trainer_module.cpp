// Training as Python sees it: a Course takes the layers one by one, a Trainer learns.
//
// All trained arrays lie in one flat array; whoever builds a course says where each stands.

#include "engine_module.h"

#include <mutex>

#include "dispatch.h"
#include "trainer.h"

namespace netspec {
namespace {

template <class T> class Course {
   public:
    explicit Course(const std::string& path) : kernels_(kernels<T>(path)) {}
    Course(const Course&) = delete;

    void dense(ptrdiff_t W, ptrdiff_t b, ptrdiff_t units, ptrdiff_t features, nb::handle f) {
        chain_.add(dense_learner<T>(kernels_, W, b, units, features, function(f)));
    }
    void activation(nb::handle f, ptrdiff_t width) { chain_.add(activation_learner<T>(function(f), width)); }
    void transformation(std::shared_ptr<Formula<T>> formula, std::vector<ptrdiff_t> inputs,
                        std::vector<ptrdiff_t> outputs, ptrdiff_t width) {
        chain_.add(transformation_learner<T>(std::move(formula), std::move(inputs), std::move(outputs), width));
    }
    void convolution(ptrdiff_t W, ptrdiff_t b, ptrdiff_t filters, const std::vector<ptrdiff_t>& windows,
                     nb::handle f) {
        chain_.add(convolution_learner<T>(windows_of(windows), W, b, filters, function(f)));
    }
    void max_pool(const std::vector<ptrdiff_t>& windows) {
        chain_.add(max_pool_learner<T>(windows_of(windows)));
    }
    void embedding(ptrdiff_t W, Maybe<T> fixed, ptrdiff_t ids, ptrdiff_t units, ptrdiff_t each) {
        chain_.add(embedding_learner<T>(W, address(fixed), ids, units, each));
    }
    void same(ptrdiff_t width, bool keeps_steps) { chain_.add(same_learner<T>(width, keeps_steps)); }
    void last_step(ptrdiff_t width) { chain_.add(last_step_learner<T>(width)); }
    void dropout(ptrdiff_t width, double kept, int slot) {
        chain_.add(dropout_learner<T>(width, kept, slot));
    }

    // Each way is (options, features, units, places of W, U, b, b_state, places of learned first states,
    // first states that are not trained, slots, slot of recurrent dropout or NOWHERE).
    void recurrent(const std::vector<nb::tuple>& ways, bool reverse, int merge, bool return_sequences) {
        std::vector<CellPlaces<T>> all;
        std::vector<In<T>> kept;
        for (const nb::tuple& way : ways) {
            auto options = nb::cast<nb::tuple>(way[0]);
            CellPlaces<T> p{};
            p.kind = static_cast<CellKind>(nb::cast<int>(options[0]));
            p.gate = function(options[1]);
            p.candidate = function(options[2]);
            p.cell = function(options[3]);
            p.forget_bias = nb::cast<double>(options[4]);
            p.reset_after = nb::cast<bool>(options[5]);
            p.features = nb::cast<ptrdiff_t>(way[1]);
            p.units = nb::cast<ptrdiff_t>(way[2]);
            auto places = nb::cast<std::vector<ptrdiff_t>>(way[3]);
            p.W = places[0], p.U = places[1], p.b = places[2], p.b_state = places[3];
            p.learned = nb::cast<std::vector<ptrdiff_t>>(way[4]);
            for (nb::handle first : nb::cast<nb::sequence>(way[5])) {
                kept.push_back(nb::cast<In<T>>(first));
                p.constant.push_back(kept.back().data());
            }
            p.slots = nb::cast<std::vector<int>>(way[6]);
            p.drop = nb::cast<int>(way[7]);
            all.push_back(std::move(p));
        }
        chain_.add(recurrent_learner<T>(kernels_, all, reverse, static_cast<Merge>(merge), return_sequences));
    }

    void bidirectional(Course& forward, Course& reverse, int merge, ptrdiff_t features, ptrdiff_t width) {
        chain_.add(bidirectional_learner<T>(std::move(forward.chain_), std::move(reverse.chain_),
                                            static_cast<Merge>(merge), features, width));
    }

    const Kernels<T>& kernels_;
    Chain<T> chain_;
};

// A trainer and the optimizer that it asks.
template <class T> class Learning {
   public:
    using Flat = nb::ndarray<T, nb::numpy, nb::ndim<1>>;

    // `goal` is (loss, delta, whether it is of the output, output activation, width of a row);
    // `rule` is (number, decay1, rest1, decay2, rest2, epsilon).
    Learning(Course<T>& course, ptrdiff_t width, const std::vector<std::pair<ptrdiff_t, ptrdiff_t>>& places,
             ptrdiff_t size, const nb::tuple& goal, const std::vector<std::pair<int, double>>& penalties,
             std::pair<double, double> clip, const nb::tuple& rule, int threads)
        : trainer_(course.kernels_, std::move(course.chain_), width, cast<Place>(places), size,
                   {static_cast<LossKind>(nb::cast<int>(goal[0])), nb::cast<double>(goal[1]),
                    nb::cast<bool>(goal[2]), function(goal[3]), nb::cast<ptrdiff_t>(goal[4])},
                   penalties_of(penalties), {clip.first, clip.second}, threads) {
        rule_.rule = static_cast<Rule>(nb::cast<int>(rule[0]));
        T* constants[] = {&rule_.decay1, &rule_.rest1, &rule_.decay2, &rule_.rest2, &rule_.epsilon};
        for (size_t i = 0; i < 5; i++) *constants[i] = static_cast<T>(nb::cast<double>(rule[i + 1]));
    }
    Learning(const Learning&) = delete;

    // Loss and N of x and t, every event with weight 1, all steps, and from the network's own first
    // state; with factors, and where N is not 0, the weights move.
    std::pair<double, ptrdiff_t> quickly(In<T> x, In<T> t, const std::vector<double>& factors) {
        return run(batch(x, t), factors);
    }

    std::pair<double, ptrdiff_t> step(In<T> x, In<T> t, Maybe<T> w, Lengths lengths,
                                      const std::vector<Maybe<T>>& states, const std::vector<Out<T>>& finals,
                                      const std::vector<In<uint8_t>>& masks,
                                      const std::vector<In<T>>& drops,
                                      const std::vector<double>& factors) {
        TrainingBatch<T> b = batch(x, t);
        b.w = address(w);
        b.by_row = w && w->ndim() > 1;
        b.lengths = address(lengths);
        for (const auto& state : states) b.states.push_back(address(state));
        for (const auto& final : finals) b.finals.push_back(final.data());
        for (const auto& mask : masks) b.masks.push_back(mask.data());
        for (const auto& drop : drops) b.drops.push_back(drop.data());
        return run(b, factors);
    }

    Flat weights() { return flat(trainer_.weights()); }
    Flat gradient() { return flat(trainer_.gradient()); }
    Flat carried(int which) { return flat(trainer_.carried(which)); }
    void pack() {
        netspec::Unlocked free;
        std::lock_guard<std::mutex> mine(busy_);
        trainer_.pack();
    }

   private:
    template <class A, class B> static std::vector<A> cast(const std::vector<B>& pairs) {
        std::vector<A> all;
        for (const auto& pair : pairs) all.push_back({pair.first, pair.second});
        return all;
    }
    static std::vector<Penalty> penalties_of(const std::vector<std::pair<int, double>>& pairs) {
        std::vector<Penalty> all;
        for (const auto& pair : pairs) all.push_back({static_cast<PenaltyKind>(pair.first), pair.second});
        return all;
    }
    static TrainingBatch<T> batch(const In<T>& x, const In<T>& t) {
        const ptrdiff_t events = axis(x, 0);
        return {events, events ? static_cast<ptrdiff_t>(x.size()) / events : 0, x.data(), t.data(), nullptr,
                false, nullptr, {}, {}, {}, {}};
    }
    std::pair<double, ptrdiff_t> run(const TrainingBatch<T>& batch, const std::vector<double>& factors) {
        Update<T> rule = rule_;
        T* each[] = {&rule.rate, &rule.spread, &rule.kept};
        for (size_t i = 0; i < factors.size() && i < 3; i++) *each[i] = static_cast<T>(factors[i]);
        netspec::Unlocked free;
        std::lock_guard<std::mutex> mine(busy_);
        const Found found = trainer_.slopes(batch);
        if (found.count && !factors.empty()) trainer_.update(rule);
        return {found.loss, found.count};
    }
    Flat flat(T* at) { return Flat(at, {static_cast<size_t>(trainer_.size())}, nb::find(this)); }

    std::mutex busy_;  // a step at a time, whoever asks
    Trainer<T> trainer_;
    Update<T> rule_{};
};

template <class T> void bind_trainer(nb::module_& m, const char* course_name, const char* trainer_name) {
    using C = Course<T>;
    nb::class_<C>(m, course_name)
        .def(nb::init<const std::string&>(), "path"_a)
        .def("dense", &C::dense, "W"_a, "b"_a, "units"_a, "features"_a, "f"_a)
        .def("activation", &C::activation, "f"_a, "width"_a)
        .def("transformation", &C::transformation, "formula"_a, "inputs"_a, "outputs"_a, "width"_a)
        .def("convolution", &C::convolution, "W"_a, "b"_a, "filters"_a, "windows"_a, "f"_a)
        .def("max_pool", &C::max_pool, "windows"_a)
        .def("embedding", &C::embedding, "W"_a, "fixed"_a.noconvert().none(), "ids"_a, "units"_a, "each"_a)
        .def("same", &C::same, "width"_a, "keeps_steps"_a)
        .def("last_step", &C::last_step, "width"_a)
        .def("dropout", &C::dropout, "width"_a, "kept"_a, "slot"_a)
        .def("recurrent", &C::recurrent, "ways"_a, "reverse"_a, "merge"_a, "return_sequences"_a)
        .def("bidirectional", &C::bidirectional, "forward"_a, "reverse"_a, "merge"_a, "features"_a, "width"_a);
    using L = Learning<T>;
    nb::class_<L>(m, trainer_name)
        .def(nb::init<C&, ptrdiff_t, const std::vector<std::pair<ptrdiff_t, ptrdiff_t>>&, ptrdiff_t,
                      const nb::tuple&, const std::vector<std::pair<int, double>>&, std::pair<double, double>,
                      const nb::tuple&, int>(),
             "course"_a, "width"_a, "places"_a, "size"_a, "goal"_a, "penalties"_a, "clip"_a, "rule"_a,
             "threads"_a)
        .def("quickly", &L::quickly, "x"_a.noconvert(), "t"_a.noconvert(), "factors"_a)
        .def("step", &L::step, "x"_a.noconvert(), "t"_a.noconvert(), "w"_a.noconvert().none(),
             "lengths"_a.noconvert().none(), "states"_a, "finals"_a, "masks"_a, "drops"_a, "factors"_a)
        .def("weights", &L::weights)
        .def("gradient", &L::gradient)
        .def("carried", &L::carried, "which"_a)
        .def("pack", &L::pack);
}

}  // namespace
}  // namespace netspec

void bind_trainers(nb::module_& m) {
    netspec::bind_trainer<float>(m, "Course_float32", "Trainer_float32");
    netspec::bind_trainer<double>(m, "Course_float64", "Trainer_float64");
}
