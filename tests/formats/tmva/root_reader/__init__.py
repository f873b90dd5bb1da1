"""What ROOT's Reader does with a `*.weights.xml`: plain loops, as strict as ROOT, or stricter.

Imports nothing of the package. An attribute that ROOT asks for must be there, a number must be one
that a C++ stream reads to its end, an option must survive being joined by colons and cut again, and
a variable of a transformation is the *first* one whose label or expression fits.

    reader = Reader(text)                          as ROOT does it, its faults included
    reader = Reader(text, right=True)              each fault mended
    reader.evaluate(event, spectators) -> list     of one event, an event being a list of numbers

The faults (`right` mends them): entries of variables that share a label all mean the first of them;
of several transformations of targets only the first in the file is undone; what follows a target
in a selection is not transformed; the inverse of PCA adds each mean in every term; a batch
normalisation behind a convolution takes its statistic by the position in memory.

Layers are worked out in double, where TMVA has float; values that TMVA stores between two
transformations are rounded to float. So outputs agree with ROOT's to a few units of a float.
"""

from .reader import Reader

__all__ = ["Reader"]
