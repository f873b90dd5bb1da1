// The error function.
//
//     erf |x| = |x| + |x| (c + x^2 p(x^2)),  c = 2 / sqrt(pi) - 1    up to 0.875 (double 0.9)
//     erf |x| = 1 - e^(-2q),  q = -log(erfc |x|) / 2, a polynomial      beyond
//
// q is kept with what it loses when it is rounded; e^(-2q) = s (1 + v), and 1 - s is nearly exact.

#pragma once

#include "arithmetic_exp.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> INLINE V erf(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 4 : 5.95, SMALL = F::IS_FLOAT ? 0.875 : 0.9;
    constexpr T SLOPE = F::IS_FLOAT ? 0x1.06eba8p-3 : 0x1.06eba8214db69p-3;
    V m = magnitude(x), a = at_most(m, every<V>(HIGH)), m2 = m * m, p, slope, start;
    if constexpr (F::IS_FLOAT) {
        p = horner(m2, -0x1.81274p-2f, 0x1.ce2d5ap-4f, -0x1.b7ff38p-6f, 0x1.542c6ap-8f,
                       -0x1.a491cp-11f, 0x1.48ed6ep-14f);
        slope = polynomial(a, a * a, 0x1.215052p-1f, 0x1.4394cep-2f, 0x1.c241a2p-5f,
                                     -0x1.af7d0cp-7f, 0x1.3603a8p-9f, -0x1.35b952p-12f,
                                     0x1.7c7fdep-16f, -0x1.ae3a6cp-21f);
        start = every<V>(-0x1.34a596p-13f);
    } else {
        p = horner(m2, -0x1.812746b037a35p-2, 0x1.ce2f21a0472ap-4, -0x1.b82ce3141a5aep-6,
                       0x1.565bcd582de77p-8, -0x1.c02dc40286e23p-11, 0x1.f9a55b76a2e62p-14,
                       -0x1.f50596661d786p-17, 0x1.bd01319d19873p-20, -0x1.7f3f98decb5cdp-23,
                       0x1.ccec7011ac43dp-26, -0x1.d528ef60f8bd3p-28, 0x1.50784901760bcp-30);
        slope = polynomial(a, a * a, 0x1.20dd83fd2853bp-1, 0x1.45f260dc92579p-2,
                                     0x1.a50700b3a552dp-5, -0x1.3a199e8ec8614p-7,
                                     -0x1.100181f7ea79fp-14, 0x1.9e4915c61a768p-11,
                                     -0x1.dcc410dbb7407p-13, -0x1.b134940dd4856p-15,
                                     0x1.5bdefcbf06d42p-14, -0x1.9027cf634dd14p-15,
                                     0x1.4177e29d886cap-16, -0x1.95c6ac692b20bp-18,
                                     0x1.a35cd7a068736p-20, -0x1.68d7a561fc3dp-22,
                                     0x1.03edf13b4bfe6p-24, -0x1.3920ff9557ad5p-27,
                                     0x1.397466594d2bep-30, -0x1.01d7cfc75bd12p-33,
                                     0x1.56ae59ef7edbdp-37, -0x1.66bd7abf291d7p-41,
                                     0x1.1cafd8402c5dep-45, -0x1.41ccfb626529dp-50,
                                     0x1.cd7133f49bb31p-56, -0x1.3b504dc49463dp-62);
        start = every<V>(-0x1.47311b55d0bd1p-25);
    }
    V q = fma(slope, a, start), q_low = fma(slope, a, -q) + start;
    Power<V> e = exp_minus_twice(q, q_low);
    V large = computed(fma(-e.s, e.v, every<V>(T(1)) - e.s));
    V small = fma(m2, p, every<V>(SLOPE));
    small = computed(fma(small, m, m));
    return with_sign_of(x, m > every<V>(SMALL) ? large : small);
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
