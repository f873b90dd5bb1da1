"""How a GPU multiplies: in full float32, or by its matrix units, for which factors are rounded.

    full   every factor as it is: the bits that the contract promises
    tf32   to 11 bits, of float32's 24
    bf16   to 8 bits

Factors of products alone are rounded; their sums, and all else, are float32's. A precision is a
permission: a product that gains nothing by it stays as it is.
"""

from __future__ import annotations

from typing import Any, Final

from .errors import UnavailableError, nearest

FULL: Final = "full"
BITS: Final = {"tf32": 11, "bf16": 8}
KNOWN: Final = (FULL, *BITS)


def precision(said: Any, gpu: bool) -> str:
    """Give the precision that is meant; None means full.

    Raises UnavailableError for what is no precision, and for one that needs a GPU where there
    is to be none.

    >>> precision(None, gpu=False), precision("tf32", gpu=True)
    ('full', 'tf32')
    """
    if said is None or (isinstance(said, str) and said == FULL):
        return FULL
    if not isinstance(said, str) or said not in BITS:
        raise UnavailableError(f"there is no precision {said!r}{nearest(said, KNOWN)}")
    if not gpu:
        raise UnavailableError(
            f"precision {said!r}: wanted a GPU, whose matrix units have it, found device 'cpu':"
            " say device 'cuda', or leave precision out"
        )
    return said


def fitting(said: str, dtype: str) -> None:
    """Raise UnavailableError where numbers of a spec's dtype have no such precision."""
    if said != FULL and dtype != "float32":
        raise UnavailableError(
            f"precision {said!r}: wanted a spec of float32, found {dtype}, of which products have"
            " full precision alone: leave precision out, or say dtype: float32"
        )
