// Matrices of gates as the sweeps read them: the weights of all a thread's units and gates side by side.
//
//     to[k][q / piece][group][q % piece] = from[gate][unit][k]
//     unit = (q / gates) groups + group,  gate = first + q % gates,  q below gates * wide
//
// and +0 for units that there are not, and where `to`, of `size` numbers, is longer. `from` is (all gates,
// units, terms). One thread writes one number.
//
// compiled with: NUMBER=float
// compiled with: NUMBER=double

#include "device.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;

KERNEL pack_units(const T* from, T* to, int64_t size, int64_t units, int64_t terms, int64_t first,
                  int64_t gates, int64_t wide, int64_t groups, int64_t piece) {
    const int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    const int64_t width = gates * wide * groups;
    if (i >= size) return;
    const int64_t k = i / width, part = i % width / (groups * piece);
    const int64_t group = i % (groups * piece) / piece, q = part * piece + i % piece;
    const int64_t unit = q / gates * groups + group, gate = first + q % gates;
    to[i] = k < terms && unit < units ? from[(gate * units + unit) * terms + k] : T(0);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
