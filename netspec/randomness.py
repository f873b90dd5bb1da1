"""Random numbers that mean the same for ever.

A stream is Philox-4x64 (J. Salmon et al., SC11, doi:10.1145/2063384.2063405), keyed by the
first 128 bits of the SHA-256 of its name, such as `1234/weights/lstm_1/W`. NumPy guarantees
the raw bits of its bit generators from version to version, and not what `Generator` makes of
them, so the rest is done here with arithmetic that is exact: of each 64-bit word the upper 53
bits, times 2^-53.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from math import prod
from typing import Any

import numpy


class Stream:
    """Numbers drawn one after another under a name; a stream of the same name repeats them."""

    def __init__(self, *name: object) -> None:
        """Name the stream: `Stream(seed, "weights", "lstm_1/W")`."""
        self.name = "/".join(map(str, name))
        key = int.from_bytes(sha256(self.name.encode()).digest()[:16], "little")
        self._bits = numpy.random.Philox(key=key)

    def of(self, *name: object) -> Stream:
        """Give the stream below this one; what either draws does not change the other."""
        return Stream(self.name, *name)

    def words(self, shape: Sequence[int]) -> Any:
        """Draw 64-bit words, evenly: uint64 array of `shape`."""
        return self._bits.random_raw(prod(shape)).reshape(shape)

    def uniform(self, shape: Sequence[int]) -> Any:
        """Draw multiples of 2^-53 in [0, 1), evenly: float64 array of `shape`."""
        return (self.words(shape) >> numpy.uint64(11)) * 2.0**-53

    def happens(self, probability: float, shape: Sequence[int]) -> Any:
        """Draw booleans of `shape`, true with the given probability."""
        return self.uniform(shape) < probability
