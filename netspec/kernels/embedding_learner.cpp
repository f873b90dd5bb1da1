// A table of vectors that ids are looked up in, while it is trained (netspec/layers/embedding.py).
//
// Who gives the ids has checked them; one that is none reads the first row, so that nothing else is read.

#include <algorithm>

#include "learner.h"
#include "scatter_tree.h"

namespace netspec {
namespace {

template <class T> class EmbeddingLearner : public Learner<T> {
   public:
    EmbeddingLearner(ptrdiff_t W, const T* fixed, ptrdiff_t ids, ptrdiff_t units, ptrdiff_t each)
        : W_(W), ids_(ids), units_(units), each_(each) {
        if (fixed) fixed_.assign(fixed, fixed + ids * units);
    }

    ptrdiff_t gives(ptrdiff_t size) const override { return size * units_; }
    ptrdiff_t width() const override { return each_ * units_; }
    double work(ptrdiff_t size) const override { return 4 * static_cast<double>(gives(size)); }
    bool has_weights() const override { return fixed_.empty(); }
    void pack(const T* weights, std::vector<Packing<T>>&) override {
        table_ = fixed_.empty() ? weights + W_ : fixed_.data();
    }
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) override {
        dy_ = has_weights() ? memory.numbers<T>(events * gives(size)) : nullptr;
    }

    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        for (ptrdiff_t i = 0; i < tile.count * size; i++)
            std::copy_n(table_ + id(x[i]) * units_, units_, y + i * units_);
    }
    void back(const Tile<T>& tile, const T*, ptrdiff_t size, const T*, T* dy, T* dx) override {
        const ptrdiff_t count = tile.count * gives(size);
        if (dy_) std::copy_n(dy, count, dy_ + tile.first * gives(size));
        if (dx) std::fill_n(dx, tile.count * size, T(0));
    }
    void sum(Sums<T>& sums, const T* x, ptrdiff_t size) const override {
        if (!dy_) return;
        const T *from = x + sums.first * size, *dy = dy_ + sums.first * gives(size);
        T* result = sums.g + W_;
        sums.others.push_back([this, from, dy, size, result, events = sums.events] {
            auto id_at = [&](ptrdiff_t event, ptrdiff_t place) { return id(from[event * size + place]); };
            ScatterTree<T>::sum(ids_, units_, events, size, id_at, dy, result);
        });
    }

   private:
    ptrdiff_t id(T number) const {
        return number >= 0 && number < static_cast<T>(ids_) ? static_cast<ptrdiff_t>(number) : 0;
    }

    ptrdiff_t W_, ids_, units_, each_;
    std::vector<T> fixed_;
    const T* table_ = nullptr;
    T* dy_ = nullptr;  // of the wave
};

}  // namespace

template <class T>
std::unique_ptr<Learner<T>> embedding_learner(ptrdiff_t W, const T* fixed, ptrdiff_t ids, ptrdiff_t units,
                                              ptrdiff_t each) {
    return std::make_unique<EmbeddingLearner<T>>(W, fixed, ids, units, each);
}

template std::unique_ptr<Learner<float>> embedding_learner(ptrdiff_t, const float*, ptrdiff_t, ptrdiff_t,
                                                           ptrdiff_t);
template std::unique_ptr<Learner<double>> embedding_learner(ptrdiff_t, const double*, ptrdiff_t, ptrdiff_t,
                                                            ptrdiff_t);

}  // namespace netspec
