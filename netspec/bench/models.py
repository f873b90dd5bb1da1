"""The networks that are timed: their specs, their weights, what they are given.

All is drawn from fixed seeds: two runs time the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..formats import Model
from ..spec import NetworkSpec

if TYPE_CHECKING:
    from .shapes import Shape

CHECKED = 4096  # events of a batch whose outputs are held against float64


def one_layer(shape: Shape) -> Model:
    """Give the network of one recurrent layer."""
    layer: dict[str, Any] = {
        "type": shape.cell,
        "units": shape.units,
        "direction": shape.direction,
        "return_sequences": shape.sequences,
    }
    if shape.cell == "gru":
        # The second bias stands inside the reset gate's bracket, as it does in PyTorch.
        layer |= {"reset_after": shape.reset_after, "state_bias": True}
    return drawn({"steps": shape.steps, "features": shape.features}, [layer], shape.dtype)


def jets() -> Model:
    """Give a whole network as physicists have them, ten steps of thirty features to a score."""
    layers: list[dict[str, Any]] = [
        {"type": "lstm", "units": 10, "return_sequences": True},
        {"type": "flatten"},
        {"type": "dense", "units": 64, "activation": "tanh"},
        {"type": "dense", "units": 1, "activation": "sigmoid"},
    ]
    return drawn({"steps": 10, "features": 30}, layers)


def images() -> Model:
    """Give a network of images as calorimeters have them, 16 x 16 pixels to a score."""
    convolution = {"type": "convolution", "filters": 10, "kernel": [3, 3], "padding": [1, 1]}
    layers: list[dict[str, Any]] = [
        convolution | {"activation": "relu"},
        convolution | {"activation": "relu"},
        {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]},
        {"type": "flatten"},
        {"type": "dense", "units": 100, "activation": "relu"},
        {"type": "dense", "units": 1, "activation": "sigmoid"},
    ]
    return drawn({"shape": [1, 16, 16]}, layers)


def drawn(given: dict[str, Any], layers: list[dict[str, Any]], dtype: str = "float32") -> Model:
    """Make a spec and draw weights of the size that trained ones have."""
    spec = NetworkSpec.from_data({"dtype": dtype, "input": given, "layers": layers})
    draw = generator(1)
    weights = {
        name: (draw.standard_normal(param.shape) / param.shape[-1] ** 0.5).astype(dtype)
        for name, param in spec.parameters().items()
    }
    return Model(spec, weights)


def inputs(model: Model, batch: int) -> Any:
    """Draw inputs (batch, ...) in the spec's dtype."""
    shape = (batch, *(size or 1 for size in model.spec.input.sizes))
    return generator(2).standard_normal(shape, "float32").astype(model.spec.dtype, copy=False)


def in_float64(model: Model, x: Any) -> Any:
    """Give the outputs for the first few thousand events of x, evaluated in float64."""
    from ..network import Network

    spec = NetworkSpec.from_data(model.spec.to_data() | {"dtype": "float64"})
    return Network(spec, model.weights or {}, "numpy")(x[:CHECKED])


def distance(y: Any, exact: Any) -> float:
    """Give the largest distance of outputs from those in float64; infinite where one is NaN."""
    import numpy

    if y.shape != exact.shape:
        return float("inf")
    largest = float(numpy.abs(y.astype("float64") - exact).max())
    return largest if largest == largest else float("inf")


def generator(seed: int) -> Any:
    """Give a source of numbers that are the same in every run."""
    from numpy.random import PCG64, Generator

    return Generator(PCG64(seed))
