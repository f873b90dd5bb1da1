"""Who takes part on a GPU: netspec and PyTorch, each with and without TF32.

Each has what a rival has (`rivals/`). A learner takes whole steps of training, and its first
gradient is that of a small batch: what is to be held against float64 is computed on a processor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...devices import CPU
from ...network import build
from .. import learners, ours, rivals
from ..learners import netspec as our_learner
from ..learners import torch as torch_learner
from ..packages import package
from ..packages import version as installed
from ..rivals import Engine
from ..rivals import torch as torch_rival

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...formats import Model

__all__ = ["CHECKED", "FULL", "OURS_TF32", "ROUNDED", "TF32", "all_of", "learners", "rivals"]

FULL, TF32 = "torch", "torch tf32"
OURS_TF32 = f"{ours.NAME} tf32"
ROUNDED = (OURS_TF32, TF32)  # whose numbers are never as near as float32's
CHECKED = 256  # events of the batch whose gradient is held against float64


@dataclass(frozen=True)
class Contestant:
    """A way to make engines, under a name; it has no threads to be told of."""

    NAME: str
    version: Callable[[], str]
    make: Callable[[Model, int], Mapping[str, Engine]]

    def threads(self, most: int) -> tuple[int | None, ...]:
        """Give no number of threads."""
        return (None,)

    def engines(self, model: Model, batch: int, threads: int | None) -> Mapping[str, Engine]:
        """Give the network, or a step of training, ready to run, by the name of the way."""
        return self.make(model, batch)


def all_of(device: str, train: bool) -> dict[str, Contestant]:
    """Give everybody by name, for calls or for steps of training."""
    if train:
        makers = {
            ours.NAME: lambda model, batch: _our_step(model, batch, device, None),
            OURS_TF32: lambda model, batch: _our_step(model, batch, device, _lower(model, device)),
            FULL: lambda model, batch: _torch_step(model, batch, device, False),
            TF32: lambda model, batch: _torch_step(model, batch, device, True),
        }
    else:
        makers = {
            ours.NAME: lambda model, batch: _our_call(model, device, None),
            OURS_TF32: lambda model, batch: _our_call(model, device, _lower(model, device)),
            FULL: lambda model, batch: _torch_call(model, device, False),
            TF32: lambda model, batch: _torch_call(model, device, True),
        }
    return {
        name: Contestant(
            name, _our_version if name.startswith(ours.NAME) else torch_rival.version, make
        )
        for name, make in makers.items()
    }


def _lower(model: Model, device: str) -> str | None:
    """Give TF32, where there is one: of float32, on a GPU."""
    return "tf32" if device != CPU and model.spec.dtype == "float32" else None


def _our_version() -> str:
    return installed(ours.NAME) or ""


def _our_call(model: Model, device: str, precision: str | None) -> dict[str, Engine]:
    network = build(model.spec, weights=model.weights, device=device, precision=precision)
    b = network.backend

    def take(x: Any) -> Any:
        with b.computing():
            return b.array(x)

    return {"": Engine(network, take, b.numpy, b.computing)}


def _torch_call(model: Model, device: str, tf32: bool) -> dict[str, Engine]:
    return {
        way: _rounding(torch_rival.engine(model, batch_first, None, device), tf32)
        for way, batch_first in (("batch first", True), ("steps first", False))
    }


def _our_step(model: Model, batch: int, device: str, precision: str | None) -> dict[str, Engine]:
    first = our_learner.one(model, min(batch, CHECKED), None, True, device, precision)
    step = our_learner.one(model, batch, None, False, device, precision)
    return {"": step._replace(give=first.give)}


def _torch_step(model: Model, batch: int, device: str, tf32: bool) -> dict[str, Engine]:
    found = {}
    for way, batch_first in (("batch first", True), ("steps first", False)):
        options = torch_learner.WAYS_OF_ADAM["fused"]
        with _matrix_units(tf32):
            first = torch_learner.engine(
                model, min(batch, CHECKED), None, batch_first, options, True, device
            )
            step = torch_learner.engine(model, batch, None, batch_first, options, False, device)
        found[way] = _rounding(step._replace(give=first.give), tf32)
    return found


def _rounding(engine: Engine, tf32: bool) -> Engine:
    """Run an engine of PyTorch with products in TF32, or in full float32."""

    @contextmanager
    def around() -> Iterator[None]:
        with _matrix_units(tf32), engine.around():
            yield

    return engine._replace(around=around)


@contextmanager
def _matrix_units(tf32: bool) -> Iterator[None]:
    backends = package(FULL).backends
    before = backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32
    backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32 = before
