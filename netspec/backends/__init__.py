"""Where the numbers live: one class per backend, one backend per file.

A layer's formula is written once, on the primitives (the abstract methods of `Backend`, and
`call`) and on what an array itself can do: `+ - * /`, `-x`, comparisons, `&`, indexing with
integers, slices, `None` and `...` (also to assign), `.shape`, `.ndim`, `.dtype`, `.reshape`,
`.astype`, `.swapaxes` and `.T`. Of a formula that a layer runs through `call` a backend may bring
a faster *twin*, under the name `module.function` and with the same arguments; the tests hold every
twin equal to its formula.

`Backend` is the interface. NumPy's, in `numpy.py`, is the reference.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar

from ..errors import UnavailableError, nearest

Array = Any


class Backend(ABC):
    """The primitives. Every array is (batch, ...) with features on the last axis."""

    name: ClassVar[str]
    exact: ClassVar[bool] = False
    rows: ClassVar[int | None] = None  # events that a call runs at a time; None: all of them
    twins: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def call(self, formula: Callable[..., Any], *args: Any) -> Any:
        """Run `formula(backend, *args)`, or this backend's faster twin of it."""
        name = f"{formula.__module__.rpartition('.')[2]}.{formula.__name__}"
        return self.twins.get(name, formula)(self, *args)

    def computing(self) -> AbstractContextManager[Any]:
        """Give the surroundings that every computation runs in (rounding, flags, device)."""
        return nullcontext()

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


PRIMITIVES = frozenset(Backend.__abstractmethods__) | {"call"}


def known() -> dict[str, type[Backend]]:
    """Every backend by name."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return {
        cls.name: cls for cls in Backend.__subclasses__() if cls.__module__.startswith(__name__)
    }


def choose(backend: str | Backend = "numpy") -> Backend:
    """Give the backend of that name; a backend is returned as it is.

    Raises UnavailableError when there is none of that name.
    """
    if isinstance(backend, Backend):
        return backend
    backends = known()
    if not isinstance(backend, str) or backend not in backends:
        raise UnavailableError(f"there is no backend {backend!r}{nearest(backend, backends)}")
    return backends[backend]()
