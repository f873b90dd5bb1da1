// One decimal to one number, rounded once: rules 5 and 6 of "Decimal text" in README.md.
//
// A decimal is w 10^exponent, of which the upper 64 bits of the product of w and the power of ten
// almost always say what it is rounded to (after D. Lemire, "Number parsing at a gigabyte per
// second", 2021). Where they leave a doubt, the decimal is compared with the middle between the two
// numbers around it.

#pragma once

#include <cstdint>
#include <cstring>

#include "exact.h"
#include "shortest.h"

namespace netspec::text {

// The digits of a decimal as they stand in a text, without sign and exponent.
struct Digits {
    const char *start, *stop;  // a point may be among them
    int64_t exponent;          // of the last
};

// Round w 10^exponent, or where `cut` something between that and (w + 1) 10^exponent: the digits
// say what. Gives the bits of the number without a sign; those of infinity, or more, where the
// decimal is beyond the largest. With `cut`, w has 19 digits.
template <class T>
uint64_t rounded(uint64_t w, int64_t exponent, bool cut, const Digits &digits,
                 const Powers &powers) {
    constexpr int PRECISION = Bits<T>::PRECISION, LEAST = PRECISION - Bits<T>::BIAS;
    constexpr uint64_t INFINITY_BITS = uint64_t{Bits<T>::INFINITE} << (PRECISION - 1);
    if (w == 0 || exponent < LOWEST_POWER) return 0;  // below 2^64 10^-343, half the least double
    if (exponent > 308) return INFINITY_BITS;
    const Power &power = powers[static_cast<int>(exponent)];
    int zeros = __builtin_clzll(w);
    uint64_t upper = static_cast<uint64_t>(uint128{w << zeros} * power.high >> 64);
    // The decimal is from upper 2^scale to (upper + doubt) 2^scale.
    uint64_t doubt = cut ? 18 : 2;
    int scale = exponent_of_power(static_cast<int>(exponent)) - zeros + 1;
    int bits = 64 - __builtin_clzll(upper);
    int top = scale + bits - 1;  // the exponent of the highest bit
    if (top >= Bits<T>::INFINITE / 2 + 1) return INFINITY_BITS;
    int drop = bits - PRECISION + (top < LEAST ? LEAST - top : 0);
    if (drop >= 66) return 0;
    uint64_t kept = 0;
    bool up = false, sure = drop <= 63;
    if (sure) {
        uint64_t rest = upper & ((uint64_t{1} << drop) - 1), half = uint64_t{1} << (drop - 1);
        kept = upper >> drop;
        up = rest > half;
        sure = half - rest > doubt;  // below zero is a large number
    }
    if (!sure) {
        int side = compare_with_middle(digits.start, digits.stop, digits.exponent, 2 * kept + 1,
                                       scale + drop - 1);
        up = side > 0 || (side == 0 && kept % 2 != 0);
    }
    // The hidden bit, and a carry out of all others, add one to the exponent where they should.
    return (static_cast<uint64_t>(top < LEAST ? 0 : top - LEAST) << (PRECISION - 1)) + kept + up;
}

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
inline bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

inline uint64_t word_at(const char *p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

// The digits of the first `count` bytes of a word, one to eight.
inline uint64_t digits_of(uint64_t word, int count) {
    word = (word - 0x3030303030303030) << (64 - 8 * count);  // with zeros in front
    word = word * 10 + (word >> 8);  // in every second byte a number below 100
    return ((word & 0x000000ff000000ff) * 0x000f424000000064 +
            (word >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
}

// Pass over digits; `number` takes them up, and overflows after 19.
inline const char *take_digits(const char *p, const char *end, uint64_t &number) {
    static constexpr uint64_t POWERS_OF_TEN[9] = {1,      10,      100,      1000,     10000,
                                                  100000, 1000000, 10000000, 100000000};
    while (end - p >= 8) {
        uint64_t word = word_at(p);
        // The lowest bit that is set is in the first byte that is no digit.
        uint64_t others = ((word + 0x4646464646464646) | (word - 0x3030303030303030)) &
                          0x8080808080808080;
        int count = others ? __builtin_ctzll(others) / 8 : 8;
        if (count == 0) return p;
        number = number * POWERS_OF_TEN[count] + digits_of(word, count);
        p += count;
        if (count < 8) return p;
    }
    while (p < end && is_digit(*p)) number = number * 10 + static_cast<uint64_t>(*p++ - '0');
    return p;
}

// Read digits, a point among them, and an exponent. Gives the end, or null where it is no decimal.
template <class T>
const char *take_decimal(const char *p, const char *end, uint64_t &bits, const Powers &powers) {
    const char *first = p;
    uint64_t w = 0;
    for (; p < end && is_digit(*p); p++)  // most often one
        w = 10 * w + static_cast<uint64_t>(*p - '0');
    int64_t count = p - first, fraction = 0;
    if (p < end && *p == '.') {
        const char *point = p;
        p = take_digits(p + 1, end, w);
        fraction = p - point - 1;
        count += fraction;
    }
    if (count == 0) return nullptr;
    Digits digits{first, p, -fraction};
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool negative = p < end && *p == '-';
        p += p < end && (*p == '-' || *p == '+');
        if (p == end || !is_digit(*p)) return nullptr;
        int64_t exponent = 0;
        for (; p < end && is_digit(*p); p++)  // no text is as long as this bound
            if (exponent < int64_t{1} << 56) exponent = 10 * exponent + (*p - '0');
        digits.exponent += negative ? -exponent : exponent;
    }
    int64_t exponent = digits.exponent;
    bool cut = false;
    if (count > 19)
        for (; digits.start < digits.stop && (*digits.start == '0' || *digits.start == '.');
             digits.start++)
            count -= *digits.start == '0';
    if (count > 19) {
        cut = true;
        exponent += count - 19;
        w = 0;
        const char *d = digits.start;
        for (int taken = 0; taken < 19; d++)
            if (*d != '.') {
                w = 10 * w + static_cast<uint64_t>(*d - '0');
                taken++;
            }
    }
    bits = rounded<T>(w, exponent, cut, digits, powers);
    return p;
}

}  // namespace netspec::text
