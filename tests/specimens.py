"""One of every kind of layer, found by walking `netspec.layers`: options, weights, data.

Every example that a layer's class carries is a specimen. It is given sequences of 4 steps and
3 features (or ids), or images of 2 channels where it takes no sequence; every weight is drawn, and
slopes are injected on its output and final states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from netspec import Network, NetworkSpec, initializers
from netspec.backends import Backend
from netspec.errors import SpecError
from netspec.layers import Layer, stack
from netspec.layers.base import Forward, Gradients
from tests.asking import NUMPY, inside, layers_of

SHAPE = (4, 3)
IMAGE = (2, 5, 4)
BATCH = 2

ROWS = {
    f"{kind}-{number}": {"type": kind, **options}
    for kind, cls in sorted(Layer.kinds.items())
    for number, options in enumerate(cls.model_config["json_schema_extra"]["examples"])
}
RAGGED = np.array([1, 3])
NONE_AND_ALL = np.array([0, 4])

LENGTHS = {"whole": None, "ragged": RAGGED, "one_empty": NONE_AND_ALL}


def shape_of(row: dict[str, Any]) -> tuple[int, ...]:
    """Give the shape that a layer is given: a sequence's, an image's where it takes no sequence."""
    try:
        Layer.kinds[row["type"]](**row).output_shape(SHAPE)
    except SpecError:
        return IMAGE
    return SHAPE


SEQUENTIAL = {name: row for name, row in ROWS.items() if shape_of(row) == SHAPE}

every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS.keys())
every_layer = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
every_layer_of_sequences = pytest.mark.parametrize(
    "row", SEQUENTIAL.values(), ids=SEQUENTIAL.keys()
)
every_layer_at_every_length = pytest.mark.parametrize(
    ("row", "lengths"),
    [
        pytest.param(row, lengths, id=f"{name}-{kind}")
        for name, row in ROWS.items()
        for kind, lengths in LENGTHS.items()
        if lengths is None or name in SEQUENTIAL  # an image has no lengths
    ],
)


class Specimen(NamedTuple):
    """A layer as a stack of one, what to run it with, and the backend to run it on."""

    b: Backend
    layers: tuple[Layer, ...]
    weights: dict[str, Any]
    x: Any  # (batch, steps, features) or (batch, channels, height, width)
    state: dict[str, Any]
    dy: Any
    dfinal: dict[str, Any]

    @property
    def layer(self) -> Layer:
        """The only layer."""
        return self.layers[0]

    @property
    def given(self) -> tuple[int, ...]:
        """The shape that the layer is given."""
        return self.x.shape[1:]

    @property
    def ragged(self) -> Any:
        """Lengths of sequences; None of images, which have none."""
        return RAGGED if len(self.given) == 2 else None

    @property
    def trained(self) -> set[str]:
        """Full names of the weights that are trained."""
        parameters = stack.parameters(self.layers, self.given)
        return {name for name, param in parameters.items() if param.trainable}

    def forward(self, **options: Any) -> Forward:
        """Run forward on this state; `options` are `lengths`, `rng`, and other `state`s."""
        b = self.b
        options = {"state": inside(b, self.state)} | options
        p, x = inside(b, self.weights), b.array(self.x)
        with b.computing():
            return stack.forward(self.layers, b, p, x, **options)[0]

    def apply(self, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Run for inference."""
        b = self.b
        options = {"state": inside(b, self.state)} | options
        p, x = inside(b, self.weights), b.array(self.x)
        with b.computing():
            return stack.apply(self.layers, b, p, x, **options)[:2]

    def loss(self, **options: Any) -> float:
        """Weigh output and final states with the injected slopes."""
        step = self.forward(**options)
        y, valid = step.y, options.get("lengths")
        dy = self.dy
        if valid is not None and self.layer.keeps_steps:
            dy = np.where(self.b.mask(valid, y.shape[1])[:, :, None], dy, 0)
        return float(
            (y * dy).sum() + sum((step.state[k] * d).sum() for k, d in self.dfinal.items())
        )


def specimen(
    row: dict[str, Any],
    dtype: str = "float64",
    batch: int = BATCH,
    steps: int = SHAPE[0],
    b: Backend = NUMPY,
) -> Specimen:
    """Draw everything a row needs; longer sequences begin like shorter ones."""
    layers, given = layers_of([row]), shape_of(row)
    given = (steps, *given[1:]) if given == SHAPE else given
    table = stack.parameters(layers, given)
    states = stack.states(layers, given)
    out = stack.output_shape(layers, given)

    def draw(what: str, *shape: int) -> Any:
        seed = int.from_bytes(what.encode()) % 2**32
        return np.random.default_rng(seed).uniform(-1, 1, shape).astype(dtype)

    def per_step(what: str, *shape: int) -> Any:
        # Drawn with the steps first, so that one more step changes none of those before.
        if len(shape) != 3:
            return draw(what, *shape)
        return np.ascontiguousarray(draw(what, shape[1], shape[0], shape[2]).swapaxes(0, 1))

    weights = {
        name: draw(name, *param.shape)
        if param.trainable or layers[0].id_count
        else initializers.draw(param.initializer, None, param.shape, "float64")
        + draw(name, *param.shape) / 10
        for name, param in table.items()
    }
    x = per_step("x", batch, *given)
    count = layers[0].id_count
    return Specimen(
        b,
        layers,
        {name: array.astype(table[name].dtype or dtype) for name, array in weights.items()},
        2 * x if count is None else np.floor((x + 1) / 2 * count),
        {name: draw(f"state {name}", batch, *shape) for name, shape in states.items()},
        per_step("dy", batch, *out),
        {name: draw(f"final {name}", batch, *shape) for name, shape in states.items()},
    )


def network_of(row: dict[str, Any], dtype: str = "float64", b: Backend | None = None) -> Network:
    """Make a network of one layer, with the specimen's weights, on the default backend."""
    spec = NetworkSpec(dtype=dtype, input={"shape": shape_of(row)}, layers=[row])
    return Network(spec, specimen(row, dtype).weights, b)


def slope_of(number: Callable[[], float], array: Any, step: float = 1e-6) -> Any:
    """Give the central difference of `number()` in every entry of an array, changed in place."""
    slope = np.zeros_like(array)
    for at in np.ndindex(array.shape):
        keep = array[at]
        array[at] = keep + step
        up = number()
        array[at] = keep - step
        slope[at] = (up - number()) / (2 * step)
        array[at] = keep
    return slope


def close(got: Any, want: Any, tolerance: float = 1e-12, name: str = "") -> None:
    """Assert that two arrays agree within a tolerance, relative and absolute."""
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance, err_msg=name)


def agree(b: Backend, got: Any, want: Any, tolerance: float, name: str = "") -> None:
    """Assert that two arrays have the same bits, where the backend promises them, or are close."""
    if b.exact:
        assert got.shape == want.shape, name
        assert got.tobytes() == want.tobytes(), name
    close(got, want, tolerance, name)


def all_of(gradients: Gradients) -> dict[str, Any]:
    """Give every gradient by a name of its own."""
    state = {f"state {name}": array for name, array in gradients.state.items()}
    return {"x": gradients.x, **gradients.weights, **state}
