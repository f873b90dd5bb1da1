// The largest number of each window, in the order of netspec/layers/max_pool.py.
//
//     m = the first;  m = m where m is NaN or m >= x, else x         row by row

#pragma once

#include "lanes.h"
#include "windows.h"

namespace netspec {
namespace NETSPEC_PATH {

// Lanes hold neighbouring windows.
template <class T, bool SIDE_BY_SIDE>
INLINE void pool_row(const Windows& w, const T* x, T* y, ptrdiff_t columns) {
    using V = typename Of<T>::V;
    constexpr ptrdiff_t L = LANES<T>;
    for (ptrdiff_t j = 0; j < columns; j += L) {
        const ptrdiff_t left = columns - j;
        V most{};
        for (ptrdiff_t r = 0; r < w.kernel_h; r++)
            for (ptrdiff_t q = 0; q < w.kernel_w; q++) {
                const T* from = x + r * w.width + j * w.stride_w + q;
                V other;
                if constexpr (SIDE_BY_SIDE) {
                    other = load_row(from, left);
                } else {
                    T each[L] = {};
                    const ptrdiff_t count = left < L ? left : L;
                    for (ptrdiff_t i = 0; i < count; i++) each[i] = from[i * w.stride_w];
                    other = load<T>(each);
                }
                if (r == 0 && q == 0) most = other;
                else most = ((most != most) | (most >= other)) ? most : other;
            }
        store_row(y + j, most, left);
    }
}

template <class T> void pool(const Pooling<T>& s) {
    const Windows& w = s.windows;
    const ptrdiff_t rows = w.rows(), columns = w.columns();
    for (ptrdiff_t plane = 0; plane < s.planes; plane++)
        for (ptrdiff_t i = 0; i < rows; i++) {
            const T* x = s.x + (plane * w.height + i * w.stride_h) * w.width;
            T* y = s.y + (plane * rows + i) * columns;
            if (w.stride_w == 1) pool_row<T, true>(w, x, y, columns);
            else pool_row<T, false>(w, x, y, columns);
        }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
