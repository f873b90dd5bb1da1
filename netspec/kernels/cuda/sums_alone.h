// Sums of rows beside their products (outer_sum.cu): of dz alone, from a tile in shared memory.
//
//     c = +0;  c = c + dz[n, s, i], n ascending;   sum = +0 + c[0] + c[1] + ...   over the steps of a group
//
// T, TALL, THREADS and SUMS are those of the file that includes it.

#pragma once

namespace netspec {
namespace NETSPEC_PATH {

// A thread has a row of the tile, or some; none has any unless they are asked for.
struct Alone {
    static constexpr int OWN = SUMS ? (TALL + THREADS - 1) / THREADS : 0;
    T c[OWN + 1], sum[OWN + 1];
    bool asked;

    ALWAYS_INLINE explicit Alone(bool asked) : asked(SUMS && asked) {
#pragma unroll
        for (int i = 0; i < OWN; i++) c[i] = sum[i] = 0;
    }
    // `what(i, row)` for each of its rows.
    template <class F> ALWAYS_INLINE void each(F what) {
        if (!asked) return;
#pragma unroll
        for (int i = 0; i < OWN; i++)
            if ((int)threadIdx.x + i * THREADS < TALL) what(i, (int)threadIdx.x + i * THREADS);
    }
    ALWAYS_INLINE void add(const T* tall, int events) {
        each([&](int i, int row) {
#pragma unroll 8
            for (int n = 0; n < events; n++) c[i] = c[i] + tall[n * TALL + row];
        });
    }
    ALWAYS_INLINE void end_step() {
        each([&](int i, int) { sum[i] = sum[i] + c[i], c[i] = 0; });
    }
};

}  // namespace NETSPEC_PATH
}  // namespace netspec
