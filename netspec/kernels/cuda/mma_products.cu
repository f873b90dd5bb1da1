// Matrix products by the matrix units, in lower precision: y = f(start + x W^T), factors in tf32 or bf16.
//
//     y = start + sum over k of r(x[k]) r(w[k])        r rounds to tf32 or bf16 (mma.h); sums in float32
//
// Not the contract's sums: this is what `precision` asks for. A block of threads owns ROWS x OUTPUTS
// numbers of y, a warp a part of them, of whole 16 x 8 pieces. Slabs of 32 words of every row of x and
// of W pass through registers, where they are rounded, once for the block, into one of two places in
// shared memory; the next slab's numbers are on their way while one is at work.
//
// COPY is the bytes that are read at once: what 4 k is a multiple of, of 16, 8 and 4.
// shared memory: 2 * (ROWS + OUTPUTS) * 36 words.
// grid: tiles of rows * tiles of outputs.  block: 32 * WARPS_DOWN * WARPS_ACROSS.
//
// compiled with: NUMBER=float BF16=0 ROWS=128 OUTPUTS=128 WARPS_DOWN=2 WARPS_ACROSS=4 COPY=16 ACTIVATION=0
// compiled with: NUMBER=float BF16=1 ROWS=128 OUTPUTS=128 WARPS_DOWN=2 WARPS_ACROSS=4 COPY=16 ACTIVATION=0
// compiled with: NUMBER=float BF16=1 ROWS=64 OUTPUTS=64 WARPS_DOWN=2 WARPS_ACROSS=2 COPY=4 ACTIVATION=2

#include "mma_tile.h"
#include "products.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL __launch_bounds__(THREADS, 1)
mma_product(const float* x, const float* W, const float* start, int64_t start_stride, float* y,
            int64_t rows, int64_t m, int64_t k, double option) {
    DYNAMIC_SHARED(memory);
    uint32_t* const slabs = reinterpret_cast<uint32_t*>(memory);

    const int64_t tiles_across = (m + OUTPUTS - 1) / OUTPUTS;
    const int64_t first_row = blockIdx.x / tiles_across * ROWS;
    const int64_t first_output = blockIdx.x % tiles_across * OUTPUTS;
    const int rows_here = at_most(rows - first_row, ROWS);
    const int outputs_here = at_most(m - first_output, OUTPUTS);

    // Pieces of x first, then those of W: what lies outside of both counts as 0.
    Pieces on_their_way;
    const auto send_for = [&](int64_t done) {
        const int64_t term = done + own_word() * PER_WORD;
        each_piece([&](int piece, int row) {
            const bool of_x = piece < PIECES_OF_ROWS;
            const int own = of_x ? row : row - ROWS;
            const float* const from = (of_x ? x + first_row * k : W + first_output * k) + own * k + term;
            const bool there = own < (of_x ? rows_here : outputs_here);
            take_piece<COPY>(on_their_way.of[piece], from, there ? k - term : 0);
        });
    };

    Sums c = {};
    send_for(0);
    uint32_t *now = slabs, *next = slabs + SLAB;
    for (int64_t done = 0; done < k; done += TERMS) {
        each_piece([&](int piece, int row) { put_rounded(now, row, on_their_way.of[piece]); });
        if (done + TERMS < k) send_for(done + TERMS);
        __syncthreads();  // the slab is there, and nobody reads the one before any longer
        add_slab(c, now);
        uint32_t* const before = now;
        now = next, next = before;
    }

    const float* const from = start ? start + first_row * start_stride + first_output : nullptr;
    float* const to = y + first_row * m + first_output;
    each_sum(c, [&](int row, int output, float sum) {
        if (row >= rows_here || output >= outputs_here) return;
        if (from) sum = from[row * start_stride + output] + sum;
        to[row * m + output] = finished(sum, option);
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
