// The learners without a state (the ways back in netspec/layers).

#include <algorithm>

#include "learner.h"
#include "rows.h"
#include "work.h"

namespace netspec {
namespace {

template <class T> class DenseLearner : public Learner<T> {
   public:
    DenseLearner(const Kernels<T>& kernels, ptrdiff_t W, ptrdiff_t b, ptrdiff_t units, ptrdiff_t features,
                 Function f)
        : kernels_(kernels), W_(W), b_(b), units_(units), features_(features), f_(f),
          packed_(kernels, W, units, features, false) {}

    ptrdiff_t gives(ptrdiff_t size) const override { return size / features_ * units_; }
    ptrdiff_t width() const override { return units_; }
    double work(ptrdiff_t size) const override {
        return static_cast<double>(gives(size)) * (3 * static_cast<double>(features_) + 2 * FUNCTION_WORK);
    }
    bool has_weights() const override { return true; }

    void settle(bool slope_in_x) override {
        if (slope_in_x) transposed_ = Repacked<T>(kernels_, W_, units_, features_, true);
    }
    void pack(const T* weights, std::vector<Packing<T>>& packings) override {
        bias_ = b_ == NOWHERE ? nullptr : weights + b_;
        packed_.pack(weights, packings);
        transposed_.pack(weights, packings);
    }
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) override {
        z_ = by_output(f_) ? nullptr : memory.numbers<T>(events * gives(size));
        dz_ = memory.numbers<T>(events * gives(size));
    }

    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        const ptrdiff_t rows = tile.count * (size / features_);
        T* z = z_ ? z_ + tile.first * gives(size) : y;
        product_of_rows<T>(tile.kernels, x, rows, packed_, bias_, z);
        activate_rows(tile.kernels, f_, z, y, rows, units_);
    }

    void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T* y, T* dy, T* dx) override {
        (void)x;
        const ptrdiff_t rows = tile.count * (size / features_), each = gives(size);
        T* dz = dz_ + tile.first * each;
        activate_rows_back(tile.kernels, f_, z_ ? z_ + tile.first * each : y, y, dy, dz, rows, units_);
        clear_padding(tile.lengths, tile.count, each, units_, dz);
        if (dx) product_of_rows<T>(tile.kernels, dz, rows, transposed_, nullptr, dx);
    }

    void sum(Sums<T>& sums, const T* x, ptrdiff_t size) const override {
        const ptrdiff_t steps = size / features_;
        const Series<const T> dz{dz_, steps * units_, units_};
        auto& by_x = sums.outer(dz, units_, {x, size, features_}, features_, steps, W_);
        if (b_ != NOWHERE) by_x.sums = sums.g + b_;
    }

   private:
    const Kernels<T>& kernels_;
    ptrdiff_t W_, b_, units_, features_;
    Function f_;
    Repacked<T> packed_, transposed_;
    const T* bias_ = nullptr;
    T *z_ = nullptr, *dz_ = nullptr;  // of the wave
};

template <class T> class ActivationLearner : public Learner<T> {
   public:
    ActivationLearner(Function f, ptrdiff_t width) : f_(f), width_(width) {}
    ptrdiff_t width() const override { return width_; }
    double work(ptrdiff_t size) const override { return 2 * FUNCTION_WORK * static_cast<double>(size); }
    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        activate_rows(tile.kernels, f_, x, y, tile.count * (size / width_), width_);
    }
    void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T* y, T* dy, T* dx) override {
        if (dx) activate_rows_back(tile.kernels, f_, x, y, dy, dx, tile.count * (size / width_), width_);
    }

   private:
    Function f_;
    ptrdiff_t width_;
};

template <class T> class SameLearner : public Learner<T> {
   public:
    SameLearner(ptrdiff_t width, bool keeps_steps) : width_(width), keeps_steps_(keeps_steps) {}
    ptrdiff_t width() const override { return width_; }
    double work(ptrdiff_t) const override { return 0; }
    bool keeps_steps() const override { return keeps_steps_; }
    bool does_nothing() const override { return true; }
    void forward(const Tile<T>&, const T*, ptrdiff_t, T*) override {}
    void back(const Tile<T>&, const T*, ptrdiff_t, const T*, T*, T*) override {}

   private:
    ptrdiff_t width_;
    bool keeps_steps_;
};

template <class T> class LastStepLearner : public Learner<T> {
   public:
    explicit LastStepLearner(ptrdiff_t width) : width_(width) {}
    ptrdiff_t gives(ptrdiff_t) const override { return width_; }
    ptrdiff_t width() const override { return width_; }
    double work(ptrdiff_t size) const override { return static_cast<double>(size); }
    bool keeps_steps() const override { return false; }
    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        for (ptrdiff_t e = 0; e < tile.count; e++, x += size, y += width_) {
            const ptrdiff_t steps = valid(tile, e, size);
            for (ptrdiff_t i = 0; i < width_; i++) y[i] = steps ? x[(steps - 1) * width_ + i] : T(0);
        }
    }
    void back(const Tile<T>& tile, const T*, ptrdiff_t size, const T*, T* dy, T* dx) override {
        if (!dx) return;
        std::fill_n(dx, tile.count * size, T(0));
        for (ptrdiff_t e = 0; e < tile.count; e++, dx += size, dy += width_)
            if (const ptrdiff_t steps = valid(tile, e, size))
                std::copy(dy, dy + width_, dx + (steps - 1) * width_);
    }

   private:
    ptrdiff_t valid(const Tile<T>& tile, ptrdiff_t e, ptrdiff_t size) const {
        return tile.lengths ? static_cast<ptrdiff_t>(tile.lengths[e]) : size / width_;
    }
    ptrdiff_t width_;
};

template <class T> class DropoutLearner : public Learner<T> {
   public:
    DropoutLearner(ptrdiff_t width, double kept, int slot)
        : width_(width), kept_(static_cast<T>(kept)), slot_(static_cast<size_t>(slot)) {}
    ptrdiff_t width() const override { return width_; }
    double work(ptrdiff_t size) const override { return 4 * static_cast<double>(size); }
    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        if (tile.masks.empty()) {  // nothing is drawn
            std::copy(x, x + tile.count * size, y);
            return;
        }
        const uint8_t* mask = tile.masks[slot_] + tile.place * size;
        for (ptrdiff_t i = 0; i < tile.count * size; i++) y[i] = mask[i] ? x[i] / kept_ : T(0);
    }
    void back(const Tile<T>& tile, const T*, ptrdiff_t size, const T*, T* dy, T* dx) override {
        if (dx) forward(tile, dy, size, dx);
    }

   private:
    ptrdiff_t width_;
    T kept_;
    size_t slot_;
};

}  // namespace

template <class T>
std::unique_ptr<Learner<T>> dense_learner(const Kernels<T>& kernels, ptrdiff_t W, ptrdiff_t b,
                                          ptrdiff_t units, ptrdiff_t features, Function f) {
    return std::make_unique<DenseLearner<T>>(kernels, W, b, units, features, f);
}
template <class T> std::unique_ptr<Learner<T>> activation_learner(Function f, ptrdiff_t width) {
    return std::make_unique<ActivationLearner<T>>(f, width);
}
template <class T> std::unique_ptr<Learner<T>> same_learner(ptrdiff_t width, bool keeps_steps) {
    return std::make_unique<SameLearner<T>>(width, keeps_steps);
}
template <class T> std::unique_ptr<Learner<T>> last_step_learner(ptrdiff_t width) {
    return std::make_unique<LastStepLearner<T>>(width);
}
template <class T> std::unique_ptr<Learner<T>> dropout_learner(ptrdiff_t width, double kept, int slot) {
    return std::make_unique<DropoutLearner<T>>(width, kept, slot);
}

#define NETSPEC_FOR(T)                                                                                \
    template std::unique_ptr<Learner<T>> dense_learner(const Kernels<T>&, ptrdiff_t, ptrdiff_t,       \
                                                       ptrdiff_t, ptrdiff_t, Function);               \
    template std::unique_ptr<Learner<T>> activation_learner(Function, ptrdiff_t);                     \
    template std::unique_ptr<Learner<T>> same_learner(ptrdiff_t, bool);                               \
    template std::unique_ptr<Learner<T>> last_step_learner(ptrdiff_t);                                \
    template std::unique_ptr<Learner<T>> dropout_learner(ptrdiff_t, double, int);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
