// Sums over the rows of a batch: slopes in weights and biases (rule 2 of README.md).
//
//     c[g, s] = +0;  c = fma(dz[n, s, i], x[n, s, j], c), n ascending in a block g of 128 events
//     result[i][j] = tree over g of (tree over s of c[g, s])
//
// Outputs (i, j) are cut into blocks that share nothing, so that threads may take what blocks they
// like. A block keeps the levels of its two trees as small matrices; the rows of one (g, s) are
// copied side by side first, and a tile of c stays in registers for all events of the block.

#pragma once

#include "product.h"
#include "tree.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr ptrdiff_t OUTPUTS = 48, INPUTS = 128;  // of a block: its first level fits a first cache

INLINE ptrdiff_t blocks_of(ptrdiff_t count, ptrdiff_t size) { return (count + size - 1) / size; }

template <class T> ptrdiff_t outer_sum_blocks(const OuterSum<T>& s) {
    return blocks_of(s.outputs, OUTPUTS) * blocks_of(s.inputs, INPUTS);
}

template <class T> ptrdiff_t outer_sum_workspace() {
    return 2 * LEVELS * OUTPUTS * INPUTS + BLOCK * (OUTPUTS + INPUTS);
}

// level += c, with c the chains of one (g, s): dz (events, OUTPUTS), x (events, INPUTS).
template <class T, int R, int N>
INLINE void chains(const T* dz, const T* x, ptrdiff_t events, T* level) {
    using V = typename Of<T>::V;
    V c[R][N];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) c[r][n] = V{};
    for (ptrdiff_t e = 0; e < events; e++, dz += OUTPUTS, x += INPUTS) {
        V b[N];
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) b[n] = load<T>(x + n * LANES<T>);
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
            V a = every<V>(dz[r]);
#pragma GCC unroll 8
            for (int n = 0; n < N; n++) c[r][n] = fma(a, b[n], c[r][n]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++)
#pragma GCC unroll 8
        for (int n = 0; n < N; n++) {
            T* at = level + r * INPUTS + n * LANES<T>;
            store<T>(at, load<T>(at) + c[r][n]);
        }
}

// Levels of a tree whose entries are matrices (OUTPUTS, INPUTS), of which `rows` rows count.
template <class T> struct MatrixTree {
    T* level;
    ptrdiff_t rows, count;
    static constexpr ptrdiff_t SIZE = OUTPUTS * INPUTS;
    void begin() {
        count = 0;
        for (int l = 0; l < LEVELS; l++) clear_level(l);
    }
    void clear_level(int l) {
        for (ptrdiff_t i = 0; i < rows * INPUTS; i++) level[l * SIZE + i] = 0;
    }
    void raise(int l) {
        T *from = level + l * SIZE, *to = from + SIZE;
        for (ptrdiff_t i = 0; i < rows * INPUTS; i++) to[i] = to[i] + from[i];
    }
    // An entry was added to the first level.
    void added() {
        ptrdiff_t full = ++count;
        for (int l = 0; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) raise(l), clear_level(l);
    }
    const T* sum() {
        int top = 0;
        for (ptrdiff_t full = count; full >= NEIGHBOURS; full /= NEIGHBOURS) top++;
        for (int l = 0; l < top; l++) raise(l);
        return level + top * SIZE;
    }
};

template <class T> void outer_sum(const OuterSum<T>& s, ptrdiff_t block, T* workspace) {
    constexpr int N = PANEL;
    constexpr ptrdiff_t L = LANES<T>, SIZE = OUTPUTS * INPUTS;
    const ptrdiff_t across = blocks_of(s.inputs, INPUTS);
    const ptrdiff_t i0 = block / across * OUTPUTS, j0 = block % across * INPUTS;
    const ptrdiff_t rows = s.outputs - i0 < OUTPUTS ? s.outputs - i0 : OUTPUTS;
    const ptrdiff_t columns = s.inputs - j0 < INPUTS ? s.inputs - j0 : INPUTS;
    const ptrdiff_t width = vectors<T>(columns) * L;
    MatrixTree<T> by_step{workspace, rows, 0}, by_block{workspace + LEVELS * SIZE, rows, 0};
    T* dz = workspace + 2 * LEVELS * SIZE;
    T* x = dz + BLOCK * OUTPUTS;
    by_block.begin();
    for (ptrdiff_t g = 0; g < s.events; g += BLOCK) {
        ptrdiff_t events = s.events - g < BLOCK ? s.events - g : BLOCK;
        by_step.begin();
        for (ptrdiff_t t = 0; t < s.steps; t++) {
            for (ptrdiff_t e = 0; e < events; e++) {
                const T *from = s.dz(g + e, t) + i0, *seen = s.x(g + e, t) + j0;
                for (ptrdiff_t i = 0; i < rows; i++) dz[e * OUTPUTS + i] = from[i];
                for (ptrdiff_t j = 0; j < columns; j++) x[e * INPUTS + j] = seen[j];
                for (ptrdiff_t j = columns; j < width; j++) x[e * INPUTS + j] = 0;
            }
            for (ptrdiff_t j = 0; j < width; j += N * L) {
                ptrdiff_t n = (width - j) / L, i = 0;
                T* level = by_step.level + j;
#define ROWS(R, N) chains<T, R, N>(dz + i, x + j, events, level + i * INPUTS)
                if (n >= N)
                    for (; i + 6 <= rows; i += 6) ROWS(6, N);
                for (; i < rows; i++)
                    if (n >= N) ROWS(1, N);
                    else
                        for (ptrdiff_t v = 0; v < n; v++)
                            chains<T, 1, 1>(dz + i, x + j + v * L, events, level + i * INPUTS + v * L);
#undef ROWS
            }
            by_step.added();
        }
        const T* sum = by_step.sum();
        for (ptrdiff_t i = 0; i < rows * INPUTS; i++) by_block.level[i] = by_block.level[i] + sum[i];
        by_block.added();
    }
    const T* sum = by_block.sum();
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < columns; j++)
            s.result[(i0 + i) * s.inputs + j0 + j] = sum[i * INPUTS + j];
}

// result[j] = the sum of x[n, s, j], for j from `first` to `end`.
template <class T>
void sum(const Series<const T>& x, ptrdiff_t events, ptrdiff_t steps, ptrdiff_t first, ptrdiff_t end,
         T* result) {
    using V = typename Of<T>::V;
    for (ptrdiff_t j = first; j < end; j += LANES<T>) {
        ptrdiff_t lanes = end - j < LANES<T> ? end - j : LANES<T>;
        Tree<V> by_block;
        for (ptrdiff_t g = 0; g < events; g += BLOCK) {
            Tree<V> by_step;
            for (ptrdiff_t t = 0; t < steps; t++) {
                V c{};
                for (ptrdiff_t e = g; e < events && e < g + BLOCK; e++)
                    c = c + load(x(e, t) + j, lanes);
                by_step.add(c);
            }
            by_block.add(by_step.sum());
        }
        store(result + j, by_block.sum(), lanes);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
