// One unit of one event goes back through one step: from dh, the whole slope in h[t], to the slopes in
// what its gates were given.
//
//     rnn    da = f'(a) dh
//     lstm   s = f_cell(c);  dc_t = dc + f_cell'(c) (dh o)
//            da_i, da_f, da_c, da_o = sigma'(dc_t g), sigma'(dc_t c[t-1]), f'(dc_t i), sigma'(dh s)
//            dc = dc_t f
//     gru    da_c = f'(dh (1 - u));  da_u = sigma'(dh (h[t-1] - g));  da_r = sigma'(dr)
//
// A derivative stands before what it is multiplied by; a kind that asks for its input as well as for its
// output is given both. The kinds are macros, as in cell_step.h. s is computed again: that costs less
// than to keep it and to read it.

#pragma once

#include "cell_step.h"

namespace netspec {
namespace NETSPEC_PATH {

// Whether the tape must hold what stands before an activation.
constexpr bool WANTS_BEFORE = wants_input((Kind)CANDIDATE) || (CELL != RNN && wants_input((Kind)GATE));

template <class T> INLINE T gate_back(T a, T y, T dy, const CellOptions<T>& options) {
    return slope<(Kind)GATE>(a, y, dy, options.gate);
}

template <class T> INLINE T candidate_back(T a, T y, T dy, const CellOptions<T>& options) {
    return slope<(Kind)CANDIDATE>(a, y, dy, options.candidate);
}

template <class T> struct LstmGates { T i, f, c, o; };
template <class T> struct LstmSlopes { LstmGates<T> da; T dc; };

// `y` are the gates after their activation, `a` before it; dc of the result is what c[t-1] is told.
template <class T> INLINE LstmSlopes<T> lstm_back(const LstmGates<T>& a, const LstmGates<T>& y, T c,
                                                  T c_before, T dh, T dc, const CellOptions<T>& options) {
    const T s = activated<(Kind)SQUASH>(c, options.squash);
    const T dc_t = dc + slope<(Kind)SQUASH>(c, s, dh * y.o, options.squash);
    LstmSlopes<T> d;
    d.da.i = gate_back(a.i, y.i, dc_t * y.c, options);
    d.da.f = gate_back(a.f, y.f, dc_t * c_before, options);
    d.da.c = candidate_back(a.c, y.c, dc_t * y.i, options);
    d.da.o = gate_back(a.o, y.o, dh * s, options);
    d.dc = dc_t * y.f;
    return d;
}

template <class T> struct GruSlopes { T da_u, da_c; };

// What needs no product: a_u and a_c stand before the activations that gave u and g.
template <class T> INLINE GruSlopes<T> gru_back(T a_u, T a_c, T u, T g, T h_before, T dh,
                                                const CellOptions<T>& options) {
    GruSlopes<T> d;
    d.da_c = candidate_back(a_c, g, dh * (T(1) - u), options);
    d.da_u = gate_back(a_u, u, dh * (h_before - g), options);
    return d;
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
