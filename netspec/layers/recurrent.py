"""What rnn, lstm and gru share: directions, states, lengths, and which outputs to keep.

A cell sweeps over time. The input's share of every gate is computed ahead,

    z[t] = W x[t] + b,

and the sweep adds what the state h[t-1] has to say. A sequence shorter than its batch is
masked: past its last valid step the output is 0 and the state stays what it was, so that the
final state is that of the last valid step, and a reverse sweep, which meets the padding first,
enters the valid part with the initial state.

In training, `recurrent_dropout` thins what the state says (Y. Gal, Z. Ghahramani,
arXiv:1512.05287): U sees k h[t-1] in the place of h[t-1], with one mask for all steps of a
sequence, k = 0 with that probability and 1 / (1 - recurrent_dropout) otherwise, unit by unit.

A cell is one file: `sweep` and `sweep_back`, two formulas, `slopes`, the part of the second that
goes back through one step, and a class that names its gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import model_validator

from ..errors import SpecError
from ..options import Finite, Flag, Fraction, Size
from . import affine
from .activations import Activation, Tanh
from .base import Arrays, Forward, Gradients, Layer, Named, Param, Shape, below
from .merge import Merge, merge, merge_back, merged_width

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream

WAYS: dict[str, tuple[tuple[str, bool], ...]] = {
    "forward": (("", False),),
    "reverse": (("", True),),
    "both": (("forward/", False), ("reverse/", True)),
}


class Sweep(NamedTuple):
    """What one pass over time gives: y (batch, steps, units), the final state by name, a tape.

    The tape holds a row for each step in the order of the pass, and is empty where nobody
    asked for a way back.
    """

    y: Array
    final: dict[str, Array]
    tape: list[Any]


class SweepBack(NamedTuple):
    """What the pass backwards gives: slopes in the input's share, the weights, the first state.

    dz is (batch, steps, gates * units); `weights` has every trained parameter that the sweep
    itself uses (`U`, `b_state`), in its own shape or with the gates flattened into one axis;
    `start` has one entry (batch, units) for everything carried.
    """

    dz: Array
    weights: dict[str, Array]
    start: dict[str, Array]


class Recurrent(Layer):
    """Input (steps, features); output (steps, width), or (width,) where only the end is kept.

    Without `return_sequences` the output is each direction's final h, merged.
    """

    gates: ClassVar[tuple[str, ...]] = ()
    carried: ClassVar[tuple[str, ...]] = ("h",)
    formula: ClassVar[Callable[..., Sweep]]
    formula_back: ClassVar[Callable[..., SweepBack]]
    step_back: ClassVar[Callable[..., Any]]

    units: Size
    return_sequences: Flag = False
    direction: Literal["forward", "reverse", "both"] = "forward"
    merge: Merge = "concat"
    activation: Activation = Tanh()
    bias: Flag = True
    state_bias: Flag = False
    initial_state: Literal["zeros", "constant", "learned"] = "zeros"
    initial_value: Finite = 0.0
    remember_state: Flag = False
    recurrent_dropout: Fraction = 0.0

    @model_validator(mode="after")
    def _no_option_without_effect(self) -> Self:
        if self.merge != "concat" and self.direction != "both":
            raise ValueError(
                f"merge {self.merge!r} wants two directions, found {self.direction!r}:"
                " say `direction: both`, or leave merge out"
            )
        if self.initial_value and self.initial_state == "zeros":
            raise ValueError(
                f"initial_value {self.initial_value} wants an initial state, found zeros:"
                " say `initial_state: constant` or `learned`"
            )
        return self

    @property
    def keeps_steps(self) -> bool:
        return self.return_sequences

    @property
    def reverses(self) -> bool:
        return self.direction != "forward"

    def output_shape(self, given: Shape) -> Shape:
        if len(given) != 2 or given[1] is None:
            found = ", ".join("any" if n is None else str(n) for n in given)
            raise SpecError(f"wanted an input of (steps, features), found ({found})")
        width = merged_width(self.merge, [self.units] * len(WAYS[self.direction]))
        return (given[0], width) if self.return_sequences else (width,)

    def parameters(self, given: Shape) -> dict[str, Param]:
        features = given[1]
        assert features is not None
        table = self.one_way_parameters(features)
        return {way + k: param for way, _ in WAYS[self.direction] for k, param in table.items()}

    def one_way_parameters(self, features: int) -> dict[str, Param]:
        """The arrays of one direction; a cell that needs more than these adds its own."""
        n = self.units
        stacked = (len(self.gates),) if self.gates else ()
        table = {
            "W": Param((*stacked, n, features), blocks=self.gates),
            "U": Param((*stacked, n, n), blocks=self.gates),
        }
        if self.bias:
            table["b"] = Param((*stacked, n), 0.0, blocks=self.gates)
        if self.state_bias:
            table["b_state"] = Param((*stacked, n), 0.0, blocks=self.gates)
        if self.initial_state != "zeros":
            learned = self.initial_state == "learned"
            table |= {f"{k}0": Param((n,), self.initial_value, learned) for k in self.carried}
        return table

    def states(self, given: Shape) -> dict[str, Shape]:
        return {way + k: (self.units,) for way, _ in WAYS[self.direction] for k in self.carried}

    def apply(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        ys = []
        final: Named = {}
        for way, reverse in WAYS[self.direction]:
            y, last, _ = self._one_way(
                b, below(p, way), x, lengths, below(state, way), reverse, keep=False
            )
            ys.append(y)
            final |= {way + k: value for k, value in last.items()}
        return merge(b, self.merge, ys), final

    def forward(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        rng: Stream | None = None,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> Forward:
        ys, backs = [], []
        final: Named = {}
        for way, reverse in WAYS[self.direction]:
            thinning = self._thinning(b, rng.of(way) if rng and way else rng, x)
            y, last, one_way_back = self._one_way(
                b,
                below(p, way),
                x,
                lengths,
                below(state, way),
                reverse,
                keep=True,
                thinning=thinning,
            )
            ys.append(y)
            final |= {way + k: value for k, value in last.items()}
            backs.append((way, one_way_back))

        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            found: list[Gradients] = []
            weights: Named = {}
            start: Named = {}
            parts = merge_back(self.merge, ys, dy)
            for (way, one_way_back), part in zip(backs, parts, strict=True):
                d = one_way_back(part, below(dstate, way))
                found.append(d)
                weights |= {way + k: value for k, value in d.weights.items()}
                start |= {way + k: value for k, value in d.state.items()}
            first, *others = found
            return Gradients(lambda: first.x + others[0].x if others else first.x, weights, start)

        return Forward(merge(b, self.merge, ys), final, {}, back)

    def _one_way(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        lengths: Array | None,
        state: Arrays,
        reverse: bool,
        keep: bool,
        thinning: Array | None = None,
    ) -> tuple[Array, dict[str, Array], Callable[[Array, Arrays], Gradients]]:
        """Run one direction; `p` and `state` hold its own arrays only."""
        n, steps = x.shape[:2]
        mask = None if lengths is None else b.mask(lengths, steps)
        order = range(steps - 1, -1, -1) if reverse else range(steps)
        start = {k: state[k] if k in state else self._start(b, p, k, n, x) for k in self.carried}
        z = b.product(x, rows(p["W"]), p["b"].reshape(-1) if self.bias else None)
        y, final, tape = b.call(type(self).formula, self, p, z, start, order, mask, keep, thinning)

        def back(dy: Array, dfinal: Arrays) -> Gradients:
            dfinal = {
                k: dfinal[k] if k in dfinal else b.zeros((n, self.units), x.dtype)
                for k in self.carried
            }
            if self.return_sequences:
                dsteps = dy
            else:
                dsteps = b.zeros(y.shape, x.dtype)
                dfinal["h"] = dfinal["h"] + dy
            dz, weights, dstart = b.call(
                type(self).formula_back, self, p, tape, dsteps, dfinal, order, mask, thinning
            )
            if self.bias:
                weights |= zip("Wb", b.call(affine.slopes, dz, x), strict=True)
            else:
                weights["W"] = b.outer_sum(dz, x)
            weights = {k: value.reshape(p[k].shape) for k, value in weights.items()}
            if self.initial_state == "learned":
                for k in self.carried:
                    own = b.zeros((self.units,), x.dtype) if k in state else b.sum(dstart[k], 0)
                    weights[f"{k}0"] = own
            return Gradients(lambda: b.product(dz, rows(p["W"]).T), weights, dstart)

        return (y if self.return_sequences else final["h"]), final, back

    def _thinning(self, b: Backend, rng: Stream | None, x: Array) -> Array | None:
        """What h[t-1] is multiplied by before U sees it: (batch, units); None where by nothing."""
        if rng is None or self.recurrent_dropout == 0:
            return None
        keep = 1 - self.recurrent_dropout
        kept = b.array(rng.happens(keep, (x.shape[0], self.units)))
        return b.where(kept, b.zeros(kept.shape, x.dtype) + 1 / keep, 0.0)

    def _start(self, b: Backend, p: Arrays, name: str, n: int, x: Array) -> Array:
        """The layer's own state before the first step: (batch, units)."""
        zeros = b.zeros((n, self.units), x.dtype)
        return zeros if self.initial_state == "zeros" else zeros + p[f"{name}0"]


def rows(W: Array) -> Array:
    """A stack of gate matrices (gates, units, k) as one matrix (gates * units, k)."""
    return W.reshape(-1, W.shape[-1])


def preactivations(
    b: Backend, p: Arrays, h: Array, z: Array | None = None, blocks: slice = slice(None)
) -> Array:
    """z + U h of all gates, or of some, side by side: h (batch, units), z (batch, k * units).

    A second bias has a sum of its own: z + (b_state + U h). Without z, what the state alone says.
    """
    U = rows(p["U"][blocks])
    if "b_state" not in p:
        return b.product(h, U, z)
    share = b.product(h, U, p["b_state"][blocks].reshape(-1))
    return share if z is None else z + share


def thinned(h: Array, k: Array | None) -> Array:
    """h, or a slope on its way back to it, times what recurrent dropout leaves of it."""
    return h if k is None else h * k


def hold(b: Backend, mask: Array | None, t: int, new: Array, old: Array | float) -> Array:
    """`new` for the sequences in which step t is valid, `old` for the others."""
    return new if mask is None else b.where(mask[:, t, None], new, old)
