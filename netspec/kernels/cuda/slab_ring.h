// The part of the matrices that shared memory has no room for comes by in slabs of SLAB numbers of k,
// one after another, round and round, each while those before it are in use.
//
// The numbers of k below RESIDENT stay: those below HELD in registers, each thread's own, the others in
// shared memory. What comes by is of the first matrix (GATES_A gates) first, then of the second, where
// there is one (GATES_B).

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
static_assert(HELD <= RESIDENT && HELD <= BLOCK && HELD % PACK == 0, "of the first chain, whole packs are held");
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

// The part of a matrix that a thread keeps in registers.
template <int G> struct Held {
    T of[HELD ? HELD : 1][QUANTITIES<G>];

    __device__ __forceinline__ void take(const T* packed, int piece) {
#pragma unroll
        for (int k = 0; k < HELD; k++)
#pragma unroll
            for (int q = 0; q < QUANTITIES<G>; q += PIECE<G>)
                load_numbers<PIECE<G>>(packed + k * WIDTH<G> + piece * PIECE<G> + q * UNIT_GROUPS, of[k] + q);
    }

    __device__ __forceinline__ void chain(T (&acc)[ROWS][QUANTITIES<G>], const T* seen) const {
#pragma unroll
        for (int k = 0; k < HELD; k += KS) {
            T x[GROUP_LINE];
            load_numbers<GROUP_LINE>(seen + k / KS * LINE, x);
#pragma unroll
            for (int j = 0; j < KS; j++)
#pragma unroll
                for (int r = 0; r < ROWS; r++)
#pragma unroll
                    for (int q = 0; q < QUANTITIES<G>; q++)
                        acc[r][q] = fma(x[j * ROWS + r], of[k + j][q], acc[r][q]);
        }
    }
};

// U h of the thread's rows and quantities, by rule 1: of more than one block, `sum` begins as the start
// that all are added to; of one, it is that block alone, to be added to the start. `resident` begins at
// k = HELD.
template <int G> INLINE void recurrent(T (&sum)[ROWS][QUANTITIES<G>], const Held<G>& held, const T* resident,
                                       Ring& ring, int piece, const T* seen) {
    for (int k0 = 0; k0 < UNITS; k0 += BLOCK) {
        T acc[ROWS][QUANTITIES<G>];
        clear<G>(acc);
        const int begin = k0 ? k0 : HELD, end = least(k0 + BLOCK, UNITS), there = least(end, RESIDENT);
        if (HELD && !k0) held.chain(acc, seen);
        if (begin < there)
            chain<G>(acc, resident + (begin - HELD) * WIDTH<G> + piece * PIECE<G>, seen + begin / KS * LINE,
                     there - begin);
        for (int k = begin > RESIDENT ? begin : RESIDENT; k < end; k += SLAB)
            chain<G>(acc, ring.take() + piece * PIECE<G>, seen + k / KS * LINE, least(SLAB, end - k));
        if constexpr (UNITS > BLOCK) add<G>(sum, acc);
        else copy(sum, acc);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
