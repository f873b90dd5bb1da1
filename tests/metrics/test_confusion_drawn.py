"""The picture of a confusion: every number that is not 0 can be read."""

from __future__ import annotations

from itertools import combinations

import numpy
import pytest

from netspec import metrics

LETTERS = "abcdefghijkl"


@pytest.mark.parametrize("count", [2, 5, 6, 10, 12])
def test_numbers_of_many_classes_do_not_cover_each_other(count):
    agg = pytest.importorskip("matplotlib.backends.backend_agg")
    figure = pytest.importorskip("matplotlib.figure").Figure((4.8, 4.2))
    counts = numpy.arange(1.0, count * count + 1).reshape(count, count)
    data = {"classes": [f"class {letter}" for letter in LETTERS[:count]], "counts": counts.tolist()}
    agg.FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    metrics.known()["confusion"](data).draw(axes)
    figure.canvas.draw()
    parts = counts / counts.sum(1, keepdims=True)
    digits = 3 if count <= 5 else 2
    assert [text.get_text() for text in axes.texts] == [f"{part:.{digits}f}" for part in parts.flat]
    assert [text.get_text() for text in axes.get_xticklabels()] == data["classes"]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_of_many_classes_cells_without_events_stay_empty():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.add_subplot()
    data = {"classes": list(LETTERS[:6]), "counts": numpy.diag(numpy.arange(6.0)).tolist()}
    metrics.known()["confusion"](data).draw(axes)
    assert [(*text.get_position(), text.get_text()) for text in axes.texts] == [
        (k, k, "1.00") for k in range(1, 6)
    ]
