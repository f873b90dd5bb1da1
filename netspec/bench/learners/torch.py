"""PyTorch's modules, its squared error, autograd, and its Adam in whichever way is the quickest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ...layers.recurrent import WAYS
from .. import lesson
from ..models import inputs
from ..packages import package
from ..rivals import Engine
from ..rivals.torch import NAME, recurrent, threads, version

if TYPE_CHECKING:
    from ...formats import Model
    from ...layers.recurrent import Recurrent

__all__ = ["NAME", "engines", "threads", "version"]
WAYS_OF_ADAM: dict[str, dict[str, bool]] = {
    "fused": {"fused": True},
    "foreach": {"foreach": True},
    "one by one": {"foreach": False},
}


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give one recurrent layer with batch or steps first, and every way of Adam."""
    return {
        f"{'batch' if batch_first else 'steps'} first, {name}": engine(
            model, batch, threads, batch_first, options
        )
        for batch_first in (True, False)
        for name, options in WAYS_OF_ADAM.items()
    }


def one(model: Model, batch: int, threads: int | None, checked: bool = True) -> Engine:
    """Give one way of them; its first gradient where it is to be checked."""
    return engine(model, batch, threads, True, WAYS_OF_ADAM["fused"], checked)


def engine(
    model: Model,
    batch: int,
    threads: int | None,
    batch_first: bool,
    options: dict[str, bool],
    checked: bool = True,
    device: str = "cpu",
) -> Engine:
    """Give one way to learn, on one of PyTorch's devices."""
    torch = package(NAME)
    layer, weights = cast("Recurrent", model.spec.layers[0]), model.weights or {}
    features = model.spec.input.sizes[-1]
    module = recurrent(torch, weights, layer, features, batch_first, model.spec.dtype)
    module = module.to(device).train()
    adam = torch.optim.Adam(module.parameters(), lr=lesson.RATE, **options)
    error = torch.nn.functional.mse_loss
    first: Any = None

    def take(x: Any) -> Any:
        return torch.from_numpy(x if batch_first else x.swapaxes(0, 1).copy()).to(device)

    def output(x: Any) -> Any:
        y, state = module(x)
        if layer.return_sequences:
            return y
        last = state[0] if layer.type == "lstm" else state
        return last[0] if len(last) == 1 else torch.cat(tuple(last), -1)

    x = inputs(model, batch)
    given = lesson.targets(model, x)
    t = take(given) if given.ndim > 2 else torch.from_numpy(given).to(device)

    def slopes(x: Any) -> Any:
        adam.zero_grad()
        loss = error(output(x), t)
        loss.backward()
        return loss

    def run(x: Any) -> Any:
        loss = slopes(x)
        adam.step()
        return loss

    if checked:
        slopes(take(x))
        first = lesson.in_one_row(_gradients(module, layer, weights), model)
    return Engine(run, take, lambda loss: first, lambda: _threads(torch, threads))


def _gradients(module: Any, layer: Any, weights: dict[str, Any]) -> dict[str, Any]:
    """Give the gradients by netspec's names."""
    found = {}
    for way, _ in WAYS[layer.direction]:
        end = "l0_reverse" if way == "reverse/" else "l0"
        for theirs, ours in (
            ("weight_ih", "W"),
            ("weight_hh", "U"),
            ("bias_ih", "b"),
            ("bias_hh", "b_state"),
        ):
            name = f"{layer.name}/{way}{ours}"
            if name in weights:
                found[name] = getattr(module, f"{theirs}_{end}").grad.cpu().numpy()
    return found


@contextmanager
def _threads(torch: Any, count: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    yield
    torch.set_num_threads(before)
