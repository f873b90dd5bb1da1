"""ROOT's TRandom3 for one seed: M. Matsumoto, T. Nishimura, ACM TOMACS 8 (1998) 3.

The state is filled from the seed by the recurrence that Knuth gives in volume 2, section 3.3.4 (the
authors' `init_genrand` of 2002); a word w of the generator is the number w 2^-32, and a word 0 is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Final

import numpy

WORDS: Final = 624
PART: Final = 2.3283064365386963e-10  # 2^-32


class TRandom3:
    """Numbers drawn one after another, as `TRandom3(seed).Rndm()` gives them."""

    def __init__(self, seed: int) -> None:
        """Take a seed from 0 to 2^32 - 1; with 0 ROOT itself takes the clock."""
        state = [seed]
        for k in range(1, WORDS):
            before = state[-1]
            state.append((1812433253 * (before ^ (before >> 30)) + k) % 2**32)
        self._bits = numpy.random.MT19937()
        key = numpy.array(state, numpy.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": WORDS}}

    def uniform(self, shape: Sequence[int]) -> Any:
        """Draw numbers in (0, 1): float64 array of `shape`."""
        wanted, found = prod(shape), numpy.empty(0, numpy.uint64)
        while len(found) < wanted:
            drawn = self._bits.random_raw(wanted - len(found))
            found = numpy.concatenate([found, drawn[drawn != 0]])
        return (found * PART).reshape(shape)
