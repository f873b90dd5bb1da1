"""netspec's own part, in the form of a rival: what a user gets from `netspec.build`."""

from __future__ import annotations

from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any

from ..network import build
from .models import jets
from .rivals import Engine, up_to

if TYPE_CHECKING:
    from ..formats import Model

NAME = "netspec"


@cache
def backend() -> str:
    """Give the name of the backend that a user gets who names none."""
    model = jets()
    return build(model.spec, weights=model.weights).backend.name


@cache
def _can_be_told() -> bool:
    return "threads" in signature(build).parameters and backend() != "numpy"


def threads(most: int) -> tuple[int | None, ...]:
    """Give the numbers of threads to try; the numpy backend leaves them to BLAS."""
    return up_to(most) if _can_be_told() else (None,)


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give the network, called as users call it: NumPy array in, new NumPy array out."""
    options: dict[str, Any] = {"threads": threads} if threads is not None else {}
    return {"": Engine(build(model.spec, weights=model.weights, **options))}
