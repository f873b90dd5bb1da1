// The one order of a long sum: trees of sixteen neighbours (rule 2 of README.md).
//
//     tree(list): cut into blocks of 16, each added up from +0; the same with the results, until one
//
// Entries come one after another and are added where they belong at once; level[l] is the sum that
// is being made of up to 16 sums of level l - 1. At the end each level goes into the next: what is
// missing of a block counts as +0, which changes no bit of a sum that began at +0.

#pragma once

#include "kinds.h"
#include "lanes.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int LEVELS = 12;  // 16^12 blocks of 128: more than any memory holds

// V may be a number or a vector.
template <class V> struct Tree {
    V level[LEVELS] = {};
    ptrdiff_t count = 0;

    ALWAYS_INLINE void add(V entry) {
        level[0] = level[0] + entry;
        count++;
        ptrdiff_t full = count;
        for (int l = 0; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) {
            level[l + 1] = level[l + 1] + level[l];
            level[l] = V{};
        }
    }

    ALWAYS_INLINE V sum() {
        for (int l = 0; l + 1 < LEVELS; l++) level[l + 1] = level[l + 1] + level[l];
        return level[LEVELS - 1];
    }
};

// The sum of entry(0) ... entry(count - 1): one axis, blocks of 128 and then a tree.
template <class F> INLINE auto row_sum(ptrdiff_t count, F entry) -> decltype(entry(0)) {
    Tree<decltype(entry(0))> tree;
    for (ptrdiff_t first = 0; first < count; first += BLOCK) {
        decltype(entry(0)) block{};
        for (ptrdiff_t i = first; i < count && i < first + BLOCK; i++) block = block + entry(i);
        tree.add(block);
    }
    return tree.sum();
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
