"""Two independent stacks of the same layers, one reading each way:
M. Schuster, K. K. Paliwal, IEEE Trans. Signal Processing 45 (1997) 2673.

The second stack is given the valid part of each sequence turned round, and what it gives is
turned back, so that outputs stand at the positions of their inputs. Unlike two layers with
`direction: both`, no layer of one stack sees the other. Names nest:
`bidirectional_1/forward/lstm_1/W`, `bidirectional_1/reverse/lstm_1/W`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ..errors import SpecError
from . import stack
from .base import Arrays, Forward, Gradients, Layer, Named, Param, Shape, below, examples
from .merge import Merge, merge, merge_back, merged_width

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream

    AnyLayer = Layer

FORWARD, REVERSE = "forward/", "reverse/"


class Bidirectional(Layer):
    """Run `layers` forward and, with weights of their own, in reverse; merge what they give."""

    model_config = examples(
        {"layers": [{"type": "lstm", "units": 2}]},
        {
            "layers": [
                {"type": "gru", "units": 3, "return_sequences": True},
                {"type": "dense", "units": 2, "activation": "tanh"},
            ],
            "merge": "mean",
        },
        {
            "layers": [
                {"type": "lstm", "units": 3, "return_sequences": True},
                {"type": "rnn", "units": 2, "initial_state": "learned"},
            ],
        },
    )

    type: Literal["bidirectional"] = "bidirectional"
    layers: Annotated[tuple[AnyLayer, ...], BeforeValidator(stack.name_layers), Field(min_length=1)]
    merge: Merge = "concat"

    @property
    def keeps_steps(self) -> bool:
        return all(layer.keeps_steps for layer in self.layers)

    @property
    def reverses(self) -> bool:
        return True

    def output_shape(self, given: Shape) -> Shape:
        if len(given) != 2:
            raise SpecError(f"wanted an input of (steps, features), found {len(given)} axes")
        for n, layer in enumerate(self.layers):
            if layer.reverses:
                raise SpecError(
                    f"wanted layers that read forward, found {layer.name!r}, which does not:"
                    " the second stack is the one that reads in reverse",
                    path=("layers", n),
                )
            if layer.id_count:
                raise SpecError(
                    f"wanted layers that take numbers, found {layer.name!r}, which takes ids:"
                    " put it before this layer",
                    path=("layers", n),
                )
        if twice := stack.names_used_twice(self.layers):
            raise SpecError(*twice).below("layers")
        try:
            *steps, width = stack.output_shape(self.layers, given)
        except SpecError as error:
            raise error.below("layers") from None
        assert width is not None
        return (*steps, merged_width(self.merge, [width, width]))

    def parameters(self, given: Shape) -> dict[str, Param]:
        try:
            own = stack.parameters(self.layers, given)
        except SpecError as error:
            raise error.below("layers") from None
        return {way + k: param for way in (FORWARD, REVERSE) for k, param in own.items()}

    def states(self, given: Shape) -> dict[str, Shape]:
        own = stack.states(self.layers, given)
        return {way + k: shape for way in (FORWARD, REVERSE) for k, shape in own.items()}

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
        for way, given in ((FORWARD, x), (REVERSE, b.reverse(x, lengths))):
            y, last, _ = stack.apply(
                self.layers, b, below(p, way), given, lengths=lengths, state=below(state, way)
            )
            ys.append(self._in_place(b, way, y, lengths))
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
        updates: Named = {}
        for way, given in ((FORWARD, x), (REVERSE, b.reverse(x, lengths))):
            own = None if rng is None else rng.of(way)
            step, _ = stack.forward(
                self.layers,
                b,
                below(p, way),
                given,
                rng=own,
                lengths=lengths,
                state=below(state, way),
            )
            ys.append(self._in_place(b, way, step.y, lengths))
            final |= {way + k: value for k, value in step.state.items()}
            updates |= {way + k: value for k, value in step.updates.items()}
            backs.append((way, step.back))

        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            found: dict[str, Gradients] = {}
            weights: Named = {}
            start: Named = {}
            parts = merge_back(self.merge, ys, dy)
            for (way, one_way_back), part in zip(backs, parts, strict=True):
                turned = self._in_place(b, way, part, lengths)
                d = found[way] = one_way_back(turned, below(dstate, way))
                weights |= {way + k: value for k, value in d.weights.items()}
                start |= {way + k: value for k, value in d.state.items()}

            def dx() -> Array:
                return found[FORWARD].x + b.reverse(found[REVERSE].x, lengths)

            return Gradients(dx, weights, start)

        return Forward(merge(b, self.merge, ys), final, updates, back)

    def _in_place(self, b: Backend, way: str, y: Array, lengths: Any) -> Array:
        """Turn what the second stack gives so that it stands where its inputs stood."""
        return b.reverse(y, lengths) if way == REVERSE and self.keeps_steps else y
