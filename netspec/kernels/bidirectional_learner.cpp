// Two stacks while they are trained: one reads forward, the other is given each sequence turned round.

#include <algorithm>

#include "learner.h"
#include "merge.h"
#include "turned.h"

namespace netspec {
namespace {

template <class T> class BidirectionalLearner : public Learner<T> {
   public:
    BidirectionalLearner(Chain<T> forward, Chain<T> reverse, Merge merge, ptrdiff_t features, ptrdiff_t width)
        : chains_{std::move(forward), std::move(reverse)}, merge_(merge), features_(features), width_(width) {}

    bool keeps_steps() const override { return chains_[0].keeps_steps(); }
    bool clears_padding() const override { return true; }
    bool has_weights() const override { return chains_[0].has_weights(); }
    ptrdiff_t width() const override { return width_ * (merge_ == Merge::concat ? 2 : 1); }
    ptrdiff_t gives(ptrdiff_t size) const override { return chains_[0].gives(size) / width_ * width(); }
    double work(ptrdiff_t size) const override { return chains_[0].work(size) + chains_[1].work(size); }
    void settle(bool slope_in_x) override {
        for (auto& chain : chains_) chain.settle(slope_in_x);
    }
    void pack(const T* weights, std::vector<Packing<T>>& packings) override {
        for (auto& chain : chains_) chain.pack(weights, packings);
    }
    void begin(const std::vector<const T*>& states) override {
        for (auto& chain : chains_) chain.begin(states);
    }
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) override {
        const ptrdiff_t each = chains_[0].gives(size);
        round_ = memory.numbers<T>(events * size);
        for (int i = 0; i < 2; i++) {
            chains_[i].prepare(memory, events, size, features_, false);
            y_[i] = memory.numbers<T>(events * each);
        }
    }

    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        const ptrdiff_t each = chains_[0].gives(size), all = tile.count * each;
        T* round = round_ + tile.first * size;
        turned(tile.lengths, tile.count, size, features_, x, round);
        T* outputs[] = {y_[0] + tile.first * each, y_[1] + tile.first * each};
        const T* one = chains_[0].forward(tile, x);
        std::copy(one, one + all, outputs[0]);
        in_place(tile, chains_[1].forward(tile, round), outputs[1], each);
        if (merge_ != Merge::concat) return combine(merge_, outputs[0], outputs[1], y, all);
        for (ptrdiff_t at = 0; at < all; at += width_)
            for (int i = 0; i < 2; i++)
                std::copy(outputs[i] + at, outputs[i] + at + width_, y + 2 * at + i * width_);
    }

    void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T*, T* dy, T* dx) override {
        Arena::Scope scope(tile.arena);
        const ptrdiff_t each = chains_[0].gives(size), all = tile.count * each, given = tile.count * size;
        auto buffer = [&](ptrdiff_t count) { return tile.arena.template numbers<T>(count); };
        T *part = buffer(all), *placed = buffer(all);
        T *own = dx ? buffer(given) : nullptr, *again = dx ? buffer(given) : nullptr;
        for (int i = 0; i < 2; i++) {
            const T* other = y_[1 - i] + tile.first * each;
            for (ptrdiff_t k = 0; k < all; k++)
                part[k] = merge_ == Merge::concat ? dy[k / width_ * 2 * width_ + i * width_ + k % width_]
                          : merge_ == Merge::mul  ? dy[k] * other[k]
                          : merge_ == Merge::mean ? dy[k] * T(0.5)
                                                  : dy[k];
            if (i == 0) {
                chains_[0].back(tile, x, part, dx);
                continue;
            }
            in_place(tile, part, placed, each);
            chains_[1].back(tile, round_ + tile.first * size, placed, own);
        }
        if (!dx) return;
        turned<T>(tile.lengths, tile.count, size, features_, own, again);
        for (ptrdiff_t k = 0; k < given; k++) dx[k] = dx[k] + again[k];
    }

    void sum(Sums<T>& sums, const T* x, ptrdiff_t) const override {
        chains_[0].sum(sums, x);
        chains_[1].sum(sums, round_);
    }

   private:
    // What the second stack gives, or its slope, to where its inputs stood; a copy where it keeps no steps.
    void in_place(const Tile<T>& tile, const T* from, T* to, ptrdiff_t each) const {
        if (keeps_steps()) turned(tile.lengths, tile.count, each, width_, from, to);
        else std::copy(from, from + tile.count * each, to);
    }

    Chain<T> chains_[2];
    Merge merge_;
    ptrdiff_t features_, width_;
    T *round_ = nullptr, *y_[2] = {};  // of the wave
};

}  // namespace

template <class T>
std::unique_ptr<Learner<T>> bidirectional_learner(Chain<T> forward, Chain<T> reverse, Merge merge,
                                                  ptrdiff_t features, ptrdiff_t width) {
    return std::make_unique<BidirectionalLearner<T>>(std::move(forward), std::move(reverse), merge, features,
                                                     width);
}

template std::unique_ptr<Learner<float>> bidirectional_learner(Chain<float>, Chain<float>, Merge, ptrdiff_t,
                                                               ptrdiff_t);
template std::unique_ptr<Learner<double>> bidirectional_learner(Chain<double>, Chain<double>, Merge,
                                                                ptrdiff_t, ptrdiff_t);

}  // namespace netspec
