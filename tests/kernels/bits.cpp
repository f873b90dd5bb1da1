// Prints hashes of all that the kernels compute and write, on every path that the processor can run.
//
// A line is a path, a type, what was computed, and the hash of its bits (NaN made canonical). Paths,
// processors and compilers must agree in every line; test_neon.py compares them.

#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "base64.h"
#include "decimals.h"
#include "dispatch.h"
#include "engine.h"
#include "float_mode.h"
#include "image_networks.h"
#include "plan.h"
#include "steps.h"

using namespace netspec;

namespace {

constexpr int THREADS = 3;

template <class T> using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

// Numbers that are the same everywhere: multiples of 2^-20 in [-scale, scale).
class Draw {
   public:
    template <class T> T number(double scale = 1) {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<T>(static_cast<double>(static_cast<int64_t>(state_) >> 43) * 0x1p-20 * scale);
    }
    template <class T> std::vector<T> numbers(ptrdiff_t count, double scale = 1) {
        std::vector<T> drawn(static_cast<size_t>(count));
        for (T& x : drawn) x = number<T>(scale);
        return drawn;
    }

   private:
    uint64_t state_ = 1;
};

template <class T> class Report {
   public:
    explicit Report(const Kernels<T>& kernels) : path_(kernels.path) {}
    void say(const std::string& what, const T* x, ptrdiff_t count) const {
        uint64_t hash = 0xcbf29ce484222325u;
        for (ptrdiff_t i = 0; i < count; i++) {
            Bits<T> bits;
            __builtin_memcpy(&bits, x + i, sizeof bits);
            hash = (hash ^ (x[i] == x[i] ? bits : 0x7fc00000u)) * 0x100000001b3u;
        }
        std::printf("%s %s %s %016llx\n", path_, sizeof(T) == 4 ? "float32" : "float64", what.c_str(),
                    static_cast<unsigned long long>(hash));
    }
    void say(const std::string& what, const std::vector<T>& x) const {
        say(what, x.data(), static_cast<ptrdiff_t>(x.size()));
    }

   private:
    const char* path_;
};

// All kinds of numbers, evenly over all bit patterns and densely where functions do something.
template <class T> std::vector<T> arguments() {
    Draw draw;
    std::vector<T> x = draw.numbers<T>(4001, 1);
    for (int i = 0; i < 4001; i++) x.push_back(draw.number<T>(sizeof(T) == 4 ? 100 : 750));
    for (uint64_t i = 0; i < 16384; i++) {
        Bits<T> bits = static_cast<Bits<T>>(i << (8 * sizeof(T) - 14) | i * 0x9e3779b97f4a7c15u >> 50);
        T number;
        __builtin_memcpy(&number, &bits, sizeof number);
        x.push_back(number);
    }
    return x;
}

template <class T> void functions(const Kernels<T>& kernels, const Report<T>& report) {
    const std::vector<T> all = arguments<T>();
    const std::vector<T> dy = Draw().numbers<T>(static_cast<ptrdiff_t>(all.size()));
    for (int kind = 0; kind <= static_cast<int>(Kind::log); kind++) {
        Function f{static_cast<Kind>(kind), 0.3};
        // A softmax is of a row, and not of all these at once.
        std::vector<T> x = f.kind == Kind::softmax ? Draw().numbers<T>(37, 4) : all, y = x, dx = x;
        ptrdiff_t count = static_cast<ptrdiff_t>(x.size());
        kernels.activate(f, x.data(), y.data(), count);
        report.say("function " + std::to_string(kind), y);
        if (f.kind >= Kind::exp) continue;  // not an activation
        kernels.activate_back(f, x.data(), y.data(), dy.data(), dx.data(), count);
        report.say("way back of function " + std::to_string(kind), dx);
    }
}

template <class T> void products(const Kernels<T>& kernels, const Report<T>& report) {
    Draw draw;
    for (ptrdiff_t rows : {1, 2, 7, 130})
        for (ptrdiff_t outputs : {1, 9, 37, 130})
            for (ptrdiff_t terms : {1, 128, 300}) {
                std::vector<T> W = draw.numbers<T>(outputs * terms), x = draw.numbers<T>(rows * terms);
                std::vector<T> start = draw.numbers<T>(outputs), y(static_cast<size_t>(rows * outputs));
                product(kernels, THREADS, x.data(), rows, W.data(), terms, ptrdiff_t(1), outputs, terms,
                        start.data(), ptrdiff_t(0), y.data());
                report.say("product of " + std::to_string(rows) + " x " + std::to_string(outputs) +
                               " x " + std::to_string(terms), y);
            }
}

// Long sums, over more events and steps than a level of a tree holds.
template <class T> void sums(const Kernels<T>& kernels, const Report<T>& report) {
    constexpr ptrdiff_t EVENTS = 300, STEPS = 19, OUTPUTS = 53, INPUTS = 11;
    Draw draw;
    std::vector<T> dz = draw.numbers<T>(EVENTS * STEPS * OUTPUTS);
    std::vector<T> x = draw.numbers<T>(EVENTS * STEPS * INPUTS);
    std::vector<T> slopes(OUTPUTS * INPUTS), bias(OUTPUTS);
    OuterSum<T> outer{};
    outer.events = EVENTS, outer.steps = STEPS, outer.outputs = OUTPUTS, outer.inputs = INPUTS;
    outer.dz = {dz.data(), STEPS * OUTPUTS, OUTPUTS}, outer.x = {x.data(), STEPS * INPUTS, INPUTS};
    outer.result = slopes.data();
    outer_sum(kernels, THREADS, outer);
    sum(kernels, THREADS, dz.data(), EVENTS, STEPS, OUTPUTS, bias.data());
    report.say("outer sum", slopes);
    report.say("sum", bias);
}

// The sweeps of a cell there and back, with all that they leave for each other.
template <class T>
void cell(const Kernels<T>& kernels, const Report<T>& report, CellKind kind, bool reset_after,
          bool state_bias, bool reverse, Kind function) {
    constexpr ptrdiff_t EVENTS = 5, STEPS = 9, UNITS = 19;
    const int64_t lengths[EVENTS] = {9, 1, 0, 6, 8};
    const bool lstm = kind == CellKind::lstm, gru = kind == CellKind::gru;
    const ptrdiff_t gates = (lstm ? 4 : gru ? 3 : 1) * UNITS;
    Draw draw;
    const std::vector<T> U = draw.numbers<T>(gates * UNITS, 0.5), b_state = draw.numbers<T>(gates);
    const CellOptions<T> options{kind, UNITS, {Kind::sigmoid, 0}, {function, 0.3}, {function, 0.3},
                                 lstm ? 1. : 0., reset_after, U.data(),
                                 state_bias ? b_state.data() : nullptr};
    auto room = [](ptrdiff_t each) { return std::vector<T>(static_cast<size_t>(EVENTS * STEPS * each)); };
    auto series = [](auto& array, ptrdiff_t each) {
        return Series<std::remove_reference_t<decltype(array[0])>>{array.data(), STEPS * each, each};
    };
    auto constant = [](Series<T> s) { return Series<const T>{s.at, s.event, s.step}; };
    const bool by_output = function == Kind::tanh;
    const std::vector<T> z = draw.numbers<T>(EVENTS * STEPS * gates), k = draw.numbers<T>(EVENTS * UNITS);
    const std::vector<T> h0 = draw.numbers<T>(EVENTS * UNITS), c0 = draw.numbers<T>(EVENTS * UNITS);
    std::vector<T> h = h0, c = c0, y = room(UNITS), after = room(gates), before = room(gates);
    std::vector<T> cells = room(UNITS), m = room(UNITS);
    Sweep<T> there{};
    there.events = EVENTS, there.steps = STEPS, there.reverse = reverse, there.lengths = lengths;
    there.drop = reverse ? k.data() : nullptr;
    there.z = series(z, gates), there.y = series(y, UNITS), there.h = h.data();
    there.gates = series(after, gates);
    if (!by_output) there.before = series(before, gates);
    if (lstm) there.c = c.data(), there.cells = series(cells, UNITS);
    if (gru) there.m = series(m, UNITS);
    sweep(kernels, THREADS, options, there);
    const std::vector<T> dy = draw.numbers<T>(EVENTS * STEPS * UNITS);
    std::vector<T> dh = draw.numbers<T>(EVENTS * UNITS), dc = draw.numbers<T>(EVENTS * UNITS);
    std::vector<T> dz = room(gates), ds = room(UNITS), dU(gates * UNITS), db(gates);
    SweepBack<T> back{};
    back.events = EVENTS, back.steps = STEPS, back.reverse = reverse, back.lengths = lengths;
    back.drop = there.drop, back.gates = constant(there.gates), back.before = constant(there.before);
    back.cells = constant(there.cells), back.m = constant(there.m), back.y = constant(there.y);
    back.h0 = h0.data(), back.c0 = c0.data(), back.dy = series(dy, UNITS);
    back.dh = dh.data(), back.dc = lstm ? dc.data() : nullptr, back.dz = series(dz, gates);
    if (reset_after) back.ds = series(ds, UNITS);
    sweep_back(kernels, THREADS, options, back);
    OuterSum<T> outer{};
    outer.events = EVENTS, outer.steps = STEPS, outer.outputs = gates, outer.inputs = UNITS;
    outer.dz = constant(back.dz), outer.x = back.y, outer.result = dU.data(), outer.sums = db.data();
    outer.lengths = lengths, outer.first = h0.data(), outer.reverse = reverse, outer.drop = there.drop;
    outer_sum(kernels, THREADS, outer);
    const std::string name = std::string(lstm ? "lstm" : gru ? "gru" : "rnn") +
                             (reset_after ? " reset_after" : "") + (state_bias ? " state_bias" : "") +
                             (reverse ? " reverse" : "") + " with function " +
                             std::to_string(static_cast<int>(function));
    report.say(name + ": y", y);
    report.say(name + ": h", h);
    report.say(name + ": c", c);
    report.say(name + ": dz", dz);
    report.say(name + ": ds", ds);
    report.say(name + ": dU", dU);
    report.say(name + ": db", db);
    report.say(name + ": dh", dh);
    report.say(name + ": dc", dc);
}

// A whole network, on several threads, while the caller flushes subnormal numbers to zero: `scale`
// makes its numbers as small.
template <class T> void network(const Kernels<T>& kernels, const Report<T>& report, double scale) {
    constexpr ptrdiff_t EVENTS = 130, STEPS = 7, FEATURES = 5, UNITS = 10, WIDTH = 3;
    Draw draw;
    std::vector<std::vector<T>> kept;
    auto drawn = [&](ptrdiff_t count, double most) {
        kept.push_back(draw.numbers<T>(count, most));
        return kept.back().data();
    };
    kept.reserve(16);
    std::vector<CellWeights<T>> ways;
    for (int way = 0; way < 2; way++)
        ways.push_back({CellKind::lstm, FEATURES, UNITS, {Kind::sigmoid, 0}, {Kind::tanh, 0},
                        {Kind::tanh, 0}, 0, false, drawn(4 * UNITS * FEATURES, 1),
                        drawn(4 * UNITS * UNITS, 1), nullptr, nullptr, {}, {}});
    Sequence<T> stages;
    stages.add(recurrent(kernels, ways, false, Merge::concat, true));
    const T* W = drawn(WIDTH * 2 * UNITS, scale);
    const T* b = drawn(WIDTH, scale);
    stages.add(dense(kernels, W, b, WIDTH, 2 * UNITS, {Kind::linear, 0}));
    std::vector<T> x = draw.numbers<T>(EVENTS * STEPS * FEATURES), y(EVENTS * STEPS * WIDTH);
    std::vector<int64_t> lengths;
    for (int64_t e = 0; e < EVENTS; e++) lengths.push_back(e % (STEPS + 1));
    Batch<T> batch{EVENTS, STEPS * FEATURES, x.data(), lengths.data(), {}, {}, {}, y.data()};
    const uint64_t found = FloatMode::get();
#if defined(__x86_64__)
    const uint64_t flushing = found | 0x8040;
#else
    const uint64_t flushing = found | 1 << 24;
#endif
    FloatMode::set(flushing);
    run(stages, kernels, batch, THREADS);
    const bool put_back = (FloatMode::get() & flushing) == flushing;
    FloatMode::set(found);
    report.say("network times " + std::to_string(scale) + (put_back ? "" : " (mode not put back)"), y);
}

// Decimals and base64, there and back; the same on every path.
template <class T> void words(const Report<T>& report) {
    const std::vector<T> x = arguments<T>();
    const size_t count = x.size(), bytes = count * sizeof(T);
    std::vector<char> text(count * text::LONGEST + text::BESIDE);
    text.resize(static_cast<size_t>(text::write_lines(x.data(), count, 7, 0, text.data()) - text.data()));
    std::vector<T> again(count);
    text::Reading reading = text::read_numbers(text.data(), text.size(), again.data(), count);
    const bool same = reading.count == count && !std::memcmp(again.data(), x.data(), bytes);
    std::vector<char> base64(text::base64_size(bytes));
    text::write_base64(reinterpret_cast<const uint8_t*>(x.data()), bytes, base64.data());
    const bool read = text::read_base64(base64.data(), base64.size(),
                                        reinterpret_cast<uint8_t*>(again.data()), bytes);
    const bool both = same && read && !std::memcmp(again.data(), x.data(), bytes);
    text.insert(text.end(), base64.begin(), base64.end());
    const std::vector<T> letters(text.begin(), text.end());
    report.say(both ? "text" : "text (not read back)", letters);
}

template <class T> void everything(const std::string& path) {
    const Kernels<T>& table = kernels<T>(path);
    const Report<T> report(table);
    words(report);
    functions(table, report);
    products(table, report);
    sums(table, report);
    for (bool reverse : {false, true})
        for (bool state_bias : {false, true})
            for (Kind function : {Kind::tanh, Kind::gelu}) {
                cell(table, report, CellKind::rnn, false, state_bias, reverse, function);
                cell(table, report, CellKind::lstm, false, state_bias, reverse, function);
                cell(table, report, CellKind::gru, false, state_bias, reverse, function);
                cell(table, report, CellKind::gru, true, state_bias, reverse, function);
            }
    losses_and_optimizers(table, Draw(), report);
    steps(table, Draw(), report, THREADS);
    transformations<T>(table, Draw(), report);
    images(table, Draw(), report, THREADS, 1);
    images(table, Draw(), report, THREADS, sizeof(T) == 4 ? 0x1p-135 : 0x1p-1060);
    network(table, report, 1);
    network(table, report, sizeof(T) == 4 ? 0x1p-135 : 0x1p-1060);
}

}  // namespace

int main() {
    for (const std::string& path : paths()) {
        everything<float>(path);
        everything<double>(path);
    }
}
