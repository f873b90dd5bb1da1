// One unit of one event goes through one step: from what its gates are given to its new state.
//
//     rnn    h = f(a)
//     lstm   i, f, o = sigma(a_i), sigma(a_f), sigma(a_o);  g = f(a_c);  c = (f c) + (i g);  h = o f_cell(c)
//     gru    r, u = sigma(a_r), sigma(a_u);  g = f(a_c);  h = (u h) + ((1 - u) g)
//
// a_f has forget_bias in it already. The kinds of the activations are the macros GATE (sigma),
// CANDIDATE (f) and SQUASH (f_cell), numbers of `Kind`; their options come when the kernel runs.
// netspec/layers has the equations with their papers.

#pragma once

#include "../activation_formulas.h"

namespace netspec {
namespace NETSPEC_PATH {

constexpr int RNN = (int)CellKind::rnn, LSTM = (int)CellKind::lstm, GRU = (int)CellKind::gru;

template <class T> struct CellOptions { T gate, candidate, squash, forget_bias; };

template <class T> INLINE CellOptions<T> cell_options(double gate, double candidate, double squash,
                                                      double forget_bias) {
    return {(T)gate, (T)candidate, (T)squash, (T)forget_bias};
}

template <class T> INLINE T gate_of(T a, const CellOptions<T>& options) {
    return activated<(Kind)GATE>(a, options.gate);
}

template <class T> INLINE T candidate_of(T a, const CellOptions<T>& options) {
    return activated<(Kind)CANDIDATE>(a, options.candidate);
}

template <class T> struct LstmStep { T i, f, g, o, c, s, h; };

template <class T> INLINE T forget_given(T a_f, const CellOptions<T>& options) {
    return options.forget_bias != 0 ? a_f + options.forget_bias : a_f;
}

template <class T> INLINE LstmStep<T> lstm_step(T a_i, T a_f, T a_c, T a_o, T c_before,
                                                const CellOptions<T>& options) {
    LstmStep<T> now;
    now.i = gate_of(a_i, options);
    now.f = gate_of(a_f, options);
    now.g = candidate_of(a_c, options);
    now.o = gate_of(a_o, options);
    now.c = (now.f * c_before) + (now.i * now.g);
    now.s = activated<(Kind)SQUASH>(now.c, options.squash);
    now.h = now.o * now.s;
    return now;
}

template <class T> INLINE T gru_state(T u, T h_before, T g) {
    return (u * h_before) + ((T(1) - u) * g);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
