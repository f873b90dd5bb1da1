// The stages without a state.

#include "rows.h"
#include "stage.h"
#include "work.h"

#include <cstring>

namespace netspec {

namespace {

template <class T> class Dense : public Stage<T> {
   public:
    Dense(const Kernels<T>& kernels, const T* W, const T* b, ptrdiff_t units, ptrdiff_t features,
          Function f)
        : W_(kernels, W, units, features), f_(f) {
        if (b) b_.assign(b, b + units);
    }

    ptrdiff_t gives(ptrdiff_t size) const override { return size / W_.terms() * W_.outputs(); }

    double work(ptrdiff_t size) const override {
        return static_cast<double>(size / W_.terms() * W_.outputs()) *
               (static_cast<double>(W_.terms()) + FUNCTION_WORK);
    }

    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        const ptrdiff_t features = W_.terms(), units = W_.outputs();
        const ptrdiff_t rows = x.count * (x.size / features);
        // A few rows at a time, so that they are still in the cache when f comes.
        for (ptrdiff_t first = 0; first < rows; first += ROWS_AT_A_TIME) {
            const ptrdiff_t count = rows - first < ROWS_AT_A_TIME ? rows - first : ROWS_AT_A_TIME;
            T* out = y + first * units;
            product_of_rows<T>(call.kernels, x.at + first * features, count, W_,
                               b_.empty() ? nullptr : b_.data(), out);
            activate_rows(call.kernels, f_, out, out, count, units);
        }
    }

   private:
    Matrix<T> W_;
    std::vector<T> b_;
    Function f_;
};

template <class T> class Activation : public Stage<T> {
   public:
    Activation(Function f, ptrdiff_t width) : f_(f), width_(width) {}
    ptrdiff_t gives(ptrdiff_t size) const override { return size; }
    double work(ptrdiff_t size) const override { return FUNCTION_WORK * static_cast<double>(size); }
    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        activate_rows(call.kernels, f_, x.at, y, x.count * (x.size / width_), width_);
    }

   private:
    Function f_;
    ptrdiff_t width_;
};

template <class T> class Padding : public Stage<T> {
   public:
    explicit Padding(ptrdiff_t width) : width_(width) {}
    ptrdiff_t gives(ptrdiff_t size) const override { return size; }
    double work(ptrdiff_t) const override { return 0; }
    void run(const Events<T>& x, T* y, const Call<T>&) const override {
        for (ptrdiff_t e = 0; e < x.count; e++) {
            ptrdiff_t valid = x.lengths ? static_cast<ptrdiff_t>(x.lengths[e]) * width_ : x.size;
            std::memcpy(y + e * x.size, x.at + e * x.size, sizeof(T) * static_cast<size_t>(valid));
            for (ptrdiff_t i = valid; i < x.size; i++) y[e * x.size + i] = 0;
        }
    }

   private:
    ptrdiff_t width_;
};

template <class T> class Reshape : public Stage<T> {
   public:
    ptrdiff_t gives(ptrdiff_t size) const override { return size; }
    double work(ptrdiff_t) const override { return 0; }
    bool keeps_steps() const override { return false; }
    void run(const Events<T>& x, T* y, const Call<T>&) const override {
        std::memcpy(y, x.at, sizeof(T) * static_cast<size_t>(x.count * x.size));
    }
};

template <class T> class LastStep : public Stage<T> {
   public:
    explicit LastStep(ptrdiff_t width) : width_(width) {}
    ptrdiff_t gives(ptrdiff_t) const override { return width_; }
    double work(ptrdiff_t) const override { return 0; }
    bool keeps_steps() const override { return false; }
    void run(const Events<T>& x, T* y, const Call<T>&) const override {
        for (ptrdiff_t e = 0; e < x.count; e++) {
            ptrdiff_t steps = x.lengths ? static_cast<ptrdiff_t>(x.lengths[e]) : x.size / width_;
            const T* last = x.at + e * x.size + (steps - 1) * width_;
            for (ptrdiff_t i = 0; i < width_; i++) y[e * width_ + i] = steps ? last[i] : T(0);
        }
    }

   private:
    ptrdiff_t width_;
};

template <class T> class FirstOf : public Stage<T> {
   public:
    FirstOf(ptrdiff_t width, ptrdiff_t kept) : width_(width), kept_(kept) {}
    ptrdiff_t gives(ptrdiff_t size) const override { return size / width_ * kept_; }
    double work(ptrdiff_t) const override { return 0; }
    void run(const Events<T>& x, T* y, const Call<T>&) const override {
        for (ptrdiff_t r = 0; r < x.count * (x.size / width_); r++)
            for (ptrdiff_t i = 0; i < kept_; i++) y[r * kept_ + i] = x.at[r * width_ + i];
    }

   private:
    ptrdiff_t width_, kept_;
};

}  // namespace

template <class T>
std::unique_ptr<Stage<T>> dense(const Kernels<T>& kernels, const T* W, const T* b, ptrdiff_t units,
                                ptrdiff_t features, Function f) {
    return std::make_unique<Dense<T>>(kernels, W, b, units, features, f);
}

template <class T> std::unique_ptr<Stage<T>> activation(Function f, ptrdiff_t width) {
    return std::make_unique<Activation<T>>(f, width);
}

template <class T> std::unique_ptr<Stage<T>> padding(ptrdiff_t width) {
    return std::make_unique<Padding<T>>(width);
}
template <class T> std::unique_ptr<Stage<T>> reshape() { return std::make_unique<Reshape<T>>(); }
template <class T> std::unique_ptr<Stage<T>> last_step(ptrdiff_t width) {
    return std::make_unique<LastStep<T>>(width);
}
template <class T> std::unique_ptr<Stage<T>> first_of(ptrdiff_t width, ptrdiff_t kept) {
    return std::make_unique<FirstOf<T>>(width, kept);
}

#define NETSPEC_FOR(T)                                                                               \
    template std::unique_ptr<Stage<T>> dense(const Kernels<T>&, const T*, const T*, ptrdiff_t,       \
                                             ptrdiff_t, Function);                                   \
    template std::unique_ptr<Stage<T>> activation(Function, ptrdiff_t);                              \
    template std::unique_ptr<Stage<T>> padding(ptrdiff_t);                                           \
    template std::unique_ptr<Stage<T>> reshape();                                                    \
    template std::unique_ptr<Stage<T>> last_step(ptrdiff_t);                                         \
    template std::unique_ptr<Stage<T>> first_of(ptrdiff_t, ptrdiff_t);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
