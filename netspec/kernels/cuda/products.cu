// Matrix products: y = f(start + x W^T), by tiles of rows and outputs.
//
//     y = start;  for each block of 128 terms:  c = +0;  c = fma(x[k], w[k], c), k ascending;  y = y + c
//
// (rule 1 of README.md). A block of threads owns ROWS x OUTPUTS numbers of y, a thread the chains of
// OWN_ROWS x OWN_OUTPUTS of them, whole: nothing but outputs is divided. Slabs of TERMS terms of x and
// W pass through shared memory, STAGES of them, the next ones on their way while one is at work. The
// chains are in registers; y, until it is done, is in shared memory: once in 128 terms that way costs
// next to nothing, and start comes and y goes in whole lines. Many rows want large tiles; few rows
// and wide ones want blocks of few outputs, so that many read W.
//
// COPY is the bytes that are copied at once: what k * sizeof(T) is a multiple of, of 16, 8 and 4.
// shared memory: STAGES * (ROWS + OUTPUTS) * stride_of(TERMS) + ROWS * (OUTPUTS + 8) numbers.
// grid: tiles of rows * tiles of outputs.  block: (ROWS / OWN_ROWS) * (OUTPUTS / OWN_OUTPUTS).
//
// compiled with: NUMBER=float ROWS=128 OUTPUTS=128 OWN_ROWS=8 OWN_OUTPUTS=8 TERMS=16 STAGES=2 COPY=16 ACTIVATION=0
// compiled with: NUMBER=double ROWS=128 OUTPUTS=64 OWN_ROWS=8 OWN_OUTPUTS=4 TERMS=8 STAGES=2 COPY=16 ACTIVATION=2
// compiled with: NUMBER=float ROWS=1 OUTPUTS=32 OWN_ROWS=1 OWN_OUTPUTS=1 TERMS=32 STAGES=8 COPY=4 ACTIVATION=3

#include "products.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int ACROSS = OUTPUTS / OWN_OUTPUTS, DOWN = ROWS / OWN_ROWS, THREADS = ACROSS * DOWN;
constexpr int LANES_DOWN = DOWN < 4 ? DOWN : 4, LANES_ACROSS = 32 / LANES_DOWN;
constexpr int STRIDE = stride_of(TERMS), STAGE = (ROWS + OUTPUTS) * STRIDE;
constexpr int PER_TERM = OWN_ROWS * OWN_OUTPUTS * sizeof(T);  // unrolled further, registers run short
constexpr int UNROLLED = PER_TERM >= 256 ? 1 : PER_TERM >= 128 ? 2 : TERMS / PACK;
constexpr int Y_STRIDE = OUTPUTS + 8;  // four rows of eight outputs lie in different banks
static_assert(THREADS % 32 == 0 && THREADS <= 512 && ACROSS % LANES_ACROSS == 0 && DOWN % LANES_DOWN == 0, "whole warps");
static_assert(THREADS % OUTPUTS == 0, "a thread has the same output of every row");
static_assert(BLOCK % TERMS == 0 && TERMS % PACK == 0, "whole slabs");

// The copies of a slab: neighbouring threads copy neighbouring terms, COPY bytes each.
constexpr int WIDTH = COPY / sizeof(T), IN_ROW = TERMS / WIDTH, ROWS_AT_ONCE = THREADS / IN_ROW;
static_assert(THREADS % IN_ROW == 0, "a thread copies the same terms of every row");

// Send for a slab of a tile of rows; what lies outside stays as it is, unused. `from` is where the
// thread's first number comes from, `step` numbers before its next one.
template <int TILE> INLINE void fetch(T* to, const T* from, int64_t step, int rows, int64_t terms) {
    const int row = threadIdx.x / IN_ROW, term = threadIdx.x % IN_ROW * WIDTH;
    T* const own = to + row * STRIDE + term;
#pragma unroll
    for (int done = 0; done < TILE; done += ROWS_AT_ONCE)
        if (row + done < rows && term < terms)
            copy_async<COPY>(own + done * STRIDE, from + done / ROWS_AT_ONCE * step);
}

// Whatever is done to y of the block, line by line: each(row, output, where it is in shared memory).
template <class F> INLINE void over_outputs(T* sums, int rows, int outputs, F each) {
    const int output = threadIdx.x % OUTPUTS;
    if (output >= outputs) return;
#pragma unroll 4
    for (int row = threadIdx.x / OUTPUTS; row < rows; row += THREADS / OUTPUTS)
        each(row, output, sums[row * Y_STRIDE + output]);
}

KERNEL __launch_bounds__(THREADS, 512 / THREADS)
product(const T* x, const T* W, const T* start, int64_t start_stride, T* y, int64_t rows, int64_t m,
        int64_t k, double option) {
    DYNAMIC_SHARED(memory);
    T* const slabs = reinterpret_cast<T*>(memory);
    T* const sums = slabs + STAGES * STAGE;

    const int64_t tiles_across = (m + OUTPUTS - 1) / OUTPUTS;
    const int64_t first_row = blockIdx.x / tiles_across * ROWS;
    const int64_t first_output = blockIdx.x % tiles_across * OUTPUTS;
    const int rows_here = at_most(rows - first_row, ROWS);
    const int outputs_here = at_most(m - first_output, OUTPUTS);

    const int64_t thread_at = threadIdx.x / IN_ROW * k + threadIdx.x % IN_ROW * WIDTH;
    const T* next_x = x + first_row * k + thread_at;
    const T* next_w = W + first_output * k + thread_at;
    int64_t to_come = k;
    T* into = slabs;
    const auto send_for_next = [&] {
        if (to_come > 0) {
            fetch<ROWS>(into, next_x, ROWS_AT_ONCE * k, rows_here, to_come);
            fetch<OUTPUTS>(into + ROWS * STRIDE, next_w, ROWS_AT_ONCE * k, outputs_here, to_come);
        }
        copies_end_group();
        next_x += TERMS;
        next_w += TERMS;
        to_come -= TERMS;
        into = into == slabs + (STAGES - 1) * STAGE ? slabs : into + STAGE;
    };
    for (int stage = 0; stage < STAGES - 1; stage++) send_for_next();

    const T* const from = start ? start + first_row * start_stride + first_output : nullptr;
    over_outputs(sums, rows_here, outputs_here, [&](int row, int output, T& sum) {
        sum = from ? from[row * start_stride + output] : T(0);
    });

    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const int across = warp % (ACROSS / LANES_ACROSS) * LANES_ACROSS + lane % LANES_ACROSS;
    const int down = warp / (ACROSS / LANES_ACROSS) * LANES_DOWN + lane / LANES_ACROSS;
    T* const own = sums + down * Y_STRIDE + across;

    T c[OWN_ROWS][OWN_OUTPUTS] = {};
    const T* at = slabs;
    for (int64_t done = 0; done < k; done += TERMS) {
        copies_wait<STAGES - 2>();
        __syncthreads();  // the slab is there, and nobody reads the one before any longer
        send_for_next();

        const T* const at_x = at + down * STRIDE;
        const T* const at_w = at + (ROWS + across) * STRIDE;
        at = at == slabs + (STAGES - 1) * STAGE ? slabs : at + STAGE;
        if (done + TERMS <= k)
            add_terms<TERMS, OWN_ROWS, OWN_OUTPUTS, DOWN * STRIDE, ACROSS * STRIDE, UNROLLED>(c, at_x, at_w);
        else
#pragma unroll 1
            for (int t = 0; t < k - done; t++)
                add_term<OWN_ROWS, OWN_OUTPUTS, DOWN * STRIDE, ACROSS * STRIDE>(c, at_x + t, at_w + t);

        if (done + TERMS < k && (done + TERMS) % BLOCK) continue;
#pragma unroll
        for (int i = 0; i < OWN_ROWS; i++)
#pragma unroll
            for (int j = 0; j < OWN_OUTPUTS; j++) {
                T& sum = own[i * DOWN * Y_STRIDE + j * ACROSS];
                sum = sum + c[i][j];
                c[i][j] = 0;
            }
    }

    __syncthreads();
    T* const to = y + first_row * m + first_output;
    over_outputs(sums, rows_here, outputs_here, [&](int row, int output, T& sum) {
        to[row * m + output] = finished(sum, option);
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
