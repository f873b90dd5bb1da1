// The chains of a plain sum over the rows of a batch (rule 2 of ../README.md); tree_sum.cu does the rest.
//
//     c[g, s, j] = +0;  c = c + x[n, s, j], n ascending in a block g of 128 events
//
// x lies anywhere: event, step and number j have a stride each. chain_sums gives a thread one chain,
// and to neighbours those that lie side by side in memory: steps where `by_step` says so, else numbers.
// row_sums is for events that lie side by side themselves, of one step: a warp has 32 chains, brings
// 32 events of each through shared memory, whole lines at a time, and then each thread adds up its own.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

#include "../kinds.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int LANES_OF_WARP = 32, PITCH = LANES_OF_WARP + 1;  // no two lanes on one bank

// to (blocks of this launch, steps of this launch, width); grid (chains of a block of events, blocks).
KERNEL chain_sums(const T* x, int64_t event, int64_t step, int64_t number, T* to, int64_t events,
                  int64_t steps, int64_t width, int64_t first_step, int64_t first_block,
                  int64_t by_step) {
    const int64_t chain = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (chain >= steps * width) return;
    const int64_t s = by_step ? chain % steps : chain / width, j = by_step ? chain / steps : chain % width;
    const int64_t n0 = (first_block + blockIdx.y) * BLOCK, count = min(events - n0, (int64_t)BLOCK);
    const T* p = x + n0 * event + (first_step + s) * step + j * number;
    T c = 0;
#pragma unroll 8
    for (int64_t n = 0; n < count; n++, p += event) c = c + *p;
    to[(blockIdx.y * steps + s) * width + j] = c;
}

// x[n, j] at x + n + j * number; to (blocks, width). Chains are numbered j by j, block by block.
KERNEL row_sums(const T* x, int64_t number, T* to, int64_t events, int64_t width) {
    DYNAMIC_SHARED(memory);
    const int lane = threadIdx.x % LANES_OF_WARP, warp = threadIdx.x / LANES_OF_WARP;
    T* tile = reinterpret_cast<T*>(memory) + warp * LANES_OF_WARP * PITCH;
    const int64_t blocks = (events + BLOCK - 1) / BLOCK;
    const int64_t first = ((int64_t)blockIdx.x * blockDim.x / LANES_OF_WARP + warp) * LANES_OF_WARP;
    int64_t j = first / blocks, g = first % blocks;  // of the chain that is being brought
    const int64_t mine = first + lane;
    T c = 0;
    for (int n0 = 0; n0 < BLOCK && n0 < events; n0 += LANES_OF_WARP) {
        int64_t to_j = j, to_g = g;
        for (int chain = 0; chain < LANES_OF_WARP && to_j < width; chain++) {
            const int64_t n = to_g * BLOCK + n0 + lane;
            if (n < events) tile[chain * PITCH + lane] = x[to_j * number + n];
            if (++to_g == blocks) to_g = 0, to_j++;
        }
        __syncwarp();
        const int64_t left = events - mine % blocks * BLOCK - n0;
        for (int i = 0; i < LANES_OF_WARP && i < left; i++) c = c + tile[lane * PITCH + i];
        __syncwarp();
    }
    if (mine < width * blocks) to[mine % blocks * width + mine / blocks] = c;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
