"""PyTorch's own modules in inference mode, with batch or steps first, whichever is quicker.

Its gates stand in netspec's order: i, f, g, o of an LSTM and r, z, n of a GRU, where g and n are
our c, and z is u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import UnavailableError
from ...layers.convolution import Convolution
from ...layers.dense import Dense
from ...layers.max_pool import MaxPool
from ...layers.recurrent import WAYS, Recurrent
from ..packages import package
from . import Engine, up_to

if TYPE_CHECKING:
    from ...formats import Model

NAME = "torch"

threads = up_to


def version() -> str:
    """Give the version that runs here."""
    return str(package(NAME).__version__)


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give the stack of modules in both layouts; images have one."""
    if len(model.spec.input.sizes) != 2:
        return {"": engine(model, True, threads)}
    return {
        "batch first": engine(model, True, threads),
        "steps first": engine(model, False, threads),
    }


def engine(model: Model, batch_first: bool, threads: int | None, device: str = "cpu") -> Engine:
    """Give the stack of modules in one layout, on one of PyTorch's devices."""
    torch = package(NAME)
    parts = list(_parts(torch, model, batch_first, device))
    recurrent = isinstance(model.spec.layers[-1], Recurrent)

    def take(x: Any) -> Any:
        return torch.from_numpy(x if batch_first else x.swapaxes(0, 1).copy()).to(device)

    def run(x: Any) -> Any:
        for part in parts:
            x = part(x)
        return x

    def give(y: Any) -> Any:
        y = y.cpu().numpy()
        if not recurrent:
            return y
        if not getattr(model.spec.layers[-1], "return_sequences", False):
            return y.swapaxes(0, 1).reshape(y.shape[1], -1)
        return y if batch_first else y.swapaxes(0, 1)

    @contextmanager
    def around() -> Iterator[None]:
        before = torch.get_num_threads()
        torch.set_num_threads(threads or before)
        with torch.inference_mode():
            yield
        torch.set_num_threads(before)

    return Engine(run, take, give, around)


def _parts(
    torch: Any, model: Model, batch_first: bool, device: str
) -> Iterator[Callable[[Any], Any]]:
    """Yield what x passes through; a final state leaves as it is, (directions, batch, units)."""
    weights = model.weights or {}
    for layer, given in model.spec.walk():
        if isinstance(layer, Recurrent):
            module = recurrent(torch, weights, layer, given[1], batch_first, model.spec.dtype)
            module = module.to(device)
            yield _every_step(module) if layer.return_sequences else _last_step(module, layer.type)
            if not layer.return_sequences and layer is not model.spec.layers[-1]:
                yield lambda h: torch.cat(tuple(h), -1)
        elif isinstance(layer, MaxPool):
            yield torch.nn.MaxPool2d(layer.kernel, layer.stride)
        elif isinstance(layer, Dense | Convolution):
            dtype = getattr(torch, model.spec.dtype)
            if isinstance(layer, Dense):
                module = torch.nn.Linear(given[0], layer.units, dtype=dtype)
            else:
                shape = (given[0], layer.filters, layer.kernel, layer.stride, layer.padding)
                module = torch.nn.Conv2d(*shape, dtype=dtype)
            _fill(torch, module.weight, weights[f"{layer.name}/W"])
            _fill(torch, module.bias, weights[f"{layer.name}/b"])
            yield module.eval().to(device)
            if layer.activation.type != "linear":
                yield getattr(torch, layer.activation.type)
        else:
            yield _flat(batch_first)


def recurrent(
    torch: Any,
    weights: dict[str, Any],
    layer: Recurrent,
    features: int | None,
    batch_first: bool,
    dtype: str,
) -> Any:
    """Give the module of a layer with its weights; raises UnavailableError where there is none."""
    if not getattr(layer, "reset_after", True):
        raise UnavailableError("knows no reset before the product")
    module = getattr(torch.nn, layer.type.upper())(
        features,
        layer.units,
        batch_first=batch_first,
        bidirectional=layer.direction == "both",
        dtype=getattr(torch, dtype),
    )
    for way, _ in WAYS[layer.direction]:
        end = "l0_reverse" if way == "reverse/" else "l0"
        for theirs, ours in (("weight_ih", "W"), ("weight_hh", "U"), ("bias_ih", "b")):
            _fill(torch, getattr(module, f"{theirs}_{end}"), weights[f"{layer.name}/{way}{ours}"])
        second = weights.get(f"{layer.name}/{way}b_state")
        _fill(torch, getattr(module, f"bias_hh_{end}"), second)
    return module.eval()


def _fill(torch: Any, parameter: Any, values: Any) -> None:
    with torch.no_grad():
        if values is None:
            parameter.zero_()
        else:
            parameter.copy_(torch.tensor(values).reshape(parameter.shape))


def _every_step(module: Any) -> Callable[[Any], Any]:
    return lambda x: module(x)[0]


def _last_step(module: Any, cell: str) -> Callable[[Any], Any]:
    return (lambda x: module(x)[1][0]) if cell == "lstm" else (lambda x: module(x)[1])


def _flat(batch_first: bool) -> Callable[[Any], Any]:
    return (lambda x: x.flatten(1)) if batch_first else (lambda x: x.transpose(0, 1).flatten(1))
