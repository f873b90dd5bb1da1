// Entry by entry, of arrays that lie in memory in any way:
//
//     arithmetic   out[i] = x[i] op y[i]                     ADD to OR, and of x alone NEGATIVE to CANONICAL
//     comparison   truth[i] = x[i] op y[i]
//     choice       out[i] = condition[i] ? x[i] : y[i]
//
// An entry of out, which is packed, is one thread's. x, y and condition are walked by their strides
// (walk.h). Where x or y is null, the number beside it stands in its place, rounded to NUMBER.
//
// maximum(x, y) is x where x >= y or x is NaN, else y, and minimum likewise (kernels/README.md).
//
// compiled with: NUMBER=float DIMS=1 INDEX=int32_t
// compiled with: NUMBER=double DIMS=3 INDEX=int64_t
// compiled with: NUMBER=int64_t DIMS=2 INDEX=int32_t
// compiled with: NUMBER=bool DIMS=6 INDEX=int32_t

#include "lanes.h"
#include "walk.h"

namespace netspec {
namespace NETSPEC_PATH {

enum Arithmetic {
    ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, AND, OR, NEGATIVE, ABSOLUTE, ROOT, CANONICAL
};
enum Comparison { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL };

template <class T> constexpr bool REAL = false;
template <> constexpr bool REAL<float> = true;
template <> constexpr bool REAL<double> = true;

template <class T> INLINE T made(int op, T x, T y) {
    switch (op) {
        case ADD: return x + y;
        case SUBTRACT: return x - y;
        case MULTIPLY: return x * y;
        case MAXIMUM: return x >= y || x != x ? x : y;
        case MINIMUM: return x <= y || x != x ? x : y;
    }
    if constexpr (REAL<T>) {
        switch (op) {
            case DIVIDE: return x / y;
            case NEGATIVE: return -x;
            case ABSOLUTE: return bits(x) < 0 ? -x : x;
            case ROOT: return root(x);
            case CANONICAL: return canonical(x);
        }
    } else {
        switch (op) {
            case AND: return x & y;
            case OR: return x | y;
            case NEGATIVE: return T(0) - x;
            case ABSOLUTE: return x < T(0) ? T(0) - x : x;
        }
    }
    return x;
}

template <class T> INLINE bool holds(int op, T x, T y) {
    switch (op) {
        case LESS: return x < y;
        case LESS_EQUAL: return x <= y;
        case GREATER: return x > y;
        case GREATER_EQUAL: return x >= y;
        case EQUAL: return x == y;
        default: return x != y;
    }
}

KERNEL arithmetic(
    int64_t op, const NUMBER* x, double x_number, STRIDES(sx), const NUMBER* y, double y_number,
    STRIDES(sy), NUMBER* out, int64_t size, SIZES
) {
    const INDEX n[AXES] = LIST_OF_SIZES;
    const INDEX in_x[AXES] = LIST_OF(sx), in_y[AXES] = LIST_OF(sy);
    const NUMBER one = (NUMBER)x_number, other = (NUMBER)y_number;
    EVERY(i, size)
        out[i] = made<NUMBER>(
            (int)op, x ? x[place_of(i, n, in_x)] : one, y ? y[place_of(i, n, in_y)] : other
        );
}

KERNEL comparison(
    int64_t op, const NUMBER* x, double x_number, STRIDES(sx), const NUMBER* y, double y_number,
    STRIDES(sy), bool* truth, int64_t size, SIZES
) {
    const INDEX n[AXES] = LIST_OF_SIZES;
    const INDEX in_x[AXES] = LIST_OF(sx), in_y[AXES] = LIST_OF(sy);
    const NUMBER one = (NUMBER)x_number, other = (NUMBER)y_number;
    EVERY(i, size)
        truth[i] = holds<NUMBER>(
            (int)op, x ? x[place_of(i, n, in_x)] : one, y ? y[place_of(i, n, in_y)] : other
        );
}

KERNEL choice(
    const bool* condition, STRIDES(sc), const NUMBER* x, double x_number, STRIDES(sx),
    const NUMBER* y, double y_number, STRIDES(sy), NUMBER* out, int64_t size, SIZES
) {
    const INDEX n[AXES] = LIST_OF_SIZES;
    const INDEX in_c[AXES] = LIST_OF(sc), in_x[AXES] = LIST_OF(sx), in_y[AXES] = LIST_OF(sy);
    const NUMBER one = (NUMBER)x_number, other = (NUMBER)y_number;
    EVERY(i, size) {
        if (condition[place_of(i, n, in_c)])
            out[i] = x ? x[place_of(i, n, in_x)] : one;
        else
            out[i] = y ? y[place_of(i, n, in_y)] : other;
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
