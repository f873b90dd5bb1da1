"""A toy in time: ten histograms an event, whose shape moves one way or the other.

At step j of ten, 1000 numbers are drawn from a normal distribution, cut to 0 ... 10, and counted
in 30 bins; then every bin gets noise of width 10, in which the histogram all but drowns.

    background    mean 5 + 0.2 sin(pi j / 10)    width 4 + 0.3 sin(pi j / 10)
    signal        mean 5 + 0.2 cos(pi j / 10)    width 4 + 0.3 cos(pi j / 10)

A single step tells little of which is which; how the shape changes over time does. It is the toy
of the recurrent networks in ROOT's own tutorials.
"""

from __future__ import annotations

import numpy

STEPS, BINS, DRAWS, NOISE = 10, 30, 1000, 10


def events(count, wave, draw):
    """Give x (count, steps, bins) for the wave numpy.sin (background) or numpy.cos (signal)."""
    x = numpy.empty((count, STEPS, BINS))
    rows = numpy.arange(count)[:, None]
    for j in range(STEPS):
        w = wave(numpy.pi * j / STEPS)
        # A fifth falls outside 0 ... 10: half as many again are drawn, and the first 1000 kept.
        values = draw.normal(5 + 0.2 * w, 4 + 0.3 * w, (count, DRAWS * 3 // 2))
        inside = (values >= 0) & (values < 10)
        inside &= inside.cumsum(axis=1) <= DRAWS
        cells = (rows * BINS + numpy.floor(values * BINS / 10)).astype(int)[inside]
        x[:, j] = numpy.bincount(cells, minlength=count * BINS).reshape(count, BINS)
    return x + draw.normal(0, NOISE, x.shape)


def make(count, seed):
    """Give x (2 count, steps, bins) in float32 and y (2 count,), 1 for signal; signal first."""
    draw = numpy.random.Generator(numpy.random.PCG64(seed))
    x = numpy.concatenate([events(count, numpy.cos, draw), events(count, numpy.sin, draw)])
    return x.astype(numpy.float32), numpy.repeat([1, 0], count)


def area(scores, y):
    """Give the area under the ROC curve: how often a signal scores above a background."""
    background = numpy.sort(scores[y == 0])
    below = numpy.searchsorted(background, scores[y == 1], "left")
    not_above = numpy.searchsorted(background, scores[y == 1], "right")
    return float((below + not_above).mean() / (2 * len(background)))
