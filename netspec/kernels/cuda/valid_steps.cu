// How many steps of each event are valid, of a mask (events, steps) whose true ones come first.
//
// One thread counts those of one event.
//
// compiled with:

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL valid_steps(const bool* mask, int64_t* lengths, int64_t events, int64_t steps) {
    const int64_t e = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= events) return;
    int64_t count = 0;
    for (int64_t t = 0; t < steps; t++) count += mask[e * steps + t];
    lengths[e] = count;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
