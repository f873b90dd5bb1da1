// The matrix units of a GPU: products of small matrices, by the 32 threads of a warp together.
//
//     c (16, 8) = c + a (16, k) b (k, 8)      factors in tf32 (k = 8) or bf16 (k = 16), sums in float32
//
// A factor is handed over in words of 32 bits: one number of tf32, or two neighbouring terms of bf16, the
// first in the lower half. In words both kinds lie alike: 8 words are the terms, and thread 4 g + t has
//
//     a:  (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)      row, word
//     b:  (t, g), (t + 4, g)                                  word, column
//     c:  (g, 2 t), (g, 2 t + 1), (g + 8, 2 t), (g + 8, 2 t + 1)
//
// tf32 keeps 11 bits of a number (ties away from zero), bf16 keeps 8 (ties to even). In what order the
// units add, and how they round then, is theirs alone: nothing here has the contract's bits.
// PTX ISA, "Matrix Fragments for mma.m16n8k8" and "mma.m16n8k16", "ldmatrix".

#pragma once

#include "device.h"

#ifdef NETSPEC_CUDA_MODEL
#include "mma_model.h"
#else

namespace netspec {
namespace NETSPEC_PATH {

INLINE uint32_t to_tf32(float x) {
    uint32_t word;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(x));
    return word;
}
INLINE uint32_t pack_bf16(float first, float second) {
    uint32_t word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
    return word;
}

INLINE void mma_tf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
                 "{%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
INLINE void mma_bf16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
                 "{%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four matrices of 8 rows by 4 words from shared memory: thread 8 i + r says where row r of matrix i
// begins (aligned to 16 bytes), thread 4 g + t gets word t of row g of each.
INLINE void load_matrices(uint32_t (&to)[4], const void* row) {
    const unsigned from = (unsigned)__cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

}  // namespace NETSPEC_PATH
}  // namespace netspec

#endif

namespace netspec {
namespace NETSPEC_PATH {

#ifdef BF16
constexpr int PER_WORD = BF16 ? 2 : 1;

// The word of PER_WORD neighbouring terms.
INLINE uint32_t rounded(const float* x) {
    if constexpr (PER_WORD == 2) return pack_bf16(x[0], x[1]);
    else return to_tf32(x[0]);
}

INLINE void multiply(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    if constexpr (PER_WORD == 2) mma_bf16(c, a, b);
    else mma_tf32(c, a, b);
}
#endif

}  // namespace NETSPEC_PATH
}  // namespace netspec
