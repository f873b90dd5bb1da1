// Copies that change the type or the way an array lies in memory:
//
//     to[i] = from[i]      rounded to nearest where TO is shorter, towards 0 where it is whole
//
// Both are walked by their strides (walk.h); an entry is one thread's. Where `from` is null, every
// entry becomes `number`.
//
// compiled with: FROM=float TO=double DIMS=1 INDEX=int32_t
// compiled with: FROM=double TO=float DIMS=3 INDEX=int64_t
// compiled with: FROM=float TO=int64_t DIMS=2 INDEX=int32_t
// compiled with: FROM=bool TO=float DIMS=2 INDEX=int32_t

#include "walk.h"

namespace netspec {
namespace NETSPEC_PATH {

KERNEL copy(
    const FROM* from, double number, STRIDES(sf), TO* to, STRIDES(st), int64_t size, SIZES
) {
    const INDEX n[AXES] = LIST_OF_SIZES;
    const INDEX in_from[AXES] = LIST_OF(sf), in_to[AXES] = LIST_OF(st);
    EVERY(i, size)
        to[place_of(i, n, in_to)] = from ? (TO)from[place_of(i, n, in_from)] : (TO)number;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
