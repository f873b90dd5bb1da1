"""netspec's own steps, as a training takes them: NumPy arrays in, the loss out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...dataset import Batch
from ...network import build
from ...training.planned import step_of
from .. import lesson
from ..models import inputs
from ..ours import NAME, threads
from ..packages import version as installed
from ..rivals import Engine

if TYPE_CHECKING:
    from ...formats import Model

__all__ = ["NAME", "engines", "threads", "version"]


def version() -> str:
    """Give the version that runs here."""
    return installed(NAME) or ""


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give the backend's step."""
    return {"": one(model, batch, threads)}


def one(
    model: Model,
    batch: int,
    threads: int | None,
    checked: bool = True,
    device: str = "cpu",
    precision: str | None = None,
) -> Engine:
    """Give the only way, on a device; its first gradient where it is to be checked."""
    b = build(model.spec, None, model.weights, device, threads, precision).backend
    loss, phase = lesson.said()
    step = step_of(b, model.spec, model.weights or {}, loss, phase, False)
    x = inputs(model, batch)
    with b.computing():
        t = b.array(lesson.targets(model, x))
        x = b.array(x)
    first = None
    if checked:
        first = lesson.in_one_row(step.slopes(Batch(x, t, None, None, {}))[1], model)

    def run(x: Any) -> Any:
        return step.take(Batch(x, t, None, None, {}), lesson.RATE)

    def take(x: Any) -> Any:
        with b.computing():
            return b.array(x)

    return Engine(run, take, give=lambda taken: first)
