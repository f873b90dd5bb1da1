// Numbers to decimals and back: lines of numbers, and the words that are no decimals.

#include "decimals.h"

#include <type_traits>

#include "reading.h"
#include "writing.h"

namespace netspec::text {

template <class T>
char *write_lines(const T *values, size_t count, size_t row, size_t first, char *to) {
    const Powers &powers = Powers::of_ten();
    size_t place = first % row;
    for (size_t i = 0; i < count; i++) {
        to = put(to, values[i], powers);
        place++;
        bool last = place == row || place % LINE == 0;
        *to++ = last ? '\n' : ' ';
        if (place == row) place = 0;
    }
    return to;
}

// The digits of |number| to nine places, half-way cases to even: digits 10^(exponent - 8).
static Decimal nine_digits(uint32_t bits, const Powers &powers) {
    int biased = static_cast<int>(bits >> 23);
    uint64_t c = (bits & 0x7fffff) | (biased ? 0x800000 : 0);
    int q = (biased ? biased : 1) - Bits<float>::BIAS;
    int exponent = decimal_exponent(q + 63 - __builtin_clzll(c));  // or one less than it is
    uint64_t digits, after;  // `after`: the rest against a half, 0 below, 1 on it, 2 above
    for (;; exponent++) {
        int k = 8 - exponent;
        if (k >= 0) {  // up to 10^53, whose mantissa is exact
            const Power &g = powers[k];
            uint128 low = uint128{c} * g.low, top = uint128{c} * g.high + (low >> 64);
            int shift = 127 - exponent_of_power(k) - q - 64;
            digits = static_cast<uint64_t>(top >> shift);
            uint128 rest = top & ((uint128{1} << shift) - 1), half = uint128{1} << (shift - 1);
            bool more = static_cast<uint64_t>(low) != 0;
            after = rest < half ? 0 : rest == half && !more ? 1 : 2;
        } else {  // a whole number below 2^128
            uint128 unit = 1, whole = uint128{c} << q;
            for (int i = 0; i < -k; i++) unit *= 10;
            digits = static_cast<uint64_t>(whole / unit);
            uint128 rest = whole % unit;
            after = rest < unit / 2 ? 0 : rest == unit / 2 ? 1 : 2;
        }
        if (digits < 1000000000) break;
    }
    digits += after == 2 || (after == 1 && digits % 2 != 0);
    if (digits == 1000000000) return {100000000, exponent + 1};
    return {digits, exponent};
}

char *write_nine_digits(const float *values, size_t count, char *to) {
    const Powers &powers = Powers::of_ten();
    for (size_t i = 0; i < count; i++) {
        uint32_t all = bits_of(values[i]), bits = all & 0x7fffffff;
        *to = '-';
        to += all != bits && bits <= 0x7f800000;
        if (bits >= 0x7f800000) {
            std::memcpy(to, bits == 0x7f800000 ? "inf" : "nan", 3);
            to += 3;
        } else {
            Decimal d = bits ? nine_digits(bits, powers) : Decimal{0, 0};
            to[0] = static_cast<char>('0' + d.digits / 100000000);
            to[1] = '.';
            put_eight(to + 2, d.digits % 100000000);
            to = put_exponent(to + 10, d.exponent);
        }
        std::memcpy(to, "  ", 2);
        to += 2;
    }
    return to;
}

// Read `nan`, or `nan:` and its bits, after the sign, of which it may have none.
template <class T>
static const char *take_nan(const char *p, const char *end, typename Bits<T>::Word &bits) {
    typedef typename Bits<T>::Word Word;
    constexpr Word INFINITY_BITS = Word{Bits<T>::INFINITE} << (Bits<T>::PRECISION - 1);
    if (end - p < 3 || std::memcmp(p, "nan", 3) != 0) return nullptr;
    p += 3;
    bits = INFINITY_BITS | Word{1} << (Bits<T>::PRECISION - 2);
    if (p == end || *p != ':') return p;
    p++;
    if (end - p < static_cast<ptrdiff_t>(2 * sizeof(Word))) return nullptr;
    bits = 0;
    for (const char *stop = p + 2 * sizeof(Word); p < stop; p++) {
        bool letter = *p >= 'a' && *p <= 'f';
        if (!letter && !is_digit(*p)) return nullptr;
        bits = bits << 4 | static_cast<Word>(letter ? *p - 'a' + 10 : *p - '0');
    }
    return static_cast<Word>(bits << 1) > static_cast<Word>(INFINITY_BITS << 1) ? p : nullptr;
}

template <class T>
static const char *take(const char *p, const char *end, T &value, const Powers &powers) {
    typedef typename Bits<T>::Word Word;
    constexpr uint64_t INFINITY_BITS = uint64_t{Bits<T>::INFINITE} << (Bits<T>::PRECISION - 1);
    bool negative = *p == '-', has_sign = negative || *p == '+';
    p += has_sign;
    if (p == end) return nullptr;
    uint64_t bits = INFINITY_BITS;
    if (*p == 'n') {
        Word nan;
        if (has_sign || !(p = take_nan<T>(p, end, nan))) return nullptr;
        bits = nan;
    } else if (*p == 'i') {
        if (end - p < 3 || std::memcmp(p, "inf", 3) != 0) return nullptr;
        p += 3;
    } else {
        p = take_decimal<T>(p, end, bits, powers);
        if (!p || bits >= INFINITY_BITS) return nullptr;
    }
    Word word = static_cast<Word>(bits) | static_cast<Word>(negative) << (8 * sizeof(Word) - 1);
    std::memcpy(&value, &word, sizeof value);
    return p;
}

static const char *take(const char *p, const char *end, int64_t &value, const Powers &) {
    bool negative = *p == '-';
    p += negative || *p == '+';
    if (p == end || !is_digit(*p)) return nullptr;
    uint64_t most = (uint64_t{1} << 63) - !negative, number = 0;
    for (; p < end && is_digit(*p); p++) {
        uint64_t digit = static_cast<uint64_t>(*p - '0');
        if (number > (most - digit) / 10) return nullptr;
        number = number * 10 + digit;
    }
    value = static_cast<int64_t>(negative ? 0 - number : number);
    return p;
}

template <class T> Reading read_numbers(const char *text, size_t size, T *values, size_t count) {
    const Powers &powers = Powers::of_ten();
    const char *p = text, *end = text + size;
    for (size_t filled = 0;; filled++) {
        while (p < end && is_blank(*p)) p++;
        if (p == end) return {filled, size, size};
        const char *stop = filled < count ? take(p, end, values[filled], powers) : nullptr;
        if (!stop || (stop < end && !is_blank(*stop))) {
            const char *start = p;
            while (p < end && !is_blank(*p)) p++;
            return {filled, static_cast<size_t>(start - text), static_cast<size_t>(p - text)};
        }
        p = stop;
    }
}

template char *write_lines(const float *, size_t, size_t, size_t, char *);
template char *write_lines(const double *, size_t, size_t, size_t, char *);
template char *write_lines(const int64_t *, size_t, size_t, size_t, char *);
template Reading read_numbers(const char *, size_t, float *, size_t);
template Reading read_numbers(const char *, size_t, double *, size_t);
template Reading read_numbers(const char *, size_t, int64_t *, size_t);

}  // namespace netspec::text
