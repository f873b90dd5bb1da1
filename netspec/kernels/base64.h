// Bytes to base64 (RFC 4648, with padding) in lines of 76 characters, and back.

#pragma once

#include <cstddef>
#include <cstdint>

namespace netspec::text {

constexpr size_t BASE64_LINE = 76, BYTES_OF_LINE = 57;

// The characters of `size` bytes, a line feed after every line.
constexpr size_t base64_size(size_t size) {
    size_t characters = (size + 2) / 3 * 4;
    return characters + (characters + BASE64_LINE - 1) / BASE64_LINE;
}

// Write base64_size(size) characters.
void write_base64(const uint8_t *data, size_t size, char *to);

// Read exactly `wanted` bytes. False where the text is anything but their base64, with blanks
// between any two characters.
bool read_base64(const char *text, size_t size, uint8_t *data, size_t wanted);

}  // namespace netspec::text
