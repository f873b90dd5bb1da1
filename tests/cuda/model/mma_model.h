// A model of a GPU's matrix units: the words of netspec/kernels/cuda/mma.h.
//
// Products are exact; a chain of float64 sums each number, k ascending, and it is rounded to float32
// once. Real units add in an order, and with a rounding, of their own.

#pragma once

#include "cuda_words.h"

namespace netspec {
namespace NETSPEC_PATH {

// To 11 bits, ties away from zero; an infinity and a NaN stay.
INLINE uint32_t to_tf32(float x) {
    const uint32_t word = __float_as_uint(x);
    const bool finite = (word & 0x7f800000u) != 0x7f800000u;
    return (finite ? word + 0x1000u : isnan(x) ? 0x7fffffffu : word) & 0xffffe000u;
}

// To 8 bits each, ties to even.
inline uint32_t gpu_model_bf16(float x) {
    const uint32_t word = __float_as_uint(x);
    if (isnan(x)) return 0x7fffu;
    return (word + 0x7fffu + (word >> 16 & 1u)) >> 16;
}
INLINE uint32_t pack_bf16(float first, float second) {
    return gpu_model_bf16(second) << 16 | gpu_model_bf16(first);
}

// Whole matrices of a warp, put together from what its threads hand over; each thread sums its own four.
template <int PER_WORD, class Number>
inline void gpu_model_mma(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Number number) {
    uint32_t words[6][32];
    const uint32_t mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    unsigned lane = 0;
    for (int pair = 0; pair < 6; pair += 2) {
        const uint64_t two = uint64_t{mine[pair + 1]} << 32 | mine[pair];
        const ::gpu_model::Exchange all = ::gpu_model::exchange(0xffffffffu, two, GPU_MODEL_HERE);
        if (all.present != 0xffffffffu) ::gpu_model::fail("a warp of fewer than 32 threads", GPU_MODEL_HERE);
        lane = all.lane;
        for (int i = 0; i < 32; i++) {
            words[pair][i] = static_cast<uint32_t>(all.values[i]);
            words[pair + 1][i] = static_cast<uint32_t>(all.values[i] >> 32);
        }
    }
    const auto of_a = [&](int row, int word) { return words[row / 8 + word / 4 * 2][row % 8 * 4 + word % 4]; };
    const auto of_b = [&](int word, int column) { return words[4 + word / 4][column * 4 + word % 4]; };
    const int group = static_cast<int>(lane) / 4, place = static_cast<int>(lane) % 4;
    for (int i = 0; i < 4; i++) {
        const int row = group + i / 2 * 8, column = place * 2 + i % 2;
        double sum = c[i];
        for (int word = 0; word < 8; word++)
            for (int half = 0; half < PER_WORD; half++)
                sum += number(of_a(row, word), half) * number(of_b(word, column), half);
        c[i] = static_cast<float>(sum);
    }
}
INLINE void mma_tf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    gpu_model_mma<1>(c, a, b, [](uint32_t word, int) { return double{__uint_as_float(word & 0xffffe000u)}; });
}
INLINE void mma_bf16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    gpu_model_mma<2>(c, a, b, [](uint32_t word, int half) {
        return double{__uint_as_float(half ? word & 0xffff0000u : word << 16)};
    });
}

INLINE void load_matrices(uint32_t (&to)[4], const void* row) {
    const uintptr_t own = reinterpret_cast<uintptr_t>(row);
    if (own % 16) ::gpu_model::fail("a matrix's row is not aligned to 16 bytes", GPU_MODEL_HERE);
    const ::gpu_model::Exchange all = ::gpu_model::exchange(0xffffffffu, own, GPU_MODEL_HERE);
    for (unsigned i = 0; i < 4; i++)
        to[i] = reinterpret_cast<const uint32_t*>(all.values[8 * i + all.lane / 4])[all.lane % 4];
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
