"""Receiver operating characteristic: efficiency for a class against efficiency for the others.

Its equations stand in `curve.py`. A score has one curve, for the first class; of several classes
each has its own, against all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from .base import Metric, table
from .curve import curve
from .sample import Sample


class Roc(Metric):
    """The curve and the area under it, of each class that has events and is not all there is."""

    name = "roc"
    place = 20
    draws = True

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For classes of which two have events."""
        return sample.of_classes and bool(_there(sample))

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give the areas, their mean over the classes, and thinned curves."""
        curves = {number: curve(*sample.of_class(number)) for number in _there(sample)}
        areas = {sample.classes[number]: found.area for number, found in curves.items()}
        data: dict[str, Any] = {"area": sum(areas.values()) / len(areas), "areas": areas}
        if training is not None and (there := _there(training)):
            of_training = [curve(*training.of_class(number)).area for number in there]
            data["training"] = sum(of_training) / len(of_training)
        data["against"] = sample.classes[1] if sample.is_score else "the others"
        data["curves"] = {}
        for number, found in curves.items():
            thin = found.thin()
            data["curves"][sample.classes[number]] = {
                "false": thin.false.tolist(),
                "true": thin.true.tolist(),
                "score": [None, *thin.score[1:].tolist()],
            }
        return data

    def lines(self) -> Iterator[str]:
        """Yield the area, and those of all classes where there are several."""
        areas = self.data["areas"]
        training = f" (training {self.data['training']:.4f})" if "training" in self.data else ""
        of = (
            f"for {next(iter(areas))}" if len(areas) == 1 else "in the mean of one against the rest"
        )
        yield f"area {self.data['area']:.4f}{training}  {of}"
        if len(areas) > 1:
            yield from table([(name, f"{area:.4f}") for name, area in areas.items()])

    def draw(self, axes: Any) -> None:
        """Draw the curves."""
        for name, points in self.data["curves"].items():
            area = self.data["areas"][name]
            axes.plot(points["false"], points["true"], label=f"{name}, area {area:.4f}")
        axes.plot([0, 1], [0, 1], color="0.8", zorder=0)
        one = next(iter(self.data["areas"])) if len(self.data["areas"]) == 1 else "the class"
        axes.set(xlabel=f"efficiency for {self.data['against']}", ylabel=f"efficiency for {one}")
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="lower right", frameon=False)


def _there(sample: Sample) -> list[int]:
    """Give the classes that have events and are not all there is; of a score the first will do."""
    numbers = [0] if sample.is_score else range(sample.y.shape[1])
    sums = {number: [part.sum() for part in sample.of_class(number)[1:]] for number in numbers}
    return [number for number, parts in sums.items() if numpy.min(parts) > 0]
