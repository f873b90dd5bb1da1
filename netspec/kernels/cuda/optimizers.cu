// Penalties, clipping and the optimizer's update of all trained arrays at once (../README.md, A step of
// training; ../optimizers.h).
//
//     g = g + slope of the penalty;  g = min(max(g, -value), value)
//     squares:  c[q] = +0 + g g + ... of each 128 numbers of an array
//     norms:    own[p] = tree(c of array p)
//     move:     g = g (most / norm) where norm = sqrt(own[0] + own[1] + ...) > most;  w, one, two by g
//
// A table says where the arrays are, in 9 words of 64 bits for each. Blocks of threads are numbered
// array after array, PER_BLOCK numbers each; which array a block is of, it finds by halving. Without a
// bound of the norm, `move` is the only launch.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

#include "../optimizers.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

constexpr int THREADS = 128, PER_BLOCK = 1024, CHAINS = PER_BLOCK / (int)BLOCK;

enum class Penalty : int64_t { none, l1, l1_like_tmva, l2 };

// A row of the table (netspec/backends/cuda/learning.py).
struct Array {
    int64_t first_block, first_chain, count;
    T* w;
    const T* g;
    T *one, *two;  // what the optimizer carries, or null
    Penalty penalty;
    double strength;
};
static_assert(sizeof(Array) == 9 * 8, "the table has as many words in a row");

INLINE const Array& array_of(const Array* table, int64_t arrays, int64_t block) {
    int64_t low = 0, high = arrays;
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        if (table[middle].first_block <= block) low = middle;
        else high = middle;
    }
    return table[low];
}

// The gradient with the slope of the penalty, held between -value and value where there is a value.
INLINE T held(const Array& a, int64_t i, T value) {
    T g = a.g[i];
    if (a.penalty == Penalty::l2) g = g + (T)(2 * a.strength) * a.w[i];
    else if (a.penalty != Penalty::none) {
        const T w = a.w[i], strength = (T)a.strength;
        const T downhill = w < 0 ? g - strength : g + strength;
        g = a.penalty == Penalty::l1 && w == 0 ? g : downhill;
    }
    if (value > 0) {
        g = (g >= -value) | (g != g) ? g : -value;
        g = (g <= value) | (g != g) ? g : value;
    }
    return g;
}

// chains: one for each 128 numbers of an array, array after array. 128 threads bring the numbers of
// CHAINS of them, of which each is added up by one.
KERNEL squares(const Array* table, int64_t arrays, double value, T* chains) {
    DYNAMIC_SHARED(memory);
    T* numbers = reinterpret_cast<T*>(memory);  // CHAINS rows, no two of which begin on one bank
    constexpr int PITCH = (int)BLOCK + 1;
    const Array& a = array_of(table, arrays, blockIdx.x);
    const int64_t block = blockIdx.x - a.first_block, first = block * PER_BLOCK;
    const int64_t left = a.count - first;
    const int lane = threadIdx.x;
    for (int row = 0; row < CHAINS && row * BLOCK + lane < left; row++) {
        const T g = held(a, first + row * BLOCK + lane, (T)value);
        numbers[row * PITCH + lane] = g * g;
    }
    __syncthreads();
    const int64_t count = min(left - lane * BLOCK, (int64_t)BLOCK);
    if (lane >= CHAINS || count <= 0) return;
    T c = 0;
    for (int64_t i = 0; i < count; i++) c = c + numbers[lane * PITCH + i];
    chains[a.first_chain + block * CHAINS + lane] = c;
}

// own[p]: the tree of the chains of array p, a block of threads each. `spare` is as long as `chains`.
KERNEL norms(const Array* table, T* chains, T* spare, T* own) {
    const Array& a = table[blockIdx.x];
    int64_t count = (a.count + BLOCK - 1) / BLOCK;
    T *from = chains + a.first_chain, *to = spare + a.first_chain;
    do {
        const int64_t made = (count + NEIGHBOURS - 1) / NEIGHBOURS;
        for (int64_t q = threadIdx.x; q < made; q += blockDim.x) {
            T sum = 0;
            for (int64_t i = q * NEIGHBOURS; i < count && i < (q + 1) * NEIGHBOURS; i++) sum = sum + from[i];
            to[q] = sum;
        }
        __syncthreads();
        T* last = from;
        from = to, to = last;
        count = made;
    } while (count > 1);
    if (threadIdx.x == 0) own[blockIdx.x] = count ? from[0] : T(0);
}

// own is null where the norm has no bound.
KERNEL move(const Array* table, int64_t arrays, double value, const T* own, double most, int64_t rule,
              double rate, double spread, double kept, double decay1, double rest1, double decay2,
              double rest2, double epsilon) {
    DYNAMIC_SHARED(memory);
    T* shared = reinterpret_cast<T*>(memory);  // what all gradients are multiplied by, and whether
    if (own) {
        if (threadIdx.x == 0) {
            T all = own[0];
            for (int64_t p = 1; p < arrays; p++) all = all + own[p];
            const T norm = root(all);
            shared[0] = (T)most / norm;
            shared[1] = norm > (T)most ? T(1) : T(0);
        }
        __syncthreads();
    }
    const bool scaled = own && shared[1] == T(1);
    const T scale = scaled ? shared[0] : T(1);
    const Array& a = array_of(table, arrays, blockIdx.x);
    const Update<T> u{(Rule)rule, (T)rate, (T)spread, (T)kept, (T)decay1, (T)rest1, (T)decay2, (T)rest2,
                      (T)epsilon};
    const int64_t first = (blockIdx.x - a.first_block) * PER_BLOCK;
    const int64_t end = min(first + PER_BLOCK, a.count);
    for (int64_t i = first + threadIdx.x; i < end; i += THREADS) {
        T g = held(a, i, (T)value);
        if (scaled) g = g * scale;
        update(u, a.w + i, &g, a.one ? a.one + i : nullptr, a.two ? a.two + i : nullptr, 1);
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
