// The slope in a table of vectors: rule 2 of ../README.md over the places of each id.
//
//     key[p] = ((id * blocks + g) * steps + s) * 128 + n % 128         of event n = 128 g + n % 128
//
// `keys` writes one for each place; they are sorted, ascending, and no two are equal. block_sums gives
// the warp that meets the first place of an (id, g) all of them: one chain a step, a tree over the
// steps. id_sums gives the warp that meets the first place of an id what that left: a tree over the
// blocks. A lane has every 32nd number of a vector. What is not there counts as +0 and is left out.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

#include "../kinds.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int AHEAD = 8;  // numbers that are on their way while others are added up

// The tree of tree.h over a list of which only some entries are there, each with its index.
struct SparseTree {
    static constexpr int LEVELS = 8;  // 16^8 steps, or blocks
    T level[LEVELS];
    int64_t last;

    ALWAYS_INLINE SparseTree() : last(0) {
#pragma unroll
        for (int l = 0; l < LEVELS; l++) level[l] = 0;
    }
    ALWAYS_INLINE void add(int64_t index, T entry) {
#pragma unroll
        for (int l = 0; l + 1 < LEVELS; l++)
            if ((last >> 4 * (l + 1)) != (index >> 4 * (l + 1)))  // another block of neighbours
                level[l + 1] = level[l + 1] + level[l], level[l] = 0;
        level[0] = level[0] + entry;
        last = index;
    }
    ALWAYS_INLINE T sum() {
#pragma unroll
        for (int l = 0; l + 1 < LEVELS; l++) level[l + 1] = level[l + 1] + level[l];
        return level[LEVELS - 1];
    }
};
static_assert(NEIGHBOURS == 16, "a block of a tree is four bits of an index");

// An id beyond the table counts as the row that `gather` takes for it.
KERNEL keys(const int64_t* ids, int64_t* key, int64_t places, int64_t steps, int64_t blocks, int64_t rows) {
    const int64_t p = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (p >= places) return;
    const int64_t n = p / steps, s = p % steps;
    int64_t id = ids[p] < 0 ? ids[p] + rows : ids[p];
    id = id < 0 ? 0 : id < rows ? id : rows - 1;
    key[p] = ((id * blocks + n / BLOCK) * steps + s) * BLOCK + n % BLOCK;
}

// dy (places, width) in the order of events and steps; sums (places, width) is written where an (id, g)
// begins in the order of keys, and next (places) there says where the one behind it begins.
KERNEL block_sums(const int64_t* key, const T* dy, T* sums, int64_t* next, int64_t places, int64_t width,
                  int64_t steps, int64_t blocks) {
    const int64_t p0 = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    const int lane = threadIdx.x % 32;
    if (p0 >= places) return;
    const int64_t of_block = BLOCK * steps, head = key[p0] / of_block;
    if (p0 && key[p0 - 1] / of_block == head) return;
    const int64_t first_key = head * of_block, first_event = head % blocks * BLOCK;
    for (int64_t j = lane; j < width; j += 32) {
        SparseTree tree;
        int64_t s = (key[p0] - first_key) / BLOCK, end = p0;
        T c = 0;
        for (bool more = true; more;) {
            int64_t at[AHEAD];  // places of this (id, g) count from its first key
            T number[AHEAD];
#pragma unroll
            for (int i = 0; i < AHEAD; i++) at[i] = end + i < places ? key[end + i] - first_key : of_block;
#pragma unroll
            for (int i = 0; i < AHEAD; i++) {
                const int64_t n = first_event + at[i] % BLOCK;
                number[i] = at[i] < of_block ? dy[(n * steps + at[i] / BLOCK) * width + j] : T(0);
            }
#pragma unroll
            for (int i = 0; i < AHEAD; i++) {
                more = at[i] < of_block;
                if (!more) break;
                if (at[i] / BLOCK != s) tree.add(s, c), c = 0, s = at[i] / BLOCK;
                c = c + number[i];
                end++;
            }
        }
        tree.add(s, c);
        sums[p0 * width + j] = tree.sum();
        if (j == 0) next[p0] = end;
    }
}

// to (ids, width), all +0 before; what block_sums left, of the same places.
KERNEL id_sums(const int64_t* key, const T* sums, const int64_t* next, T* to, int64_t places,
               int64_t width, int64_t steps, int64_t blocks) {
    const int64_t p0 = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    const int lane = threadIdx.x % 32;
    if (p0 >= places) return;
    const int64_t of_block = BLOCK * steps, id = key[p0] / (of_block * blocks);
    if (p0 && key[p0 - 1] / (of_block * blocks) == id) return;
    for (int64_t j = lane; j < width; j += 32) {
        SparseTree tree;
        for (int64_t p = p0; p < places; p = next[p]) {
            const int64_t block = key[p] / of_block;
            if (block / blocks != id) break;
            tree.add(block % blocks, sums[p * width + j]);
        }
        to[id * width + j] = tree.sum();
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
