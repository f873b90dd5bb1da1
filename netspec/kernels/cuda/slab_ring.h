// The part of the matrices that shared memory has no room for comes by in slabs of SLAB numbers of k,
// one after another, round and round, each while those before it are in use.
//
// The numbers of k below RESIDENT stay. The others of the first matrix (GATES_A gates) come first, then
// those of the second, where there is one (GATES_B).

#pragma once

#include "row_tile.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int STAGES = 3;
constexpr int SLABS_A = (UNITS - RESIDENT + SLAB - 1) / SLAB, SLABS_B = GATES_B ? SLABS_A : 0;
constexpr int SLABS = SLABS_A + SLABS_B;
constexpr int WIDEST = GATES_A > GATES_B ? WIDTH<GATES_A> : WIDTH<GATES_B>;
constexpr int SLAB_ROOM = SLABS ? whole_packs(SLAB * WIDEST) : 0;
static_assert(RESIDENT % SLAB == 0 || SLABS == 0, "slabs begin where the resident part ends");
static_assert(BLOCK % SLAB == 0 && SLAB % KS == 0, "no slab lies in two chains or cuts a line");

struct Ring {
    T* room;
    const T *first, *second;
    int next = 0, into = 0, from = 0;

    __device__ __forceinline__ void bring() {
        const bool of_second = next >= SLABS_A;
        const int k = RESIDENT + (of_second ? next - SLABS_A : next) * SLAB;
        const int width = of_second ? WIDTH<GATES_B> : WIDTH<GATES_A>;
        copy_in(room + into * SLAB_ROOM, (of_second ? second : first) + (int64_t)k * width,
                least(SLAB, UNITS - k) * width);
        copies_end_group();
        next = next + 1 == SLABS ? 0 : next + 1;
        into = into + 1 == STAGES ? 0 : into + 1;
    }

    __device__ __forceinline__ void begin() {
        for (int i = 0; i + 1 < STAGES; i++) bring();
    }

    // All threads meet here; nobody reads the slab before any more, whose room is filled again.
    __device__ __forceinline__ const T* take() {
        copies_wait<STAGES - 2>();
        __syncthreads();
        bring();
        const T* slab = room + from * SLAB_ROOM;
        from = from + 1 == STAGES ? 0 : from + 1;
        return slab;
    }
};

// U h of the thread's rows and quantities, by rule 1: of more than one block, `sum` begins as the start
// that all are added to; of one, it is that block alone, to be added to the start.
template <int G> INLINE void recurrent(T (&sum)[ROWS][QUANTITIES<G>], const T* resident, Ring& ring,
                                       int piece, const T* seen) {
    for (int k0 = 0; k0 < UNITS; k0 += BLOCK) {
        T acc[ROWS][QUANTITIES<G>];
        clear<G>(acc);
        const int end = least(k0 + BLOCK, UNITS), there = least(end, RESIDENT);
        if (k0 < there)
            chain<G>(acc, resident + k0 * WIDTH<G> + piece * PIECE<G>, seen + k0 / KS * LINE, there - k0);
        for (int k = k0 > RESIDENT ? k0 : RESIDENT; k < end; k += SLAB)
            chain<G>(acc, ring.take() + piece * PIECE<G>, seen + k / KS * LINE, least(SLAB, end - k));
        if constexpr (UNITS > BLOCK) add<G>(sum, acc);
        else {
#pragma unroll
            for (int r = 0; r < ROWS; r++)
#pragma unroll
                for (int q = 0; q < QUANTITIES<G>; q++) sum[r][q] = acc[r][q];
        }
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
