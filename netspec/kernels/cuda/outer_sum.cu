// The slope in a matrix, summed over the rows of a batch: the chains of rule 2 of ../README.md, and of
// each group of 16 steps the first block of the tree over steps.
//
//     c[g, s] = +0;  c = fma(dz[n, s, i], x[n, s, j], c), n ascending in a block g of 128 events
//     partial[g, q][i][j] = +0 + c[g, 16 q] + c[g, 16 q + 1] + ...           or, with group 1, +0 + c[g, q]
//
// tree_sum.cu does the rest. A block of threads has a tile of TALL outputs i and WIDE outputs j of one
// (g, q), a thread 8 x 4 or 8 x 8 of them, twice: the chain that is being made and the sum of those that are
// done. Events go through shared memory, up to 32 of one step at a time, in three stages: two are on
// their way while one is computed with. What lies beyond the last output is not copied, and computed
// in vain.
//
// With SUMS = 1 the sums of dz alone, whose chains are +0 + dz[0, s, i] + ..., stand behind those: the
// slopes in a bias. They are made by the tiles of the first outputs j, from what is in shared memory.
//
// COPY_DZ and COPY_X are the bytes that one copy may take: as much as all rows are aligned to.
//
// compiled with: NUMBER=float TALL=128 WIDE=64 SUMS=0 COPY_DZ=16 COPY_X=16
// compiled with: NUMBER=float TALL=64 WIDE=64 SUMS=0 COPY_DZ=16 COPY_X=16
// compiled with: NUMBER=float TALL=64 WIDE=48 SUMS=1 COPY_DZ=16 COPY_X=8
// compiled with: NUMBER=float TALL=64 WIDE=16 SUMS=0 COPY_DZ=4 COPY_X=4
// compiled with: NUMBER=float TALL=32 WIDE=32 SUMS=0 COPY_DZ=4 COPY_X=16
// compiled with: NUMBER=float TALL=16 WIDE=64 SUMS=0 COPY_DZ=4 COPY_X=16
// compiled with: NUMBER=double TALL=64 WIDE=64 SUMS=1 COPY_DZ=16 COPY_X=8

#include "device.h"

#include "../kinds.h"
#include "lanes.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

// Outputs of a thread: four rows and four columns side by side, others half a tile below and beside.
constexpr int ROWS = 8, COLUMNS = TALL >= 128 ? 8 : 4, FOUR = 4;
constexpr int DOWN = TALL / ROWS, ACROSS = WIDE / COLUMNS, THREADS = DOWN * ACROSS;
constexpr int WARPS = sizeof(T) == 8 ? 8 : COLUMNS > FOUR ? 12 : 16;  // whose registers are there at once
constexpr int STAGE = 32, STAGES = 3;  // events of a stage
constexpr int STAGE_NUMBERS = STAGE * (TALL + WIDE);

}  // namespace NETSPEC_PATH
}  // namespace netspec

#include "sums_alone.h"

namespace netspec {
namespace NETSPEC_PATH {

// How the 32 threads of a warp lie on the tile: as square as it is, so that they load few numbers.
constexpr int WARP_DOWN = DOWN % 4 == 0 && ACROSS % 8 == 0 ? 4 : DOWN % 8 == 0 && ACROSS % 4 == 0 ? 8 : 2;
constexpr int WARP_ACROSS = 32 / WARP_DOWN;
static_assert(DOWN % WARP_DOWN == 0 && ACROSS % WARP_ACROSS == 0, "whole warps cover a tile");

// One factor: numbers of every event of the block and every step; a tile takes `count` of a row's.
struct Factor {
    const T* at;
    int64_t event, step;  // strides
    int count;
};

struct Problem {
    Factor dz, x;
    const int64_t* lengths;  // valid steps of the block's events, or null
    const T *first, *drop;   // as in job.h's OuterSum, of the block's events and the tile's columns
    int64_t stride;          // of both
    bool reverse;
    int64_t steps;
};

// Some events of a step.
struct Part {
    int64_t step;
    int event, events;
};

// Whether U saw the first state at a step, for an event of so many valid ones.
INLINE bool at_first(const Problem& p, int64_t step, int64_t valid) {
    return p.first && step == (p.reverse ? valid - 1 : 0);
}

// The row of x that was seen there: U saw y one step before, in the order of the pass.
INLINE const T* row_of_x(const Problem& p, int event, int64_t step, int64_t valid) {
    if (at_first(p, step, valid)) return p.first + event * p.stride;
    const int64_t seen = !p.first ? step : p.reverse ? step + 1 : step - 1;
    return p.x.at + event * p.x.event + seen * p.x.step;
}

// Copies of BYTES bytes of some rows, SIZE numbers each in shared memory, shared out among the threads.
template <int SIZE, int BYTES> struct Copies {
    static constexpr int NUMBERS = BYTES / (int)sizeof(T), IN_ROW = SIZE / NUMBERS;
    static constexpr bool IN_COLUMNS = THREADS % IN_ROW == 0;  // a thread has one column of each row
    static constexpr int PER_PASS = IN_COLUMNS ? THREADS / IN_ROW : 1;
    int row, column;  // the first of a thread's

    ALWAYS_INLINE Copies() : row(threadIdx.x / IN_ROW), column(threadIdx.x % IN_ROW * NUMBERS) {}

    // Rows that lie `stride` apart, of which `count` numbers are wanted.
    ALWAYS_INLINE void regular(T* to, const T* from, int64_t stride, int rows, int count) const {
        if constexpr (IN_COLUMNS) {
            if (column >= count) return;
            from += row * stride + column;
            to += row * SIZE + column;
            const int64_t pass_stride = PER_PASS * stride;
            if (rows == STAGE && STAGE % PER_PASS == 0) {
#pragma unroll
                for (int pass = 0; pass < STAGE; pass += PER_PASS, from += pass_stride)
                    copy_async<BYTES>(to + pass * SIZE, from);
            } else {
#pragma unroll 1
                for (int r = row; r < rows; r += PER_PASS, to += PER_PASS * SIZE, from += pass_stride)
                    copy_async<BYTES>(to, from);
            }
        } else {
            each(rows, count, [&](int row, int column) {
                copy_async<BYTES>(to + row * SIZE + column, from + row * stride + column);
            });
        }
    }
    // copy(row, column) for all copies of some rows.
    template <class F> static ALWAYS_INLINE void each(int rows, int count, F&& copy) {
#pragma unroll 1
        for (int at = threadIdx.x; at < rows * IN_ROW; at += THREADS) {
            const int column = at % IN_ROW * NUMBERS;
            if (column < count) copy(at / IN_ROW, column);
        }
    }
    // Numbers of a row, or zeros, times others where there are any.
    static ALWAYS_INLINE void one(T* to, const T* from, const T* factor, int column) {
        if (from && !factor) return copy_async<BYTES>(to + column, from + column);
#pragma unroll
        for (int i = column; i < column + NUMBERS; i++) to[i] = from ? from[i] * factor[i] : T(0);
    }
};

// Send a stage on its way.
typedef Copies<TALL, COPY_DZ> Tall;
typedef Copies<WIDE, COPY_X> Wide;

INLINE void load(const Problem& p, const Tall& tall_copies, const Wide& wide_copies, T* stage,
                 const Part& part) {
    T *tall = stage, *wide = stage + STAGE * TALL;
    const T* dz = p.dz.at + part.event * p.dz.event + part.step * p.dz.step;
    if (!p.lengths && !p.drop) {
        const int64_t stride = at_first(p, part.step, p.steps) ? p.stride : p.x.event;
        tall_copies.regular(tall, dz, p.dz.event, part.events, p.dz.count);
        wide_copies.regular(wide, row_of_x(p, part.event, part.step, p.steps), stride, part.events, p.x.count);
        return;
    }
    const auto valid_of = [&](int row) { return p.lengths ? p.lengths[part.event + row] : p.steps; };
    Tall::each(part.events, p.dz.count, [&](int row, int column) {
        const T* from = part.step < valid_of(row) ? dz + row * p.dz.event : nullptr;
        Tall::one(tall + row * TALL, from, nullptr, column);
    });
    Wide::each(part.events, p.x.count, [&](int row, int column) {
        const int event = part.event + row;
        const int64_t valid = valid_of(row);
        const T* from = part.step < valid ? row_of_x(p, event, part.step, valid) : nullptr;
        Wide::one(wide + row * WIDE, from, p.drop ? p.drop + event * p.stride : nullptr, column);
    });
}

// Four numbers side by side in shared memory, in as few loads as there are.
INLINE void load_four(const T* from, T* to) {
    constexpr int AT_ONCE = 16 / sizeof(T);
    struct alignas(16) Numbers { T number[AT_ONCE]; };
#pragma unroll
    for (int i = 0; i < 4; i += AT_ONCE) {
        const Numbers found = *reinterpret_cast<const Numbers*>(from + i);
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) to[i + k] = found.number[k];
    }
}

// Its outputs, as a thread has them.
struct Outputs {
    T c[ROWS][COLUMNS], sum[ROWS][COLUMNS];

    ALWAYS_INLINE Outputs() {
#pragma unroll
        for (int i = 0; i < ROWS; i++)
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) c[i][j] = sum[i][j] = 0;
    }
    // One more event: a row of dz and one of x.
    ALWAYS_INLINE void add(const T* dz, const T* x) {
        T tall[ROWS], wide[COLUMNS];
        load_four(dz, tall);
        load_four(dz + TALL / 2, tall + FOUR);
        load_four(x, wide);
        if constexpr (COLUMNS > FOUR) load_four(x + WIDE / 2, wide + FOUR);
#pragma unroll
        for (int i = 0; i < ROWS; i++)
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) c[i][j] = fma(tall[i], wide[j], c[i][j]);
    }
    // The chains of a step are done.
    ALWAYS_INLINE void end_step() {
#pragma unroll
        for (int i = 0; i < ROWS; i++)
#pragma unroll
            for (int j = 0; j < COLUMNS; j++) sum[i][j] = sum[i][j] + c[i][j], c[i][j] = 0;
    }
};

// dz (events, steps, m) and x (events, steps, k) by their strides of events and steps; lengths (events)
// or null; first and drop (events, k) or null. to (blocks of this launch, groups of this launch, m k or, with SUMS, m k + m);
// grid (tiles, groups, blocks): those of all from `first_group` and `first_block` on.
KERNEL __launch_bounds__(THREADS, WARPS * 32 / THREADS)
    outer_sum(const T* dz, int64_t dz_event, int64_t dz_step, const T* x, int64_t x_event, int64_t x_step,
              const int64_t* lengths, const T* first, const T* drop, int64_t reverse, T* to, int64_t events,
              int64_t steps, int64_t m, int64_t k, int64_t group, int64_t first_group,
              int64_t first_block) {
    DYNAMIC_SHARED(memory);
    T* stages = reinterpret_cast<T*>(memory);
    const int tiles_across = (int)((k + WIDE - 1) / WIDE);
    const int64_t i0 = (int64_t)(blockIdx.x / tiles_across) * TALL;
    const int64_t j0 = (int64_t)(blockIdx.x % tiles_across) * WIDE;
    const int64_t n0 = (first_block + blockIdx.z) * BLOCK, s0 = (first_group + blockIdx.y) * group;
    const int in_block = (int)min(events - n0, (int64_t)BLOCK);
    const Problem p{
        {dz + n0 * dz_event + i0, dz_event, dz_step, (int)min(m - i0, (int64_t)TALL)},
        {x + n0 * x_event + j0, x_event, x_step, (int)min(k - j0, (int64_t)WIDE)},
        lengths ? lengths + n0 : nullptr,
        first ? first + n0 * k + j0 : nullptr,
        drop ? drop + n0 * k + j0 : nullptr,
        k,
        reverse != 0,
        steps,
    };
    const auto after = [&](Part part) {
        part.event += part.events;
        if (part.event == in_block) part.event = 0, part.step++;
        part.events = min(STAGE, in_block - part.event);
        return part;
    };
    const int64_t end = min(s0 + group, steps);
    Part now{s0, 0, min(STAGE, in_block)}, coming = now;
    T *stage = stages, *next = stages;
    const Tall tall_copies;
    const Wide wide_copies;
    const auto send = [&] {
        if (coming.step < end) load(p, tall_copies, wide_copies, next, coming), coming = after(coming);
        next = next == stages + (STAGES - 1) * STAGE_NUMBERS ? stages : next + STAGE_NUMBERS;
        copies_end_group();
    };
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const int down = warp / (ACROSS / WARP_ACROSS) * WARP_DOWN + lane / WARP_ACROSS;
    const int across = warp % (ACROSS / WARP_ACROSS) * WARP_ACROSS + lane % WARP_ACROSS;
    Outputs mine;
    Alone alone(j0 == 0);
#pragma unroll 1
    for (int ahead = 1; ahead < STAGES; ahead++) send();
    for (; now.step < end; now = after(now)) {
        copies_wait<STAGES - 2>();
        __syncthreads();
        send();  // into the stage that was computed with last
        const T *dz_row = stage + down * FOUR, *x_row = stage + STAGE * TALL + across * FOUR;
#pragma unroll 8
        for (int row = 0; row < now.events; row++) mine.add(dz_row + row * TALL, x_row + row * WIDE);
        alone.add(stage, now.events);
        if (now.event + now.events == in_block) mine.end_step(), alone.end_step();
        stage = stage == stages + (STAGES - 1) * STAGE_NUMBERS ? stages : stage + STAGE_NUMBERS;
    }
    to += ((int64_t)blockIdx.z * gridDim.y + blockIdx.y) * (m * k + (SUMS ? m : 0));
    alone.each([&](int i, int row) {
        if (row < p.dz.count) to[m * k + i0 + row] = alone.sum[i];
    });
    to += i0 * k + j0;
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
        const int row = i / FOUR * (TALL / 2) + down * FOUR + i % FOUR;
#pragma unroll
        for (int j = 0; j < COLUMNS; j++) {
            const int column = j / FOUR * (WIDE / 2) + across * FOUR + j % FOUR;
            if (row < p.dz.count && column < p.x.count) to[row * k + column] = mine.sum[i][j];
        }
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
