// A convolution's products: lanes hold neighbouring pixels, so that nothing is copied together first.
//
//     y = start;  for each block of 128 terms:  c = +0;  c = fma(w[k], x[places[k] + p], c);  y = y + c
//
// (rule 1 of README.md). What stands at one place of every window is a row of memory where windows
// lie side by side, and is read as it is. A tile of R outputs x N vectors of pixels stays in registers
// for one block of terms; the block's weights stay in a first cache for all outputs of these pixels.

#pragma once

#include "product.h"
#include "windows.h"

namespace netspec {
namespace NETSPEC_PATH {

// One block of terms; `tail` lanes of the last vector count, all of them where it is WHOLE.
template <class T, int R, int N, bool WHOLE>
INLINE void pixels(const Correlation<T>& s, ptrdiff_t o, ptrdiff_t p, ptrdiff_t k, ptrdiff_t terms,
                   ptrdiff_t tail) {
    using V = typename Of<T>::V;
    constexpr int L = LANES<T>;
    V c[R][N];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) c[r][n] = V{};
    const T* w = s.W + o * s.output_stride + k * s.term_stride;
    const T* x = s.x + p;
    for (ptrdiff_t i = 0; i < terms; i++, w += s.term_stride) {
        const T* from = x + s.places[k + i];
        V b[N];
#pragma GCC unroll 8
        for (int n = 0; n < N; n++)
            b[n] = WHOLE || n < N - 1 ? load<T>(from + n * L) : load(from + n * L, tail);
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
            V a = every<V>(w[r * s.output_stride]);
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) c[r][n] = fma(a, b[n], c[r][n]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
        const V start = s.start ? every<V>(s.start[o + r]) : V{};
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) {
            T* at = s.out + (o + r) * s.out_stride + p + n * L;
            const bool whole = WHOLE || n < N - 1;
            V y = k == 0 ? start : whole ? load<T>(at) : load(at, tail);
            y = y + c[r][n];
            if (whole) store<T>(at, y);
            else store(at, y, tail);
        }
    }
}

// All outputs for N vectors of pixels, block of terms by block; shared out evenly among tiles.
template <class T, int N, bool WHOLE>
void all_outputs(const Correlation<T>& s, ptrdiff_t p, ptrdiff_t tail) {
    for (ptrdiff_t k = 0; k < s.terms; k += BLOCK) {
        const ptrdiff_t terms = s.terms - k < BLOCK ? s.terms - k : BLOCK;
        for (ptrdiff_t o = 0, count; o < s.outputs; o += count) {
            const ptrdiff_t left = s.outputs - o;
            count = left >= 2 * TILE_ROWS || left == TILE_ROWS ? TILE_ROWS
                    : left > TILE_ROWS                         ? (left + 1) / 2
                                                               : left;
            switch (count) {
                case 6: pixels<T, 6, N, WHOLE>(s, o, p, k, terms, tail); break;
                case 5: pixels<T, 5, N, WHOLE>(s, o, p, k, terms, tail); break;
                case 4: pixels<T, 4, N, WHOLE>(s, o, p, k, terms, tail); break;
                case 3: pixels<T, 3, N, WHOLE>(s, o, p, k, terms, tail); break;
                case 2: pixels<T, 2, N, WHOLE>(s, o, p, k, terms, tail); break;
                default: pixels<T, 1, N, WHOLE>(s, o, p, k, terms, tail);
            }
        }
    }
}

template <class T, int N> INLINE void last_pixels(const Correlation<T>& s, ptrdiff_t p, ptrdiff_t left) {
    const ptrdiff_t tail = left - (N - 1) * LANES<T>;
    if (tail == LANES<T>) all_outputs<T, N, true>(s, p, tail);
    else all_outputs<T, N, false>(s, p, tail);
}

template <class T> void correlate(const Correlation<T>& s) {
    constexpr ptrdiff_t L = LANES<T>, WIDTH = PANEL * L;
    ptrdiff_t p = 0;
    for (; p + WIDTH <= s.count; p += WIDTH) all_outputs<T, PANEL, true>(s, p, L);
    const ptrdiff_t left = s.count - p;
    switch (vectors<T>(left)) {
        case 0: return;
        case 1: return last_pixels<T, 1>(s, p, left);
        case 2: return last_pixels<T, 2>(s, p, left);
        case 3: return last_pixels<T, PANEL == 4 ? 3 : 2>(s, p, left);
        default: return last_pixels<T, PANEL>(s, p, left);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
