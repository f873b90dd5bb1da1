// An image laid out for `correlate`: with its margins, so that every window is whole, and phase by phase.
//
// Windows that lie a stride apart see the same of its phases of rows and columns. Each phase is a plane
// of its own, in which neighbouring windows see neighbouring numbers: window (i, j) sees its place k at
//
//     wide[places[k] + i pitch + j]
//
// Windows are counted with the pitch of a plane; those between columns and pitch are none.

#pragma once

#include <algorithm>
#include <vector>

#include "arena.h"
#include "rows.h"

namespace netspec {

class Layout {
   public:
    explicit Layout(const Windows& w) : w_(w) {
        phases_h_ = std::min(w.stride_h, w.kernel_h), phases_w_ = std::min(w.stride_w, w.kernel_w);
        plane_rows_ = (w.height + 2 * w.padding_h + w.stride_h - 1) / w.stride_h;
        pitch_ = (w.width + 2 * w.padding_w + w.stride_w - 1) / w.stride_w;
        for (ptrdiff_t c = 0; c < w.channels; c++)
            for (ptrdiff_t r = 0; r < w.kernel_h; r++)
                for (ptrdiff_t q = 0; q < w.kernel_w; q++)
                    places_.push_back(plane(c, r % w.stride_h, q % w.stride_w) + r / w.stride_h * pitch_ +
                                      q / w.stride_w);
    }

    const Windows& windows() const { return w_; }
    const std::vector<ptrdiff_t>& places() const { return places_; }
    ptrdiff_t pitch() const { return pitch_; }
    // Numbers of a laid out image; places of windows, with those that are none.
    ptrdiff_t size() const { return w_.channels * phases_h_ * phases_w_ * plane_rows_ * pitch_; }
    ptrdiff_t count() const { return (w_.rows() - 1) * pitch_ + w_.columns(); }
    // Whether an image is laid out as it stands.
    bool is_plain() const {
        return w_.stride_h == 1 && w_.stride_w == 1 && w_.padding_h == 0 && w_.padding_w == 0;
    }

    template <class T> void lay_out(const T* x, T* wide) const {
        for (ptrdiff_t c = 0; c < w_.channels; c++, x += w_.height * w_.width)
            for (ptrdiff_t a = 0; a < phases_h_; a++)
                for (ptrdiff_t b = 0; b < phases_w_; b++)
                    for (ptrdiff_t u = 0; u < plane_rows_; u++, wide += pitch_) {
                        const ptrdiff_t row = u * w_.stride_h + a - w_.padding_h;
                        const bool inside = row >= 0 && row < w_.height;
                        lay_out_row(inside ? x + row * w_.width : nullptr, b, wide);
                    }
    }

   private:
    ptrdiff_t plane(ptrdiff_t c, ptrdiff_t a, ptrdiff_t b) const {
        return ((c * phases_h_ + a) * phases_w_ + b) * plane_rows_ * pitch_;
    }
    template <class T> void lay_out_row(const T* x, ptrdiff_t phase, T* wide) const {
        if (!x) {
            std::fill_n(wide, pitch_, T(0));
        } else if (w_.stride_w == 1) {
            std::fill_n(wide, w_.padding_w, T(0));
            std::copy(x, x + w_.width, wide + w_.padding_w);
            std::fill_n(wide + w_.padding_w + w_.width, w_.padding_w, T(0));
        } else {
            for (ptrdiff_t v = 0; v < pitch_; v++) {
                const ptrdiff_t column = v * w_.stride_w + phase - w_.padding_w;
                wide[v] = column >= 0 && column < w_.width ? x[column] : T(0);
            }
        }
    }

    Windows w_;
    ptrdiff_t phases_h_, phases_w_, plane_rows_, pitch_;
    std::vector<ptrdiff_t> places_;
};

// x (rows, columns) as (columns, rows).
template <class T> void turn(const T* x, ptrdiff_t rows, ptrdiff_t columns, T* y) {
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j];
}

// z (filters, pixels) of an event: start + W against every window of a laid out image.
template <class T>
void convolve(const Kernels<T>& kernels, const Layout& layout, const T* wide, const T* W, const T* b,
              ptrdiff_t filters, Arena& arena, T* z) {
    Arena::Scope scope(arena);
    const Windows& w = layout.windows();
    const ptrdiff_t pixels = w.pixels(), columns = w.columns(), terms = w.terms();
    const bool dense = layout.pitch() == columns;
    const ptrdiff_t stride = dense ? pixels : layout.count();
    T* out = dense ? z : arena.numbers<T>(filters * stride);
    kernels.correlate({filters, terms, layout.count(), W, terms, 1, b, wide, layout.places().data(), out,
                       stride});
    if (dense) return;
    for (ptrdiff_t o = 0; o < filters; o++, out += stride)
        for (ptrdiff_t i = 0; i < w.rows(); i++, z += columns)
            std::copy(out + i * layout.pitch(), out + i * layout.pitch() + columns, z);
}

// y = f(z) for (filters, pixels) of an event: a softmax goes over the filters of a pixel. y may be z.
template <class T>
void activate_pixels(const Kernels<T>& kernels, Function f, const T* z, T* y, ptrdiff_t filters,
                     ptrdiff_t pixels, Arena& arena) {
    if (f.kind != Kind::softmax) {
        activate_rows(kernels, f, z, y, filters, pixels);
        return;
    }
    Arena::Scope scope(arena);
    T* by_pixel = arena.numbers<T>(filters * pixels);
    turn(z, filters, pixels, by_pixel);
    activate_rows(kernels, f, by_pixel, by_pixel, pixels, filters);
    turn(by_pixel, pixels, filters, y);
}

}  // namespace netspec
