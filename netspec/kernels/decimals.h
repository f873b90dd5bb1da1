// Numbers to decimals and back, as "Decimal text" in README.md says it, for float, double and
// int64_t. Whole numbers alone are computed with: the text does not depend on the C++ library, the
// locale, or how the caller has set the processor to round.

#pragma once

#include <cstddef>
#include <cstdint>

namespace netspec::text {

constexpr size_t LINE = 1024;    // numbers
constexpr size_t LONGEST = 25;   // bytes of a number and what follows it
constexpr size_t NINE = 17;      // bytes of a number with nine digits and what follows it
constexpr size_t BESIDE = 32;    // bytes behind the text that may be written over

// Write `count` numbers of an array whose rows have `row`; the first has the number `first` in the
// array. `to` has room for count * LONGEST + BESIDE bytes; the end of the text is given back.
template <class T>
char *write_lines(const T *values, size_t count, size_t row, size_t first, char *to);

// Write `count` numbers as C's "%.8e  " does, for ROOT. Room: count * NINE + BESIDE bytes.
char *write_nine_digits(const float *values, size_t count, char *to);

// How far a text could be read: so many numbers, and the word after them, which is no number or
// one too many. The word is empty at the end of the text.
struct Reading {
    size_t count, start, stop;
};

// Read at most `count` numbers.
template <class T> Reading read_numbers(const char *text, size_t size, T *values, size_t count);

}  // namespace netspec::text
