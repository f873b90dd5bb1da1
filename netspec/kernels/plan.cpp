// Who computes what: the batch is cut into tiles of events, and a tile goes through all stages alone.
//
// A tile is as large as keeps the registers of a product busy and its rows in the cache. Threads take
// tiles, so that no thread waits for another within a network; where the work is less than waking a
// thread costs, the caller does all of it.

#include "plan.h"

#include "float_mode.h"
#include "pool.h"
#include "work.h"

namespace netspec {
namespace {

constexpr ptrdiff_t TILE = 48;           // events; a multiple of the rows of a product's tile
constexpr ptrdiff_t LARGEST_TILE = 96;   // where that makes one tile for each thread

// Every NaN becomes the canonical one.
template <class T> void canonical(T* x, ptrdiff_t count) {
    constexpr ptrdiff_t BLOCK_OF_NUMBERS = 1024;  // read alone where there is no NaN, as is usual
    for (ptrdiff_t first = 0; first < count; first += BLOCK_OF_NUMBERS) {
        const ptrdiff_t end = first + BLOCK_OF_NUMBERS < count ? first + BLOCK_OF_NUMBERS : count;
        int found = 0;
        for (ptrdiff_t i = first; i < end; i++) found |= x[i] != x[i];
        if (!found) continue;
        for (ptrdiff_t i = first; i < end; i++)
            x[i] = x[i] == x[i] ? x[i] : static_cast<T>(__builtin_nan(""));
    }
}

}  // namespace

template <class T>
void run(const Sequence<T>& network, const Kernels<T>& kernels, const Batch<T>& batch, int threads) {
    FloatMode mode;
    const double work = network.work(batch.size) * static_cast<double>(batch.events);
    threads = worth(threads, work);
    ptrdiff_t parts = (batch.events + TILE - 1) / TILE;
    if (batch.events <= LARGEST_TILE * threads) parts = batch.events < threads ? batch.events : threads;
    if (worth_a_team(network.step_weights(), batch.events)) parts = 1;
    const ptrdiff_t gives = network.gives(batch.size);
    auto tile = [&](int part) {
        ptrdiff_t first = batch.events * part / parts, end = batch.events * (part + 1) / parts;
        if (batch.events > LARGEST_TILE * threads) {
            first = part * TILE;
            end = first + TILE < batch.events ? first + TILE : batch.events;
        }
        Arena& arena = Arena::mine();
        Arena::Scope scope(arena);
        Call<T> call{kernels, arena, batch.states, batch.finals, parts > 1 ? 1 : threads};
        Events<T> x{end - first, batch.size, batch.x + first * batch.size,
                    batch.lengths ? batch.lengths + first : nullptr, first};
        network.run(x, batch.y + first * gives, call);
        canonical(batch.y + first * gives, (end - first) * gives);
        for (size_t i = 0; i < batch.finals.size(); i++)
            canonical(batch.finals[i] + first * batch.units[i], (end - first) * batch.units[i]);
    };
    in_parallel(threads, static_cast<int>(parts), tile);
}

template void run(const Sequence<float>&, const Kernels<float>&, const Batch<float>&, int);
template void run(const Sequence<double>&, const Kernels<double>&, const Batch<double>&, int);

}  // namespace netspec
