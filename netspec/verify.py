"""Is what was loaded what was saved? A model file proves it, as far as it can.

    file      its bytes and its values are those that were written (SHA-256)
    golden    the inputs it keeps, run now, give the outputs it keeps

Outputs are the same to the bit; or within the tolerance that the file states for the engine that
made them (|found - kept| <= tolerance * max(1, |kept|)); or they are not, and the distance is told
in ulp (see `ulp.py`). An engine that promises no bits is held to its own tolerance at least, and
the answer says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from math import prod
from typing import Any, NamedTuple

import numpy

from .backends import on
from .errors import ChangedFileWarning, DataError, FormatError
from .formats import OWN, Golden, Model, Source, known, read
from .network import Network
from .ulp import Distance, compare


class Check(NamedTuple):
    """One question and its answer: yes (True), no (False), or there was nothing to ask (None)."""

    name: str
    ok: bool | None
    detail: str
    distance: Distance | None = None

    def __str__(self) -> str:
        """Give one line: `golden: yes: 12 outputs, the same bits`."""
        answer = {True: "yes", False: "NO", None: "-"}[self.ok]
        return f"{self.name}: {answer}: {self.detail}"

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        distance = None if self.distance is None else self.distance.to_data()
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "distance": distance}


class Verification(NamedTuple):
    """All answers. `ok`: none of them is no, and at least one is yes."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether the model is proved to be what was saved."""
        answers = [check.ok for check in self.checks]
        return False not in answers and True in answers

    def __str__(self) -> str:
        return "\n".join(map(str, self.checks))

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return {"verified": self.ok, "checks": [check.to_data() for check in self.checks]}


def verify(model: Any, device: str = "cpu", precision: str | None = None) -> Verification:
    """Check a model file (path, bytes, file object), a Model or a Network against itself.

    A Network runs where it is and as it is, all else on the device and in the precision that are
    said, as `build` and `load` have it.

    Raises OSError or UnavailableError where there is nothing to read, UnavailableError where there
    is no such device or precision; a file that is damaged is no error but an answer.
    """
    if hasattr(model, "spec") and hasattr(model, "weights"):
        file = Check("file", None, "the model was not read from a file just now")
        return Verification((file, _golden(model, device, precision)))
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always", ChangedFileWarning)
            source = Source.of(model)
            found = read(source)
    except FormatError as error:
        return Verification((Check("file", False, str(error)),))
    changed = [str(w.message) for w in heard if issubclass(w.category, ChangedFileWarning)]
    if changed:
        file = Check("file", False, changed[0])
    elif known()[OWN].recognises(source.head, ""):
        file = Check("file", True, "all bytes and all values are those that were written")
    else:
        file = Check("file", None, "this format carries no digests")
    return Verification((file, _golden(found, device, precision)))


def against(
    one: Network,
    other: Network,
    chunks: Iterable[tuple[Any, Any]],
    tolerance: float = 0.0,
) -> Check:
    """Run two networks on the same events, given as pairs (x, lengths or None), and compare.

    `x` has the shape that `one` takes; `other` may take the same numbers in a row, as a model that
    went through TMVA does. The answer is yes where all outputs have the same bits, or are within
    the tolerance (as above).
    Raises DataError where there are no events, where `other` takes no such events, or where the
    outputs have different shapes or types.
    """
    total, first, fits = Distance(0, 0, 0, 0.0, None), 0, True
    for x, lengths in chunks:
        kept = one(x, lengths=lengths)
        try:
            found = other(_as_taken(other, x), lengths=lengths)
        except DataError as error:
            names = f"{other.spec.name!r} does not take what {one.spec.name!r} takes"
            raise DataError(f"{names}: {error}") from None
        if kept.shape != found.shape or kept.dtype != found.dtype:
            raise DataError(
                f"the outputs cannot be compared: {kept.dtype}{kept.shape} "
                f"and {found.dtype}{found.shape}"
            )
        total = _joined(total, compare(kept, found), first)
        fits = fits and _within(kept, found, tolerance)
        first += len(x)
    if not first:
        raise DataError("wanted events to compare two networks on, found none")
    name = f"{one.spec.name} against {other.spec.name}"
    return Check(name, fits, _detail(total, tolerance, fits), total)


def _as_taken(network: Network, x: Any) -> Any:
    wanted = network.spec.input.sizes
    sizes = [size for size in wanted if size is not None]
    in_a_row = 1 in (len(sizes), x.ndim - 1)
    if len(sizes) < len(wanted) or not in_a_row or prod(sizes) != prod(x.shape[1:]):
        return x  # the network itself tells best what is wrong with it, if anything is
    return x.reshape(len(x), *sizes)


def _golden(model: Model | Network, device: str, precision: str | None) -> Check:
    golden = model.extras.golden
    if golden is None:
        return Check("golden", None, "the model keeps no golden outputs")
    if model.weights is None:
        return Check("golden", None, "there are no weights to run them with")
    network = model
    if not isinstance(network, Network):
        network = Network(model.spec, model.weights, on(device, precision=precision))
    found = network(golden.inputs, lengths=golden.lengths)
    kept = numpy.asarray(golden.outputs)
    if kept.shape != found.shape or kept.dtype != found.dtype:
        return Check(
            "golden",
            False,
            f"kept {kept.dtype}{kept.shape}, found {found.dtype}{found.shape}",
        )
    tolerance = max(golden.tolerance, network.tolerance)
    distance, fits = compare(kept, found), _within(kept, found, tolerance)
    detail = _detail(distance, tolerance, fits)
    if tolerance > golden.tolerance and distance.where is not None:
        detail += "; " + _whose(golden, network)
    return Check("golden", fits, detail, distance)


def _whose(golden: Golden, network: Network) -> str:
    """Say why another tolerance was used than the file's."""
    said = f"within {golden.tolerance:g}" if golden.tolerance else "exact"
    return (
        f"the tolerance is that of {network.engine}, which promises no bits:"
        f" the file holds {said} outputs of {golden.engine}"
    )


def _within(kept: Any, found: Any, tolerance: float) -> bool:
    with numpy.errstate(all="ignore"):  # infinities and NaN are allowed, where both have them
        near = numpy.abs(found - kept) <= tolerance * numpy.maximum(1, numpy.abs(kept))
        near &= numpy.isfinite(kept)
    if tolerance == 0:
        return compare(kept, found).where is None
    same = (kept == found) | (numpy.isnan(kept) & numpy.isnan(found))
    return bool(numpy.all(near | same))


def _detail(distance: Distance, tolerance: float, fits: bool) -> str:
    if distance.where is None:
        return f"{distance.size} outputs, the same bits"
    bound = f"the tolerance {tolerance:g}"
    if not tolerance:
        return str(distance)
    return f"within {bound}: {distance}" if fits else f"outside {bound}: {distance}"


def _joined(one: Distance, two: Distance, first: int) -> Distance:
    """Add up two distances; `first` is the row at which the second one's arrays begin."""
    where = two.where and (two.where[0] + first, *two.where[1:])
    further = two if one.where is None or two.ulp > one.ulp else one
    return Distance(
        one.size + two.size,
        one.different + two.different,
        further.ulp,
        max(one.absolute, two.absolute),
        where if further is two else one.where,
    )
