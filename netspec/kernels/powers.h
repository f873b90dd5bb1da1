// Powers of ten as 128-bit numbers, for decimals written and read with whole numbers alone.
//
//     10^k = (mantissa + rest) 2^(exponent - 127)      2^127 <= mantissa < 2^128, 0 <= rest < 1
//
// `rest` is 0 for 0 <= k <= 55, where 5^k has no more than 128 bits, and for no other k. The table
// is made when it is first asked for, which takes a tenth of a millisecond.

#pragma once

#include <array>
#include <cstdint>

namespace netspec::text {

__extension__ typedef unsigned __int128 uint128;

struct Power {
    uint64_t high, low;  // the mantissa
};

constexpr int LOWEST_POWER = -342, HIGHEST_POWER = 324, HIGHEST_EXACT_POWER = 55;

// floor(log2(10^k))
constexpr int exponent_of_power(int k) { return static_cast<int>((int64_t{k} * 1741647) >> 19); }

// floor(log10(2^e))
constexpr int decimal_exponent(int e) { return static_cast<int>((int64_t{e} * 1262611) >> 22); }

class Powers {
    // A large whole number, its lowest 64 bits first.
    static constexpr int LIMBS = 20;
    typedef std::array<uint64_t, LIMBS> Large;

    std::array<Power, HIGHEST_POWER - LOWEST_POWER + 1> table;

    // The 128 bits from the highest one that is set; 10^k = 5^k 2^k has the mantissa of 5^k.
    static Power top(const Large &number) {
        int last = LIMBS - 1;
        while (number[last] == 0) last--;
        uint64_t a = number[last], b = last > 0 ? number[last - 1] : 0,
                 c = last > 1 ? number[last - 2] : 0;
        int shift = __builtin_clzll(a);
        if (shift == 0) return {a, b};
        return {a << shift | b >> (64 - shift), b << shift | c >> (64 - shift)};
    }

    Powers() {
        Large number{1};
        for (int k = 0; k <= HIGHEST_POWER; k++) {
            table[k - LOWEST_POWER] = top(number);
            uint64_t carry = 0;
            for (uint64_t &limb : number) {
                uint128 product = uint128{limb} * 5 + carry;
                limb = static_cast<uint64_t>(product);
                carry = static_cast<uint64_t>(product >> 64);
            }
        }
        // floor(floor(a / 5) / 5) is floor(a / 25): no error adds up, and from 2^1279, of which
        // 5^342 takes 794 bits, more than 128 are left.
        number = {};
        number[LIMBS - 1] = uint64_t{1} << 63;
        for (int k = -1; k >= LOWEST_POWER; k--) {
            uint64_t rest = 0;
            for (int i = LIMBS - 1; i >= 0; i--) {
                uint128 part = uint128{rest} << 64 | number[i];
                number[i] = static_cast<uint64_t>(part / 5);
                rest = static_cast<uint64_t>(part % 5);
            }
            table[k - LOWEST_POWER] = top(number);
        }
    }

public:
    static const Powers &of_ten() {
        static const Powers powers;
        return powers;
    }

    const Power &operator[](int k) const { return table[k - LOWEST_POWER]; }
};

}  // namespace netspec::text
