// A recurrent layer, in one direction or two, while it is trained (netspec/layers/recurrent.py).
//
// Each direction keeps the tape of its sweep, gates, cells and outputs, and on the way back the slopes
// in its pre-activations. Two directions that are set side by side write and read where the merged
// output has its place.

#include <algorithm>

#include "merge.h"
#include "recurrent_way.h"

namespace netspec {
namespace {

template <class T> class RecurrentLearner : public Learner<T> {
   public:
    RecurrentLearner(const Kernels<T>& kernels, const std::vector<CellPlaces<T>>& ways, bool reverse,
                     Merge merge, bool return_sequences)
        : reverse_(reverse), merge_(merge), return_sequences_(return_sequences) {
        for (const auto& way : ways) ways_.push_back(std::make_unique<RecurrentWay<T>>(kernels, way));
        beside_ = ways_.size() < 2 || merge == Merge::concat;
    }

    bool keeps_steps() const override { return return_sequences_; }
    bool clears_padding() const override { return true; }
    bool has_weights() const override { return true; }
    ptrdiff_t width() const override { return units() * (beside_ ? static_cast<ptrdiff_t>(ways_.size()) : 1); }
    ptrdiff_t gives(ptrdiff_t size) const override {
        return return_sequences_ ? size / ways_[0]->features() * width() : width();
    }
    double work(ptrdiff_t size) const override {
        double step = 0;
        for (const auto& way : ways_) step += way->work();
        return static_cast<double>(size / ways_[0]->features()) * step;
    }
    void settle(bool slope_in_x) override {
        for (const auto& way : ways_) way->settle(slope_in_x);
    }
    void pack(const T* weights, std::vector<Packing<T>>& packings) override {
        for (const auto& way : ways_) way->pack(weights, packings);
    }
    void begin(const std::vector<const T*>& states) override {
        for (const auto& way : ways_) way->begin(states);
    }
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) override {
        const bool own_output = !return_sequences_ || !beside_;
        for (const auto& way : ways_)
            way->prepare(memory, events, size / ways_[0]->features(), own_output);
    }

    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        Arena::Scope scope(tile.arena);
        const ptrdiff_t n = units(), each = gives(size);
        const T* h[2] = {};
        for (size_t i = 0; i < ways_.size(); i++) {
            const bool reverse = reverse_ || i == 1;
            h[i] = ways_[i]->forward(tile, x, return_sequences_ ? place(y, i, each) : Series<T>{}, reverse);
            if (!return_sequences_ && beside_)
                for (ptrdiff_t e = 0; e < tile.count; e++)
                    std::copy(h[i] + e * n, h[i] + (e + 1) * n, y + e * each + static_cast<ptrdiff_t>(i) * n);
        }
        if (beside_) return;
        combine(merge_, output(tile, 0), output(tile, 1), y, tile.count * each);
    }

    void back(const Tile<T>& tile, const T*, ptrdiff_t size, const T* y, T* dy, T* dx) override {
        const ptrdiff_t n = units(), each = gives(size), count = tile.count * each;
        for (size_t i = 0; i < ways_.size(); i++) {
            Arena::Scope scope(tile.arena);
            const T* part = dy;
            if (!beside_ && merge_ != Merge::sum) {
                T* own = tile.arena.template numbers<T>(count);
                const T* other = merge_ == Merge::mul ? output(tile, 1 - i) : nullptr;
                for (ptrdiff_t k = 0; k < count; k++) own[k] = other ? dy[k] * other[k] : dy[k] * T(0.5);
                part = own;
            }
            const bool reverse = reverse_ || i == 1;
            if (return_sequences_) {
                const Series<const T> slope = beside_ ? place(part, i, each) : Series<const T>{part, each, n};
                ways_[i]->back(tile, place(y, i, each), slope, nullptr, reverse);
            } else {
                T* final = tile.arena.template numbers<T>(tile.count * n);
                const ptrdiff_t first = beside_ ? static_cast<ptrdiff_t>(i) * n : 0;
                for (ptrdiff_t e = 0; e < tile.count; e++)
                    std::copy(part + e * each + first, part + e * each + first + n, final + e * n);
                ways_[i]->back(tile, {}, {}, final, reverse);
            }
            if (dx) ways_[i]->slope_in_x(tile, dx, i == 1);
        }
    }

    void sum(Sums<T>& sums, const T* x, ptrdiff_t) const override {
        for (const auto& way : ways_) way->sum(sums, x);
    }

   private:
    ptrdiff_t units() const { return ways_[0]->units(); }

    // What a way gave, where it does not stand in y.
    const T* output(const Tile<T>& tile, size_t way) const {
        return return_sequences_ ? ways_[way]->outputs(tile) : ways_[way]->last(tile);
    }

    // Where the outputs of a way stand in y (events, steps, width), beside the other's; none: on its tape.
    template <class A> Series<A> place(A* y, size_t way, ptrdiff_t each) const {
        if (!beside_) return {};
        return {y + static_cast<ptrdiff_t>(way) * units(), each, width()};
    }

    std::vector<std::unique_ptr<RecurrentWay<T>>> ways_;
    bool reverse_;
    Merge merge_;
    bool return_sequences_, beside_;
};

}  // namespace

template <class T>
std::unique_ptr<Learner<T>> recurrent_learner(const Kernels<T>& kernels,
                                              const std::vector<CellPlaces<T>>& ways, bool reverse,
                                              Merge merge, bool return_sequences) {
    return std::make_unique<RecurrentLearner<T>>(kernels, ways, reverse, merge, return_sequences);
}

template std::unique_ptr<Learner<float>> recurrent_learner(const Kernels<float>&,
                                                           const std::vector<CellPlaces<float>>&, bool, Merge,
                                                           bool);
template std::unique_ptr<Learner<double>> recurrent_learner(const Kernels<double>&,
                                                            const std::vector<CellPlaces<double>>&, bool,
                                                            Merge, bool);

}  // namespace netspec
