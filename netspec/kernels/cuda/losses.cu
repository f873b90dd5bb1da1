// Value and slope of a loss for a batch, and of the values the chains of a long sum (netspec/losses,
// netspec/training/objective.py; rule 2 of ../README.md).
//
//     dy[n, s, j] = slope (w share);   c[g, s, j] = +0;  c = c + value w,  n ascending in a block g
//
// with w = 1 and share = 1 / N where there are no weights; steps that are not valid count as +0. A
// block of threads has a block g of 128 events and one step, a thread an event: `loss` goes through
// COLUMNS of its numbers, which lie side by side, and softmax_loss through all of its row, which has one
// value. Values pass through shared memory to the thread that adds up a column.
//
// mean: of the sums over rows, v (width,), the sum over one axis, divided by N in T.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

#include "../loss_formulas.h"
#include "../tree.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int COLUMNS = 8, PITCH = (int)BLOCK + 1;  // no two columns begin on one bank

// y, t, dy (events, steps, width), as the kernels' arguments; what of them a thread has.
struct Row {
    int64_t at;  // of its first number
    bool there, valid;
    T w, share;
};

INLINE Row row_of(const T* w, int64_t by_row, const int64_t* lengths, int64_t events, int64_t steps,
                  int64_t width, int64_t s, double share) {
    const int64_t n = blockIdx.y * BLOCK + threadIdx.x;
    Row row{(n * steps + s) * width, n < events, n < events, T(1), (T)share};
    if (!row.there) return row;
    if (lengths) row.valid = s < lengths[n];
    if (w) row.w = w[by_row ? n * steps + s : n], row.share = row.w * row.share;
    return row;
}

INLINE Terms<T> of_kind(LossKind kind, T y, T t, const Loss<T>& loss) {
    switch (kind) {
        case LossKind::cross_entropy: return terms<LossKind::cross_entropy, T>(y, t, loss);
        case LossKind::squared_error: return terms<LossKind::squared_error, T>(y, t, loss);
        case LossKind::absolute_error: return terms<LossKind::absolute_error, T>(y, t, loss);
        default: return terms<LossKind::huber, T>(y, t, loss);
    }
}

// sums (blocks, steps, width); grid (steps * width / COLUMNS rounded up, blocks), 128 threads.
KERNEL loss(int64_t kind, double delta, double far, const T* y, const T* t, const T* w, int64_t by_row,
            const int64_t* lengths, T* dy, T* sums, int64_t events, int64_t steps, int64_t width,
            double share) {
    DYNAMIC_SHARED(memory);
    T* values = reinterpret_cast<T*>(memory);
    const int64_t parts = (width + COLUMNS - 1) / COLUMNS;
    const int64_t s = blockIdx.x / parts, j0 = blockIdx.x % parts * COLUMNS;
    const int count = (int)min(width - j0, (int64_t)COLUMNS);
    const Row row = row_of(w, by_row, lengths, events, steps, width, s, share);
    const Loss<T> options{(LossKind)kind, (T)delta, (T)far, T(0), nullptr};
    for (int j = 0; row.there && j < count; j++) {
        const int64_t at = row.at + j0 + j;
        Terms<T> found{T(0), T(0)};
        if (row.valid) {
            found = of_kind(options.kind, y[at], t[at], options);
            found.value = found.value * row.w;
            found.slope = found.slope * row.share;
        }
        values[j * PITCH + threadIdx.x] = found.value;
        dy[at] = found.slope;
    }
    __syncthreads();
    if (threadIdx.x >= count) return;
    const int here = (int)min(events - blockIdx.y * BLOCK, (int64_t)BLOCK);
    T c = 0;
#pragma unroll 8
    for (int n = 0; n < here; n++) c = c + values[threadIdx.x * PITCH + n];
    sums[(blockIdx.y * steps + s) * width + j0 + threadIdx.x] = c;
}

// The sum of entry(0) ... entry(count - 1), of one step each.
template <class F> INLINE T row_sum_of(int64_t count, F entry) {
    if (count > BLOCK) return row_sum(count, entry);
    T sum = 0;
    for (int64_t i = 0; i < count; i++) sum = sum + entry(i);
    return sum;
}

// One value for a row; dy holds e^d on the way. sums (blocks, steps); grid (steps, blocks).
KERNEL softmax_loss(const T* y, const T* t, const T* w, int64_t by_row, const int64_t* lengths, T* dy,
                    T* sums, int64_t events, int64_t steps, int64_t width, double share) {
    DYNAMIC_SHARED(memory);
    T* values = reinterpret_cast<T*>(memory);
    const Row row = row_of(w, by_row, lengths, events, steps, width, blockIdx.x, share);
    T value = 0;
    const T *own = y + row.at, *target = t + row.at;
    T* slope = dy + row.at;
    if (row.valid) {
        T top = own[0];
        for (int64_t i = 1; i < width; i++) top = larger(top, own[i]);
        const auto d = [&](int64_t i) { return own[i] == top ? T(0) : own[i] - top; };
        const T total = row_sum_of(width, [&](int64_t i) { return slope[i] = exp(d(i)); });
        const T logarithm = log(total);
        value = row_sum_of(width, [&](int64_t i) {
            return target[i] == T(0) ? T(0) : target[i] * (logarithm - d(i));
        });
        value = value * row.w;
        const T all = row_sum_of(width, [&](int64_t i) { return target[i]; });
        for (int64_t i = 0; i < width; i++) slope[i] = ((slope[i] / total) * all - target[i]) * row.share;
    } else if (row.there) {
        for (int64_t i = 0; i < width; i++) slope[i] = 0;
    }
    values[threadIdx.x] = value;
    __syncthreads();
    if (threadIdx.x) return;
    const int here = (int)min(events - blockIdx.y * BLOCK, (int64_t)BLOCK);
    T c = 0;
#pragma unroll 8
    for (int n = 0; n < here; n++) c = c + values[n];
    sums[blockIdx.y * steps + blockIdx.x] = c;
}

// One block of 128 threads, which bring the numbers that the first one adds up.
KERNEL mean(const T* v, T* to, int64_t width, int64_t terms) {
    DYNAMIC_SHARED(memory);
    T* numbers = reinterpret_cast<T*>(memory);
    Tree<T> tree;
    for (int64_t first = 0; first < width; first += BLOCK) {
        if (first + threadIdx.x < width) numbers[threadIdx.x] = v[first + threadIdx.x];
        __syncthreads();
        if (threadIdx.x == 0) {
            T c = 0;
            for (int64_t i = 0; i < BLOCK && first + i < width; i++) c = c + numbers[i];
            tree.add(c);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) *to = tree.sum() / (T)terms;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
