"""How long it takes to save a model and to load it again, and how much text that is a second.

netspec's XML in both encodings, beside `numpy.savez` and safetensors, which hold arrays alone:
no structure, no digests, nothing that a person can read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UnavailableError
from .models import drawn
from .packages import package, reason

if TYPE_CHECKING:
    from ..formats import Model

MEGABYTES = (1, 25, 100)
MEGA = 1e6

Way = tuple[Callable[[Path], object], Callable[[Path], dict[str, Any]]]


class Filed(NamedTuple):
    """One way to keep a model: its size in memory and on disk, seconds, the same bits or not."""

    megabytes: int
    way: str
    size: int = 0
    save: float = 0.0
    load: float = 0.0
    same: bool = False
    problem: str = ""

    def to_data(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        if self.problem:
            return {"megabytes": self.megabytes, "way": self.way, "problem": self.problem}
        rates = {"save_mb_s": self.rate(self.save), "load_mb_s": self.rate(self.load)}
        return {key: value for key, value in self._asdict().items() if key != "problem"} | rates

    def rate(self, seconds: float) -> float:
        """Give megabytes of the file a second."""
        return self.size / MEGA / max(seconds, 1e-9)


def files(
    seconds: float, sizes: tuple[int, ...] = MEGABYTES, tell: Callable[[str], None] | None = None
) -> Iterator[Filed]:
    """Yield what each size and way took; a size that would take more than `seconds` is left out."""
    pace: dict[str, float] = {}
    with TemporaryDirectory(prefix="netspec-bench-") as folder:
        for megabytes in sizes:
            model = _model(megabytes)
            for way, (save, load) in _ways(model):
                if tell:
                    tell(f"files: {megabytes} MB, {way}")
                needed = pace.get(way, 0.0) * megabytes
                if needed > seconds:
                    yield Filed(megabytes, way, problem=f"left out: about {needed:.0f} s")
                    continue
                try:
                    filed = _filed(megabytes, way, Path(folder) / "model", save, load, model)
                except Exception as error:  # said in its row, and the run goes on
                    yield Filed(megabytes, way, problem=reason(error))
                    continue
                pace[way] = (filed.save + filed.load) / megabytes
                yield filed


def _model(megabytes: int) -> Model:
    """Give an LSTM with as many features as units, of so many megabytes of float32 weights."""
    units = max(1, round((megabytes * MEGA / 4 / 8) ** 0.5))
    return drawn({"steps": 1, "features": units}, [{"type": "lstm", "units": units}])


def _ways(model: Model) -> Iterator[tuple[str, Way]]:
    """Yield the ways to keep a model, by name."""
    import numpy

    from ..formats import Extras, read, write

    spec = model.spec
    weights: dict[str, Any] = dict(model.weights or {})

    def writing(encoding: Any) -> Callable[[Path], object]:
        return lambda file: write(file, spec, weights, Extras(encoding=encoding), format="xml")

    def reading(file: Path) -> dict[str, Any]:
        return read(file, format="xml").weights or {}

    def load_npz(file: Path) -> dict[str, Any]:
        with numpy.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}

    def save_npz(file: Path) -> None:
        with file.open("wb") as stream:
            numpy.savez(stream, **weights)

    yield "decimal", (writing("decimal"), reading)
    yield "base64", (writing("base64"), reading)
    yield "numpy.savez", (save_npz, load_npz)
    with suppress(UnavailableError):
        safetensors = package("safetensors.numpy")
        yield (
            "safetensors",
            (lambda file: safetensors.save_file(weights, file), safetensors.load_file),
        )


def _filed(
    megabytes: int,
    way: str,
    file: Path,
    save: Callable[[Path], object],
    load: Callable[[Path], dict[str, Any]],
    model: Model,
) -> Filed:
    start = perf_counter()
    save(file)
    saved = perf_counter()
    found = load(file)
    loaded = perf_counter()
    weights = model.weights or {}
    same = all(found[name].tobytes() == array.tobytes() for name, array in weights.items())
    return Filed(megabytes, way, file.stat().st_size, saved - start, loaded - saved, same)
