// One number to one decimal: digits and their layout.

#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "shortest.h"

namespace netspec::text {

// Two digits at `to`.
inline void put_two(char *to, uint64_t number) {
    to[0] = static_cast<char>('0' + number / 10);
    to[1] = static_cast<char>('0' + number % 10);
}

// Eight digits at `to`, zeros in front: halves, quarters and eighths of one word at once.
inline void put_eight(char *to, uint64_t number) {
    uint64_t upper = number / 10000, fours = upper | (number - upper * 10000) << 32;
    upper = (fours * 10486 >> 20) & 0x0000007f0000007f;
    uint64_t twos = upper | (fours - upper * 100) << 16;
    upper = (twos * 103 >> 10) & 0x000f000f000f000f;
    uint64_t ones = (upper | (twos - upper * 10) << 8) | 0x3030303030303030;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    ones = __builtin_bswap64(ones);
#endif
    std::memcpy(to, &ones, 8);
}

inline int count_digits(uint64_t number) {
    static constexpr uint64_t BILLION = 1000000000;
    static constexpr uint64_t BOUNDS[] = {
        0,            10,            100,            1000,            10000,
        100000,       1000000,       10000000,       100000000,       BILLION,
        BILLION * 10, BILLION * 100, BILLION * 1000, BILLION * 10000, BILLION * 100000,
        BILLION * 1000000, BILLION * 10000000, BILLION * 100000000, BILLION * BILLION,
        BILLION * BILLION * 10};
    int least = (64 - __builtin_clzll(number | 1)) * 1233 >> 12;  // or one less
    return least + (number >= BOUNDS[least]);
}

template <class T> Decimal without_zeros(Decimal d) {
    if (sizeof(T) == 8 && d.digits % 100000000 == 0) {
        d.digits /= 100000000;
        d.exponent += 8;
    }
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    return d;
}

inline char *put_exponent(char *to, int exponent) {
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    unsigned size = static_cast<unsigned>(exponent < 0 ? -exponent : exponent);
    if (size >= 100) *to++ = static_cast<char>('0' + size / 100);
    put_two(to, size % 100);
    return to + 2;
}

// Rule 2. Up to 32 bytes are written, whatever the length of the text.
template <class T> char *put_decimal(char *to, Decimal d) {
    // All digits with zeros before them, 9 or 17 of them, and zeros behind.
    constexpr int WIDTH = sizeof(T) == 4 ? 9 : 17;
    char padded[48];
    uint64_t rest = d.digits;
    if (WIDTH == 17) {
        put_eight(padded + 9, rest % 100000000);
        rest /= 100000000;
    }
    padded[0] = static_cast<char>('0' + rest / 100000000);
    put_eight(padded + 1, rest % 100000000);
    std::memset(padded + WIDTH, '0', sizeof padded - WIDTH);
    int count = count_digits(d.digits);
    const char *digits = padded + WIDTH - count;

    int exponent = d.exponent + count - 1;  // of the first digit
    if (exponent < -4 || exponent >= 16) {
        *to++ = digits[0];
        if (count > 1) {
            *to++ = '.';
            std::memcpy(to, digits + 1, 16);
            to += count - 1;
        }
        return put_exponent(to, exponent);
    }
    if (exponent < 0) {
        std::memcpy(to, "0.00000", 8);
        to += 1 - exponent;
        std::memcpy(to, digits, WIDTH == 9 ? 9 : 17);
        return to + count;
    }
    int whole = exponent + 1, fraction = count > whole ? count - whole : 1;
    std::memcpy(to, digits, 16);
    to[whole] = '.';
    std::memcpy(to + whole + 1, digits + whole, 16);
    return to + whole + 1 + fraction;
}

template <class T> char *put_nan(char *to, typename Bits<T>::Word bits) {
    typedef typename Bits<T>::Word Word;
    constexpr Word CANONICAL = Word{Bits<T>::INFINITE * 2 + 1} << (Bits<T>::PRECISION - 2);
    std::memcpy(to, "nan:", 4);
    if (bits == CANONICAL) return to + 3;
    to += 4;
    for (int shift = 8 * sizeof(Word) - 4; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[bits >> shift & 15];
    return to;
}

template <class T> char *put(char *to, T number, const Powers &powers) {
    if constexpr (std::is_integral_v<T>) {
        uint64_t size = number < 0 ? 0 - static_cast<uint64_t>(number) : number;
        if (number < 0) *to++ = '-';
        int count = count_digits(size);
        for (int i = count - 1; i >= 0; i--, size /= 10)
            to[i] = static_cast<char>('0' + size % 10);
        return to + count;
    } else {
        typedef typename Bits<T>::Word Word;
        Word all = bits_of(number), sign = Word{1} << (8 * sizeof(Word) - 1), bits = all & ~sign;
        constexpr Word INFINITY_BITS = Word{Bits<T>::INFINITE} << (Bits<T>::PRECISION - 1);
        if (bits > INFINITY_BITS) return put_nan<T>(to, all);
        *to = '-';
        to += (all & sign) != 0;
        if (bits == INFINITY_BITS || bits == 0) {
            std::memcpy(to, bits ? "inf" : "0.0", 3);
            return to + 3;
        }
        return put_decimal<T>(to, without_zeros<T>(shortest<T>(bits, powers)));
    }
}

}  // namespace netspec::text
