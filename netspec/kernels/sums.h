// Sums over the rows of a batch: slopes in weights and biases (rule 2 of README.md).
//
//     c[g, s] = +0;  c = fma(dz[n, s, i], x[n, s, j], c), n ascending in a block g of 128 events
//     result[i][j] = tree over g of (tree over s of c[g, s])
//
// Outputs (i, j) are cut into blocks that share nothing, so that threads may take what blocks they
// like. Of the two factors, vectors hold neighbours of the one that leaves fewer lanes idle, the `wide`
// one; the other is `tall`. The rows of some steps are copied side by side first: in their arrays they
// lie so far apart that they would drive each other out of a cache.

#pragma once

#include "chains.h"
#include "factors.h"
#include "matrix_tree.h"
#include "tree.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr ptrdiff_t TALL = 256, WIDE = 512;  // of a block, at most: its levels fit a second cache

INLINE ptrdiff_t parts_of(ptrdiff_t count, ptrdiff_t size) { return (count + size - 1) / size; }

template <class T> INLINE ptrdiff_t panels_of(ptrdiff_t count) {
    return parts_of(vectors<T>(count), PANEL);
}

// How the outputs of a sum are cut into blocks.
struct Cut {
    bool turned;  // dz is the wide one
    ptrdiff_t tall, wide, tall_blocks, wide_blocks;
};

template <class T> Cut cut(const OuterSum<T>& s, int threads) {
    // What a tile costs: its vectors, and a little for itself.
    auto cost = [](ptrdiff_t tall, ptrdiff_t wide) {
        return tall * (2 * vectors<T>(wide) + panels_of<T>(wide));
    };
    Cut c{cost(s.inputs, s.outputs) < cost(s.outputs, s.inputs), s.outputs, s.inputs, 1, 1};
    if (c.turned) c.tall = s.inputs, c.wide = s.outputs;
    c.tall_blocks = parts_of(c.tall, TALL);
    c.wide_blocks = parts_of(panels_of<T>(c.wide), WIDE / (PANEL * LANES<T>));
    while (c.tall_blocks * c.wide_blocks % threads != 0)
        if (2 * c.tall_blocks * TILE_ROWS <= c.tall && 4 * c.tall >= c.wide * c.tall_blocks) c.tall_blocks++;
        else if (c.wide_blocks < panels_of<T>(c.wide)) c.wide_blocks++;
        else break;
    return c;
}

template <class T> ptrdiff_t outer_sum_blocks(const OuterSum<T>& s, int threads) {
    const Cut c = cut(s, threads);
    return s.outputs && s.inputs ? c.tall_blocks * c.wide_blocks : 0;
}

// A block of a Cut: the factors' parts, and memory to work in.
template <class T> struct Block {
    Factor<T> tall, wide;
    bool sums;  // whether it adds up dz, too
    ptrdiff_t copied, size;
    int by_step, by_block;  // levels
    Block(const OuterSum<T>& s, const Cut& c, ptrdiff_t block) {
        constexpr ptrdiff_t WIDTH = PANEL * LANES<T>;
        const ptrdiff_t i = block / c.wide_blocks, j = block % c.wide_blocks, all = panels_of<T>(c.wide);
        const ptrdiff_t first = c.tall * i / c.tall_blocks, next = c.tall * (i + 1) / c.tall_blocks;
        const ptrdiff_t left = all * j / c.wide_blocks * WIDTH, end = all * (j + 1) / c.wide_blocks * WIDTH;
        const ptrdiff_t right = end < c.wide ? end : c.wide;
        const ptrdiff_t dz0 = c.turned ? left : first, x0 = c.turned ? first : left;
        const ptrdiff_t dz_count = c.turned ? right - left : next - first;
        const ptrdiff_t x_count = c.turned ? next - first : right - left;
        const Factor<T> dz{s.dz, dz0, dz_count, vectors<T>(dz_count) * LANES<T>, nullptr, nullptr, 0, nullptr};
        const Factor<T> x{s.x, x0, x_count, vectors<T>(x_count) * LANES<T>, s.first, s.drop, s.inputs,
                          s.places ? s.places + x0 : nullptr};
        tall = c.turned ? x : dz;
        wide = c.turned ? dz : x;
        sums = s.sums && (c.turned ? i : j) == 0;
        copied = steps_copied(s.events < BLOCK ? s.events : BLOCK);
        size = tall.count * wide.width;
        by_step = levels_for(s.steps);
        by_block = s.events > BLOCK ? levels_for(parts_of(s.events, BLOCK)) : 0;
    }
    ptrdiff_t workspace(ptrdiff_t events) const {
        const ptrdiff_t rows = copied * (events < BLOCK ? events : BLOCK);
        const ptrdiff_t dz = tall.width + wide.width;  // more than the sums of dz
        return (by_step + by_block) * (size + dz) + rows * (tall.width + wide.width) + 8 * LANES<T>;
    }
};

template <class T> ptrdiff_t outer_sum_workspace(const OuterSum<T>& s, int threads) {
    const Cut c = cut(s, threads);
    ptrdiff_t most = 0;
    for (ptrdiff_t block = 0; block < c.tall_blocks * c.wide_blocks; block++) {
        const ptrdiff_t now = Block<T>(s, c, block).workspace(s.events);
        most = now > most ? now : most;
    }
    return most;
}

// result += the column sums of `events` rows for each step: c = c + dz[n], from +0.
template <class T>
void column_sums(const T* rows, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t events, ptrdiff_t steps,
                 T* level) {
    using V = typename Of<T>::V;
    for (ptrdiff_t t = 0; t < steps; t++, rows += events * stride)
        for (ptrdiff_t j = 0; j < width; j += LANES<T>) {
            V c{};
            for (ptrdiff_t e = 0; e < events; e++) c = c + load<T>(rows + e * stride + j);
            store<T>(level + j, load<T>(level + j) + c);
        }
}

// The trees of a sum: over the steps of a block of events, and over such blocks where there are several.
template <class T> struct Trees {
    MatrixTree<T> by_step, by_block;
    Trees(T*& memory, ptrdiff_t size, int step_levels, int block_levels)
        : by_step{memory, size, step_levels, 0},
          by_block{memory + step_levels * size, size, block_levels, 0} {
        memory += (step_levels + block_levels) * size;
        by_block.begin();
    }
    void end_block() {
        if (by_block.levels) by_block.add(by_step.sum());
    }
    const T* sum() { return by_block.levels ? by_block.sum() : by_step.sum(); }
};

template <class T> void outer_sum(const OuterSum<T>& s, int threads, ptrdiff_t block, T* workspace) {
    constexpr ptrdiff_t L = LANES<T>, WIDTH = PANEL * L;
    const Cut c = cut(s, threads);
    const Block<T> b(s, c, block);
    const Factor<T>& dz = c.turned ? b.wide : b.tall;
    const ptrdiff_t stride = b.wide.width;
    Trees<T> trees(workspace, b.size, b.by_step, b.by_block);
    Trees<T> sums(workspace, b.sums ? dz.width : 0, b.by_step, b.by_block);
    T* tall = workspace;
    T* wide = tall + b.tall.width * b.copied * (s.events < BLOCK ? s.events : BLOCK);
    for (ptrdiff_t g = 0; g < s.events || g == 0; g += BLOCK) {
        const ptrdiff_t events = s.events - g < BLOCK ? s.events - g : BLOCK;
        trees.by_step.begin();
        sums.by_step.begin();
        for (ptrdiff_t t = 0; t < s.steps; t += b.copied) {
            const ptrdiff_t steps = s.steps - t < b.copied ? s.steps - t : b.copied;
            copy_rows(s, b.tall, g, events, t, steps, b.tall.width, tall);
            copy_rows(s, b.wide, g, events, t, steps, WIDTH, wide);
            const bool whole = events == 1 && steps == NEIGHBOURS;
            T* level = trees.by_step.level + (whole ? b.size : 0);
            for (ptrdiff_t j = 0; j < stride; j += WIDTH) {
                const ptrdiff_t width = stride - j < WIDTH ? stride - j : WIDTH;
                const T* panel = wide + j * steps * events;
                const Chains<T> chains{tall, b.tall.width, panel, events, steps, level + j, stride, whole};
                all_chains(chains, b.tall.count, width / L);
                if (b.sums && c.turned)
                    column_sums(panel, width, width, events, steps, sums.by_step.level + j);
            }
            if (b.sums && !c.turned)
                column_sums(tall, b.tall.width, b.tall.width, events, steps, sums.by_step.level);
            if (whole) trees.by_step.added_block();
            else trees.by_step.added(steps);
            sums.by_step.added(steps);
        }
        trees.end_block();
        sums.end_block();
    }
    const T* sum = trees.sum();
    T* result = s.result + (c.turned ? b.wide : b.tall).offset * s.inputs + (c.turned ? b.tall : b.wide).offset;
    const ptrdiff_t rows = dz.count, columns = (c.turned ? b.tall : b.wide).count;
    for (ptrdiff_t i = 0; i < rows; i++, result += s.inputs)
        if (c.turned)
            for (ptrdiff_t j = 0; j < columns; j++) result[j] = sum[j * stride + i];
        else
            for (ptrdiff_t j = 0; j < columns; j += L)
                store_row(result + j, load<T>(sum + i * stride + j), columns - j);
    if (!b.sums) return;
    const T* added = sums.sum();
    for (ptrdiff_t i = 0; i < rows; i++) s.sums[dz.offset + i] = added[i];
}

// result[j] = the sum of x[n, s, j], for j from `first` to `end`.
template <class T>
void sum(const Series<const T>& x, ptrdiff_t events, ptrdiff_t steps, ptrdiff_t first, ptrdiff_t end,
         T* result) {
    using V = typename Of<T>::V;
    constexpr int TOGETHER = 8;  // vectors whose chains go on side by side
    for (ptrdiff_t j = first; j < end; j += TOGETHER * LANES<T>) {
        const ptrdiff_t left = end - j;
        Tree<V> by_block[TOGETHER];
        for (ptrdiff_t g = 0; g < events; g += BLOCK) {
            Tree<V> by_step[TOGETHER];
            for (ptrdiff_t t = 0; t < steps; t++) {
                V c[TOGETHER] = {};
                for (ptrdiff_t e = g; e < events && e < g + BLOCK; e++)
                    for (int k = 0; k < TOGETHER; k++) {
                        const ptrdiff_t i = k * LANES<T>;
                        if (i < left) c[k] = c[k] + load_row(x(e, t) + j + i, left - i);
                    }
                for (int k = 0; k < TOGETHER; k++) by_step[k].add(c[k]);
            }
            for (int k = 0; k < TOGETHER; k++) by_block[k].add(by_step[k].sum());
        }
        for (int k = 0; k < TOGETHER; k++)
            if (k * LANES<T> < left)
                store_row(result + j + k * LANES<T>, by_block[k].sum(), left - k * LANES<T>);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
