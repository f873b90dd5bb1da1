// The stages of images: convolution, pooling, batch normalisation.

#include <cmath>

#include "float_mode.h"
#include "images.h"
#include "stage.h"
#include "work.h"

namespace netspec {
namespace {

template <class T> class Convolution : public Stage<T> {
   public:
    Convolution(const Windows& windows, const T* W, const T* b, ptrdiff_t filters, Function f)
        : layout_(windows), W_(W, W + filters * windows.terms()), filters_(filters), f_(f) {
        if (b) b_.assign(b, b + filters);
    }
    ptrdiff_t gives(ptrdiff_t) const override { return filters_ * layout_.windows().pixels(); }
    double work(ptrdiff_t size) const override {
        return static_cast<double>(gives(size)) *
               (static_cast<double>(layout_.windows().terms()) + FUNCTION_WORK);
    }
    bool keeps_steps() const override { return false; }
    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        const ptrdiff_t pixels = layout_.windows().pixels();
        const T* b = b_.empty() ? nullptr : b_.data();
        Arena::Scope scope(call.arena);
        T* own = layout_.is_plain() ? nullptr : call.arena.template numbers<T>(layout_.size());
        for (ptrdiff_t e = 0; e < x.count; e++, y += filters_ * pixels) {
            const T* image = x.at + e * x.size;
            if (own) layout_.lay_out(image, own);
            convolve(call.kernels, layout_, own ? own : image, W_.data(), b, filters_, call.arena, y);
            activate_pixels(call.kernels, f_, y, y, filters_, pixels, call.arena);
        }
    }

   private:
    Layout layout_;
    std::vector<T> W_, b_;
    ptrdiff_t filters_;
    Function f_;
};

template <class T> class MaxPool : public Stage<T> {
   public:
    explicit MaxPool(const Windows& windows) : w_(windows) {}
    ptrdiff_t gives(ptrdiff_t) const override { return w_.channels * w_.pixels(); }
    double work(ptrdiff_t size) const override {
        return static_cast<double>(gives(size) * w_.kernel_h * w_.kernel_w);
    }
    bool keeps_steps() const override { return false; }
    void run(const Events<T>& x, T* y, const Call<T>& call) const override {
        call.kernels.pool({w_, x.count * w_.channels, x.at, y});
    }

   private:
    Windows w_;
};

// y = (x - mean) * (gamma / sqrt(variance + epsilon)) + beta, for numbers that repeat, event by event
// or step by step; pair[i] is what number i goes by.
template <class T> class BatchNorm : public Stage<T> {
   public:
    BatchNorm(const T* gamma, const T* beta, const T* mean, const T* variance, double epsilon,
              const std::vector<ptrdiff_t>& pair) {
        FloatMode mode;
        for (ptrdiff_t k : pair) {
            mean_.push_back(mean[k]);
            scale_.push_back(gamma[k] / std::sqrt(variance[k] + static_cast<T>(epsilon)));
            beta_.push_back(beta[k]);
        }
    }
    ptrdiff_t gives(ptrdiff_t size) const override { return size; }
    double work(ptrdiff_t size) const override { return 2 * static_cast<double>(size); }
    void run(const Events<T>& x, T* y, const Call<T>&) const override {
        const auto width = static_cast<ptrdiff_t>(mean_.size());
        const T *mean = mean_.data(), *scale = scale_.data(), *beta = beta_.data();
        for (ptrdiff_t at = 0; at < x.count * x.size; at += width)
            for (ptrdiff_t i = 0; i < width; i++)
                y[at + i] = (x.at[at + i] - mean[i]) * scale[i] + beta[i];
    }

   private:
    std::vector<T> mean_, scale_, beta_;
};

}  // namespace

template <class T>
std::unique_ptr<Stage<T>> convolution(const Windows& windows, const T* W, const T* b, ptrdiff_t filters,
                                      Function f) {
    return std::make_unique<Convolution<T>>(windows, W, b, filters, f);
}
template <class T> std::unique_ptr<Stage<T>> max_pool(const Windows& windows) {
    return std::make_unique<MaxPool<T>>(windows);
}
template <class T>
std::unique_ptr<Stage<T>> batch_norm(const T* gamma, const T* beta, const T* mean, const T* variance,
                                     double epsilon, const std::vector<ptrdiff_t>& pair) {
    return std::make_unique<BatchNorm<T>>(gamma, beta, mean, variance, epsilon, pair);
}

#define NETSPEC_FOR(T)                                                                                   \
    template std::unique_ptr<Stage<T>> convolution(const Windows&, const T*, const T*, ptrdiff_t, Function); \
    template std::unique_ptr<Stage<T>> max_pool(const Windows&);                                         \
    template std::unique_ptr<Stage<T>> batch_norm(const T*, const T*, const T*, const T*, double,        \
                                                  const std::vector<ptrdiff_t>&);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
