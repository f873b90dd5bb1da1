"""A text as a row of ids: words in lower case and stops, each with a number of its own."""

from __future__ import annotations

import re

import numpy

STOPS = ".,:?!"


def words_of(text):
    """Give the words and stops of a text, one after the other.

    >>> words_of("Sit down, my friend.")
    ['sit', 'down', ',', 'my', 'friend', '.']
    """
    return re.findall(rf"[a-z']+|[{STOPS}]", text.lower())


def vocabulary(words):
    """Give every different word once, in the order of the alphabet."""
    return sorted(set(words))


def windows(ids, steps, every):
    """Cut ids into windows: x (windows, steps, 1), and y (windows, steps), one word later."""
    starts = range(0, len(ids) - steps, every)
    x = numpy.array([ids[start : start + steps] for start in starts])
    y = numpy.array([ids[start + 1 : start + steps + 1] for start in starts])
    return x[..., None], y


def written(words):
    """Give words as a text again: no blank before a stop, a capital letter after one.

    >>> written(["sit", "down", ",", "my", "friend", ".", "eat", "well"])
    'Sit down, my friend. Eat well'
    """
    text = "".join(word if word in STOPS else f" {word}" for word in words).strip()
    return re.sub(r"(^|[.?!] )([a-z])", lambda found: found[1] + found[2].upper(), text)
