// Losses and optimizers as a path is asked for them: kinds by number, constants in T.

#pragma once

#include "kinds.h"

namespace netspec {

enum class LossKind : int { cross_entropy, softmax_cross_entropy, squared_error, absolute_error, huber };

// A loss and what a row of it is multiplied with (netspec/losses, netspec/training/objective.py).
template <class T> struct Loss {
    LossKind kind;
    T delta;      // huber
    T far;        // huber: half of delta
    T share;      // 1 / N
    const T* w;   // the weight of each row, or null
};

// Values of a row of `width` numbers.
constexpr ptrdiff_t values_of(LossKind kind, ptrdiff_t width) {
    return kind == LossKind::softmax_cross_entropy ? 1 : width;
}

enum class Rule : int {
    sgd, momentum, nesterov, adam, adamw, adagrad, rmsprop, rmsprop_momentum, adadelta
};

// An optimizer: its options in the letters of netspec/optimizers, and the factors of a step.
template <class T> struct Update {
    Rule rule;
    T rate;                         // or the size of the step
    T spread, kept;                 // adam, adamw
    T decay1, rest1, decay2, rest2; // beta1 or rho or momentum, 1 - beta1, ...
    T epsilon;
};

}  // namespace netspec
