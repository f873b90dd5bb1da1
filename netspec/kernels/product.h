// Matrix products: out = start + x W^T for a few rows of x at a time.
//
//     y = start;  for each block of 128 terms:  c = +0;  c = fma(x[k], w[k], c), k ascending;  y = y + c
//
// (rule 1 of README.md). A matrix W (outputs, terms) is packed once: its outputs are cut into panels
// of PANEL vectors, and a panel holds term after term, so that the loop over the terms reads memory
// in a row; missing outputs of the last vector are zeros. A tile of rows x vectors of y stays in
// registers for one block of terms: as many as the registers hold, and at least as many as keep the
// adders busy (two results a cycle, each four cycles long).
//
// What comes next in memory, the panel's next block or the next panel, is fetched while the first rows
// are at work: it comes from far away where a matrix is large. The last rows of a batch are shared out
// evenly, 4 and 4 rather than 6 and 2.
//
// The blocking is that of K. Goto, R. A. van de Geijn, ACM TOMS 34 (2008) 12, with the block of
// terms given by the contract.

#pragma once

#include "lanes.h"
#include "job.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int PANEL = REGISTERS == 32 ? 4 : 2;  // vectors
constexpr int TILE_ROWS = 6;
constexpr ptrdiff_t LINE = 64;  // bytes of a cache line

template <class T> INLINE ptrdiff_t vectors(ptrdiff_t outputs) {
    return (outputs + LANES<T> - 1) / LANES<T>;
}

// Numbers that `pack` writes.
template <class T> ptrdiff_t packed_size(ptrdiff_t outputs, ptrdiff_t terms) {
    return vectors<T>(outputs) * LANES<T> * terms;
}

// W[i][k] stands at W[i * output_stride + k * term_stride].
template <class T>
void pack(const T* W, ptrdiff_t output_stride, ptrdiff_t term_stride, ptrdiff_t outputs,
          ptrdiff_t terms, T* packed) {
    for (ptrdiff_t first = 0; first < outputs; first += PANEL * LANES<T>) {
        ptrdiff_t left = outputs - first < PANEL * LANES<T> ? outputs - first : PANEL * LANES<T>;
        ptrdiff_t width = vectors<T>(left) * LANES<T>;
        for (ptrdiff_t k = 0; k < terms; k++)
            for (ptrdiff_t i = 0; i < width; i++)
                *packed++ = i < left ? W[(first + i) * output_stride + k * term_stride] : T(0);
    }
}

// One block of terms for R rows and Q panels of N vectors each; `tail` lanes of the last vector count.
template <class T, int R, int Q, int N, bool WHOLE, bool AHEAD>
INLINE void tile(const T* const* rows, ptrdiff_t k, ptrdiff_t terms, const T* panel,
                 ptrdiff_t panel_size, const T* start, ptrdiff_t start_stride, T* out,
                 ptrdiff_t out_stride, ptrdiff_t tail, ptrdiff_t ahead) {
    using V = typename Of<T>::V;
    constexpr int L = LANES<T>;
    V c[R][Q * N];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 16
        for (int n = 0; n < Q * N; n++) c[r][n] = V{};
    const T* a[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) a[r] = rows[r] + k;
    const T* w = panel + k * N * L;
    const char* next = reinterpret_cast<const char*>(w + terms * N * L) + ahead * terms * LINE;
    for (ptrdiff_t i = 0; i < terms; i++, w += N * L) {
        if (AHEAD) __builtin_prefetch(next + i * LINE, 0, 2);
        V b[Q * N];
#pragma GCC unroll 8
        for (int q = 0; q < Q; q++)
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) b[q * N + n] = load<T>(w + q * panel_size + n * L);
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
            V x = every<V>(a[r][i]);
#pragma GCC unroll 16
            for (int n = 0; n < Q * N; n++) c[r][n] = fma(x, b[n], c[r][n]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 16
        for (int n = 0; n < Q * N; n++) {
            ptrdiff_t at = r * out_stride + n * L;
            bool whole = WHOLE || n < Q * N - 1;
            V y{};
            if (start) {
                const T* from = start + r * start_stride + n * L;
                y = whole ? load<T>(from) : load(from, tail);
            }
            y = y + c[r][n];
            if (whole) store<T>(out + at, y);
            else store(out + at, y, tail);
        }
}

template <class T> struct Tile {
    const T* const* rows;
    ptrdiff_t count;  // of rows
    ptrdiff_t k, terms;
    const T* panel;
    ptrdiff_t panel_size;
    const T* start;
    ptrdiff_t start_stride;
    T* out;
    ptrdiff_t out_stride;
    ptrdiff_t tail;
};

template <class T, int R, int Q, int N> INLINE void tile(const Tile<T>& s, ptrdiff_t row) {
    const T* start = s.start ? s.start + row * s.start_stride : nullptr;
    T* out = s.out + row * s.out_stride;
    constexpr ptrdiff_t LINES = N * LANES<T> * (ptrdiff_t)sizeof(T) / LINE;  // of a term
    const ptrdiff_t ahead = row / TILE_ROWS;
#define TILE(WHOLE, AHEAD)                                                                       \
    tile<T, R, Q, N, WHOLE, AHEAD>(s.rows + row, s.k, s.terms, s.panel, s.panel_size, start,     \
                                   s.start_stride, out, s.out_stride, s.tail, ahead)
    if (s.tail != LANES<T>) TILE(false, false);
    else if (R >= 4 && ahead < LINES) TILE(true, true);
    else TILE(true, false);
#undef TILE
}

// All rows against Q panels: as many at a time as fit, and the rest.
template <class T, int Q, int N> void all_rows(const Tile<T>& s) {
    if constexpr (Q > 1) {
        for (ptrdiff_t row = 0; row < s.count; row++) tile<T, 1, Q, N>(s, row);
    } else {
        for (ptrdiff_t row = 0, rows; row < s.count; row += rows) {
            ptrdiff_t left = s.count - row;
            rows = left >= 2 * TILE_ROWS || left == TILE_ROWS ? TILE_ROWS
                   : left > TILE_ROWS                         ? (left + 1) / 2
                                                              : left;
            switch (rows) {
                case 6: tile<T, 6, Q, N>(s, row); break;
                case 5: tile<T, 5, Q, N>(s, row); break;
                case 4: tile<T, 4, Q, N>(s, row); break;
                case 3: tile<T, 3, Q, N>(s, row); break;
                case 2: tile<T, 2, Q, N>(s, row); break;
                case 1: tile<T, 1, Q, N>(s, row); break;
            }
        }
    }
}

// The last panel, which may have fewer vectors.
template <class T> INLINE void last_panel(const Tile<T>& s, ptrdiff_t count) {
    switch (count) {
        case 1: return all_rows<T, 1, 1>(s);
        case 2: return all_rows<T, 1, 2>(s);
        case 3: return all_rows<T, 1, PANEL == 4 ? 3 : 2>(s);
        default: return all_rows<T, 1, PANEL>(s);
    }
}

// out = start + x W^T for `count` rows, each given by its address; start may be out, or null (+0).
// Only the panels from first_panel to before end_panel are written.
template <class T>
void product(const T* const* rows, ptrdiff_t count, const Packed<T>& W, ptrdiff_t first_panel,
             ptrdiff_t end_panel, const T* start, ptrdiff_t start_stride, T* out,
             ptrdiff_t out_stride) {
    constexpr ptrdiff_t L = LANES<T>, WIDTH = PANEL * L;
    constexpr int TOGETHER = 8 / PANEL;  // panels of a single row, so that no adder idles
    ptrdiff_t all = vectors<T>(W.outputs), whole_panels = all / PANEL;
    ptrdiff_t panel = first_panel;
    while (panel < end_panel) {
        bool together =
            count == 1 && panel + TOGETHER <= end_panel && panel + TOGETHER <= whole_panels;
        ptrdiff_t panels = together ? TOGETHER : 1;
        ptrdiff_t last = (panel + panels) * PANEL;  // vectors up to here
        ptrdiff_t tail = last * L <= W.outputs ? L : W.outputs - (W.outputs - 1) / L * L;
        Tile<T> s{rows, count, 0, 0, W.data + panel * WIDTH * W.terms, WIDTH * W.terms,
                  start ? start + panel * WIDTH : nullptr, start_stride, out + panel * WIDTH,
                  out_stride, tail};
        do {
            s.terms = W.terms - s.k < BLOCK ? W.terms - s.k : BLOCK;
            if (together) all_rows<T, TOGETHER, PANEL>(s);
            else last_panel<T>(s, all - panel * PANEL < PANEL ? all - panel * PANEL : PANEL);
            s.k += BLOCK;
            s.start = s.out;
            s.start_stride = s.out_stride;
        } while (s.k < W.terms);
        panel += panels;
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
