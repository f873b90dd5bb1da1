// How a block of a sweep by all blocks together comes to its part of U: by copies that nobody waits for.

#pragma once

#include "grid.h"

namespace netspec {
namespace NETSPEC_PATH {

// U of the own units of G gates, turned: 8 outputs by 4 terms a warp, between reading neighbours and
// writing to different banks.
template <int G> INLINE void bring_matrix(T* to, const T* U, const Part& part) {
    constexpr int OUTPUTS = G * UNITS, TERMS_AT_ONCE = 4;
    const int64_t n = part.units, lines = (n + TERMS_AT_ONCE - 1) / TERMS_AT_ONCE;
    for (int64_t i = threadIdx.x; i < lines * TERMS_AT_ONCE * OUTPUTS; i += THREADS) {
        const int64_t block = i / TERMS_AT_ONCE;
        const int64_t k = block / OUTPUTS * TERMS_AT_ONCE + i % TERMS_AT_ONCE, output = block % OUTPUTS;
        const int64_t unit = part.first_unit + output % UNITS;
        if (k >= n) continue;
        if (unit < n)
            copy_async<sizeof(T)>(to + k * OUTPUTS + output, U + (output / UNITS * n + unit) * n + k);
        else to[k * OUTPUTS + output] = 0;
    }
    copies_end_group();
}

// U of the own units, COUNT of them at a time.
template <int COUNT> INLINE void bring_rows(T* to, const T* U, int64_t rows, const Part& part) {
    constexpr int ACROSS = UNITS / COUNT;
    for (int64_t i = threadIdx.x; i < rows * ACROSS; i += THREADS) {
        const int64_t unit = part.first_unit + i % ACROSS * COUNT;
        if (unit < part.units)
            copy_async<COUNT * sizeof(T)>(to + i * COUNT, U + i / ACROSS * part.units + unit);
        else
            for (int j = 0; j < COUNT; j++) to[i * COUNT + j] = 0;
    }
    copies_end_group();
}
INLINE void bring_rows(T* to, const T* U, int64_t rows, const Part& part) {
    constexpr int MOST = fitting(PACK, UNITS);
    const bool aligned = part.units % MOST == 0 && reinterpret_cast<uint64_t>(U) % (MOST * sizeof(T)) == 0;
    if (aligned) bring_rows<MOST>(to, U, rows, part);
    else bring_rows<1>(to, U, rows, part);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
