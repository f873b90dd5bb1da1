// The tree of rule 2 (README.md) over gradients of blocks of events, whole arrays at a time.

#pragma once

#include <algorithm>
#include <vector>

#include "arena.h"
#include "job.h"

namespace netspec {

template <class T> class GradientTree {
   public:
    explicit GradientTree(ptrdiff_t size) : size_(size) {}

    // One more entry, in ascending order.
    void add(const T* entry) {
        onto(0, entry);
        ptrdiff_t full = ++count_;
        for (size_t l = 0; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) raise(l);
    }

    // result (size,). What a block misses counts as +0, which changes no bit of a sum that began at +0.
    void sum(T* result) {
        for (size_t l = 0; l + 1 < levels_.size(); l++) raise(l);
        std::copy(levels_.back().get(), levels_.back().get() + size_, result);
    }

   private:
    void onto(size_t level, const T* entry) {
        if (level == levels_.size()) {
            levels_.push_back(aligned<T>(size_));
            std::fill_n(levels_.back().get(), size_, T(0));
        }
        T* to = levels_[level].get();
        for (ptrdiff_t i = 0; i < size_; i++) to[i] = to[i] + entry[i];
    }
    void raise(size_t level) {
        onto(level + 1, levels_[level].get());
        std::fill_n(levels_[level].get(), size_, T(0));
    }

    ptrdiff_t size_, count_ = 0;
    std::vector<Aligned<T>> levels_;
};

}  // namespace netspec
