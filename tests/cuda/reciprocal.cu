// The quotient of a sigmoid, alone: y = -1 / d.

#include "lanes.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL reciprocals(const NUMBER* d, NUMBER* y, int64_t count) {
    const int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) y[i] = minus_reciprocal(d[i]);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
