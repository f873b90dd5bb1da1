"""Where the numbers live: one class per backend, one backend per file.

A layer's formula is written once, on the primitives (the abstract methods of `Backend`, and
`call`) and on what an array itself can do: `+ - * /`, `-x`, comparisons, `&`, indexing with
integers, slices, `None` and `...` (also to assign), `.shape`, `.ndim`, `.dtype`, `.reshape`,
`.astype`, `.swapaxes` and `.T`. Of a formula that a layer, the objective or a step of training runs
through `call` a backend may bring a faster *twin*, under the name `module.function` and with the
same arguments; the tests hold every twin equal to its formula.

`Backend` is the interface. NumPy's, in `numpy.py`, is the reference.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from operator import index
from pkgutil import iter_modules
from typing import Any, ClassVar, Self, cast

from .. import devices
from .. import precision as precisions
from ..errors import DataError, UnavailableError, nearest
from .passage import Array, Arrays, Passage

__all__ = ["PRIMITIVES", "Array", "Arrays", "Backend", "choose", "default", "known", "on"]

MOST_THREADS = 1024


class Backend(Passage):
    """The primitives. Every array is (batch, ...) with features on the last axis.

    `exact` backends give the same bits for every batch size, place in the batch, number of threads,
    instruction set, cut of the sequence and machine. A backend never changes: networks share it.
    """

    name: ClassVar[str]
    exact: ClassVar[bool] = False
    inexact: ClassVar[frozenset[str]] = frozenset()  # types of layers that `exact` is not said of
    twins: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init__(self, threads: int | None = None) -> None:
        """Take the number of threads; a backend that has no threads of its own does without.

        Raises DataError for what is no number of threads.
        """
        self.threads = None if threads is None else number_of_threads(threads, "threads")

    def __copy__(self) -> Self:
        """Give the backend itself."""
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        """Give the backend itself."""
        return self

    def call(self, formula: Callable[..., Any], *args: Any) -> Any:
        """Run `formula(backend, *args)`, or this backend's faster twin of it."""
        name = f"{formula.__module__.rpartition('.')[2]}.{formula.__name__}"
        return self.twins.get(name, formula)(self, *args)

    def computing(self) -> AbstractContextManager[Any]:
        """Give the surroundings that every computation runs in (rounding, flags, device).

        They end with the `with` statement: the caller finds what it had before.
        """
        return nullcontext()

    @classmethod
    def available(cls) -> bool:
        """Whether this backend can run here."""
        return True

    def plan(self, spec: Any, weights: Mapping[str, Any]) -> Any:
        """Lower a whole network to one prepared call, `plan(x, lengths, state, finals)`.

        It gives y and, where `finals` is true, the final states by name; `plan.takes(x)` says
        whether x (batch, ...) needs no check and no conversion, and `plan.quickly(x)` then gives
        y alone.

        None where the backend has no such thing, or a layer cannot be lowered: the network then
        runs layer by layer, with the same bits.
        """
        return None

    def training_plan(
        self,
        spec: Any,
        layers: Sequence[Any],
        weights: Mapping[str, Any],
        loss: Any,
        optimizer: Any,
        penalties: Mapping[str, tuple[str, float]],
        clip: Any,
    ) -> Any:
        """Lower a whole step of training, optimizer and all, to one prepared call.

        `layers` are the spec's, with what training puts between them; `penalties` name the weights
        that are kept small, by `l1`, `l1_like_tmva` or `l2` and a strength; `clip` has bounds
        `value` and `norm`, or is None. None where the backend has no such thing, or does not know
        all of this: the formulas of `training/step.py` then run, with the same bits.
        """
        return None

    def canonical(self, x: Array) -> Array:
        """Make each NaN of a result the one that the contract names, where bits are promised."""
        return x

    @abstractmethod
    def array(self, values: Any) -> Array:
        """Bring a NumPy array to the device; the dtype stays."""

    @abstractmethod
    def numpy(self, array: Array) -> Any:
        """Bring an array of the device back as a NumPy array."""

    @abstractmethod
    def empty(self, shape: Sequence[int], dtype: Any) -> Array:
        """Memory for `shape`, to be written before it is read."""

    @abstractmethod
    def zeros(self, shape: Sequence[int], dtype: Any) -> Array:
        """All +0."""

    @abstractmethod
    def product(self, x: Array, W: Array, start: Array | None = None) -> Array:
        """Give start + x W^T: x (..., k), W (m, k), start (..., m) or (m,); result (..., m)."""

    @abstractmethod
    def outer_sum(self, dz: Array, x: Array) -> Array:
        """Sum dz[r, m] x[r, k] over all rows r: dz (..., m), x (..., k); result (m, k)."""

    @abstractmethod
    def sum(self, x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
        """Sum over one axis or several."""

    @abstractmethod
    def max(self, x: Array, axis: int, keepdims: bool = False) -> Array:
        """Largest entry along an axis."""

    @abstractmethod
    def abs(self, x: Array) -> Array:
        """|x|."""

    @abstractmethod
    def exp(self, x: Array) -> Array:
        """e^x."""

    @abstractmethod
    def expm1(self, x: Array) -> Array:
        """e^x - 1, accurate near 0."""

    @abstractmethod
    def log(self, x: Array) -> Array:
        """Natural logarithm: -inf of a zero, NaN below."""

    @abstractmethod
    def sqrt(self, x: Array) -> Array:
        """Square root, rounded once."""

    @abstractmethod
    def tanh(self, x: Array) -> Array:
        """Hyperbolic tangent."""

    @abstractmethod
    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + e^-x), without overflow."""

    @abstractmethod
    def erf(self, x: Array) -> Array:
        """Error function."""

    @abstractmethod
    def maximum(self, x: Array, y: Array | float) -> Array:
        """The larger of two, entry by entry; NaN where either is NaN."""

    @abstractmethod
    def minimum(self, x: Array, y: Array | float) -> Array:
        """The smaller of two, entry by entry; NaN where either is NaN."""

    @abstractmethod
    def where(self, condition: Array, x: Array | float, y: Array | float) -> Array:
        """x where the condition holds, y elsewhere; at least one of x, y is an array."""

    @abstractmethod
    def stack(self, arrays: Sequence[Array], axis: int) -> Array:
        """Join along a new axis."""

    @abstractmethod
    def concatenate(self, arrays: Sequence[Array], axis: int) -> Array:
        """Join along an axis that is there."""

    @abstractmethod
    def mask(self, lengths: Array, steps: int) -> Array:
        """Booleans (batch, steps): whether a step is valid, for lengths (batch,)."""

    @abstractmethod
    def reverse(self, x: Array, lengths: Array | None) -> Array:
        """Turn the valid part of each sequence x (batch, steps, ...) round; the rest is 0."""

    @abstractmethod
    def pick(self, x: Array, lengths: Array | None) -> Array:
        """Last valid step of each sequence: x (batch, steps, n) to (batch, n), 0 where none is."""

    @abstractmethod
    def place(self, y: Array, lengths: Array | None, steps: int) -> Array:
        """Give `pick`'s way back: y (batch, n) at the last valid step, (batch, steps, n)."""

    @abstractmethod
    def gather(self, W: Array, ids: Array) -> Array:
        """Give row ids[...] of W (m, k) for whole numbers ids (...); result (..., k)."""

    @abstractmethod
    def search(self, edges: Array, x: Array) -> Array:
        """Count the edges (n,), which never fall, that are <= x (...): int64; n for a NaN."""

    @abstractmethod
    def scatter_sum(self, ids: Array, dy: Array, rows: int) -> Array:
        """Give `gather`'s way back: dy (..., k) summed over the places of each id, (rows, k)."""


PRIMITIVES = frozenset(Backend.__abstractmethods__) | {"call"}


def known() -> dict[str, type[Backend]]:
    """Every backend that can run here, by name."""
    return {name: cls for name, cls in _all().items() if cls.available()}


def _all(only: str | None = None) -> dict[str, type[Backend]]:
    for module in iter_modules(__path__):
        if only in (None, module.name):  # what runs nothing here need not be imported
            import_module(f"{__name__}.{module.name}")
    return {cls.name: cls for cls in _below(Backend) if cls.__module__.startswith(f"{__name__}.")}


def _below(cls: type[Any]) -> Iterator[type[Any]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def default() -> str:
    """Give the name of the backend for a CPU: the exact one where its kernels were compiled."""
    return "native" if _all("native")["native"].available() else "numpy"


def on(device: Any, threads: int | None = None, precision: str | None = None) -> Backend:
    """Give the backend for a device: `cpu`, `cuda` or, of several GPUs, `cuda:1`.

    Raises UnavailableError where there is none, or none of that precision (`precision.py`),
    DataError for what is no number of threads.
    """
    number = devices.gpu(device)
    said = precisions.precision(precision, number is not None)
    if number is None:
        return choose(default(), threads)
    cuda: Any = _all(devices.GPU)[devices.GPU]
    return cast(Backend, cuda(threads, number, said))


def choose(backend: str | Backend | None = None, threads: int | None = None) -> Backend:
    """Give the backend of that name, or the default one; a backend is returned as it is.

    Of several GPUs one is named as a device is, `cuda:1`. `threads` is how many share out the work,
    where the backend does that. Raises UnavailableError when there is none of that name, or it
    cannot run here, DataError for what is no number of threads.
    """
    if isinstance(backend, Backend):
        if threads is not None:
            raise DataError(f"threads: wanted none beside a backend's own, found {threads!r}")
        return backend
    name = default() if backend is None else backend
    if isinstance(name, str) and name.startswith(f"{devices.GPU}:"):
        return on(name, threads)
    found = _all(name).get(name) if isinstance(name, str) else None
    if found is None:
        raise UnavailableError(f"there is no backend {name!r}{nearest(name, _all())}")
    return found(threads)


def number_of_threads(said: Any, where: str) -> int:
    """Give a number of threads, a whole number or the text of one.

    Raises DataError, which begins with `where` it was said, for anything else.
    """
    try:
        count = int(said) if isinstance(said, str) else index(said)
    except (TypeError, ValueError):
        count = 0
    if not 0 < count <= MOST_THREADS or isinstance(said, bool):
        raise DataError(f"{where}: wanted a number from 1 to {MOST_THREADS}, found {said!r}")
    return count
