"""A network in float64 with drawn inputs and targets: a loss, and its slopes by the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from .. import weights as first_weights
from ..backends import Backend, choose
from ..errors import DataError
from ..layers import Layer, stack
from ..network import Network
from ..randomness import Stream
from ..spec import NetworkSpec
from ..training.objective import Objective, objective

if TYPE_CHECKING:
    from ..layers.base import Forward

STEPS = 5  # of sequences of any length


class WeightedSum:
    """What is made of the outputs where no loss is named: sum y t."""

    before_activation = False

    def terms(self, b: Backend, y: Any, t: Any) -> tuple[Any, Any]:
        """Give value and slope, as a loss does."""
        return y * t, t


class Run(NamedTuple):
    """A forward run: the way back, and the objective."""

    step: Forward
    seen: Objective


class Trial:
    """`arrays` holds x and every weight by name, NumPy arrays that may be changed in place.

    A sequence of any length is tried in a batch of which every second one is a step shorter.
    """

    def __init__(
        self,
        model: NetworkSpec | Network,
        *,
        steps: int | None = None,
        batch: int = 3,
        seed: int | None = None,
        backend: str | Backend | None = None,
    ) -> None:
        """Draw what is not given. Raises DataError for numbers that cannot be."""
        spec, weights = (
            (model, None) if isinstance(model, NetworkSpec) else (model.spec, model.weights)
        )
        data = spec.to_data()
        whole = _smooth(data) | {"dtype": "float64"}
        whole |= {"layers": _in_float64(whole["layers"])}
        self.spec = NetworkSpec.from_data(whole)
        self.seed = spec.seed if seed is None else seed
        self.b, self._draw = choose(backend), Stream(self.seed, "trial")
        shape = (_count("batch", batch), *self._sizes(steps))
        self.lengths = None
        if spec.input.sizes[0] is None:
            self.lengths = numpy.array([max(1, shape[1] - n % 2) for n in range(batch)])
        training = self.spec.training
        self._loss: Any = training.loss if training else WeightedSum()
        self.what = training.loss.type if training else "weighted sum of outputs"
        with self.b.computing():
            p = self._weights(weights)
            self.arrays = {"x": self._input(shape)} | p
            y, _, _ = stack.apply(
                self.spec.layers, self.b, self._inside(), self.b.array(self.arrays["x"])
            )
            t = self._draw.of("t").uniform(y.shape)
            # Shares of 1, as chances are, keep the loss near 1, where differences see best.
            self._t = self.b.array(t / t.sum(-1, keepdims=True) if y.shape[-1] > 1 else t)

    @property
    def network(self) -> Network:
        """The network itself, with the weights as they are."""
        weights = {name: array for name, array in self.arrays.items() if name != "x"}
        return Network(self.spec, weights, self.b)

    def loss(self) -> float:
        """Run forward, in training, and give the loss."""
        with self.b.computing():
            return float(self.b.numpy(self._run().seen.loss))

    def slopes(self) -> dict[str, Any]:
        """Give the slope in x, where x is no ids, and in every trained weight, by name."""
        with self.b.computing():
            run = self._run()
            found = run.step.back(run.seen.dy)
            slopes = {} if self._count_of_ids else {"x": self.b.numpy(found.x)}
            return slopes | {k: self.b.numpy(v) for k, v in found.weights.items()}

    def dy(self) -> Any:
        """Give the slope of the loss in what the last layer gives, nothing drawn at random."""
        with self.b.computing():
            return self.b.numpy(self._run(chance=False).seen.dy)

    @property
    def _count_of_ids(self) -> int | None:
        return self.spec.layers[0].id_count

    def _run(self, chance: bool = True) -> Run:
        b, spec = self.b, self.spec
        rng = Stream(self.seed, "trial", "training") if chance else None
        lengths = None if self.lengths is None else b.array(self.lengths)
        step, valid = stack.forward(
            spec.layers, b, self._inside(), b.array(self.arrays["x"]), rng=rng, lengths=lengths
        )
        return Run(step, objective(b, spec, self._loss, step.y, self._t, None, valid))

    def _inside(self) -> dict[str, Any]:
        return {name: self.b.array(array) for name, array in self.arrays.items() if name != "x"}

    def _sizes(self, steps: int | None) -> tuple[int, ...]:
        sizes = self.spec.input.sizes
        first = sizes[0]
        if steps is not None and first not in (None, _count("steps", steps)):
            raise DataError(f"steps: wanted the {first} of the spec, found {steps}")
        return tuple((steps or STEPS) if size is None else size for size in sizes)

    def _input(self, shape: tuple[int, ...]) -> Any:
        u = self._draw.of("x").uniform(shape)
        return 2 * u - 1 if self._count_of_ids is None else u * self._count_of_ids // 1

    def _weights(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give the weights; an array that starts from one number is drawn around it."""
        if given is not None:
            return {k: v.copy() for k, v in first_weights.fitting(self.spec, given).items()}
        table, found = self.spec.parameters(), {}
        for name, array in first_weights.draw(self.spec, self.seed).items():
            if table[name].trainable and (array == array.flat[0]).all():
                array = array + (self._draw.of(name).uniform(array.shape) - 0.5)
            found[name] = array
        return found


def _in_float64(rows: Any) -> list[dict[str, Any]]:
    """Give the rows of layers, with float64 where one has a working type of its own.

    What is rounded to float32 on the way rises in steps, which differences take for slopes.
    """
    exact = []
    for row in rows:
        own: dict[str, Any] = {}
        if "working_type" in Layer.kinds[row["type"]].model_fields:
            own["working_type"] = "float64"
        if "layers" in row:
            own["layers"] = _in_float64(row["layers"])
        exact.append(row | own)
    return exact


def _smooth(value: Any) -> Any:
    """Give plain data of a spec with the tanh itself where its rational form, in float32, stands.

    The way back is that of tanh.
    """
    if value == {"type": "tanh", "form": "rational"}:
        return "tanh"
    if isinstance(value, dict):
        return {key: _smooth(entry) for key, entry in value.items()}
    return [_smooth(entry) for entry in value] if isinstance(value, list) else value


def _count(name: str, number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise DataError(f"{name}: wanted a whole number from 1 on, found {number!r}")
    return number
