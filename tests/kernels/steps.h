// Losses, optimizers and whole steps of training, as bits.cpp prints them.

#pragma once

#include <string>
#include <vector>

#include "trainer.h"

template <class T, class Draw, class Report>
void losses_and_optimizers(const netspec::Kernels<T>& kernels, Draw draw, const Report& report) {
    using namespace netspec;
    constexpr ptrdiff_t ROWS = 23, WIDTH = 19, COUNT = ROWS * WIDTH;
    const std::vector<T> y = draw.template numbers<T>(COUNT, 40), t = draw.template numbers<T>(COUNT);
    const std::vector<T> w = draw.template numbers<T>(ROWS);
    for (int kind = 0; kind < 5; kind++)
        for (bool weighted : {false, true}) {
            std::vector<T> value(COUNT), slope(COUNT);
            const Loss<T> loss{static_cast<LossKind>(kind), T(0.7), T(0.35), T(0.01), weighted ? w.data() : nullptr};
            kernels.loss(loss, y.data(), t.data(), value.data(), slope.data(), ROWS, WIDTH);
            report.say("loss " + std::to_string(kind), value);
            report.say("slope of loss " + std::to_string(kind), slope);
        }
    for (int kind = 0; kind < 9; kind++) {
        std::vector<T> moved = y, one(COUNT), two(COUNT);
        const Update<T> rule{static_cast<Rule>(kind), T(0.01), T(0.3), T(0.9), T(0.9), T(0.1), T(0.99), T(0.01), T(1e-7)};
        for (int step = 0; step < 3; step++)
            kernels.update(rule, moved.data(), t.data(), one.data(), two.data(), COUNT);
        for (const auto* array : {&moved, &one, &two}) report.say("rule " + std::to_string(kind), *array);
    }
}

// Three steps of a network with two directions, a dense layer and dropout, on padded sequences.
template <class T, class Draw, class Report>
void steps(const netspec::Kernels<T>& kernels, Draw draw, const Report& report, int threads) {
    using namespace netspec;
    constexpr ptrdiff_t EVENTS = 300, STEPS = 4, FEATURES = 5, UNITS = 6, WIDTH = 3;
    std::vector<Place> places;
    ptrdiff_t size = 0;
    auto place = [&](ptrdiff_t count) {
        places.push_back({size, count});
        size += (count + 15) / 16 * 16;
        return places.back().at;
    };
    std::vector<CellPlaces<T>> ways;
    for (int way = 0; way < 2; way++) {
        CellPlaces<T> p{};
        p.kind = CellKind::gru;
        p.features = FEATURES, p.units = UNITS;
        p.gate = {Kind::sigmoid, 0}, p.candidate = p.cell = {Kind::tanh, 0};
        p.W = place(3 * UNITS * FEATURES), p.U = place(3 * UNITS * UNITS);
        p.b = place(3 * UNITS), p.b_state = place(3 * UNITS);
        p.learned = {place(UNITS)};
        p.slots = {way};
        p.drop = way ? 0 : static_cast<int>(NOWHERE);
        ways.push_back(p);
    }
    Chain<T> chain;
    chain.add(recurrent_learner(kernels, ways, false, Merge::mul, true));
    chain.add(dropout_learner<T>(UNITS, 0.75, 0));
    const ptrdiff_t W = place(WIDTH * UNITS), b = place(WIDTH);
    chain.add(dense_learner<T>(kernels, W, b, WIDTH, UNITS, {Kind::gelu, 0}));
    const Goal goal{LossKind::softmax_cross_entropy, 0, false, {Kind::linear, 0}, WIDTH};
    const std::vector<Penalty> penalties(places.size(), {PenaltyKind::l1, 0.001});
    Trainer<T> trainer(kernels, std::move(chain), FEATURES, places, size, goal, penalties, {0.5, 0.25}, threads);
    for (const Place& p : places)
        for (ptrdiff_t i = 0; i < p.count; i++) trainer.weights()[p.at + i] = draw.template number<T>();
    trainer.pack();
    std::vector<T> x = draw.template numbers<T>(EVENTS * STEPS * FEATURES);
    std::vector<T> t = draw.template numbers<T>(EVENTS * STEPS * WIDTH), drop = draw.template numbers<T>(EVENTS * UNITS);
    std::vector<int64_t> lengths;
    std::vector<uint8_t> mask;
    for (int64_t e = 0; e < EVENTS; e++) lengths.push_back(e % (STEPS + 1));
    for (ptrdiff_t i = 0; i < EVENTS * STEPS * UNITS; i++) mask.push_back(i % 4 > 0);
    const TrainingBatch<T> batch{EVENTS, STEPS * FEATURES, x.data(), t.data(), nullptr, false, lengths.data(),
                                 {}, {}, {mask.data()}, {drop.data()}};
    const Update<T> rule{Rule::adamw, T(0.01), T(0.3), T(0.99), T(0.9), T(0.1), T(0.99), T(0.01), T(1e-7)};
    for (int step = 0; step < 3; step++) {
        const T loss = static_cast<T>(trainer.slopes(batch).loss);
        trainer.update(rule);
        report.say("loss of a step", &loss, 1);
        report.say("gradient of a step", trainer.gradient(), trainer.size());
        report.say("weights after a step", trainer.weights(), trainer.size());
    }
}
