"""Samples that metrics are tried with, drawn by a small generator that is the same everywhere."""

from __future__ import annotations

import numpy

from netspec.metrics import Sample


def numbers(count, seed=1):
    """Numbers from 0 to 1 without any pattern that matters."""
    state, found = seed, []
    for _ in range(count):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        found.append((state >> 33) / 2**31)
    return numpy.array(found)


def score(count=60, seed=1, levels=None, weighted=True, **options):
    """Scores that know something of the answer; `levels` makes many of them the same."""
    t = (numbers(count, seed) < 0.4).astype("float64")
    y = 0.3 * t + 0.7 * numbers(count, seed + 1)
    y = numpy.floor(y * levels) / levels if levels else y
    w = 0.1 + numbers(count, seed + 2) if weighted else None
    options = {"names": ("Signal", "Background")} | options
    return Sample(y[:, None], t[:, None], w, **options)


def classes(count=60, width=3, seed=5, weighted=True, **options):
    """Probabilities of classes that exclude each other."""
    truth = (numbers(count, seed) * width).astype(int)
    t = numpy.eye(width)[truth]
    y = numbers(count * width, seed + 1).reshape(count, width) + t / 2
    w = 0.1 + numbers(count, seed + 2) if weighted else None
    return Sample(y / y.sum(1, keepdims=True), t, w, names=tuple("abc"[:width]), **options)


def targets(count=50, width=2, seed=9, weighted=True):
    t = numbers(count * width, seed).reshape(count, width) * 10
    y = t + numbers(count * width, seed + 1).reshape(count, width) - 0.4
    w = 0.1 + numbers(count, seed + 2) if weighted else None
    return Sample(y, t, w, of_classes=False, names=("E", "pt")[:width])
