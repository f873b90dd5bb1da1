"""What every metric is: plain data that were computed from a sample, in words and in a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from .sample import Sample


class Metric(ABC):
    """One answer about a network; `data` are plain numbers, lists and dictionaries.

    `place` orders the metrics, `draws` says that there is a picture.
    """

    kinds: ClassVar[dict[str, type[Metric]]] = {}
    name: ClassVar[str]
    place: ClassVar[int] = 50
    draws: ClassVar[bool] = False

    def __init__(self, data: dict[str, Any]) -> None:
        """Hold what `compute` gave."""
        self.data = data

    def __init_subclass__(cls) -> None:
        """Enter the metric in the table of kinds."""
        cls.kinds[cls.name] = cls

    @classmethod
    def of(cls, sample: Sample, training: Sample | None = None) -> Self:
        """Compute the metric; `training` are the events that the network was trained on."""
        return cls(cls.compute(sample, training))

    @classmethod
    @abstractmethod
    def applies(cls, sample: Sample) -> bool:
        """Say whether the question makes sense for these outputs."""

    @classmethod
    @abstractmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give plain data."""

    @abstractmethod
    def lines(self) -> Iterator[str]:
        """Yield the answer in words; the first line stands behind the metric's name."""

    def draw(self, axes: Any) -> None:
        """Draw the answer on axes of matplotlib."""
        raise TypeError(f"the metric {self.name} has no picture")


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Set rows in columns: the first to the left, the others to the right.

    >>> list(table([("", "a"), ("bc", "10")]))
    ['     a', 'bc  10']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [f"{first:<{widths[0]}}"]
        cells += [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
