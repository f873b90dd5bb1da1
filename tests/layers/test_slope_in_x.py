"""The slope in a network's own input is computed where it is asked for, and not before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.backends.numpy import NumpyBackend
from netspec.layers import stack
from netspec.layers.base import Gradients
from netspec.spec import NetworkSpec
from netspec.weights import draw

FRONTS: dict[str, list[dict[str, Any]]] = {
    "dense": [{"type": "dense", "units": 3, "activation": "tanh"}],
    "lstm": [{"type": "lstm", "units": 3, "return_sequences": True, "direction": "both"}],
    "behind": [
        {"type": "activation", "activation": "tanh"},
        {"type": "normalize"},
        {"type": "dense", "units": 3},
    ],
    "bidirectional": [
        {"type": "bidirectional", "layers": [{"type": "gru", "units": 2, "return_sequences": True}]}
    ],
}


class Counting(NumpyBackend):
    """Counts the products whose result is of the size of x."""

    products = 0

    def product(self, x: Any, W: Any, start: Any = None) -> Any:
        y = super().product(x, W, start)
        self.products += y.shape == (2, 4, 5)
        return y


def run(front: str) -> tuple[Counting, Any, Any]:
    layers = [*FRONTS[front], {"type": "last_step"}, {"type": "dense", "units": 1}]
    spec = NetworkSpec.from_data({"input": {"steps": 4, "features": 5}, "layers": layers})
    b, x = Counting(), np.linspace(-1, 1, 40, dtype="float32").reshape(2, 4, 5)
    step, _ = stack.forward(spec.layers, b, draw(spec, 3), x)
    return b, x, step


@pytest.mark.parametrize("front", FRONTS)
def test_slopes_in_weights_cost_no_slope_in_the_input(front):
    b, _, step = run(front)
    slopes = step.back(np.ones((2, 1), "float32"))
    assert slopes.weights
    assert b.products == 0
    both = front in ("lstm", "bidirectional")
    assert slopes.x.shape == (2, 4, 5)
    assert b.products == 1 + both
    assert slopes.x is slopes.x
    assert b.products == 1 + both


@pytest.mark.parametrize("front", FRONTS)
def test_the_slope_in_the_input_is_that_of_a_small_change(front):
    layers = [*FRONTS[front], {"type": "last_step"}, {"type": "dense", "units": 1}]
    spec = NetworkSpec.from_data(
        {"dtype": "float64", "input": {"steps": 4, "features": 5}, "layers": layers}
    )
    b, x, p = Counting(), np.linspace(-1, 1, 40).reshape(2, 4, 5), draw(spec, 3)
    found = stack.forward(spec.layers, b, p, x)[0].back(np.ones((2, 1))).x
    # A transformation rounds to float32 on its way.
    size, within = (1e-3, 1e-2) if front == "behind" else (1e-6, 1e-5)
    for at in ((0, 3, 0), (1, 3, 4), (1, 3, 2)):
        ends = []
        for change in (size, -size):
            moved = x.copy()
            moved[at] += change
            ends.append(stack.forward(spec.layers, b, p, moved)[0].y.sum())
        wanted = (ends[0] - ends[1]) / (2 * size)
        assert found[at] == pytest.approx(wanted, rel=within, abs=1e-8)


def test_gradients_are_unpacked_in_their_order_and_x_is_computed_once():
    asked = []
    slopes = Gradients(lambda: asked.append(1) or "dx", {"W": 1}, {"h": 2})  # type: ignore[func-returns-value]
    assert not asked
    x, weights, state = slopes
    assert (x, weights, state, slopes.x, asked) == ("dx", {"W": 1}, {"h": 2}, "dx", [1])
