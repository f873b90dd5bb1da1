// How two outputs become one where they do not stand side by side.

#pragma once

#include "stage.h"

namespace netspec {

// y = one + two, (one + two) * 0.5 or one * two; y may be one of them.
template <class T> void combine(Merge merge, const T* one, const T* two, T* y, ptrdiff_t count) {
    if (merge == Merge::mul)
        for (ptrdiff_t i = 0; i < count; i++) y[i] = one[i] * two[i];
    else if (merge == Merge::sum)
        for (ptrdiff_t i = 0; i < count; i++) y[i] = one[i] + two[i];
    else
        for (ptrdiff_t i = 0; i < count; i++) y[i] = (one[i] + two[i]) * T(0.5);
}

}  // namespace netspec
