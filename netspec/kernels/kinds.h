// The words that engines share: cells, activations and other functions of one number, the cuts of sums.

#pragma once

#ifdef NETSPEC_CUDA
#include "cuda/device.h"
#else
#include <cstddef>
#include <cstdint>
#endif

// A function here stands in no path's namespace: were it ever called, and not set in, the linker
// would keep one path's copy for all.
#ifdef NETSPEC_CUDA
#define ALWAYS_INLINE __device__ __forceinline__
#else
#define ALWAYS_INLINE inline __attribute__((always_inline))
#endif

namespace netspec {

constexpr ptrdiff_t BLOCK = 128;       // terms of one chain (rule 1 of README.md)
constexpr ptrdiff_t NEIGHBOURS = 16;   // entries that a tree adds up at a time (rule 2)

enum class Kind : int {
    linear, relu, sigmoid, tanh, symmrelu, softsign, gauss, softmax, elu, leaky_relu, gelu, gelu_tanh,
    hard_sigmoid, rational_tanh, exp, expm1, erf, log
};

// An activation or another function of one number; `option` is its alpha or slope.
struct Function {
    Kind kind;
    double option;
};

enum class CellKind : int { rnn, lstm, gru };

ALWAYS_INLINE ptrdiff_t gates_of(CellKind kind) {
    return kind == CellKind::rnn ? 1 : kind == CellKind::lstm ? 4 : 3;
}

}  // namespace netspec
