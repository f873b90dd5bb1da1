// The learners of images (the ways back of netspec/layers/convolution.py and max_pool.py).

#include <algorithm>

#include "images.h"
#include "learner.h"
#include "work.h"

namespace netspec {
namespace {

// dz (filters, pixels) in the place of dy.
template <class T>
void activate_pixels_back(const Kernels<T>& kernels, Function f, const T* z, const T* y, T* dy,
                          ptrdiff_t filters, ptrdiff_t pixels, Arena& arena) {
    if (f.kind != Kind::softmax) return activate_rows_back(kernels, f, z, y, dy, dy, filters, pixels);
    Arena::Scope scope(arena);
    T *y_by_pixel = arena.numbers<T>(filters * pixels), *by_pixel = arena.numbers<T>(filters * pixels);
    turn(y, filters, pixels, y_by_pixel);
    turn(dy, filters, pixels, by_pixel);
    activate_rows_back(kernels, f, y_by_pixel, y_by_pixel, by_pixel, by_pixel, pixels, filters);
    turn(by_pixel, pixels, filters, dy);
}

template <class T> class ConvolutionLearner : public Learner<T> {
   public:
    ConvolutionLearner(const Windows& windows, ptrdiff_t W, ptrdiff_t b, ptrdiff_t filters, Function f)
        : layout_(windows), w_(windows), W_(W), b_(b), filters_(filters), f_(f) {}

    ptrdiff_t gives(ptrdiff_t) const override { return filters_ * w_.pixels(); }
    ptrdiff_t width() const override { return w_.columns(); }
    double work(ptrdiff_t size) const override {
        return static_cast<double>(gives(size)) * (3 * static_cast<double>(w_.terms()) + 2 * FUNCTION_WORK);
    }
    bool keeps_steps() const override { return false; }
    bool has_weights() const override { return true; }

    void pack(const T* weights, std::vector<Packing<T>>&) override {
        weights_ = weights + W_;
        bias_ = b_ == NOWHERE ? nullptr : weights + b_;
    }
    void prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size) override {
        wide_ = layout_.is_plain() ? nullptr : memory.numbers<T>(events * layout_.size());
        z_ = by_output(f_) ? nullptr : memory.numbers<T>(events * gives(size));
        dz_ = memory.numbers<T>(events * gives(size));
    }

    void forward(const Tile<T>& tile, const T* x, ptrdiff_t size, T* y) override {
        const ptrdiff_t each = gives(size);
        for (ptrdiff_t e = 0; e < tile.count; e++, x += size, y += each) {
            T* own = wide_ ? wide_ + (tile.first + e) * layout_.size() : nullptr;
            T* z = z_ ? z_ + (tile.first + e) * each : y;
            if (own) layout_.lay_out(x, own);
            convolve(tile.kernels, layout_, own ? own : x, weights_, bias_, filters_, tile.arena, z);
            activate_pixels(tile.kernels, f_, z, y, filters_, w_.pixels(), tile.arena);
        }
    }

    void back(const Tile<T>& tile, const T*, ptrdiff_t size, const T* y, T* dy, T* dx) override {
        const ptrdiff_t each = gives(size);
        for (ptrdiff_t e = 0; e < tile.count; e++, y += each, dy += each) {
            const ptrdiff_t at = (tile.first + e) * each;
            activate_pixels_back(tile.kernels, f_, z_ ? z_ + at : y, y, dy, filters_, w_.pixels(), tile.arena);
            turn(dy, filters_, w_.pixels(), dz_ + at);
            if (dx) slope_in_image(tile, dy, dx + e * size);
        }
    }

    void sum(Sums<T>& sums, const T* x, ptrdiff_t size) const override {
        const ptrdiff_t steps = w_.pixels();
        const Series<const T> dz{dz_, steps * filters_, filters_};
        const Series<const T> windows{wide_ ? wide_ : x, wide_ ? layout_.size() : size, 0};
        OuterSum<T>& by_x = sums.outer(dz, filters_, windows, w_.terms(), steps, W_);
        by_x.places = layout_.places().data(), by_x.columns = w_.columns(), by_x.pitch = layout_.pitch();
        if (b_ != NOWHERE) by_x.sums = sums.g + b_;
    }

   private:
    // Channel by channel: the slopes in every place of the windows, then on every pixel those of the
    // windows there, row by row, which is from the last place to the first.
    void slope_in_image(const Tile<T>& tile, const T* dz, T* dx) const {
        Arena::Scope scope(tile.arena);
        const ptrdiff_t places = w_.kernel_h * w_.kernel_w, pixels = w_.pixels(), columns = w_.columns();
        const ptrdiff_t height = w_.height + 2 * w_.padding_h, width = w_.width + 2 * w_.padding_w;
        T* dwindow = tile.arena.template numbers<T>(places * pixels);
        T* wide = tile.arena.template numbers<T>(height * width);
        ptrdiff_t* planes = tile.arena.template numbers<ptrdiff_t>(filters_);
        for (ptrdiff_t o = 0; o < filters_; o++) planes[o] = o * pixels;
        for (ptrdiff_t c = 0; c < w_.channels; c++, dx += w_.height * w_.width) {
            tile.kernels.correlate({places, filters_, pixels, weights_ + c * places, 1, w_.terms(), nullptr, dz,
                                    planes, dwindow, pixels});
            std::fill_n(wide, height * width, T(0));
            for (ptrdiff_t k = places; k-- > 0;)
                for (ptrdiff_t i = 0; i < w_.rows(); i++) {
                    T* to = wide + (i * w_.stride_h + k / w_.kernel_w) * width + k % w_.kernel_w;
                    const T* from = dwindow + k * pixels + i * columns;
                    if (w_.stride_w == 1)
                        for (ptrdiff_t j = 0; j < columns; j++) to[j] = to[j] + from[j];
                    else
                        for (ptrdiff_t j = 0; j < columns; j++)
                            to[j * w_.stride_w] = to[j * w_.stride_w] + from[j];
                }
            for (ptrdiff_t h = 0; h < w_.height; h++) {
                const T* row = wide + (h + w_.padding_h) * width + w_.padding_w;
                std::copy(row, row + w_.width, dx + h * w_.width);
            }
        }
    }

    Layout layout_;
    Windows w_;
    ptrdiff_t W_, b_, filters_;
    Function f_;
    const T *weights_ = nullptr, *bias_ = nullptr;
    T *wide_ = nullptr, *z_ = nullptr, *dz_ = nullptr;  // of the wave
};

template <class T> class MaxPoolLearner : public Learner<T> {
   public:
    explicit MaxPoolLearner(const Windows& windows) : w_(windows) {}
    ptrdiff_t gives(ptrdiff_t) const override { return w_.channels * w_.pixels(); }
    ptrdiff_t width() const override { return w_.columns(); }
    double work(ptrdiff_t size) const override {
        return 3 * static_cast<double>(gives(size) * w_.kernel_h * w_.kernel_w);
    }
    bool keeps_steps() const override { return false; }
    void forward(const Tile<T>& tile, const T* x, ptrdiff_t, T* y) override {
        tile.kernels.pool({w_, tile.count * w_.channels, x, y});
    }
    void back(const Tile<T>& tile, const T* x, ptrdiff_t size, const T*, T* dy, T* dx) override {
        if (!dx) return;
        std::fill_n(dx, tile.count * size, T(0));
        const ptrdiff_t plane = w_.height * w_.width;
        for (ptrdiff_t p = 0; p < tile.count * w_.channels; p++, x += plane, dx += plane)
            for (ptrdiff_t i = 0; i < w_.rows(); i++)
                for (ptrdiff_t j = 0; j < w_.columns(); j++, dy++) {
                    const ptrdiff_t at = winner(x, i * w_.stride_h, j * w_.stride_w);
                    dx[at] = dx[at] + *dy;
                }
    }

   private:
    // Where the number stands that came out of the window at (h, w).
    ptrdiff_t winner(const T* x, ptrdiff_t h, ptrdiff_t w) const {
        ptrdiff_t found = h * w_.width + w;
        T most = x[found];
        for (ptrdiff_t r = 0; r < w_.kernel_h; r++)
            for (ptrdiff_t q = 0; q < w_.kernel_w; q++) {
                const ptrdiff_t at = (h + r) * w_.width + w + q;
                const bool stays = most != most || most >= x[at];
                found = stays ? found : at, most = stays ? most : x[at];
            }
        return found;
    }

    Windows w_;
};

}  // namespace

template <class T>
std::unique_ptr<Learner<T>> convolution_learner(const Windows& windows, ptrdiff_t W, ptrdiff_t b,
                                                ptrdiff_t filters, Function f) {
    return std::make_unique<ConvolutionLearner<T>>(windows, W, b, filters, f);
}
template <class T> std::unique_ptr<Learner<T>> max_pool_learner(const Windows& windows) {
    return std::make_unique<MaxPoolLearner<T>>(windows);
}

#define NETSPEC_FOR(T)                                                                                  \
    template std::unique_ptr<Learner<T>> convolution_learner(const Windows&, ptrdiff_t, ptrdiff_t,      \
                                                             ptrdiff_t, Function);                      \
    template std::unique_ptr<Learner<T>> max_pool_learner(const Windows&);
NETSPEC_FOR(float)
NETSPEC_FOR(double)

}  // namespace netspec
