"""Numbers of transformations as words: as many digits as ROOT writes, more where it takes more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

import numpy

from ....errors import FormatError
from ..matrices import Array, seventeen_digits

WORD = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,5})?")


def words_of(array: Array, digits: int) -> list[str]:
    """Give the words of all numbers, row after row, which read back to the same bits.

    >>> words_of(numpy.array([0.5, 1 / 3]), 9)
    ['5.00000000e-01', '3.3333333333333331e-01']
    >>> words_of(numpy.array([1 / 3], numpy.float32), 9)
    ['3.33333343e-01']
    """
    kind = array.dtype.type
    words = []
    for value in array.ravel().tolist():
        short = f"{value:.{digits - 1}e}"
        words.append(short if kind(short) == kind(value) else seventeen_digits(value))
    return words


def finite(layer: Any, name: str, weights: Mapping[str, Array]) -> Array:
    """Give an array of a layer. Raises FormatError for NaN and infinities, which ROOT cannot read.

    The array stands under its own name.
    """
    if not numpy.isfinite(weights[name]).all():
        raise FormatError(f"{layer.name}/{name}: wanted finite numbers, found others")
    return weights[name]


def readable(words: Iterable[str]) -> bool:
    """Say whether every word is a finite number that ROOT reads."""
    return all(WORD.fullmatch(word) and isfinite(float(word)) for word in words)


def lines(words: Iterable[str], indent: int) -> str:
    """Give the text of an element that stands `indent` blanks in, as ROOT breaks and blanks it."""
    return f"\n{' ' * (indent + 2)}{' '.join(words)} \n{' ' * indent}"
