// A whole network as one prepared call: weights packed once, stages run on a few events at a time.

#pragma once

#include "stage.h"

namespace netspec {

// What a call brings and takes; states by slot, null where the network starts by itself.
template <class T> struct Batch {
    ptrdiff_t events, size;  // how many; numbers of each
    const T* x;
    const int64_t* lengths;  // (events,), or null
    std::vector<const T*> states;
    std::vector<T*> finals;
    std::vector<ptrdiff_t> units;  // of each slot
    T* y;
};

// Run a batch through `network` on up to `threads` threads. Throws std::bad_alloc.
template <class T>
void run(const Sequence<T>& network, const Kernels<T>& kernels, const Batch<T>& batch, int threads);

}  // namespace netspec
