// Sequences turned round.

#pragma once

#include "stage.h"

namespace netspec {

// The valid part of each sequence of rows of `width` numbers turned round, +0 behind it.
template <class T>
void turned(const int64_t* lengths, ptrdiff_t events, ptrdiff_t size, ptrdiff_t width, const T* from, T* to) {
    const ptrdiff_t steps = size / width;
    for (ptrdiff_t e = 0; e < events; e++) {
        const ptrdiff_t valid = lengths ? static_cast<ptrdiff_t>(lengths[e]) : steps;
        for (ptrdiff_t t = 0; t < steps; t++)
            for (ptrdiff_t i = 0; i < width; i++)
                to[e * size + t * width + i] =
                    t < valid ? from[e * size + (valid - 1 - t) * width + i] : T(0);
    }
}

}  // namespace netspec
