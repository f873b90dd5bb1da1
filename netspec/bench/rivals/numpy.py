"""netspec's own reference on NumPy: no rival to win against, but what runs without a compiler.

Its threads are those of NumPy's BLAS, which nobody can tell how many to use once it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...network import Network
from . import Engine

if TYPE_CHECKING:
    from ...formats import Model

NAME = "numpy"


def version() -> str:
    """Give the version that runs here."""
    import numpy

    return numpy.__version__


def threads(most: int) -> tuple[int | None, ...]:
    """Give one number of threads, unknown."""
    return (None,)


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give the network on the numpy backend."""
    return {"": Engine(Network(model.spec, model.weights or {}, "numpy"))}
