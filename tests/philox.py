"""Philox-4x64-10 in plain Python integers: J. Salmon et al., SC11, doi:10.1145/2063384.2063405.

Ten rounds on four words of a counter, with two words of a key that grow by a constant each
round. NumPy's generator counts up before it draws, so that its first block is that of 1.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count

WORD = 2**64 - 1
MULTIPLIERS = 0xD2E7470EE14C6C93, 0xCA5A826395121157
WEYL = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B


def block(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give the four words of one counter."""
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        one, two = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (two >> 64) ^ b ^ k0, two & WORD, (one >> 64) ^ d ^ k1, one & WORD
        k0, k1 = (k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD
    return a, b, c, d


def words(name: str) -> Iterator[int]:
    """Give the words of the stream of that name, without end: the key is from its SHA-256."""
    digest = sha256(name.encode()).digest()
    key = tuple(int.from_bytes(digest[k : k + 8], "little") for k in (0, 8))
    for number in count(1):
        yield from block((number & WORD, number >> 64, 0, 0), key)


def uniform(name: str) -> Iterator[float]:
    """Give the numbers in [0, 1) of the stream of that name: the upper 53 bits of each word."""
    for word in words(name):
        yield (word >> 11) / 2**53
