// Who computes what in a step of training.
//
// A batch goes through in waves of whole blocks of 128 events, the blocks that rule 2 of README.md cuts
// a long sum into. A wave goes through in tiles of a few events, each on one thread, there and back; then
// threads share out the slopes that are summed over its events. A batch of one wave is summed up at
// once, of several block by block, so that the memory of a step does not grow with the batch.

#include "trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "float_mode.h"
#include "gradient_tree.h"
#include "pool.h"
#include "rows.h"
#include "work.h"

namespace netspec {
namespace {

constexpr ptrdiff_t TILE = 48;          // events; a multiple of the rows of a product's tile
constexpr ptrdiff_t LARGEST_TILE = 96;  // where that makes one tile for each thread
constexpr ptrdiff_t COLUMNS = 64;       // of a plain sum at a time
constexpr ptrdiff_t NUMBERS = 16384;    // of an update at a time

template <class T> Aligned<T> zeros(ptrdiff_t count) {
    Aligned<T> memory = aligned<T>(count);
    std::fill_n(memory.get(), count, T(0));
    return memory;
}

}  // namespace

template <class T>
Trainer<T>::Trainer(const Kernels<T>& kernels, Chain<T> chain, ptrdiff_t width, std::vector<Place> places,
                    ptrdiff_t size, Goal goal, std::vector<Penalty> penalties, Clip clip, int threads)
    : kernels_(kernels), chain_(std::move(chain)), width_(width), places_(std::move(places)), size_(size),
      goal_(goal), penalties_(std::move(penalties)), clip_(clip), threads_(threads), w_(zeros<T>(size)),
      g_(zeros<T>(size + goal.width)), one_(zeros<T>(size)), two_(zeros<T>(size)),
      memory_(std::numeric_limits<size_t>::max()) {
    chain_.settle(false);
    pack();
}

template <class T> void Trainer<T>::pack() {
    packings_.clear();
    chain_.pack(w_.get(), packings_);
    const int jobs = static_cast<int>(packings_.size());
    in_parallel(worth(threads_, 8 * static_cast<double>(size_)), jobs, [&](int job) {
        const Packing<T>& p = packings_[static_cast<size_t>(job)];
        kernels_.pack(p.W, p.output_stride, p.term_stride, p.outputs, p.terms, p.packed);
    });
}

template <class T> Found Trainer<T>::slopes(const TrainingBatch<T>& batch) {
    FloatMode mode;
    if (!batch.events) return {0.0, 0};
    chain_.begin(batch.states);
    const ptrdiff_t rows = chain_.gives(batch.size) / goal_.width;
    const ptrdiff_t values = values_of(goal_.loss, goal_.width);
    ptrdiff_t valid = batch.events * rows;
    if (batch.lengths && chain_.keeps_steps()) {
        valid = 0;
        for (ptrdiff_t e = 0; e < batch.events; e++) valid += static_cast<ptrdiff_t>(batch.lengths[e]);
    }
    const ptrdiff_t count = valid * values;
    const T share = count ? static_cast<T>(1.0 / static_cast<double>(count)) : T(0);
    const ptrdiff_t wave = BLOCK * (threads_ > 1 ? threads_ : 2);
    if (batch.events <= wave) {
        there_and_back(batch, 0, batch.events, share);
        outers_.clear(), plains_.clear(), others_.clear();
        gather(batch.x, rows, 0, batch.events, g_.get());
        run_sums();
    } else {
        GradientTree<T> tree(size_ + values);
        std::vector<Aligned<T>> blocks;
        for (ptrdiff_t first = 0; first < batch.events; first += wave) {
            const ptrdiff_t events = std::min(wave, batch.events - first);
            there_and_back(batch, first, events, share);
            outers_.clear(), plains_.clear(), others_.clear();
            size_t number = 0;
            for (ptrdiff_t block = 0; block < events; block += BLOCK, number++) {
                if (number == blocks.size()) blocks.push_back(zeros<T>(size_ + values));
                gather(batch.x + first * batch.size, rows, block, std::min(BLOCK, events - block),
                       blocks[number].get());
            }
            run_sums();
            for (size_t i = 0; i < number; i++) tree.add(blocks[i].get());
        }
        tree.sum(g_.get());
    }
    if (!count) return {0.0, 0};
    T total;
    kernels_.sum({g_.get() + size_, 1, 1}, values, 1, 0, 1, &total);
    return {static_cast<double>(total / static_cast<T>(count)), count};
}

// Some events to the slopes in every pre-activation, and the values of the loss.
template <class T>
void Trainer<T>::there_and_back(const TrainingBatch<T>& batch, ptrdiff_t first, ptrdiff_t events, T share) {
    memory_.restart();
    chain_.prepare(memory_, events, batch.size, width_, batch.lengths != nullptr);
    const ptrdiff_t rows = chain_.gives(batch.size) / goal_.width;
    values_ = memory_.numbers<T>(events * rows * values_of(goal_.loss, goal_.width));
    const double work = chain_.work(batch.size) * static_cast<double>(events);
    const int threads = worth(threads_, work);
    ptrdiff_t parts = threads;
    if (events > LARGEST_TILE * threads) parts = (events + TILE * threads - 1) / (TILE * threads) * threads;
    parts = std::max<ptrdiff_t>(1, std::min(parts, events));
    auto part = [&](int number) {
        const ptrdiff_t begin = events * number / parts, end = events * (number + 1) / parts;
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        tile(batch, {kernels_, arena, begin, end - begin, first + begin,
                     batch.lengths ? batch.lengths + first + begin : nullptr, batch.states, batch.finals,
                     batch.masks, batch.drops, parts > 1 ? 1 : threads_}, share);
    };
    in_parallel(threads, static_cast<int>(parts), part);
}

template <class T> void Trainer<T>::tile(const TrainingBatch<T>& batch, const Tile<T>& tile, T share) {
    const ptrdiff_t size = chain_.gives(batch.size), width = goal_.width, steps = size / width;
    const ptrdiff_t rows = tile.count * steps, values = values_of(goal_.loss, width);
    const T* x = batch.x + tile.place * batch.size;
    const T* y = chain_.forward(tile, x);
    T* dy = tile.arena.template numbers<T>(tile.count * size);
    const bool through = goal_.of_output && goal_.output.kind != Kind::linear;
    const T* seen = y;
    if (through) {
        T* output = tile.arena.template numbers<T>(tile.count * size);
        activate_rows(kernels_, goal_.output, y, output, rows, width);
        seen = output;
    }
    const T delta = static_cast<T>(goal_.delta);
    Loss<T> loss{goal_.loss, delta, static_cast<T>(0.5 * goal_.delta), share, nullptr};
    if (batch.w) {
        T* w = tile.arena.template numbers<T>(rows);
        for (ptrdiff_t r = 0; r < rows; r++)
            w[r] = batch.by_row ? batch.w[tile.place * steps + r] : batch.w[tile.place + r / steps];
        loss.w = w;
    }
    T* value = values_ + tile.first * steps * values;
    kernels_.loss(loss, seen, batch.t + tile.place * size, value, dy, rows, width);
    const int64_t* lengths = chain_.keeps_steps() ? tile.lengths : nullptr;
    clear_padding(lengths, tile.count, steps * values, values, value);
    clear_padding(lengths, tile.count, size, width, dy);
    if (through) activate_rows_back(kernels_, goal_.output, y, seen, dy, dy, rows, width);
    chain_.back(tile, x, dy, nullptr);
}

// Name the sums over some events of a wave; x is its input.
template <class T>
void Trainer<T>::gather(const T* x, ptrdiff_t steps, ptrdiff_t first, ptrdiff_t events, T* g) {
    Sums<T> sums{first, events, g, outers_, plains_, others_};
    chain_.sum(sums, x);
    const ptrdiff_t values = values_of(goal_.loss, goal_.width);
    sums.plain({values_, steps * values, values}, values, steps, size_);
}

// All sums that were named, cut into pieces that share nothing.
template <class T> void Trainer<T>::run_sums() {
    double work = 0;
    for (const OuterSum<T>& s : outers_)
        work += static_cast<double>(s.events * s.steps) * static_cast<double>(s.outputs * s.inputs);
    for (const PlainSum<T>& s : plains_)
        work += static_cast<double>(s.events * s.steps) * static_cast<double>(s.width);
    const int threads = worth(threads_, work);
    std::vector<int> ends;
    auto last = [&] { return ends.empty() ? 0 : ends.back(); };
    for (const OuterSum<T>& s : outers_)
        ends.push_back(last() + static_cast<int>(kernels_.outer_sum_blocks(s, threads)));
    for (const PlainSum<T>& s : plains_)
        ends.push_back(last() + static_cast<int>((s.width + COLUMNS - 1) / COLUMNS));
    const int others = static_cast<int>(others_.size());
    auto piece = [&](int number) {
        if (number < others) return others_[static_cast<size_t>(number)]();
        number -= others;
        const auto found = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), number) - ends.begin());
        const ptrdiff_t block = number - (found ? ends[found - 1] : 0);
        if (found < outers_.size()) {
            const OuterSum<T>& s = outers_[found];
            Arena& arena = Arena::mine();
            Arena::Scope scope(arena);
            kernels_.outer_sum(s, threads, block, arena.numbers<T>(kernels_.outer_sum_workspace(s, threads)));
            return;
        }
        const PlainSum<T>& s = plains_[found - outers_.size()];
        kernels_.sum(s.x, s.events, s.steps, block * COLUMNS, std::min(s.width, (block + 1) * COLUMNS), s.result);
    };
    in_parallel(threads, others + last(), piece);
}

template <class T> void Trainer<T>::update(const Update<T>& rule) {
    FloatMode mode;
    penalize();
    clip();
    const int jobs = static_cast<int>((size_ + NUMBERS - 1) / NUMBERS);
    in_parallel(worth(threads_, 8 * static_cast<double>(size_)), jobs, [&](int job) {
        const ptrdiff_t first = job * NUMBERS, count = std::min(NUMBERS, size_ - first);
        kernels_.update(rule, w_.get() + first, g_.get() + first, one_.get() + first, two_.get() + first, count);
    });
    pack();
}

// The gradient with the penalty's own slope (netspec/training/penalty.py).
template <class T> void Trainer<T>::penalize() {
    for (size_t p = 0; p < penalties_.size(); p++) {
        const PenaltyKind kind = penalties_[p].kind;
        if (kind == PenaltyKind::none) continue;
        const T strength = static_cast<T>(penalties_[p].strength);
        const T twice = static_cast<T>(2 * penalties_[p].strength);
        const T* w = w_.get() + places_[p].at;
        T* g = g_.get() + places_[p].at;
        for (ptrdiff_t i = 0; i < places_[p].count; i++) {
            const T down = w[i] < 0 ? g[i] - strength : g[i] + strength;
            if (kind == PenaltyKind::l2) g[i] = g[i] + twice * w[i];
            else g[i] = kind == PenaltyKind::l1 && w[i] == 0 ? g[i] : down;
        }
    }
}

// The gradient held within bounds (netspec/training/clipping.py).
template <class T> void Trainer<T>::clip() {
    T* g = g_.get();
    if (clip_.value > 0) {
        const T high = static_cast<T>(clip_.value), low = -high;
        for (ptrdiff_t i = 0; i < size_; i++) {
            const T raised = g[i] >= low || g[i] != g[i] ? g[i] : low;
            g[i] = raised <= high || raised != raised ? raised : high;
        }
    }
    if (clip_.norm <= 0 || places_.empty()) return;
    const T most = static_cast<T>(clip_.norm), norm = std::sqrt(squares());
    if (!(norm > most)) return;
    const T scale = most / norm;
    for (ptrdiff_t i = 0; i < size_; i++) g[i] = g[i] * scale;
}

// The sum of squares of all gradients: each array's own first, then array after array.
template <class T> T Trainer<T>::squares() const {
    Arena& arena = Arena::mine();
    T all = 0;
    for (size_t p = 0; p < places_.size(); p++) {
        Arena::Scope scope(arena);
        const Place& place = places_[p];
        T* squared = arena.numbers<T>(place.count);
        for (ptrdiff_t i = 0; i < place.count; i++) squared[i] = g_[place.at + i] * g_[place.at + i];
        T own;
        kernels_.sum({squared, 1, 1}, place.count, 1, 0, 1, &own);
        all = p ? all + own : own;
    }
    return all;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace netspec
