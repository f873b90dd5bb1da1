// Value and slope of a loss for rows (netspec/losses), times the weight of a row.
//
//     value[r] = value w[r];  slope[r] = slope (w[r] share)          share = 1 / N
//
// Without weights w is 1, which changes no bit.

#pragma once

#include "activations.h"
#include "loss_formulas.h"

namespace netspec {
namespace NETSPEC_PATH {

template <LossKind K, class T>
void loss_row(const Loss<T>& loss, const T* y, const T* t, T* value, T* slope, ptrdiff_t count, T w,
              T share) {
    using V = typename Of<T>::V;
    for (ptrdiff_t i = 0; i < count; i += LANES<T>) {
        const ptrdiff_t left = count - i;
        const Terms<V> found = terms<K, T>(load_row(y + i, left), load_row(t + i, left), loss);
        store_row(value + i, found.value * every<V>(w), left);
        store_row(slope + i, found.slope * every<V>(share), left);
    }
}

// One value for a row; `slope` holds d, and then e^d, on the way.
template <class T>
void softmax_loss_row(const T* y, const T* t, T* value, T* slope, ptrdiff_t count, T w, T share) {
    T top = y[0];
    for (ptrdiff_t i = 1; i < count; i++) top = larger(top, y[i]);
    for (ptrdiff_t i = 0; i < count; i++) slope[i] = y[i] == top ? T(0) : y[i] - top;
    auto d = [&](ptrdiff_t i) { return y[i] == top ? T(0) : y[i] - top; };
    map_row<Kind::exp, T>(slope, slope, count, 0);
    const T total = row_sum(count, [&](ptrdiff_t i) { return slope[i]; });
    T logarithm;
    map_row<Kind::log, T>(&total, &logarithm, 1, 0);
    *value = row_sum(count, [&](ptrdiff_t i) { return t[i] == 0 ? T(0) : t[i] * (logarithm - d(i)); }) * w;
    const T all = row_sum(count, [&](ptrdiff_t i) { return t[i]; });
    for (ptrdiff_t i = 0; i < count; i++) slope[i] = ((slope[i] / total) * all - t[i]) * share;
}

// y, t and slope (rows, width), value (rows, width) or (rows, 1).
template <class T>
void loss(const Loss<T>& loss, const T* y, const T* t, T* value, T* slope, ptrdiff_t rows,
          ptrdiff_t width) {
    const bool by_row = loss.kind == LossKind::softmax_cross_entropy;
    if (!loss.w && !by_row) width *= rows, rows = rows ? 1 : 0;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const ptrdiff_t at = r * width;
        const T w = loss.w ? loss.w[r] : T(1), share = loss.w ? w * loss.share : loss.share;
        switch (loss.kind) {
            case LossKind::softmax_cross_entropy:
                softmax_loss_row(y + at, t + at, value + r, slope + at, width, w, share);
                break;
#define CASE(K)                                                                                    \
    case LossKind::K:                                                                              \
        loss_row<LossKind::K, T>(loss, y + at, t + at, value + at, slope + at, width, w, share);   \
        break;
            CASE(cross_entropy) CASE(squared_error) CASE(absolute_error) CASE(huber)
#undef CASE
        }
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
