// Networks on images and transformations, run and trained, as bits.cpp prints them.

#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "plan.h"
#include "trainer.h"

// Formulas of every kind for rows of `n` numbers, in float or in double.
template <class T, class Draw>
std::vector<std::shared_ptr<netspec::Formula<T>>> formulas(const char* path, ptrdiff_t n, bool in_float) {
    using namespace netspec;
    Draw draw;
    const auto matrix = draw.template numbers<double>(n * n), mean = draw.template numbers<double>(n);
    std::vector<T> low(static_cast<size_t>(n), T(-1.5)), high(static_cast<size_t>(n), T(1.25));
    const std::vector<double> first(static_cast<size_t>(n), -1), last(static_cast<size_t>(n), 0.875);
    std::vector<double> tables;
    for (ptrdiff_t i = 0; i < n * FINE; i++) {
        const double x = static_cast<double>(i % FINE) / static_cast<double>(FINE);
        tables.push_back(held(x * x, in_float));
    }
    std::vector<std::shared_ptr<Formula<T>>> all;
    for (bool inverse : {false, true}) {
        all.push_back(normalize<T>(low.data(), high.data(), n, inverse, in_float));
        for (bool flat : {false, true})
            all.push_back(gauss<T>(path, tables.data(), first.data(), last.data(), n, flat, inverse, in_float));
    }
    all.push_back(linear<T>(path, matrix.data(), mean.data(), nullptr, n, in_float));
    all.push_back(linear<T>(path, matrix.data(), nullptr, mean.data(), n, in_float));
    all.push_back(rearrange<T>(n));
    return all;
}

template <class T, class Draw, class Report>
void transformations(const netspec::Kernels<T>& kernels, Draw draw, const Report& report) {
    using namespace netspec;
    constexpr ptrdiff_t ROWS = 203, N = 5;
    const std::vector<T> v = draw.template numbers<T>(ROWS * N, 2), dw = draw.template numbers<T>(ROWS * N);
    Arena arena;
    for (bool in_float : {false, true}) {
        int number = 0;
        for (const auto& formula : formulas<T, Draw>(kernels.path, N, in_float)) {
            std::vector<T> w(v.size()), dv(v.size());
            formula->there(v.data(), ROWS, w.data(), arena);
            formula->back(v.data(), dw.data(), ROWS, dv.data(), arena);
            const std::string name = std::to_string(number++) + (in_float ? " in float" : " in double");
            report.say("formula " + name, w);
            report.say("slopes of formula " + name, dv);
        }
    }
}

// Two convolutions with a pooling between them, behind a transformation, run and then trained.
template <class T, class Draw, class Report>
void images(const netspec::Kernels<T>& kernels, Draw draw, const Report& report, int threads, double scale) {
    using namespace netspec;
    constexpr ptrdiff_t EVENTS = 131, FILTERS = 7, OUTPUTS = 3, STATES = 4;
    const Windows first{2, 9, 11, 3, 3, 1, 1, 1, 1}, pool{FILTERS, 9, 11, 2, 3, 2, 1, 0, 0};
    const Windows second{FILTERS, 4, 9, 2, 3, 2, 2, 0, 1};
    const ptrdiff_t numbers = OUTPUTS * second.pixels();
    const std::vector<Place> places{{0, FILTERS * first.terms()}, {128, FILTERS}, {144, OUTPUTS * second.terms()}};
    const ptrdiff_t size = 288;
    const std::vector<T> w = draw.template numbers<T>(size, scale);
    const auto formula = formulas<T, Draw>(kernels.path, 11, true)[1];
    std::vector<ptrdiff_t> columns, pairs;
    for (ptrdiff_t k = 0; k < 11; k++) columns.push_back(k);
    for (ptrdiff_t i = 0; i < numbers; i++) pairs.push_back(i % STATES);

    Sequence<T> stages;
    stages.add(transformation<T>(formula, columns, columns, 11));
    stages.add(convolution<T>(first, w.data(), w.data() + places[1].at, FILTERS, {Kind::elu, 0.5}));
    stages.add(max_pool<T>(pool));
    stages.add(convolution<T>(second, w.data() + places[2].at, nullptr, OUTPUTS, {Kind::softmax, 0}));
    const std::vector<T> variance(STATES, T(0.3));
    stages.add(batch_norm<T>(w.data(), w.data() + 8, w.data() + 16, variance.data(), 1e-5, pairs));
    const std::vector<T> x = draw.template numbers<T>(EVENTS * first.numbers(), 2);
    std::vector<T> y(static_cast<size_t>(EVENTS * numbers));
    run(stages, kernels, {EVENTS, first.numbers(), x.data(), nullptr, {}, {}, {}, y.data()}, threads);
    const std::string times = " times " + std::to_string(scale);
    report.say("images" + times, y);

    Chain<T> chain;
    chain.add(transformation_learner<T>(formula, columns, columns, 11));
    chain.add(convolution_learner<T>(first, places[0].at, places[1].at, FILTERS, {Kind::elu, 0.5}));
    chain.add(max_pool_learner<T>(pool));
    chain.add(convolution_learner<T>(second, places[2].at, NOWHERE, OUTPUTS, {Kind::softmax, 0}));
    const Goal goal{LossKind::squared_error, 0, false, {Kind::linear, 0}, second.columns()};
    Trainer<T> trainer(kernels, std::move(chain), 11, places, size, goal, std::vector<Penalty>(3), {0, 0}, threads);
    std::copy(w.begin(), w.end(), trainer.weights());
    trainer.pack();
    const std::vector<T> t = draw.template numbers<T>(EVENTS * numbers);
    const Update<T> rule{Rule::sgd, T(0.01), T(0), T(0), T(0), T(0), T(0), T(0), T(0)};
    for (int step = 0; step < 2; step++) {
        trainer.slopes({EVENTS, first.numbers(), x.data(), t.data(), nullptr, false, nullptr, {}, {}, {}, {}});
        report.say("slopes " + std::to_string(step) + " of images" + times, trainer.gradient(), size);
        trainer.update(rule);
    }
    report.say("weights of images" + times, trainer.weights(), size);
}
