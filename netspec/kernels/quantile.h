// The inverse of the error function (netspec/layers/quantile.py), a logarithm apart.
//
// M. J. Wichura, Algorithm AS 241 (PPND16), Appl. Statist. 37 (1988) 477. Not of the C library and
// not fused: the bits of the formula.

#pragma once

#include <cmath>

namespace netspec {

constexpr double MIDDLE_ABOVE[] = {
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr double MIDDLE_BELOW[] = {
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3};
constexpr double TAIL_ABOVE[] = {
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double TAIL_BELOW[] = {
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};

inline double ratio(double r, const double (&above)[8], const double (&below)[8]) {
    double a = above[7], b = below[7];
    for (int k = 6; k >= 0; k--) a = a * r + above[k], b = b * r + below[k];
    return a / b;
}

inline bool in_the_middle(double u) { return std::fabs(u) <= 0.85; }

// What erfinv wants the logarithm of.
inline double share_of_tail(double u) { return in_the_middle(u) ? 0.5 : 0.5 * (1 - std::fabs(u)); }

// w with erf(w) = u; `log` is the logarithm of the share of the tail.
inline double erfinv(double u, double log) {
    const double half = 0x1.6a09e667f3bcdp-1;  // sqrt(0.5)
    const double q = 0.5 * u;
    if (in_the_middle(u)) return q * ratio(0.180625 - q * q, MIDDLE_ABOVE, MIDDLE_BELOW) * half;
    const double z = ratio(std::sqrt(-log) - 1.6, TAIL_ABOVE, TAIL_BELOW);
    return (u < 0 ? -z : z) * half;
}

}  // namespace netspec
