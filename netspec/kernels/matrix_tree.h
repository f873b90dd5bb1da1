// The tree of a long sum (tree.h) whose entries are matrices.
//
// level[l] is the sum that is being made of up to 16 sums of level l - 1, a matrix of `rows` rows of
// `width` numbers, whole vectors. As many levels as the entries will fill are there, no more: the
// first one is at work all the time, and stays in a cache.

#pragma once

#include "job.h"
#include "lanes.h"

namespace netspec {
namespace NETSPEC_PATH {

INLINE int levels_for(ptrdiff_t entries) {
    int levels = 1;
    for (; entries >= NEIGHBOURS; entries /= NEIGHBOURS) levels++;
    return levels;
}

template <class T> struct MatrixTree {
    T* level;
    ptrdiff_t size;  // of a matrix
    int levels;      // levels_for() the entries that will come
    ptrdiff_t count;

    void begin() {
        count = 0;
        for (int l = 0; l < levels; l++) clear(l);
    }
    // So many entries were added to the first level; a block of 16 ends with the last of them, or later.
    void added(ptrdiff_t entries) {
        ptrdiff_t full = count += entries;
        for (int l = 0; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) raise(l), clear(l);
    }
    // A whole block of 16 was added to the second level.
    void added_block() {
        ptrdiff_t full = (count += NEIGHBOURS) / NEIGHBOURS;
        for (int l = 1; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) raise(l), clear(l);
    }
    // Add an entry.
    void add(const T* entry) {
        add_to(level, entry);
        added(1);
    }
    const T* sum() {
        for (int l = 0; l + 1 < levels_for(count); l++) raise(l);
        return level + (levels_for(count) - 1) * size;
    }

   private:
    void clear(int l) {
        for (ptrdiff_t i = 0; i < size; i += LANES<T>) store<T>(level + l * size + i, typename Of<T>::V{});
    }
    void raise(int l) { add_to(level + (l + 1) * size, level + l * size); }
    void add_to(T* to, const T* from) {
        for (ptrdiff_t i = 0; i < size; i += LANES<T>)
            store<T>(to + i, load<T>(to + i) + load<T>(from + i));
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
