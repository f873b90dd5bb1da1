// What an optimizer makes of weights and gradients (netspec/optimizers, operation by operation).
//
// w, g and the arrays that are carried, `one` and `two`, have `count` numbers each and do not overlap.

#pragma once

#include "lanes.h"
#include "rules.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class T, bool DECAYS>
INLINE void adam(const Update<T>& u, T* __restrict w, const T* __restrict g, T* __restrict m,
                 T* __restrict v, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        m[i] = u.decay1 * m[i] + u.rest1 * g[i];
        v[i] = u.decay2 * v[i] + u.rest2 * (g[i] * g[i]);
        const T before = DECAYS ? u.kept * w[i] : w[i];
        w[i] = before - (u.rate * m[i]) / (root(v[i]) / u.spread + u.epsilon);
    }
}

template <class T>
INLINE void update(const Update<T>& rule, T* __restrict w, const T* __restrict g, T* __restrict one,
            T* __restrict two, ptrdiff_t count) {
    const Update<T> u = rule;  // which nothing that is written may change
    switch (u.rule) {
        case Rule::sgd:
            for (ptrdiff_t i = 0; i < count; i++) w[i] = w[i] - u.rate * g[i];
            return;
        case Rule::momentum:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = u.decay1 * one[i] + g[i];
                w[i] = w[i] - u.rate * one[i];
            }
            return;
        case Rule::nesterov:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = u.decay1 * one[i] + g[i];
                w[i] = w[i] - u.rate * (g[i] + u.decay1 * one[i]);
            }
            return;
        case Rule::adam: return adam<T, false>(u, w, g, one, two, count);
        case Rule::adamw: return adam<T, true>(u, w, g, one, two, count);
        case Rule::adagrad:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = one[i] + g[i] * g[i];
                w[i] = w[i] - (u.rate * g[i]) / root(one[i] + u.epsilon);
            }
            return;
        case Rule::rmsprop:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = u.decay2 * one[i] + u.rest2 * (g[i] * g[i]);
                w[i] = w[i] - (u.rate * g[i]) / root(one[i] + u.epsilon);
            }
            return;
        case Rule::rmsprop_momentum:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = u.decay2 * one[i] + u.rest2 * (g[i] * g[i]);
                two[i] = u.decay1 * two[i] + (u.rate * g[i]) / root(one[i] + u.epsilon);
                w[i] = w[i] - two[i];
            }
            return;
        case Rule::adadelta:
            for (ptrdiff_t i = 0; i < count; i++) {
                one[i] = u.decay2 * one[i] + u.rest2 * (g[i] * g[i]);
                const T d = (root(two[i] + u.epsilon) * g[i]) / root(one[i] + u.epsilon);
                two[i] = u.decay2 * two[i] + u.rest2 * (d * d);
                w[i] = w[i] - u.rate * d;
            }
            return;
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
