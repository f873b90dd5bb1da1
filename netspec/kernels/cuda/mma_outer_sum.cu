// Slopes in a matrix by the matrix units, in lower precision: the sum over events and steps of dz x^T.
//
//     dW[i][j] = sum over n, s of r(dz[n, s, i]) r(x[n, s, j])     r rounds to tf32 or bf16 (mma.h)
//
// Not the contract's sums: this is what `precision` asks for. x, lengths, first and drop are as
// outer_sum.cu has them: steps from lengths[n] on count as zeros; with `first`, x is a state that was seen
// one step later in the order of the pass, and first[n] what was seen at the first step; drop[n]
// multiplies what was seen. A block owns ROWS x OUTPUTS numbers of dW (dz's, x's) and every `rows_each`
// rows in a line; its sums go to an array of partials of their own. Slabs of 32 words of rows pass through
// registers, where they are rounded, into one of two places in shared memory, each word's numbers side by
// side: 8 more than 32 of them from word to word, so that a warp reads from 32 banks.
//
// COPY_DZ, COPY_X: bytes that are read at once; all rows begin at a multiple of them, and are made of them.
// shared memory: 2 * 32 * (ROWS + OUTPUTS + 16) words.
// grid: tiles of dW, groups of rows.  block: 32 * WARPS_DOWN * WARPS_ACROSS.
//
// compiled with: BF16=0 ROWS=128 OUTPUTS=128 WARPS_DOWN=2 WARPS_ACROSS=4 COPY_DZ=16 COPY_X=16
// compiled with: BF16=1 ROWS=128 OUTPUTS=128 WARPS_DOWN=2 WARPS_ACROSS=4 COPY_DZ=16 COPY_X=16
// compiled with: BF16=1 ROWS=64 OUTPUTS=64 WARPS_DOWN=2 WARPS_ACROSS=2 COPY_DZ=4 COPY_X=8

#include "mma_tile.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int DZ_STRIDE = ROWS + 8, X_STRIDE = OUTPUTS + 8, PLACE = WORDS * (DZ_STRIDE + X_STRIDE);
constexpr int ACROSS_ROW = (ROWS + OUTPUTS) / 4, WORDS_AT_ONCE = THREADS / ACROSS_ROW;
constexpr int OWN_WORDS = WORDS / WORDS_AT_ONCE;
static_assert(WORDS % WORDS_AT_ONCE == 0 && THREADS % ACROSS_ROW == 0, "a thread has the same numbers of each row");

// A row's event and step; rows follow each other step by step.
struct Row {
    int64_t row, event, step;

    __device__ __forceinline__ void go_on(int by, int64_t steps) {
        row += by;
        for (step += by; step >= steps; step -= steps) event++;
    }
};

INLINE void add_words(Sums& c, const uint32_t* dz, const uint32_t* x) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    dz += lane % 4 * DZ_STRIDE + warp / WARPS_ACROSS * WARP_ROWS + lane / 4;
    x += lane % 4 * X_STRIDE + warp % WARPS_ACROSS * WARP_OUTPUTS + lane / 4;
#pragma unroll
    for (int word = 0; word < WORDS; word += 8) {
        uint32_t a[DOWN][4], b[ACROSS][2];
#pragma unroll
        for (int part = 0; part < 4; part++)
#pragma unroll
            for (int i = 0; i < DOWN; i++)
                a[i][part] = dz[(word + part / 2 * 4) * DZ_STRIDE + i * 16 + part % 2 * 8];
#pragma unroll
        for (int part = 0; part < 2; part++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++) b[j][part] = x[(word + part * 4) * X_STRIDE + j * 8];
#pragma unroll
        for (int i = 0; i < DOWN; i++)
#pragma unroll
            for (int j = 0; j < ACROSS; j++) multiply(c[i][j], a[i], b[j]);
    }
}

KERNEL __launch_bounds__(THREADS, 1)
mma_outer_sum(const float* dz, int64_t dz_event, int64_t dz_step, const float* x, int64_t x_event,
              int64_t x_step, const int64_t* lengths, const float* first, const float* drop,
              int64_t reverse, float* partials, int64_t events, int64_t steps, int64_t m, int64_t k,
              int64_t rows_each) {
    DYNAMIC_SHARED(memory);
    uint32_t* const slabs = reinterpret_cast<uint32_t*>(memory);

    const int64_t tiles_across = (k + OUTPUTS - 1) / OUTPUTS;
    const int64_t first_row = blockIdx.x / tiles_across * ROWS;
    const int64_t first_output = blockIdx.x % tiles_across * OUTPUTS;
    const int64_t begin = blockIdx.y * rows_each, all = events * steps;
    const int64_t end = begin + rows_each < all ? begin + rows_each : all;

    const int word = threadIdx.x / ACROSS_ROW, number = threadIdx.x % ACROSS_ROW * 4;
    const bool of_dz = number < ROWS;
    const int64_t column = of_dz ? first_row + number : first_output + number - ROWS;

    Row at = {begin + word * PER_WORD, 0, 0};
    at.event = at.row / steps, at.step = at.row % steps;
    float on_their_way[OWN_WORDS][PER_WORD][4];
    const auto send_for_next = [&] {
#pragma unroll
        for (int i = 0; i < OWN_WORDS; i++)
#pragma unroll
            for (int j = 0; j < PER_WORD; j++) {
                float(&to)[4] = on_their_way[i][j];
                const int64_t length = lengths && at.row < end ? lengths[at.event] : steps;
                const bool there = at.row < end && at.step < length;
                if (of_dz) {
                    const float* const from = dz + at.event * dz_event + at.step * dz_step;
                    take_piece<COPY_DZ>(to, from + column, there ? m - column : 0);
                } else {
                    const float* from = x + at.event * x_event + at.step * x_step;
                    if (first) {
                        const bool seen = reverse ? at.step + 1 < length : at.step > 0;
                        from = seen ? from + (reverse ? x_step : -x_step) : first + at.event * k;
                    }
                    take_piece<COPY_X>(to, from + column, there ? k - column : 0);
#pragma unroll
                    for (int q = 0; q < 4; q++)
                        if (drop && there && column + q < k) to[q] = to[q] * drop[at.event * k + column + q];
                }
                at.go_on(j + 1 < PER_WORD ? 1 : (WORDS_AT_ONCE - 1) * PER_WORD + 1, steps);
            }
    };

    Sums c = {};
    send_for_next();
    uint32_t *now = slabs, *next = slabs + PLACE;
    for (int64_t done = begin; done < end; done += TERMS) {
        uint32_t* const own = of_dz ? now + word * DZ_STRIDE + number
                                    : now + WORDS * DZ_STRIDE + word * X_STRIDE + number - ROWS;
        const int apart = WORDS_AT_ONCE * (of_dz ? DZ_STRIDE : X_STRIDE);
#pragma unroll
        for (int i = 0; i < OWN_WORDS; i++) {
            uint32_t of[4];
#pragma unroll
            for (int q = 0; q < 4; q++) {
                float terms[PER_WORD];
#pragma unroll
                for (int j = 0; j < PER_WORD; j++) terms[j] = on_their_way[i][j][q];
                of[q] = rounded(terms);
            }
            *reinterpret_cast<uint4*>(own + i * apart) = make_uint4(of[0], of[1], of[2], of[3]);
        }
        if (done + TERMS < end) send_for_next();
        __syncthreads();  // the slab is there, and nobody reads the one before any longer
        add_words(c, now, now + WORDS * DZ_STRIDE);
        uint32_t* const before = now;
        now = next, next = before;
    }

    float* const to = partials + blockIdx.y * m * k + first_row * k + first_output;
    each_sum(c, [&](int row, int output, float sum) {
        if (first_row + row < m && first_output + output < k) to[row * k + output] = sum;
    });
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
