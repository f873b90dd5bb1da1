"""The GPU: arrays of CuPy, kernels of our own that keep the rules of `kernels/README.md`.

CuPy lends memory, streams and launches. What computes is in `netspec/kernels/cuda`, compiled when
it is first used (`kernels.py`): products and sums (`products.py`, `sums.py`), functions of one
number (`functions.py`), entry by entry (`elementwise.py`), what only moves (`places.py`). Layers
see a `DeviceArray`; the files of this folder that bring kernels see its bare `cupy.ndarray`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

from ...precision import FULL
from .. import Array, Backend
from . import device, elementwise, functions, learning, places, products, sums, sweeps, sweeps_back
from .arrays import Zeros
from .computing import Computing
from .kernels import Kernels
from .passage import CudaPassage
from .plan import Plan

MOST_KEPT: Final = 1024  # answers of `once`


class CudaBackend(CudaPassage, Backend):
    """Runs on the GPU of that number; `threads` are the processor's, and are not used.

    The kernels keep the same rules as the backend `native`, and give its bits where they were run
    so far: on a model of a GPU. `exact` is not said before a GPU has shown it; until then outputs
    that a file keeps carry a tolerance. It never is of lower `precision` (`netspec/precision.py`):
    large products of float32 then go to the matrix units (`mma_products.py`).

    Raises UnavailableError where CuPy, the driver or the GPU is missing or too old, DataError for
    what is no number of threads.
    """

    name = "cuda"
    exact = False
    twins: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **learning.TWINS,
        **sums.TWINS,
        **sweeps.TWINS,
        **sweeps_back.TWINS,
    }

    def __init__(self, threads: int | None = None, number: int = 0, precision: str = FULL) -> None:
        """Find the GPU; see the class."""
        super().__init__(threads)
        self.gpu = device.find(number)
        self.device_name = f"cuda:{number}"
        self.precision = precision
        self.cupy = self.gpu.cupy
        self.kernels = Kernels(self.gpu)
        self._once: dict[Any, Any] = {}

    @classmethod
    def available(cls) -> bool:
        """Whether CuPy and a GPU that can run the kernels are here."""
        return device.here()

    def __reduce__(self) -> Any:
        """Travel as the number of the GPU, and its precision."""
        return CudaBackend, (self.threads, self.gpu.number, self.precision)

    def computing(self) -> Computing:
        """Work on this backend's GPU, in this thread.

        Raises UnavailableError where its memory is not enough, or the driver gives up.
        """
        return Computing(self)

    def plan(self, spec: Any, weights: Mapping[str, Any]) -> Plan:
        return Plan(self, spec, weights)

    def call(self, formula: Callable[..., Any], *args: Any) -> Any:
        """Run `formula(backend, *args)`, or the twin of it on bare arrays.

        A twin gives NotImplemented for what it does not know. Zeros that nobody has seen come to it
        as None.
        """
        twin = self.twins.get(_name(formula))
        if twin is not None:
            found = twin(self, *map(self.told, args))
            if found is not NotImplemented:
                return self.own(found)
        return formula(self, *args)

    def once(self, make: Callable[..., Any], *args: Any) -> Any:
        """Give `make(self, *args)`, made when it was first asked for with these arguments.

        Several threads may ask at once: it is then made twice. What is kept is bounded.
        """
        key = (make, args)
        try:
            return self._once[key]
        except KeyError:
            made = make(self, *args)
        if len(self._once) >= MOST_KEPT:
            self._once.clear()
        self._once[key] = made
        return made

    def array(self, values: Any) -> Array:
        return self.brought(values)

    def numpy(self, array: Array) -> Any:
        with self.cupy.cuda.Device(self.gpu.number):
            return self.plain(array).get()

    def empty(self, shape: Sequence[int], dtype: Any) -> Array:
        return self.own(self.cupy.empty(shape, dtype))

    def zeros(self, shape: Sequence[int], dtype: Any) -> Array:
        return Zeros(shape, dtype, self.kernels)

    def canonical(self, x: Array) -> Array:
        return self._one("canonical", x) if x.dtype.kind == "f" else x

    def canonical_all(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Give arrays by name, each NaN the canonical one."""
        return {name: self.canonical(array) for name, array in arrays.items()}

    def product(self, x: Array, W: Array, start: Array | None = None) -> Array:
        return self.own(products.product(self, self.bare(x), self.bare(W), self.bare(start)))

    def outer_sum(self, dz: Array, x: Array) -> Array:
        return self.own(sums.outer_sum(self, self.bare(dz), self.bare(x)))

    def sum(self, x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
        axes = tuple(one % x.ndim for one in (axis if isinstance(axis, tuple) else (axis,)))
        result = self.own(sums.total(self, self.bare(x), axes))
        kept = tuple(1 if n in axes else size for n, size in enumerate(x.shape))
        return result.reshape(kept) if keepdims else result

    def max(self, x: Array, axis: int, keepdims: bool = False) -> Array:
        return self.own(places.largest(self, x, axis, keepdims))

    def abs(self, x: Array) -> Array:
        return self._one("absolute", x)

    def exp(self, x: Array) -> Array:
        return self._function("exp", x)

    def expm1(self, x: Array) -> Array:
        return self._function("expm1", x)

    def log(self, x: Array) -> Array:
        return self._function("log", x)

    def sqrt(self, x: Array) -> Array:
        return self._one("root", x)

    def tanh(self, x: Array) -> Array:
        return self._function("tanh", x)

    def sigmoid(self, x: Array) -> Array:
        return self._function("sigmoid", x)

    def erf(self, x: Array) -> Array:
        return self._function("erf", x)

    def maximum(self, x: Array, y: Array | float) -> Array:
        return self._two("maximum", x, y)

    def minimum(self, x: Array, y: Array | float) -> Array:
        return self._two("minimum", x, y)

    def where(self, condition: Array, x: Array | float, y: Array | float) -> Array:
        sides = map(self.bare, (condition, x, y))
        return self.own(elementwise.where(self.kernels, *sides))

    def stack(self, arrays: Sequence[Array], axis: int) -> Array:
        ndim = arrays[0].ndim + 1
        key = (slice(None),) * (axis % ndim) + (None,)
        return self.concatenate([array[key] for array in arrays], axis % ndim)

    def concatenate(self, arrays: Sequence[Array], axis: int) -> Array:
        return self.own(places.concatenate(self, arrays, axis))

    def mask(self, lengths: Array, steps: int) -> Array:
        return self.own(places.mask(self, lengths, steps))

    def reverse(self, x: Array, lengths: Array | None) -> Array:
        return x[:, ::-1] if lengths is None else self.own(places.reverse(self, x, lengths))

    def pick(self, x: Array, lengths: Array | None) -> Array:
        return x[:, -1] if lengths is None else self.own(places.pick(self, x, lengths))

    def place(self, y: Array, lengths: Array | None, steps: int) -> Array:
        return self.own(places.place(self, y, lengths, steps))

    def gather(self, W: Array, ids: Array) -> Array:
        return self.own(places.gather(self, W, ids))

    def search(self, edges: Array, x: Array) -> Array:
        return self.own(places.search(self, edges, x))

    def scatter_sum(self, ids: Array, dy: Array, rows: int) -> Array:
        return self.own(sums.scatter_sum(self, self.bare(ids), self.bare(dy), rows))

    def _function(self, name: str, x: Array) -> Array:
        return self.own(functions.activate(self, name, self.bare(x)))

    def _one(self, word: str, x: Array) -> Array:
        return self.own(elementwise.one(self.kernels, word, self.bare(x)))

    def _two(self, word: str, x: Array, y: Array | float) -> Array:
        return self.own(elementwise.two(self.kernels, word, self.bare(x), self.bare(y)))


@lru_cache(MOST_KEPT)
def _name(formula: Callable[..., Any]) -> str:
    """Give the name that a twin of the formula has."""
    return f"{formula.__module__.rpartition('.')[2]}.{formula.__name__}"
