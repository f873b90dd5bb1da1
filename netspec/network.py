"""A spec and its weights, running on a backend."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from . import devices, formats
from . import precision as precisions
from . import weights as first_weights
from .backends import Backend, choose, on
from .entrance import entered
from .errors import DataError, SpecError, WeightsError
from .formats import Extras, Golden
from .formats.model import CONTRACT
from .layers.base import Forward
from .prepared import Prepared
from .promise import Promise
from .randomness import Stream
from .spec import NetworkSpec


class Network(Promise):
    """Call it on an array: `network(x)`.

    `spec` is what it was built from, `weights` maps full names ("lstm_1/W") to read-only NumPy
    arrays, `extras` is what its file keeps beside them, `backend` runs it. A network may be called
    from several threads at once; it pickles and copies.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        weights: Mapping[str, Any],
        backend: str | Backend | None = None,
        extras: Extras | None = None,
        threads: int | None = None,
    ) -> None:
        """Hold `weights` ({"lstm_1/W": array}) against the spec and bring them to the device.

        `backend` is one of `netspec.backends`, or its name: native, numpy, cuda or, of several
        GPUs, cuda:1 (default: native where it was compiled, else numpy). `threads` share out the
        work of a call, where the backend does that, and change no bit (default: NETSPEC_THREADS in
        the environment, or all processors).
        Raises WeightsError naming every array that is missing, unknown or of the wrong shape,
        UnavailableError where there is no such backend, DataError where `threads` is no number of
        threads, or stands beside a backend that is ready.
        """
        self.spec = _a_spec(spec)
        self.backend = choose(backend, threads)
        self.extras = extras or Extras()
        self._take(weights)

    def _take(self, weights: Mapping[str, Any]) -> None:
        """Hold the weights against the spec and bring them to the device."""
        precisions.fitting(self.precision, self.spec.dtype)
        with self.backend.computing():  # numbers of another dtype are rounded here
            fitting = first_weights.fitting(self.spec, weights)
        self.weights = MappingProxyType(fitting)
        self._prepared = Prepared(self.spec, self.weights, self.backend)

    def __repr__(self) -> str:
        """Give name, shapes and number of weights in one line."""
        numbers = sum(array.size for array in self.weights.values())
        place = self.backend.name if self.device == devices.CPU else self.device
        place = place if self.precision == precisions.FULL else f"{place} in {self.precision}"
        return (
            f"<Network {self.spec.name!r}: {self.spec.input.sizes} -> {self.spec.output_shape},"
            f" {numbers} weights, {self.spec.dtype} on {place}>"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Travel without what is on the device; weights as a plain dictionary."""
        state = {name: value for name, value in self.__dict__.items() if name != "_prepared"}
        return state | {"weights": dict(self.weights)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrive, and bring the weights to the device again, of which there must be one."""
        self.__dict__.update(state)
        self._take(state["weights"])

    def __call__(
        self,
        x: Any,
        *,
        lengths: Any = None,
        state: Mapping[str, Any] | None = None,
        return_state: bool = False,
    ) -> Any:
        """Return the output for x (batch, *spec.input.sizes), a NumPy array (batch, ...).

        On a GPU x may lie there, an array of CuPy, PyTorch, JAX or of any that speaks DLPack or has
        `__cuda_array_interface__`: it is not copied, the work runs on CuPy's current stream, and
        the result is a CuPy array. Only lengths and ids that lie there are waited for.

        Real numbers of any kind are taken and brought to the spec's dtype. `lengths` (batch,)
        counts the valid steps of each padded sequence. `state` carries a sequence on from
        where an earlier call, made with `return_state`, left it: {"lstm_1/h": (batch, units)}.
        With `return_state` the result is `(y, state)`.

        Events are run a few at a time, so that a million take little more memory than their
        input and output. Raises DataError when an array is not what the spec wants.
        """
        plan = self._prepared.plan
        plain = lengths is None and state is None and not return_state
        if plain and plan is not None and plan.takes(x):
            return plan.quickly(x)  # a small network on one event: microseconds count
        y, final = self._prepared.run(x, lengths, state, return_state)
        return (y, final) if return_state else y

    def forward(
        self,
        x: Any,
        *,
        lengths: Any = None,
        state: Mapping[str, Any] | None = None,
        rng: Stream | None = None,
    ) -> Forward:
        """Return the last layer's output, before the output activation, and the way back.

        Arguments as in a call; arrays of the result are NumPy's, on a GPU CuPy's. A stream `rng`
        means training (dropout draws, batch_norm looks at the batch). `back(dy, dstate=None)` gives
        the `Gradients` in x, in every trainable weight and in the initial states, for slopes of the
        shape and dtype of y.
        """
        return self._prepared.forward(x, lengths, state, rng)

    def replace(self, weights: Mapping[str, Any]) -> Network:
        """Return a network with some weights, or all, replaced; golden outputs are dropped.

        Raises WeightsError as the constructor does.
        """
        extras = self.extras.replace(golden=None)
        if not isinstance(weights, Mapping):
            weights = first_weights.fitting(self.spec, weights)  # which says what is wrong
        return Network(self.spec, {**self.weights, **weights}, self.backend, extras)

    def to(self, device: str, threads: int | None = None, precision: str | None = None) -> Network:
        """Return the same network on another device: `cpu`, `cuda` or `cuda:1`; this one stays.

        `threads` and `precision` are as in `build`; from GPU to GPU a network keeps its precision,
        if none is said. Raises UnavailableError where there is no such device, or it has no such
        precision, DataError where `threads` is no number of threads.
        """
        if precision is None and device != devices.CPU:
            precision = self.precision
        return Network(self.spec, self.weights, on(device, threads, precision), self.extras)

    def adopt(
        self,
        weights: Mapping[str, Any],
        spec: NetworkSpec | None = None,
        history: Mapping[str, tuple[float, ...]] | None = None,
    ) -> None:
        """Take other weights, as training does: the one way in which a network itself changes.

        `spec` replaces its own, as where training has put transformations around the layers. Golden
        outputs are dropped. Raises WeightsError as the constructor does; the network is then as it
        was.
        """
        before = self.spec
        self.spec = _a_spec(spec or before)
        try:
            self._take(weights)
        except WeightsError:
            self.spec = before
            raise
        self.extras = self.extras.replace(golden=None, history=dict(history or {}))

    def golden(self, x: Any, lengths: Any = None) -> Golden:
        """Run x (n, ...) and keep what went in and what came out, for a model file.

        Raises DataError as a call does.
        """
        given = entered(self.backend, self.spec, x, lengths, None, keep=True)
        inputs, valid = map(self.backend.in_memory, given[:2])
        return Golden(
            inputs=inputs,
            outputs=self(inputs, lengths=valid),
            lengths=valid,
            engine=self.engine,
            contract=CONTRACT,
            tolerance=self.tolerance,
        )

    def save(
        self,
        target: Any,
        golden: Any = None,
        format: str | None = None,
        *,
        lengths: Any = None,
        encoding: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write the model to a path or a binary file object, whole or not at all.

        `golden` (n, ...) is run now and kept with its outputs, to be replayed by `verify`;
        `encoding` is decimal or base64; `metadata` is added to what the network holds. The
        format is told by the suffix unless `format` names one.

        Raises FormatError where the format cannot hold the model, OSError where the disk
        refuses.
        """
        extras = self.extras
        if golden is None and lengths is not None:
            raise DataError("lengths: wanted golden inputs, whose lengths they are, found none")
        if golden is not None:
            extras = extras.replace(golden=self.golden(golden, lengths))
        if encoding is not None:
            extras = extras.replace(encoding=encoding)
        if metadata:
            extras = extras.replace(metadata={**extras.metadata, **metadata})
        formats.write(target, self.spec, dict(self.weights), extras, format=format)


def build(
    spec: NetworkSpec,
    seed: int | None = None,
    weights: Any = None,
    device: str = "cpu",
    threads: int | None = None,
    precision: str | None = None,
) -> Network:
    """Make a network of a spec, with first weights drawn from `seed` (default: the spec's).

    `weights` are taken instead where they are given: a mapping of arrays, or any model file
    whose arrays fit the spec by name and shape. `device` is cpu, cuda or, of several GPUs, cuda:1.
    `threads` share out the work of a call on the processor and change no bit. `precision` is full
    (the default) or, on a GPU and for a spec of float32, tf32 or bf16: the factors of large
    products are rounded, for its matrix units, and no bits are promised. Raises WeightsError where
    the weights do not fit, UnavailableError where device or precision is not to be had, DataError
    where `threads` is no number of threads.
    """
    _a_spec(spec)
    backend = on(device, threads, precision)
    if weights is None:
        with backend.computing():
            weights = first_weights.draw(spec, seed)
    elif not isinstance(weights, Mapping):
        weights = formats.read(weights).weights or {}
    return Network(spec, weights, backend)


def load(
    source: Any,
    format: str | None = None,
    *,
    strict: bool = False,
    compat: str | None = None,
    device: str = "cpu",
    threads: int | None = None,
    precision: str | None = None,
) -> Network:
    """Read a network from a path, a binary file object or bytes: netspec's own XML or a TMVA file.

    With `strict`, a file whose bytes changed since it was written is refused even where its
    values did not. With `compat="root"`, a TMVA file gives what ROOT's own Reader computes where
    that is known to be wrong. `device`, `threads` and `precision` are as in `build`.

    Raises FormatError where the file is not what it claims to be, WeightsError where it holds a
    spec alone, UnavailableError where there is no file, no such device or precision, DataError
    where `threads` is no number of threads.
    """
    spec, weights, extras = formats.read(source, format=format, strict=strict, compat=compat)
    if weights is None:
        raise WeightsError("wanted a model, found a spec without weights: give it to build()")
    return Network(spec, weights, on(device, threads, precision), extras)


def built(network: Any) -> Network:
    """Give the network; raise DataError for what is none, as a spec that was not built."""
    if isinstance(network, Network):
        return network
    raise DataError(
        "network: wanted a Network, which netspec.build(spec) and netspec.load(file) give,"
        f" found {type(network).__name__}"
    )


def _a_spec(spec: Any) -> NetworkSpec:
    if not isinstance(spec, NetworkSpec):
        raise SpecError(
            f"wanted a NetworkSpec, found {type(spec).__name__}:"
            " NetworkSpec.from_file and NetworkSpec.from_data give one"
        )
    return spec
