// Bytes to base64 and back: four characters for three bytes.

#include "base64.h"

#include <cstring>

namespace netspec::text {

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void write_base64(const uint8_t *data, size_t size, char *to) {
    struct Pairs {  // of characters, for every twelve bits
        char characters[4096][2];
        Pairs() {
            for (int i = 0; i < 4096; i++) {
                characters[i][0] = ALPHABET[i >> 6];
                characters[i][1] = ALPHABET[i & 63];
            }
        }
    };
    static const Pairs pairs;
    auto put = [&](uint32_t bits) {
        std::memcpy(to, pairs.characters[bits >> 12], 2);
        std::memcpy(to + 2, pairs.characters[bits & 4095], 2);
        to += 4;
    };
    while (size > 0) {
        size_t line = size < BYTES_OF_LINE ? size : BYTES_OF_LINE, whole = line / 3 * 3;
        for (size_t i = 0; i < whole; i += 3)
            put(uint32_t{data[i]} << 16 | uint32_t{data[i + 1]} << 8 | data[i + 2]);
        if (size_t rest = line - whole) {
            put(uint32_t{data[whole]} << 16 | (rest > 1 ? uint32_t{data[whole + 1]} << 8 : 0));
            std::memset(to + rest - 3, '=', 3 - rest);
        }
        *to++ = '\n';
        data += line;
        size -= line;
    }
}

bool read_base64(const char *text, size_t size, uint8_t *data, size_t wanted) {
    struct Meanings {  // six bits; 64 for a blank, 128 for all else
        uint8_t of[256];
        Meanings() {
            std::memset(of, 128, sizeof of);
            for (uint8_t i = 0; i < 64; i++) of[static_cast<uint8_t>(ALPHABET[i])] = i;
            for (const char *blank = " \t\r\n"; *blank; blank++) of[static_cast<uint8_t>(*blank)] = 64;
        }
    };
    static const Meanings meanings;
    const uint8_t *p = reinterpret_cast<const uint8_t *>(text), *end = p + size;
    uint8_t *to = data, *full = data + wanted;
    uint32_t bits = 0;
    int held = 0;  // characters in `bits`
    while (p < end) {
        if (held == 0 && end - p >= 4 && full - to >= 3) {
            uint32_t a = meanings.of[p[0]], b = meanings.of[p[1]], c = meanings.of[p[2]],
                     d = meanings.of[p[3]];
            if ((a | b | c | d) < 64) {
                uint32_t three = a << 18 | b << 12 | c << 6 | d;
                to[0] = static_cast<uint8_t>(three >> 16);
                to[1] = static_cast<uint8_t>(three >> 8);
                to[2] = static_cast<uint8_t>(three);
                to += 3;
                p += 4;
                continue;
            }
        }
        uint8_t meaning = meanings.of[*p];
        if (meaning == 128) break;
        p++;
        if (meaning == 64) continue;
        bits = bits << 6 | meaning;
        if (++held < 4) continue;
        if (full - to < 3) return false;
        for (int shift = 16; shift >= 0; shift -= 8) *to++ = static_cast<uint8_t>(bits >> shift);
        bits = 0;
        held = 0;
    }
    // Of the last one or two bytes two or three characters are left, and padding.
    if (full - to != (held ? held - 1 : 0) || held == 1) return false;
    for (int i = 0; to < full; i++) *to++ = static_cast<uint8_t>(bits >> (6 * held - 8 - 8 * i));
    for (int padding = held ? 4 - held : 0; p < end; p++) {
        if (*p == '=' && padding > 0)
            padding--;
        else if (meanings.of[*p] != 64)
            return false;
        held = padding ? held : 0;
    }
    return held == 0;
}

}  // namespace netspec::text
