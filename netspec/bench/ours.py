"""netspec's own part, in the form of a rival: what a user gets from `netspec.build`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..network import build
from .models import jets
from .rivals import Engine, up_to

if TYPE_CHECKING:
    from ..backends import Backend
    from ..formats import Model

NAME = "netspec"


@cache
def backend() -> Backend:
    """Give the backend that a user gets who names none."""
    model = jets()
    return build(model.spec, weights=model.weights).backend


def threads(most: int) -> tuple[int | None, ...]:
    """Give the numbers of threads to try; the numpy backend leaves them to BLAS."""
    return (None,) if backend().name == "numpy" else up_to(most)


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give the network, called as users call it: NumPy array in, new NumPy array out."""
    return {"": Engine(build(model.spec, weights=model.weights, threads=threads))}
