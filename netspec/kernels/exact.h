// On which side of the middle between two neighbours a decimal lies, by large whole numbers: for
// the few decimals for which 64 bits do not tell.

#pragma once

#include <array>
#include <cstdint>

#include "powers.h"

namespace netspec::text {

// A whole number below 2^4096. What is compared here stays below 2^2900: 801 digits have 2661 bits,
// and the last of them is no smaller a unit than 10^-1145, by 5^1145 of which the middle is
// multiplied; two numbers next to each other then have as many bits.
class Whole {
    static constexpr int LIMBS = 64;
    std::array<uint64_t, LIMBS> limbs;  // the lowest first
    int size = 0;

public:
    explicit Whole(uint64_t number = 0) { add(number); }

    void add(uint64_t number) { multiply_and_add(1, number); }

    void multiply_and_add(uint64_t factor, uint64_t number) {
        uint64_t carry = number;
        for (int i = 0; i < size; i++) {
            uint128 product = uint128{limbs[i]} * factor + carry;
            limbs[i] = static_cast<uint64_t>(product);
            carry = static_cast<uint64_t>(product >> 64);
        }
        if (carry) limbs[size++] = carry;
    }

    void multiply_by_power_of_five(int64_t exponent) {
        constexpr uint64_t FIVE_TO_27 = 7450580596923828125;
        for (; exponent >= 27; exponent -= 27) multiply_and_add(FIVE_TO_27, 0);
        for (; exponent > 0; exponent--) multiply_and_add(5, 0);
    }

    void shift_left(int64_t count) {
        multiply_and_add(uint64_t{1} << count % 64, 0);
        int whole = static_cast<int>(count / 64);
        if (size == 0 || whole == 0) return;
        for (int i = size - 1; i >= 0; i--) limbs[i + whole] = limbs[i];
        for (int i = 0; i < whole; i++) limbs[i] = 0;
        size += whole;
    }

    int compare(const Whole &other) const {
        if (size != other.size) return size < other.size ? -1 : 1;
        for (int i = size - 1; i >= 0; i--)
            if (limbs[i] != other.limbs[i]) return limbs[i] < other.limbs[i] ? -1 : 1;
        return 0;
    }
};

// No middle between two numbers has more than 767 digits: of more digits than that it matters only
// whether any of them is not 0.
constexpr int64_t DIGITS = 800;

// Compare d1 d2 ... dn 10^exponent with middle 2^twos; the digits stand in the text from `start` to
// `stop`, with or without a point among them, and are not all 0.
inline int compare_with_middle(const char *start, const char *stop, int64_t exponent,
                               uint64_t middle, int64_t twos) {
    Whole left, right(middle);
    int64_t taken = 0, dropped = 0;
    bool more = false;
    for (const char *p = start; p < stop; p++) {
        if (*p == '.') continue;
        uint64_t digit = static_cast<uint64_t>(*p - '0');
        if (taken == 0 && digit == 0) continue;
        if (taken < DIGITS) {
            left.multiply_and_add(10, digit);
            taken++;
        } else {
            more |= digit != 0;
            dropped++;
        }
    }
    exponent += dropped;
    if (more) {
        left.multiply_and_add(10, 1);
        exponent--;
    }
    if (exponent >= 0)
        left.multiply_by_power_of_five(exponent);
    else
        right.multiply_by_power_of_five(-exponent);
    if (exponent >= twos)
        left.shift_left(exponent - twos);
    else
        right.shift_left(twos - exponent);
    return left.compare(right);
}

}  // namespace netspec::text
