// All that a path computes, compiled once for each instruction set (lanes.h) and entered in a table.

#include "paths.h"

#include "correlation.h"
#include "gru.h"
#include "gru_back.h"
#include "losses.h"
#include "lstm.h"
#include "lstm_back.h"
#include "optimizers.h"
#include "pooling.h"
#include "rnn.h"
#include "rnn_back.h"
#include "sums.h"

#define NETSPEC_TEXT_OF(name) #name
#define NETSPEC_TEXT(name) NETSPEC_TEXT_OF(name)

namespace netspec {
namespace NETSPEC_PATH {

template <class T> void any_sweep(const Cell<T>& cell, const Sweep<T>& s) {
    switch (cell.kind) {
        case CellKind::rnn: return sweep<T, Rnn<T>>(cell, s);
        case CellKind::lstm: return sweep<T, Lstm<T>>(cell, s);
        case CellKind::gru: return sweep<T, Gru<T>>(cell, s);
    }
}

template <class T> void any_sweep_back(const Cell<T>& cell, const SweepBack<T>& s) {
    switch (cell.kind) {
        case CellKind::rnn: return sweep_back<T, RnnBack<T>>(cell, s);
        case CellKind::lstm: return sweep_back<T, LstmBack<T>>(cell, s);
        case CellKind::gru: return sweep_back<T, GruBack<T>>(cell, s);
    }
}

// How often this file was entered: tests prove with it which path really ran.
long entries = 0;

template <auto F> struct Counted;
template <class R, class... A, R (*F)(A...)> struct Counted<F> {
    static R call(A... arguments) {
        __atomic_add_fetch(&entries, 1, __ATOMIC_RELAXED);
        return F(arguments...);
    }
};

template <class T> constexpr Kernels<T> table() {
    constexpr decltype(Kernels<T>::product) whole_product = product<T>;
    return {NETSPEC_TEXT(NETSPEC_PATH), &entries, LANES<T>,
            packed_size<T>, pack<T>, panels<T>, Counted<whole_product>::call,
            Counted<correlate<T>>::call, Counted<pool<T>>::call,
            sweep_workspace<T>, Counted<any_sweep<T>>::call,
            sweep_back_workspace<T>, Counted<any_sweep_back<T>>::call,
            Counted<activate<T>>::call, Counted<activate_back<T>>::call,
            outer_sum_blocks<T>, outer_sum_workspace<T>, Counted<outer_sum<T>>::call,
            Counted<sum<T>>::call, Counted<loss<T>>::call, Counted<update<T>>::call};
}

extern const Kernels<float> float_kernels = table<float>();
extern const Kernels<double> double_kernels = table<double>();

}  // namespace NETSPEC_PATH
}  // namespace netspec
