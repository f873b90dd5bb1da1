"""The recurrent layers that are timed, each a line: `gru 20,1000,10,24 last`.

The four numbers are steps, batch, features, units. Words around them, in any order, say the cell
(lstm, gru, rnn), `both` directions, the `last` step's output alone, float64, and for a gru that
its reset gate acts `before` the product.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import SpecError, nearest

CELLS = {"lstm": 4, "gru": 3, "rnn": 1}  # and how many gates each has
WORDS = {
    "both": ("direction", "both"),
    "last": ("sequences", False),
    "float64": ("dtype", "float64"),
    "before": ("reset_after", False),
}
LARGE = 1.0  # GFLOP in a call, from which on a shape is one of large matrix products


class Shape(NamedTuple):
    """One recurrent layer and the batch that it is given."""

    steps: int
    batch: int
    features: int
    units: int
    cell: str = "lstm"
    direction: str = "forward"
    sequences: bool = True
    dtype: str = "float32"
    reset_after: bool = True

    def __str__(self) -> str:
        """Give the line that `parse` reads back."""
        said = [word for word, (field, value) in WORDS.items() if getattr(self, field) == value]
        return " ".join([self.cell, ",".join(map(str, self[:4])), *said])

    @property
    def gflop(self) -> float:
        """Multiplications and additions of the matrix products of one call, in 10^9."""
        ways = 2 if self.direction == "both" else 1
        terms = CELLS[self.cell] * self.units * (self.features + self.units)
        return 2e-9 * ways * self.steps * self.batch * terms


def parse(line: str, cell: str = "lstm") -> Shape:
    """Read a shape; `cell` is taken where the line names none.

    Raises SpecError in one sentence.

    >>> str(parse("10,100,30,10 gru both"))
    'gru 10,100,30,10 both'
    >>> parse("10,1,30,10").gflop
    3.2e-05
    """
    sizes: list[int] | None = None
    options: dict[str, object] = {"cell": cell}
    for word in line.lower().split():
        if word in CELLS:
            options["cell"] = word
        elif word in WORDS:
            field, value = WORDS[word]
            options[field] = value
        elif word[0].isdigit() and sizes is None:
            sizes = _sizes(line, word)
        else:
            known = [*CELLS, *WORDS]
            raise SpecError(f"shape {line!r}: there is no word {word!r}{nearest(word, known)}")
    if sizes is None:
        raise _no_sizes(line)
    shape = Shape(*sizes, **options)  # type: ignore[arg-type]  # WORDS holds what fits
    if not shape.reset_after and shape.cell != "gru":
        raise SpecError(f"shape {line!r}: 'before' wants a gru, found {shape.cell!r}")
    return shape


def _sizes(line: str, word: str) -> list[int]:
    sizes = [int(size) if size.isdecimal() else 0 for size in word.split(",")]
    if len(sizes) != 4 or min(sizes) < 1:
        raise _no_sizes(line)
    return sizes


def _no_sizes(line: str) -> SpecError:
    return SpecError(
        f"shape {line!r}: wanted steps, batch, features, units as four whole numbers above 0,"
        " as in 10,100,30,10"
    )


TABLE = (
    (10, 1, 30, 10),
    (10, 100, 30, 10),
    (100, 1, 32, 32),
    (50, 32, 32, 64),
    (100, 64, 64, 128),
    (50, 64, 128, 256),
    (50, 64, 256, 512),
    (100, 1, 128, 128),
    (20, 1000, 10, 32),
)
OTHERS = """
lstm 10,1000,30,12
lstm 20,256,8,20 last
lstm 30,1,16,24 last
lstm 15,100,6,48
lstm 100,32,50,100 last
lstm 50,128,100,200 last
lstm 1000,1,16,32
lstm 1000,16,8,64 last
lstm 5,10000,10,16 last
lstm 20,32,40,64 both
lstm 100,1,64,64 both last
lstm 20,100,20,50 both last
lstm 10,100,30,10 float64
lstm 50,32,32,64 float64
gru 30,1,16,24 last
gru 20,1000,10,24 last
gru 100,64,40,100 both
gru 500,8,12,48 before
rnn 10,1000,30,20 last
rnn 200,16,20,100 both
"""
GROUPS: dict[str, tuple[Shape, ...]] = {
    cell: tuple(Shape(*sizes, cell=cell) for sizes in TABLE) for cell in CELLS
} | {"others": tuple(map(parse, OTHERS.strip().splitlines()))}
