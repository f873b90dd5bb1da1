"""Targets: from what a user has, names or numbers of classes or numbers, to what a loss takes.

t (events, k) stands beside the k numbers of the last layer; where the output is per step, t is
(events, steps, k).

    one output       the score of the first class: y from 0 to 1, 1 being the FIRST class (TMVA's
                     signal), or names
    k classes        y the number of a class, 0 to k - 1, or its name, or k numbers from 0 to 1
    no classes       y as many numbers as there are outputs

Outputs stand for classes where the loss is a cross entropy, or where the spec names classes. A
network of several outputs that shows only the first (`output.first`) is one of one output to its
user; to its loss, as in TMVA, the second output is the other class, and further ones are none.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from . import devices
from .errors import DataError, SpecError, nearest
from .layers import stack

if TYPE_CHECKING:
    from .spec import NetworkSpec

EXCLUSIVE, INDEPENDENT = "softmax_cross_entropy", "cross_entropy"
LARGEST_LETTER = 0x10FFFF
LONGEST_NAME = 100  # letters of a text that is looked for among the names of classes
LARGEST_MISS = 1e-3  # by which a distribution over classes may miss 1: half precision has no more


class Answers(NamedTuple):
    """What answers to one event: `width` numbers of the last layer, of which a user sees `shown`.

    `axes` lie between the events and these numbers (steps; None: any number). `of_classes` says
    that the numbers stand for classes called `names`, `exclusive` that one event has one class.
    """

    width: int
    shown: int
    axes: tuple[int | None, ...]
    of_classes: bool
    exclusive: bool
    names: tuple[str, ...]
    dtype: str

    @property
    def is_score(self) -> bool:
        """Whether the one output is the score of the first class."""
        return self.of_classes and self.shown == 1

    def check(self, shape: tuple[int, ...], where: str) -> None:
        """Raise DataError unless targets of this shape, events first, can be meant."""
        alone = self.shown == 1 or self.of_classes  # one number a row is enough
        last = {self.shown, 1} if alone else {self.shown}
        if shape and alone and self._along(shape[1:]):
            return
        if len(shape) > 1 and self._along(shape[1:-1]) and shape[-1] in last:
            return
        axes = ["events", *("steps" if size is None else str(size) for size in self.axes)]
        wanted = [", ".join(axes) + "," * (len(axes) == 1)] if alone else []
        wanted.append(", ".join([*axes, str(self.shown)]))
        raise DataError(f"{where}: wanted the shape ({') or ('.join(wanted)}), found {shape}")

    def in_words(self, row: Any) -> str:
        """Say in words which class a row of t, all 0 or 1, means."""
        if self.is_score:
            names = self.names or ("1", "0")
            return names[0] if row[0] else names[1] if len(names) > 1 else "0"
        names = self.names or tuple(map(str, range(self.width)))
        return ", ".join(name for name, number in zip(names, row, strict=True) if number) or "none"

    def _along(self, found: tuple[int, ...]) -> bool:
        return len(found) == len(self.axes) and all(
            wanted in (None, size) for wanted, size in zip(self.axes, found, strict=True)
        )

    def fitting(self, y: Any, where: str = "y", rows: Any = None, valid: Any = None) -> Any:
        """Give t (events, *axes, width) for y, an array of numbers or texts, events first.

        `rows` (events,) are the numbers by which errors call the events. Where `valid` (events,
        *axes) is false, y is not looked at and t is 0. Raises DataError, which names the first
        event that cannot be.
        """
        self.check(y.shape, where)
        if y.ndim == 2 + len(self.axes) and y.shape[-1] == 1:
            y = y[..., 0]
        look = _Look(y, where, rows, valid)
        if y.dtype.kind in "US":
            t = self._named(y, look)
        elif not self.of_classes:
            t = self._rounded(y, look)
        elif self.is_score:
            look.refuse((y >= 0) & (y <= 1), "a number from 0 to 1 (1: the first class)")
            t = y.astype(self.dtype)[..., None]
        elif y.ndim == 1 + len(self.axes):
            t = self._numbered(y, look)
        else:
            t = self._shared(y, look)
        if self.width > self.shown:
            t = self._of_all(t)
        if valid is not None:
            t = numpy.where(valid[..., None], t, t.dtype.type(0))
        return numpy.ascontiguousarray(t)

    def _of_all(self, t: Any) -> Any:
        """Give targets to the outputs that a user does not see."""
        whole = numpy.zeros((*t.shape[:-1], self.width), t.dtype)
        whole[..., : self.shown] = t
        if self.is_score:
            whole[..., 1] = 1 - t[..., 0]
        return whole

    def _rounded(self, y: Any, look: _Look) -> Any:
        with numpy.errstate(over="ignore"):
            t = y.astype(self.dtype)
        look.refuse(numpy.isfinite(t), f"a finite number of {self.dtype}")
        return t if t.ndim == 2 + len(self.axes) else t[..., None]

    def _numbered(self, y: Any, look: _Look) -> Any:
        good = (y >= 0) & (y < self.shown) & (y == numpy.floor(y))
        look.refuse(good, f"the number of a class, 0 to {self.shown - 1}")
        return (y[..., None] == numpy.arange(self.shown)).astype(self.dtype)

    def _named(self, y: Any, look: _Look) -> Any:
        if not (self.of_classes and self.names):
            remedy = ": output.classes can name classes" if self.of_classes else ""
            raise DataError(f"{look.where}: wanted numbers, found texts{remedy}")
        if y.dtype.kind == "S":
            y = numpy.char.decode(y, "utf-8", "replace")
            look = look._replace(y=y)
        hot = numpy.stack([y == name for name in self.names], -1)
        look.refuse(hot.any(-1), "the name of a class", self.names)
        return hot[..., : self.shown].astype(self.dtype)

    def _shared(self, y: Any, look: _Look) -> Any:
        look.refuse((y >= 0) & (y <= 1), "numbers from 0 to 1, one a class")
        if self.exclusive:
            total = y.sum(-1, dtype="float64")
            look = look._replace(y=total)
            look.refuse(abs(total - 1) <= LARGEST_MISS, "numbers that add up to 1, one a class")
        return y.astype(self.dtype)


class _Look(NamedTuple):
    """Targets that are looked at, and how errors call them."""

    y: Any
    where: str
    rows: Any
    valid: Any

    def refuse(self, good: Any, wanted: str, names: tuple[str, ...] = ()) -> None:
        """Raise DataError for the first of the targets that is not good, and counts."""
        bad = ~good
        if self.valid is not None:
            bad &= self.valid.reshape(*self.valid.shape, *[1] * (bad.ndim - self.valid.ndim))
        if not bad.any():
            return
        row, *inner = (int(index) for index in numpy.argwhere(bad)[0])
        found = _value(self.y[tuple(slice(n, n + 1) for n in (row, *inner))])
        shown = reprlib.repr(found) if isinstance(found, str) else f"{found:.9g}"
        hint = nearest(found[:LONGEST_NAME], names) if names else ""
        row = row if self.rows is None else int(self.rows[row])
        place = ", ".join(map(str, [row, *inner]))
        raise DataError(f"{self.where}[{place}]: wanted {wanted}, found {shown}{hint}")


def _value(one: Any) -> Any:
    """Give the only number or text of an array."""
    if one.dtype.kind == "U":
        codes = numpy.ascontiguousarray(one).view(numpy.dtype("u4").newbyteorder(one.dtype.str[0]))
        if codes.max(initial=0) > LARGEST_LETTER:  # the bytes of a file need not be letters
            return "\N{REPLACEMENT CHARACTER}"
    return one.item()


def answers(spec: NetworkSpec, loss: Any = None) -> Answers:
    """Say what targets a network takes under a loss: its record, or its name.

    Without a loss it is that of `spec.training` or, where there is none, what the output says.
    Raises SpecError for a network that cannot be trained with that loss.
    """
    *axes, width = stack.output_shape(spec.layers, spec.input.sizes)
    assert width is not None
    shown = spec.output.first or width
    if loss is None:
        loss = spec.training.loss if spec.training else loss_of_output(spec)
    name = loss if isinstance(loss, str) else loss.type
    named = bool(spec.output.classes) or spec.output.analysis in ("classification", "multiclass")
    of_classes = name in (EXCLUSIVE, INDEPENDENT) or named
    if name == EXCLUSIVE and width == 1:
        raise SpecError(
            "wanted two outputs or more, one a class, found one: cross_entropy is the loss of a"
            " single score",
            path=("training", "loss"),
        )
    if width > shown and not of_classes:
        raise SpecError(
            f"wanted all outputs of the last layer, which has {width}, found the first {shown}:"
            " targets for the others cannot be given",
            path=("output", "first"),
        )
    return Answers(
        width, shown, tuple(axes), of_classes, name == EXCLUSIVE, spec.output.classes, spec.dtype
    )


def loss_of_output(spec: NetworkSpec) -> str:
    """Give the name of the loss that goes with the output, for a spec that names none."""
    output = spec.output
    if output.targets or output.analysis == "regression":
        return "squared_error"
    if output.activation.type == "softmax" or output.analysis == "multiclass":
        return EXCLUSIVE
    if len(output.classes) > 2 or (output.classes and (spec.output_shape[-1] or 0) > 1):
        return EXCLUSIVE
    if output.classes or output.activation.type == "sigmoid" or output.analysis:
        return INDEPENDENT
    return "squared_error"


def array(y: Any, where: str = "y") -> Any:
    """Give y as a NumPy array of numbers or texts; a memory map stays one.

    Raises DataError for anything else.
    """
    devices.refuse(y, where)
    if isinstance(y, numpy.ma.MaskedArray) and numpy.ma.is_masked(y):
        raise DataError(f"{where}: wanted every target, found some masked: give filled(...)")
    try:
        found = y if isinstance(y, numpy.memmap) else numpy.asarray(y)
    except ValueError:
        raise DataError(f"{where}: wanted rows of one length, found rows of several") from None
    if found.dtype.kind == "O" and found.size and all(isinstance(v, str) for v in found.flat):
        found = found.astype("U")
    if found.dtype.kind == "T":
        found = found.astype("U")
    if found.dtype.kind not in "biufUS":
        raise DataError(f"{where}: wanted numbers or names of classes, found {found.dtype}")
    return found


def fitting(spec: NetworkSpec, loss: Any, y: Any) -> Any:
    """Give t (events, [steps,] k) in the spec's dtype for y as a user has it; see above.

    `loss` is a record of `losses` or its name. Raises DataError, which names the first event that
    cannot be, SpecError for a network that cannot be trained with that loss.
    """
    return answers(spec, loss).fitting(array(y))
