// Matrix products of many rows of few numbers: y = f(start + x W^T), k = FEATURES at most 128.
//
//     c = +0;  c = fma(x[k], w[k], c), k ascending;  y = start + c         (rule 1 of README.md, one block)
//
// Memory is what they wait for: each number of x is read once for every tile of outputs, and each of y
// is written once. A block keeps its OUTPUTS = 8 * OWN_OUTPUTS rows of W in shared memory and works to
// the end of x; each of its warps goes its own way, 32 rows at a time, while its next 32 rows are on
// their way: they lie in memory in one piece. A thread of a warp has 8 rows and OWN_OUTPUTS outputs,
// TOGETHER neighbours of which it writes at once, so that 8 threads write a piece without a hole: rows
// of W stand in shared memory so that those that 8 threads read at once are neighbours.
//
// COPY is the bytes that are copied at once: what k * sizeof(T) is a multiple of, of 16, 8 and 4;
// TOGETHER divides OWN_OUTPUTS and m, and is not more than 16 bytes. EACH: start has a number for each
// of y, and not only one, or none, for each output.
// shared memory: (8 * OWN_OUTPUTS + 4 * 2 * 32) * stride_of(FEATURES) numbers.
// grid: a multiple of the tiles of outputs.  block: 128.
//
// compiled with: NUMBER=float FEATURES=30 OWN_OUTPUTS=5 TOGETHER=1 COPY=8 ACTIVATION=3 EACH=0
// compiled with: NUMBER=float FEATURES=64 OWN_OUTPUTS=8 TOGETHER=4 COPY=16 ACTIVATION=0 EACH=1
// compiled with: NUMBER=double FEATURES=17 OWN_OUTPUTS=4 TOGETHER=2 COPY=8 ACTIVATION=2 EACH=0

#include "products.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int WARPS = 4, ROWS = 32, OWN_ROWS = 8, LANES_DOWN = ROWS / OWN_ROWS, LANES_ACROSS = 8;
constexpr int OUTPUTS = LANES_ACROSS * OWN_OUTPUTS, STRIDE = stride_of(FEATURES);
constexpr int WIDTH = COPY / sizeof(T), IN_ROW = FEATURES / WIDTH;
constexpr int TAIL = FEATURES / PACK * PACK;  // terms of the last, incomplete pack begin here
static_assert(FEATURES <= BLOCK && FEATURES % WIDTH == 0 && OWN_OUTPUTS % TOGETHER == 0, "whole pieces");

struct alignas(TOGETHER * sizeof(T)) Piece {
    T y[TOGETHER];
};

// Where the row of W for an output of the tile stands in shared memory.
INLINE int place_of(int output) {
    const int piece = output / TOGETHER, j = piece / LANES_ACROSS * TOGETHER + output % TOGETHER;
    return j * LANES_ACROSS + piece % LANES_ACROSS;
}

KERNEL __launch_bounds__(WARPS * 32, sizeof(T) == 8 ? 3 : 4)
narrow_product(const T* x, const T* W, const T* start, T* y, int64_t rows, int64_t m, double option) {
    DYNAMIC_SHARED(memory);
    T* const matrix = reinterpret_cast<T*>(memory);
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    T* const buffers = matrix + (OUTPUTS + warp * 2 * ROWS) * STRIDE;
    const int down = lane / LANES_ACROSS, across = lane % LANES_ACROSS;

    const int64_t tiles_across = (m + OUTPUTS - 1) / OUTPUTS;
    const int64_t first_output = blockIdx.x % tiles_across * OUTPUTS;
    const int64_t own_output = first_output + across * TOGETHER;
    const int outputs_left = at_most(m - own_output, OUTPUTS);
    for (int e = threadIdx.x; e < OUTPUTS * IN_ROW; e += WARPS * 32) {
        const int output = e / IN_ROW, term = e % IN_ROW * WIDTH;
        if (first_output + output < m)
            copy_async<COPY>(matrix + place_of(output) * STRIDE + term,
                             W + (first_output + output) * FEATURES + term);
    }
    copies_end_group();

    T starts[OWN_OUTPUTS] = {};
    if (!EACH && start)
#pragma unroll
        for (int j = 0; j < OWN_OUTPUTS; j++) {
            const int further = j / TOGETHER * TOGETHER * LANES_ACROSS + j % TOGETHER;
            if (further < outputs_left) starts[j] = start[own_output + further];
        }

    const auto send_for = [&](int64_t first, T* to) {
#pragma unroll
        for (int i = 0; i < IN_ROW; i++) {
            const int e = i * 32 + lane, row = e / IN_ROW;
            if (first + row < rows)
                copy_async<COPY>(to + row * STRIDE + e % IN_ROW * WIDTH, x + first * FEATURES + e * WIDTH);
        }
        copies_end_group();
    };
    const int64_t step = gridDim.x / tiles_across * WARPS * ROWS;
    int64_t first = (blockIdx.x / tiles_across * WARPS + warp) * ROWS;
    send_for(first, buffers);
    copies_wait<1>();
    __syncthreads();  // W is there

    for (int turn = 0; first < rows; first += step, turn ^= 1) {
        __syncwarp();  // nobody reads the other buffer any longer
        send_for(first + step, buffers + (turn ^ 1) * ROWS * STRIDE);
        copies_wait<1>();
        __syncwarp();

        const T* const at_x = buffers + (turn * ROWS + down) * STRIDE;
        const T* const at_w = matrix + across * STRIDE;
        T c[OWN_ROWS][OWN_OUTPUTS] = {};
        add_terms<FEATURES, OWN_ROWS, OWN_OUTPUTS, LANES_DOWN * STRIDE, LANES_ACROSS * STRIDE, 1>(c, at_x, at_w);
#pragma unroll
        for (int t = TAIL; t < FEATURES; t++)
            add_term<OWN_ROWS, OWN_OUTPUTS, LANES_DOWN * STRIDE, LANES_ACROSS * STRIDE>(c, at_x + t, at_w + t);

        const int left = at_most(rows - first, ROWS) - down;
        T* to = y + (first + down) * m + own_output;
        const T* from = start + (first + down) * m + own_output;
#pragma unroll
        for (int i = 0; i < OWN_ROWS; i++) {
#pragma unroll
            for (int j = 0; j < OWN_OUTPUTS; j += TOGETHER)
                if (i * LANES_DOWN < left && j * LANES_ACROSS < outputs_left) {
                    Piece piece;
#pragma unroll
                    for (int p = 0; p < TOGETHER; p++) {
                        const T begun = EACH ? from[j * LANES_ACROSS + p] : starts[j + p];
                        piece.y[p] = finished(begun + c[i][j + p], option);
                    }
                    *reinterpret_cast<Piece*>(to + j * LANES_ACROSS) = piece;
                }
            to += LANES_DOWN * m;
            from += LANES_DOWN * m;
        }
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
