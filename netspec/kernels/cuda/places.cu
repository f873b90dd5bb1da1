// What moves whole entries and computes nothing, or only compares them. All arrays are packed, and an
// entry of what is written is one thread's.
//
//     gather    y[r, k] = W[ids[r], k]                     an id beyond the table counts as its last row
//     reverse   y[n, t] = x[n, lengths[n] - 1 - t] where t < lengths[n], else 0         rows of `width`
//     pick      y[n] = x[n, lengths[n] - 1] where lengths[n] > 0, else 0
//     place     x[n, t] = y[n] where t = lengths[n] - 1, else 0                 steps where lengths is null
//     mask      truth[n, t] = t < lengths[n]
//     largest   y[o, i] = m, m = x[o, 0, i], then m = maximum(m, x[o, k, i])
//     all       flag[0] = 0 where one truth is false; it was 1 before
//     search    counts[r] = how many edges, which never fall, are <= x[r]; all of them for a NaN
//
// compiled with: NUMBER=float DIMS=1 INDEX=int32_t
// compiled with: NUMBER=double DIMS=1 INDEX=int64_t

#include "walk.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL gather(const NUMBER* W, const int64_t* ids, NUMBER* y, int64_t size, int64_t width, int64_t rows) {
    const INDEX n = (INDEX)width;
    EVERY(i, size) {
        const INDEX r = (INDEX)i / n, k = (INDEX)i - r * n;
        int64_t id = ids[r];
        id = id < 0 ? id + rows : id;
        id = id < 0 ? 0 : id < rows ? id : rows - 1;
        y[i] = W[id * width + k];
    }
}

// Where an entry of x (batch, steps, width) stands.
struct Entry { INDEX n, t, k; };
INLINE Entry entry_of(int64_t i, int64_t steps, int64_t width) {
    const INDEX row = (INDEX)i / (INDEX)width, n = row / (INDEX)steps;
    return {n, row - n * (INDEX)steps, (INDEX)i - row * (INDEX)width};
}

KERNEL reverse(
    const NUMBER* x, const int64_t* lengths, NUMBER* y, int64_t size, int64_t steps, int64_t width
) {
    EVERY(i, size) {
        const Entry e = entry_of(i, steps, width);
        const int64_t from = lengths[e.n] - 1 - e.t;
        y[i] = from < 0 ? NUMBER(0) : x[(e.n * steps + from) * width + e.k];
    }
}

KERNEL pick(
    const NUMBER* x, const int64_t* lengths, NUMBER* y, int64_t size, int64_t steps, int64_t width
) {
    EVERY(i, size) {
        const Entry e = entry_of(i, 1, width);
        const int64_t t = lengths[e.n] - 1;
        y[i] = t < 0 ? NUMBER(0) : x[(e.n * steps + t) * width + e.k];
    }
}

KERNEL place(
    const NUMBER* y, const int64_t* lengths, NUMBER* x, int64_t size, int64_t steps, int64_t width
) {
    EVERY(i, size) {
        const Entry e = entry_of(i, steps, width);
        const bool last = e.t == (lengths ? lengths[e.n] : steps) - 1;
        x[i] = last ? y[e.n * width + e.k] : NUMBER(0);
    }
}

KERNEL mask(const int64_t* lengths, bool* truth, int64_t size, int64_t steps) {
    EVERY(i, size) {
        const Entry e = entry_of(i, steps, 1);
        truth[i] = e.t < lengths[e.n];
    }
}

KERNEL largest(const NUMBER* x, NUMBER* y, int64_t size, int64_t count, int64_t inner) {
    EVERY(i, size) {
        const INDEX o = (INDEX)i / (INDEX)inner, k = (INDEX)i - o * (INDEX)inner;
        const NUMBER* row = x + o * count * inner + k;
        NUMBER m = row[0];
        for (int64_t at = 1; at < count; ++at) {
            const NUMBER next = row[at * inner];
            m = m >= next || m != m ? m : next;
        }
        y[i] = m;
    }
}

KERNEL all(const bool* truth, int64_t* flag, int64_t size) {
    EVERY(i, size) if (!truth[i]) *flag = 0;  // whoever writes writes the same
}

KERNEL search(const NUMBER* edges, int64_t count, const NUMBER* x, int64_t* counts, int64_t size) {
    EVERY(i, size) {
        int64_t low = 0, high = count;
        while (low < high) {
            const int64_t half = low + (high - low) / 2;
            if (x[i] < edges[half])
                high = half;
            else
                low = half + 1;
        }
        counts[i] = low;
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
