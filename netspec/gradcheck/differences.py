"""The slope of a number in one entry of an array, by differences, and whether it has one at all.

    central    D(h) = (L(w + h) - L(w - h)) / 2h           off by c h^2 of a smooth function
    better     (4 D(h/2) - D(h)) / 3                       off by h^4: L. F. Richardson (1911)
    jump       J(h) = (L(w + h) - 2 L(w) + L(w - h)) / h   ahead less behind: shrinks with h

Where the slope that is claimed is not found, and D or J differ from step to half the step by more
than of a smooth function, a kink lies within: smaller steps leave a kink nearby outside. A kink at
w itself stays, and its jump too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy

STEPS = (2.0**-8, 2.0**-12, 2.0**-16, 2.0**-20)
EPSILON = 2.0**-52
TINY = 2.0**-1022
ROUNDINGS = 8  # units in the last place by which a loss may be off: no slope is seen through them
SMALL = 1e-3  # a slope below this part of the largest one is measured against that


class Look(NamedTuple):
    """One entry: what was claimed, what was found, their relative distance, and the verdict.

    `kink` says that there is no one slope, and that the claimed one lies between the two.
    """

    place: int
    slope: float
    difference: float
    error: float
    ok: bool
    kink: bool


class Difference(NamedTuple):
    """Slopes of a number in an entry: the central one, ahead and behind."""

    central: float
    ahead: float
    behind: float

    @property
    def jump(self) -> float:
        """The slope ahead less the slope behind."""
        return self.ahead - self.behind


def looked_at(
    number: Callable[[], float], array: Any, slope: Any, places: Iterable[int], tolerance: float
) -> list[Look]:
    """Hold `slope` against differences of `number()` in entries of `array`, changed in place."""
    flat, slopes = array.reshape(-1), slope.reshape(-1)
    largest, here = float(numpy.abs(slopes).max(initial=0.0)), number()

    def look(place: int) -> Look:
        claimed = float(slopes[place])
        first, jumps = None, []
        for h in STEPS:
            whole, half = (_difference(number, flat, place, here, k) for k in (h, h / 2))
            found = (4 * half.central - whole.central) / 3
            noise = ROUNDINGS * EPSILON * abs(here) / h
            scale = max(abs(claimed), abs(found), SMALL * largest, noise / tolerance, TINY)
            error = abs(claimed - found) / scale
            if error <= tolerance:
                return Look(place, claimed, found, error, True, False)
            first = first or Look(place, claimed, found, error, False, False)
            jumps.append(half.jump)
            bend = max(abs(half.central - whole.central), abs(half.jump - whole.jump / 2))
            if bend < abs(claimed - found) / 10:
                return first  # too smooth for a kink to explain it
        assert first is not None
        slack = abs(jumps[-1]) / 10
        low, high = sorted((half.behind, half.ahead))
        stays = abs(jumps[-1]) > abs(jumps[-2]) / 2 and abs(jumps[-1]) > noise
        kink = stays and low - slack <= claimed <= high + slack
        return first._replace(ok=kink, kink=kink, error=0.0 if kink else first.error)

    return [look(int(place)) for place in places]


def _difference(
    number: Callable[[], float], flat: Any, place: int, here: float, h: float
) -> Difference:
    keep = flat[place]
    flat[place] = keep + h
    up, above = number(), flat[place] - keep
    flat[place] = keep - h
    down, below = number(), keep - flat[place]
    flat[place] = keep
    ahead, behind = (up - here) / above, (here - down) / below
    return Difference(float((up - down) / (above + below)), float(ahead), float(behind))
