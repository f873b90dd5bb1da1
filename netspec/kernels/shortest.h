// The fewest digits that read back to the same number, by R. Giulietti's Schubfach algorithm
// ("The Schubfach way to render doubles", 2021), for float and double, in whole numbers alone.
//
// Of all decimals that round to the number (to nearest, ties to even) those with the fewest digits;
// of these the nearest; of two equally near the one whose last digit is even: rule 1 of "Decimal
// text" in README.md.

#pragma once

#include <cstdint>
#include <cstring>

#include "powers.h"

namespace netspec::text {

// What a type's bits mean; a number is mantissa 2^(exponent - BIAS), its exponent at least 1.
template <class T> struct Bits;
template <> struct Bits<float> {
    typedef uint32_t Word;
    static constexpr int PRECISION = 24, BIAS = 150, INFINITE = 255;
};
template <> struct Bits<double> {
    typedef uint64_t Word;
    static constexpr int PRECISION = 53, BIAS = 1075, INFINITE = 2047;
};

template <class T> typename Bits<T>::Word bits_of(T number) {
    typename Bits<T>::Word bits;
    std::memcpy(&bits, &number, sizeof bits);
    return bits;
}

// digits 10^exponent
struct Decimal {
    uint64_t digits;
    int exponent;
};

// The whole part of g factor, and 1 in its last bit where anything but that was cut off.
inline uint64_t rounded_to_odd(const Power &power, bool exact, uint32_t factor) {
    uint128 product = uint128{power.high + !exact} * factor;
    return static_cast<uint64_t>(product >> 64) | (static_cast<uint32_t>(product >> 32) > 1);
}

inline uint64_t rounded_to_odd(const Power &power, bool exact, uint64_t factor) {
    uint128 g = (uint128{power.high} << 64 | power.low) + !exact;
    uint128 low = uint128{static_cast<uint64_t>(g)} * factor;
    uint128 high = uint128{static_cast<uint64_t>(g >> 64)} * factor + (low >> 64);
    return static_cast<uint64_t>(high >> 64) | (static_cast<uint64_t>(high) > 1);
}

// `bits` without their sign: neither zero nor infinite nor NaN.
template <class T> Decimal shortest(typename Bits<T>::Word bits, const Powers &powers) {
    typedef typename Bits<T>::Word Word;
    constexpr int STORED = Bits<T>::PRECISION - 1;
    constexpr Word HIDDEN = Word{1} << STORED;

    Word fraction = bits & (HIDDEN - 1);
    int biased = static_cast<int>(bits >> STORED);
    Word c = biased ? fraction | HIDDEN : fraction;
    int q = (biased ? biased : 1) - Bits<T>::BIAS;
    bool even = c % 2 == 0;
    bool closer_below = fraction == 0 && biased > 1;  // a power of two

    // 10^k is the largest power of ten not above the distance between the ends of the interval.
    int k = static_cast<int>((int64_t{q} * 1262611 - (closer_below ? 524031 : 0)) >> 22);
    int h = q + exponent_of_power(-k) + 1;
    const Power &g = powers[-k];
    // The 64 upper bits alone are a float's power of ten, and exact no further than 10^27.
    bool exact = -k >= 0 && -k <= (sizeof(T) == 4 ? 27 : HIGHEST_EXACT_POWER);
    Word middle = 4 * c;
    uint64_t lower = rounded_to_odd(g, exact, Word((middle - 2 + closer_below) << h)) + !even;
    uint64_t value = rounded_to_odd(g, exact, Word(middle << h));
    uint64_t upper = rounded_to_odd(g, exact, Word((middle + 2) << h)) - !even;

    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) return {tens + above, k + 1};
    }
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    uint64_t half = 4 * s + 2;
    bool nearer = (value > half) | ((value == half) & (s % 2 != 0));
    return {s + (below != above ? above : nearer), k};
}

}  // namespace netspec::text
