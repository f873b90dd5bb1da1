// The error function.
//
//     erf |x| = |x| + |x| (c + x^2 p(x^2)),  c = 2 / sqrt(pi) - 1        where |x| is small
//     erf |x| = 1 - e^(-q(|x|)),             q = -log(erfc)              elsewhere

#pragma once

#include "arithmetic_exp.h"

namespace netspec {
namespace NETSPEC_PATH {

template <class V> INLINE V erf(V x) {
    typedef Format<V> F;
    typedef typename F::T T;
    constexpr T HIGH = F::IS_FLOAT ? 4 : 5.95, LIMIT = F::IS_FLOAT ? 0.875 : 1;
    V m = magnitude(x), a = m > every<V>(HIGH) ? every<V>(HIGH) : m;
    V square = a * a, small, q;
    if constexpr (F::IS_FLOAT) {
        small = polynomial(square, 0x1.06eba8p-3f, -0x1.81274p-2f, 0x1.ce2d5ap-4f, -0x1.b7ff38p-6f,
                           0x1.542c6ap-8f, -0x1.a491cp-11f, 0x1.48ed6ep-14f);
        q = polynomial(a, -0x1.34a596p-12f, 0x1.215052p0f, 0x1.4394cep-1f, 0x1.c241a2p-4f,
                       -0x1.af7d0cp-6f, 0x1.3603a8p-8f, -0x1.35b952p-11f, 0x1.7c7fdep-15f,
                       -0x1.ae3a6cp-20f);
    } else {
        small = polynomial(square, 0x1.06eba8214db69p-3, -0x1.812746b037a25p-2,
                           0x1.ce2f21a04590ep-4, -0x1.b82ce31356d4dp-6, 0x1.565bcd2cd87c4p-8,
                           -0x1.c02db94ed503ap-11, 0x1.f9a3bd338952dp-14, -0x1.f4dd48ef47a24p-17,
                           0x1.ba6e17ed02699p-20, -0x1.63c04d932a1fdp-23, 0x1.143a0dcbe4e5fp-26,
                           -0x1.cc1cf2f5f0593p-30, 0x1.46615fcd1b65cp-33);
        q = polynomial(a, -0x1.8617b2beb16e7p-24, 0x1.20dd8672ca847p0, 0x1.45f249b854777p-1,
                       0x1.a509217f900dap-4, -0x1.3a2b368e4895bp-6, -0x1.0269ba7c1e702p-13,
                       0x1.9c3ed79ec5ab3p-10, -0x1.d4f48c1a61ac9p-12, -0x1.c979c70ff1c1cp-14,
                       0x1.639e892f17275p-13, -0x1.985c4ed988f93p-14, 0x1.48b78ffa3df57p-15,
                       -0x1.a07fecb6b7956p-17, 0x1.b0aa450ea348bp-19, -0x1.76abc1b5b7fep-21,
                       0x1.0ff18de9e4115p-23, -0x1.4a7c5da818777p-26, 0x1.4e22f41dd36ccp-29,
                       -0x1.15edef6c04b1fp-32, 0x1.75f17ba66c338p-36, -0x1.8cc3df93093d6p-40,
                       0x1.3f7cdfa90c91fp-44, -0x1.6edb3c44d9af6p-49, 0x1.0b7c733e56844p-54,
                       -0x1.742acecd8106dp-61);
    }
    V large = every<V>(T(1)) - exp(-q);
    return with_sign_of(x, a > every<V>(LIMIT) ? large : fma(small, a, a));
}

}  // namespace NETSPEC_PATH
}  // namespace netspec
