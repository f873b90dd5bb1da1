"""What every layer is: a frozen record of options that knows its own mathematics.

A layer holds no arrays. Its parameters travel beside it as a plain dictionary,
`{"W": array, "b": array}`, so that a layer can be printed, compared, hashed and written to
a file as what it is: a few words of a spec.

Two verbs. `apply` is for inference and keeps nothing; `forward` is for training and returns
its own way back. Both are written on the primitives of a backend `b` and on no array library.

Shapes never include the batch axis. The only size that may be unknown (None) is the number
of steps, which stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import ConfigDict, Field

from ..errors import Problem, SpecError, nearest
from ..initializers import Initializer, Starts
from ..options import Record, Table

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream

Shape = tuple[int | None, ...]
Arrays = Mapping[str, Any]
Named = dict[str, Any]
WayBack = Callable[[Any], tuple[Any, Named]]  # of dx, or of what computes it when it is asked for

LayerName = Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_.-]*)?$", max_length=100)]


class Param(NamedTuple):
    """One array of a layer: its shape, how it starts, and what its first axis is made of.

    `initializer` is a word of `initializers/`, a number that fills the array, or a record, and
    `said` whether it is a spec that says so, or the layer itself where nothing is said.
    `blocks` names the parts that stand side by side on the first axis (the gates of a cell).
    `dtype` is float64 where the array is kept so whatever the spec's dtype, else the spec's: a
    transformation that was fitted in double gives its outputs only with the numbers it was fitted
    to. Such an array is not trained.
    `rising` are the sizes of parts, one after another, in each of which finite numbers never fall,
    and the last is above the first; () where an array may be anything.
    """

    shape: tuple[int, ...]
    initializer: str | float | Initializer = "glorot_uniform"
    trainable: bool = True
    blocks: tuple[str, ...] = ()
    dtype: Literal["float64"] | None = None
    rising: tuple[int, ...] = ()
    said: bool = False


class Gradients:
    """What a way back returns: slopes of the loss in the input, the weights and the states.

    `x` has the shape of the input, `weights` one entry for every trainable parameter in the
    shape of that parameter, `state` one for every initial state, each (batch, ...). In this order
    they are unpacked. x may be given as what computes it, which then runs when it is first asked
    for: training asks for no slope in the network's own input.
    """

    __slots__ = ("_x", "state", "weights")

    def __init__(self, x: Array | Callable[[], Array], weights: Named, state: Named) -> None:
        """Hold the slopes; see the class."""
        self._x, self.weights, self.state = x, weights, state

    def __iter__(self) -> Iterator[Any]:
        return iter((self.x, self.weights, self.state))

    @property
    def x(self) -> Array:
        """The slope in the input."""
        if callable(self._x):
            self._x = self._x()
        return self._x


class Forward(NamedTuple):
    """What a training step through a layer returns.

    `updates` holds new values of parameters that change without being trained (running
    means), and `back(dy, dstate=None)` gives the `Gradients`.
    """

    y: Array
    state: Named
    updates: Named
    back: Callable[..., Gradients]


class Layer(Record):
    """One row of a spec: `type` says which file of this folder, `name` heads its weights.

    `initializers` says how arrays of the layer start, by name: `{U: orthogonal}`.
    """

    kinds: ClassVar[dict[str, type[Layer]]] = {}

    type: str
    name: LayerName = ""
    initializers: Starts = Table()

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Enter every class that fixes its `type` in the table of kinds."""
        kind = cls.model_fields["type"].default
        if isinstance(kind, str):
            cls.kinds[kind] = cls

    @property
    def learns(self) -> bool:
        """Whether any of its weights may be trained."""
        return True

    @property
    def keeps_steps(self) -> bool:
        """Whether a sequence that comes in goes out as one of the same length."""
        return True

    @property
    def reverses(self) -> bool:
        """Whether any part of the layer reads a sequence from its end."""
        return False

    @property
    def id_count(self) -> int | None:
        """How many ids there are, where the layer takes ids, which only a network is given."""
        return None

    def output_shape(self, given: Shape) -> Shape:
        """Shape of the output for an input of shape `given`.

        Raises SpecError when the layer cannot take it, with the path of the option to blame.
        """
        return given

    def parameters(self, given: Shape) -> dict[str, Param]:
        """The arrays this layer holds for an input of shape `given`, in the order of the file."""
        return {}

    def starting(self, given: Shape) -> dict[str, Param]:
        """Give the arrays with what `initializers` says of them.

        Raises SpecError, with the path of the option, where they cannot start so.
        """
        table = self.parameters(given)
        try:
            return started(table, self.initializers)
        except SpecError as error:
            raise error.below("initializers") from None

    def states(self, given: Shape) -> dict[str, Shape]:
        """Shapes of what the layer carries from one step to the next, by name."""
        return {}

    def apply(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        """Return the output and the final state for x (batch, ...); keep nothing.

        `p` holds the parameters by name, `lengths` (batch,) the number of valid steps of each
        sequence, `state` the initial state, each entry (batch, ...).
        """
        y, final, _, _ = self.forward(b, p, x, lengths=lengths, state=state)
        return y, final

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
        """Return `(y, state, updates, back)`; arguments as in `apply`.

        A stream of random numbers `rng` means training; without one nothing is random, and
        statistics are those that were kept.
        """
        raise TypeError(f"the layer {type(self).__name__} has no formula")


class StatelessLayer(Layer):
    """A layer that carries nothing from step to step and draws nothing at random.

    Its file holds one formula, `run`; `apply` and `forward` follow from it.
    """

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        """Return y and the way back, which gives dx and the slopes in the weights from dy.

        For dx it may give a function without arguments that computes it.

        Of a step that is not valid, neither y nor dx counts; slopes in weights leave it out.
        """
        raise TypeError(f"the layer {type(self).__name__} has no formula")

    def apply(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> tuple[Array, Named]:
        y, _ = self.run(b, p, x, lengths)
        return y, {}

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
        y, way_back = self.run(b, p, x, lengths)

        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            dx, weights = way_back(dy)
            return Gradients(dx, weights, {})

        return Forward(y, {}, {}, back)


def started(table: Mapping[str, Param], starts: Mapping[str, Initializer]) -> dict[str, Param]:
    """Give the arrays with the initializers of `starts`, unless it is said already.

    A name stands for the array of that name, or for all whose names end so: `W` is `forward/W`
    and `reverse/W`. Raises SpecError where an array is not there, or cannot start so.
    """
    found = dict(table)
    for key, start in starts.items():
        named = [key] if key in table else [n for n in table if n.rpartition("/")[2] == key]
        if not named:
            known = {name.rpartition("/")[2] for name in table}
            message = f"there is no array {key!r} here{nearest(key, known)}"
            raise SpecError(Problem((key,), message, key=True))
        for name in named:
            param = table[name]
            if param.said or (name != key and name in starts):
                continue
            try:
                start.check(param.shape, param.blocks)
            except SpecError as error:
                raise error.below(key) from None
            found[name] = param._replace(initializer=start, said=True)
    return found


def examples(*options: dict[str, Any]) -> ConfigDict:
    """Small, complete instances of a layer: shown in the JSON Schema, run by the tests."""
    return ConfigDict(json_schema_extra={"examples": list(options)})


def below(arrays: Arrays | None, way: str) -> dict[str, Any]:
    """The entries whose names begin with `way`, without it."""
    return {k.removeprefix(way): v for k, v in (arrays or {}).items() if k.startswith(way)}
