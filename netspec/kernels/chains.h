// The chains of a long sum: products of two columns, over the events of one step (rule 2 of README.md).
//
//     c = +0;  c = fma(tall[n, i], wide[n, j], c), n ascending;  level[i][j] = level[i][j] + c
//
// A tile of R rows i and N vectors j of c stays in registers for all events of a step. One factor is
// the same for a vector, `tall`, and the other, `wide`, lies in panels of PANEL vectors, event after
// event, so that a panel stays in a first cache while all rows go by.

#pragma once

#include "product.h"

namespace netspec {
namespace NETSPEC_PATH {

// Steps whose rows lie side by side: a step is `events` rows of each factor.
template <class T> struct Chains {
    const T* tall;
    ptrdiff_t tall_stride;
    const T* wide;  // a panel
    ptrdiff_t events, steps;
    T* level;
    ptrdiff_t level_stride;
    bool whole;  // one event, and all sixteen steps of an entry of the next level: `level` is that one
};

// Chains of one event, products, from step to step: the first level stays in registers. A product of -0
// instead of the chain's +0 changes no sum that began at +0.
template <class T, int R, int N> void chains_of_one(const Chains<T>& s) {
    using V = typename Of<T>::V;
    constexpr ptrdiff_t L = LANES<T>;
    V level[R][N];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int n = 0; n < N; n++)
            level[r][n] = s.whole ? V{} : load<T>(s.level + r * s.level_stride + n * L);
    const T *tall = s.tall, *wide = s.wide;
    for (ptrdiff_t t = 0; t < s.steps; t++, tall += s.tall_stride, wide += N * L) {
        V b[N];
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) b[n] = load<T>(wide + n * L);
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
            V a = every<V>(tall[r]);
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) level[r][n] = level[r][n] + a * b[n];
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) {
            T* at = s.level + r * s.level_stride + n * L;
            store<T>(at, s.whole ? load<T>(at) + level[r][n] : level[r][n]);
        }
}

template <class T, int R, int N> void chains(const Chains<T>& s) {
    if (s.events == 1) return chains_of_one<T, R, N>(s);
    using V = typename Of<T>::V;
    constexpr ptrdiff_t L = LANES<T>;
    const T *tall = s.tall, *wide = s.wide;
    for (ptrdiff_t t = 0; t < s.steps; t++) {
        V c[R][N];
#pragma GCC unroll 8
        for (int r = 0; r < R; r++)
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) c[r][n] = V{};
        for (ptrdiff_t e = 0; e < s.events; e++, tall += s.tall_stride, wide += N * L) {
            V b[N];
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) b[n] = load<T>(wide + n * L);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                V a = every<V>(tall[r]);
#pragma GCC unroll 8
                for (int n = 0; n < N; n++) c[r][n] = fma(a, b[n], c[r][n]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; r++)
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) {
                T* at = s.level + r * s.level_stride + n * L;
                store<T>(at, load<T>(at) + c[r][n]);
            }
    }
}

// All rows against a panel of N vectors: six at a time, the last ones shared out evenly.
template <class T, int N> void all_chains(Chains<T> s, ptrdiff_t rows) {
    for (ptrdiff_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS; tiles > 0; tiles--) {
        const ptrdiff_t now = (rows + tiles - 1) / tiles;
        switch (now) {
            case 6: chains<T, 6, N>(s); break;
            case 5: chains<T, 5, N>(s); break;
            case 4: chains<T, 4, N>(s); break;
            case 3: chains<T, 3, N>(s); break;
            case 2: chains<T, 2, N>(s); break;
            case 1: chains<T, 1, N>(s); break;
        }
        s.tall += now;
        s.level += now * s.level_stride;
        rows -= now;
    }
}

template <class T>
INLINE void all_chains(const Chains<T>& s, ptrdiff_t rows, ptrdiff_t vectors) {
    switch (vectors) {
        case 1: return all_chains<T, 1>(s, rows);
        case 2: return all_chains<T, 2>(s, rows);
        case 3: return all_chains<T, PANEL == 4 ? 3 : 2>(s, rows);
        default: return all_chains<T, PANEL>(s, rows);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
