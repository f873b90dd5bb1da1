// Functions of one number, entry by entry, and their ways back.
//
//     y = f(x),  dx = dy f'(x)             FUNCTION: which (enum Kind); `option` is its alpha or slope
//
// The formulas are those of all engines. A thread takes WIDTH neighbours at once, 16 bytes of them
// where all arrays begin at a multiple of 16 bytes, and then those a whole grid further.
//
// compiled with: NUMBER=float FUNCTION=3 WIDTH=4
// compiled with: NUMBER=double FUNCTION=10 WIDTH=2
// compiled with: NUMBER=float FUNCTION=17 WIDTH=1

#include "device.h"
#include "../activation_formulas.h"

namespace netspec {
namespace NETSPEC_PATH {

typedef NUMBER T;
constexpr Kind KIND = static_cast<Kind>(FUNCTION);

struct alignas(WIDTH * sizeof(T)) Piece {
    T number[WIDTH];
};

template <class F> INLINE void over_pieces(int64_t count, F each) {
    const int64_t first = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
    for (int64_t i = first; i < count / WIDTH; i += (int64_t)gridDim.x * blockDim.x) each(i);
}

KERNEL apply(const T* x, T* y, int64_t count, double option) {
    over_pieces(count, [&](int64_t i) {
        Piece piece = reinterpret_cast<const Piece*>(x)[i];
#pragma unroll
        for (int p = 0; p < WIDTH; p++) piece.number[p] = activated<KIND, T>(piece.number[p], (T)option);
        reinterpret_cast<Piece*>(y)[i] = piece;
    });
    const int64_t rest = count / WIDTH * WIDTH + threadIdx.x;
    if (blockIdx.x == 0 && rest < count) y[rest] = activated<KIND, T>(x[rest], (T)option);
}

// exp and what stands behind it in Kind are no activations, and softmax wants whole rows.
#if FUNCTION < 14 && FUNCTION != 7

// x may be null where the way back does not ask for it; dx may be dy.
KERNEL back(const T* x, const T* y, const T* dy, T* dx, int64_t count, double option) {
    if (!wants_input(KIND)) x = y;  // which is then not used
    over_pieces(count, [&](int64_t i) {
        const Piece from = reinterpret_cast<const Piece*>(x)[i], to = reinterpret_cast<const Piece*>(y)[i];
        Piece piece = reinterpret_cast<const Piece*>(dy)[i];
#pragma unroll
        for (int p = 0; p < WIDTH; p++)
            piece.number[p] = slope<KIND, T>(from.number[p], to.number[p], piece.number[p], (T)option);
        reinterpret_cast<Piece*>(dx)[i] = piece;
    });
    const int64_t rest = count / WIDTH * WIDTH + threadIdx.x;
    if (blockIdx.x == 0 && rest < count) dx[rest] = slope<KIND, T>(x[rest], y[rest], dy[rest], (T)option);
}

#endif

}  // namespace NETSPEC_PATH
}  // namespace netspec
