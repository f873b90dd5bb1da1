"""What is learned when steps of training are timed: targets, and the gradient of the first step.

A step is forward, squared error to targets of the output's shape, back, and Adam's update. How
right a contestant is shows in its first gradient, of all weights in the order of the spec, in units
of its largest entry, beside one that was computed in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..spec import NetworkSpec
from .models import generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..formats import Model
    from .shapes import Shape

RATE = 1e-3


def targets(model: Model, x: Any) -> Any:
    """Draw targets in the shape of the outputs for x (batch, ...), in the spec's dtype."""
    sizes = (x.shape[1] if size is None else size for size in model.spec.output_shape)
    drawn = generator(3).standard_normal((len(x), *sizes), "float32")
    return drawn.astype(model.spec.dtype, copy=False)


def in_one_row(gradients: Mapping[str, Any], model: Model) -> Any:
    """Give all gradients behind one another, in units of the largest entry."""
    import numpy

    row = numpy.concatenate([gradients[name].reshape(-1) for name in model.spec.parameters()])
    return row / numpy.abs(row).max()


def in_float64(model: Model, x: Any) -> Any:
    """Give the first gradient, computed in float64 by the formulas on NumPy."""
    from ..backends import choose
    from ..dataset import Batch
    from ..training.step import Step

    loss, phase = said()
    spec = NetworkSpec.from_data(model.spec.to_data() | {"dtype": "float64"})
    weights = {name: array.astype("float64") for name, array in (model.weights or {}).items()}
    step = Step(choose("numpy"), spec, weights, loss, phase, False)
    batch = Batch(x.astype("float64"), targets(model, x).astype("float64"), None, None, {})
    return in_one_row(step.slopes(batch)[1], model)


def said() -> tuple[Any, Any]:
    """Give the loss and the phase of every step that is timed."""
    from ..losses.squared_error import SquaredError
    from ..settings import Phase

    return SquaredError(of="last_layer"), Phase()


def gflop(shape: Shape) -> float:
    """Multiplications and additions of a step's products, in 10^9: the input needs no slope."""
    from .shapes import CELLS

    ways = 2 if shape.direction == "both" else 1
    terms = CELLS[shape.cell] * shape.units * (2 * shape.features + 3 * shape.units)
    return 2e-9 * ways * shape.steps * shape.batch * terms
