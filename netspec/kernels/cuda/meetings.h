// What blocks of one cooperative launch say to each other of a step, and how they wait for it.
//
// An array (terms, ROWS) in global memory, written by many, is read by all who share a tile of events,
// in one of two ways. Numbers are read in slabs after a meeting, of which a counter tells: the way of
// much to say. With WORDS a number is a word of 8 bytes (a double is two) that carries the meeting's
// number beside it, and is read again and again until that is the awaited one: twice as much to read,
// but nobody waits for a store to be everywhere, nor for a counter (NCCL's protocol LL does the same).
//
// Meetings of a tile are numbered, from 1. No array is written again before all have read it: a block
// writes at a meeting what was read before the last one, and all have met there.

#pragma once

#include "device.h"
#include "../arithmetic.h"
#include "../kinds.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int PACK = 16 / sizeof(T);

// Rows of `terms` terms in global memory, up to whole blocks, and how far a number is from the next.
constexpr int WIDTH = WORDS ? 2 : 1, HALVES = sizeof(T) / 4;
INLINE int64_t room_for(int64_t terms) { return (terms + BLOCK - 1) / BLOCK * BLOCK * ROWS * WIDTH; }

// Number `place` of an array that blocks pass on, at a meeting.
INLINE void pass_on(T* array, int64_t place, T value, int64_t number) {
    if constexpr (WORDS) {
        uint64_t* const to = reinterpret_cast<uint64_t*>(array) + place * HALVES;
        const uint64_t tag = (uint64_t)number << 32;
        if constexpr (HALVES == 1) store_word(to, tag | (unsigned)bits(value));
        else {
            store_word(to, tag | ((uint64_t)bits(value) & 0xffffffffu));
            store_word(to + 1, tag | ((uint64_t)bits(value) >> 32));
        }
    } else {
        store_for_blocks(array + place, value);
    }
}

// x (terms, ROWS) to shared memory, the `wanted` rows of it, as soon as all of a meeting's words are there.
template <class Wanted>
INLINE void gather(T* to, const T* array, int terms, int64_t number, Wanted wanted) {
    const uint64_t* const words = reinterpret_cast<const uint64_t*>(array);
    unsigned* const halves = reinterpret_cast<unsigned*>(to);
    constexpr int AT_ONCE = 8;
    for (int i = threadIdx.x; i < terms * ROWS * HALVES; i += AT_ONCE * THREADS) {
        uint64_t word[AT_ONCE];
        bool missing = true;
        while (missing) {
            missing = false;
#pragma unroll
            for (int j = 0; j < AT_ONCE; j++) {
                const int at = i + j * THREADS;
                if (at >= terms * ROWS * HALVES || !wanted(at / HALVES % ROWS)) continue;
                word[j] = load_word(words + at);
            }
#pragma unroll
            for (int j = 0; j < AT_ONCE; j++) {
                const int at = i + j * THREADS;
                if (at >= terms * ROWS * HALVES || !wanted(at / HALVES % ROWS)) continue;
                if ((unsigned)(word[j] >> 32) == (unsigned)number) halves[at] = (unsigned)word[j];
                else missing = true;
            }
            if (missing) rest_a_little();
        }
    }
}

// The blocks that share a tile of events meet: what one has stored for others before it arrives is seen
// by those that have waited. A meeting's number counts from 1. With WORDS the words tell it themselves.
struct Meetings {
    unsigned* counters;  // of this slice of the batch: one a tile
    unsigned members;

    __device__ __forceinline__ void arrive(int64_t pass) const {
        if (WORDS) return;
        __syncthreads();
        if (threadIdx.x == 0) add_release(counters + pass, 1u);
    }
    // All threads of the block meet here as well.
    __device__ __forceinline__ void wait(int64_t pass, int64_t number) const {
        if (WORDS) return;
        const unsigned awaited = (unsigned)number * members;
        if (threadIdx.x == 0)
            while ((int)(load_acquire(counters + pass) - awaited) < 0) rest_a_little();
        __syncthreads();
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
