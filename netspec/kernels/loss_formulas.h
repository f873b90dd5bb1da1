// Value and slope of a loss of one number (netspec/losses, operation by operation).
//
// softmax_cross_entropy needs a whole row and stands apart, in losses.h.

#pragma once

#include "activation_formulas.h"
#include "rules.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> struct Terms {
    V value, slope;
};

template <LossKind K, class T, class V> INLINE Terms<V> terms(V y, V t, const Loss<T>& loss) {
    const V zero{}, one = every<V>(T(1));
    if constexpr (K == LossKind::cross_entropy) {
        const V size = magnitude(y), e = exp(-size), u = one + e;
        const V lost = u == one ? e : log(u) * (e / (u - one));
        const V r = y < zero ? t : one - t, s = e / u;
        return {(r == zero ? zero : r * size) + lost, y < zero ? s - t : r - s};
    }
    const V d = y - t;
    if constexpr (K == LossKind::squared_error) return {d * d, every<V>(T(2)) * d};
    if constexpr (K == LossKind::absolute_error)
        return {magnitude(d), d > zero ? one : d < zero ? -one : d};
    if constexpr (K == LossKind::huber) {
        const V delta = every<V>(loss.delta), size = magnitude(d);
        const V near = (every<V>(T(0.5)) * d) * d, far = delta * (size - every<V>(loss.far));
        return {size <= delta ? near : far, larger(smaller(d, delta), -delta)};
    }
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
