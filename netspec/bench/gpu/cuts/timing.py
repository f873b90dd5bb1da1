"""What the tables of this folder share: a line, the time of a call, and layers by a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ....layers.gru import GRU
from ....layers.lstm import LSTM
from ....layers.rnn import RNN
from ..clock import EventClock

if TYPE_CHECKING:
    from ....backends.cuda import CudaBackend

TIMES, LEAST = 5, 1e-3  # runs, of so many calls that one run takes `LEAST` seconds
BEST: int = 4  # of the ways of a sweep, those that are counted to be the best
CELLS: dict[str, Any] = {
    "rnn": RNN(name="rnn", type="rnn", units=1),
    "lstm": LSTM(name="lstm", type="lstm", units=1),
    "gru": GRU(name="gru", type="gru", units=1),
    "gru_after": GRU(name="gru_after", type="gru", units=1, reset_after=True),
}
CLOCK = 1_755_000  # cycles of a millisecond, where the device does not say


class Row(NamedTuple):
    """One way to compute one shape: seconds a call, those that are counted, and its work.

    `operations` and `moved` bytes are those that any way must do; `counted` is None where the ways
    are not counted in cycles.
    """

    shape: tuple[Any, ...]
    way: str
    seconds: float
    taken: bool
    operations: float
    moved: float
    counted: float | None = None

    def __str__(self) -> str:
        """Give a line of the table."""
        counted = "" if self.counted is None else f" counted {1e6 * self.counted:>10.1f} us"
        return (
            f"{','.join(map(str, self.shape)):<26} {self.way:<44}{'*' if self.taken else ' '}"
            f"{1e6 * self.seconds:>10.1f} us{counted}"
            f"{1e-9 * self.operations / self.seconds:>9.0f} GFLOP/s"
            f"{1e-9 * self.moved / self.seconds:>7.0f} GB/s"
        )


class Table(NamedTuple):
    """Shapes, and what times every way of one: (backend, shape, dtype, least seconds of a run)."""

    shapes: Sequence[tuple[Any, ...]]
    rows: Callable[[CudaBackend, Any, str, float], Iterator[Row]]


def seconds_of(b: CudaBackend, call: Callable[[], Any], least: float) -> float:
    """Give the least seconds of a call, by the device's clock."""
    call()  # compiles
    calls, found = 1, float("inf")
    for _ in range(TIMES):
        clock = EventClock(b.cupy.cuda)
        for _ in range(calls):
            call()
        passed = clock()
        found = min(found, passed / calls)
        if passed < least:
            calls = min(2 * calls + int(least / max(found, 1e-7)), 1000)
    return found


def cycles_a_second(b: CudaBackend) -> float:
    """Give the rate of the device's clock, by which counted cycles become seconds."""
    attributes = b.cupy.cuda.Device(b.gpu.number).attributes
    return 1e3 * float(attributes.get("ClockRate", CLOCK))


def layer_of(cell: str, units: int) -> Any:
    """Give a layer of so many units by a word of CELLS."""
    return CELLS[cell].model_copy(update={"units": units})
