"""Every metric beside plain loops over the events, and by hand."""

from __future__ import annotations

from math import sqrt

import numpy
import pytest

from netspec import metrics
from netspec.errors import DataError
from netspec.metrics import Sample
from tests.metrics.samples import classes, numbers, score, targets
from tests.metrics.test_curve import by_pairs

near = pytest.approx


def of(name, sample, training=None):
    return metrics.known()[name].of(sample, training)


def rows(sample):
    """Each row as plain numbers: outputs, targets, weight."""
    w = [1.0] * len(sample.y) if sample.weights is None else sample.weights.tolist()
    return list(zip(sample.y.tolist(), sample.t.tolist(), w, strict=True))


both = pytest.mark.parametrize("weighted", [False, True])


@both
def test_loss_is_the_weighted_sum_over_the_number_of_values(weighted):
    sample = score(weighted=weighted, values=numbers(60, 4), terms=3, loss="huber")
    found = of("loss", sample, score(values=numbers(60, 4) * 0 + 3)).data
    total = sum(w * v for (_, _, w), v in zip(rows(sample), numbers(60, 4), strict=True))
    assert found["value"] == near(total / (60 * 3), rel=1e-12)
    assert found["loss"] == "huber"
    assert found["training"] == near(3 * score().w.sum() / 60)


@both
@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_accuracy_of_a_score(weighted, threshold):
    sample = score(weighted=weighted, threshold=threshold)
    right = sum(w for y, t, w in rows(sample) if (y[0] >= threshold) == (t[0] == 1))
    whole, squares = sum(w for *_, w in rows(sample)), sum(w * w for *_, w in rows(sample))
    part = right / whole
    found = of("accuracy", sample).data
    assert found["value"] == near(part, rel=1e-12)
    assert found["error"] == near(sqrt(part * (1 - part) * squares) / whole, rel=1e-12)


@both
def test_accuracy_of_classes(weighted):
    sample = classes(weighted=weighted)
    right = sum(w for y, t, w in rows(sample) if y.index(max(y)) == t.index(1))
    assert of("accuracy", sample).data["value"] == near(right / sample.w.sum(), rel=1e-12)


def test_accuracy_of_classes_that_do_not_exclude_each_other_counts_every_output():
    y, t = numpy.array([[0.9, 0.9], [0.1, 0.6]]), numpy.array([[1.0, 1], [0, 0]])
    assert of("accuracy", Sample(y, t)).data["value"] == 0.75
    assert of("accuracy", Sample(y, t, numpy.array([1.0, 3]))).data["value"] == (2 + 3) / 8
    assert not metrics.known()["confusion"].applies(Sample(y, t))


def test_an_output_at_the_threshold_is_taken_for_the_class():
    one, many = numpy.array([[0.5]]), numpy.array([[0.5, 0.5]])
    assert of("accuracy", Sample(one, one * 0 + 1)).data["value"] == 1
    assert of("accuracy", Sample(one, one * 0)).data["value"] == 0
    assert of("accuracy", Sample(many, many * 0 + 1)).data["value"] == 1


def test_the_score_of_the_other_class_is_the_other_way_round():
    sample = Sample(numpy.array([[0.2], [0.7]]), numpy.array([[0.0], [0.75]]), numpy.array([2, 4]))
    for number, scores, of_it, others in (
        (0, [0.2, 0.7], [0, 3], [2, 1]),
        (1, [-0.2, -0.7], [2, 1], [0, 3]),
    ):
        assert [part.tolist() for part in sample.of_class(number)] == [scores, of_it, others]


@both
def test_areas_are_those_of_pairs(weighted):
    sample = score(weighted=weighted, levels=9)
    p = [w * t[0] for _, t, w in rows(sample)]
    n = [w * (1 - t[0]) for _, t, w in rows(sample)]
    found = of("roc", sample).data
    assert found["area"] == near(by_pairs(sample.y[:, 0].tolist(), p, n), rel=1e-12)
    assert found["areas"] == {"Signal": found["area"]}
    assert (found["against"], of("roc", classes()).data["against"]) == ("Background", "the others")


@both
def test_each_class_has_its_area_against_the_rest(weighted):
    sample = classes(weighted=weighted)
    found = of("roc", sample).data
    for k, name in enumerate("abc"):
        p = [w * t[k] for _, t, w in rows(sample)]
        n = [w * (1 - t[k]) for _, t, w in rows(sample)]
        wanted = by_pairs([y[k] for y, _, _ in rows(sample)], p, n)
        assert found["areas"][name] == near(wanted, rel=1e-12)
    assert found["area"] == near(sum(found["areas"].values()) / 3, rel=1e-12)


def test_a_class_without_events_has_no_area():
    sample = classes()
    t = sample.t.copy()
    t[t[:, 2] == 1] = [1, 0, 0]
    found = of("roc", Sample(sample.y, t, names=("a", "b", "c"))).data
    assert list(found["areas"]) == ["a", "b"]
    alone = score(weighted=False)
    alone = Sample(alone.y, alone.t * 0 + 1)
    assert not metrics.known()["roc"].applies(alone)
    assert not metrics.known()["efficiency"].applies(alone)


@both
def test_efficiencies_are_those_of_cuts_tried_one_by_one(weighted):
    """Distinct scores: the curve between two cuts is straight, so cuts are tried on both sides."""
    sample, training = score(400, weighted=weighted), score(300, 77)
    found = of("efficiency", sample, training).data
    assert (found["signal"], found["background"]) == ("Signal", "Background")

    def tried(sample, background):
        signal = sum(w for _, t, w in rows(sample) if t[0])
        others = sum(w for _, t, w in rows(sample) if not t[0])
        cuts = []
        for cut in sorted(y[0] for y in sample.y.tolist()):
            s = sum(w for y, t, w in rows(sample) if t[0] and y[0] >= cut) / signal
            b = sum(w for y, t, w in rows(sample) if not t[0] and y[0] >= cut) / others
            cuts.append((b, s))
        below = max(s for b, s in cuts if b <= background + 1e-12)
        above = min((b, s) for b, s in cuts if b > background)
        left = max(b for b, s in cuts if b <= background + 1e-12)
        return below + (background - left) / (above[0] - left) * (above[1] - below)

    for row in found["rows"]:
        signal = tried(sample, row["background"])
        assert row["signal"] == near(signal, rel=1e-9)
        assert row["training"] == near(tried(training, row["background"]), rel=1e-9)
        weights = [w for _, t, w in rows(sample) if t[0]]
        n = sum(weights) ** 2 / sum(w * w for w in weights)
        assert row["error"] == near(sqrt(signal * (1 - signal) / n), rel=1e-9)
        kept = sum(w for y, t, w in rows(sample) if not t[0] and y[0] >= row["score"])
        others = sum(w for _, t, w in rows(sample) if not t[0])
        assert kept / others <= row["background"] + 1e-12
    assert [row["background"] for row in found["rows"]] == [0.01, 0.1, 0.3]


def test_efficiencies_by_hand():
    """Ten background events at 0.05, 0.15 ...; two of four signal events above all of them."""
    y = [*(0.05 + 0.1 * n for n in range(10)), 0.97, 0.98, 0.62, 0.4]
    t = [0] * 10 + [1] * 4
    sample = Sample(numpy.array(y)[:, None], numpy.array(t, "float64")[:, None])
    found = of("efficiency", sample).data["rows"]
    assert [row["signal"] for row in found] == [near(0.5), near(0.5), near(0.5)]
    assert found[1]["error"] == near(0.25)


@both
@pytest.mark.parametrize("draw", [score, classes])
def test_confusion_counts_every_event_once(draw, weighted):
    sample = draw(weighted=weighted)
    count = 2 if draw is score else 3
    cells = [[0.0] * count for _ in range(count)]
    for y, t, w in rows(sample):
        true = (0 if t[0] else 1) if count == 2 else t.index(1)
        guess = (0 if y[0] >= 0.5 else 1) if count == 2 else y.index(max(y))
        cells[true][guess] += w
    found = of("confusion", sample).data
    assert numpy.array(found["counts"]) == near(numpy.array(cells), rel=1e-12)
    for k in range(count):
        assert found["efficiency"][k] == near(cells[k][k] / sum(cells[k]))
        assert found["purity"][k] == near(cells[k][k] / sum(row[k] for row in cells))


def test_a_class_that_nothing_is_taken_for_has_no_purity():
    sample = Sample(numpy.array([[0.9], [0.8]]), numpy.array([[1.0], [0.0]]))
    assert of("confusion", sample).data["purity"] == [0.5, None]
    assert "-" in "\n".join(of("confusion", sample).lines())


def test_an_uncertain_target_counts_for_both_classes():
    sample = Sample(numpy.array([[0.9], [0.1]]), numpy.array([[0.75], [0.25]]))
    split = Sample(
        numpy.array([[0.9], [0.9], [0.1], [0.1]]),
        numpy.array([[1.0], [0.0], [1.0], [0.0]]),
        numpy.array([0.75, 0.25, 0.25, 0.75]),
    )
    assert of("roc", sample).data["area"] == near(of("roc", split).data["area"])


def test_what_applies_to_what():
    def applying(sample):
        return [name for name, kind in metrics.known().items() if kind.applies(sample)]

    of_score = ["accuracy", "roc", "efficiency", "confusion", "calibration", "scores"]
    assert applying(score()) == of_score
    assert applying(score(values=numbers(60))) == ["loss", *of_score]
    assert applying(classes()) == ["accuracy", "roc", "confusion", "calibration"]
    assert applying(targets()) == ["residuals"]


def test_negative_weights_and_no_weight_are_refused():
    y = numpy.ones((3, 1))
    for bad in (-1.0, numpy.nan):
        with pytest.raises(DataError, match=r"weights\[1\]: wanted a weight that is not negative"):
            Sample(y, y, numpy.array([1, bad, 1]))
    with pytest.raises(DataError, match="a weight above 0, found none"):
        Sample(y, y, numpy.zeros(3))
    with pytest.raises(DataError, match="found none"):
        Sample(y[:0], y[:0])


def plain(data):
    """Whether data are of the kinds that JSON has."""
    if isinstance(data, dict):
        return all(type(key) is str and plain(value) for key, value in data.items())
    if isinstance(data, list):
        return all(map(plain, data))
    return data is None or type(data) in (str, int, float, bool)


@pytest.mark.parametrize("name", list(metrics.known()))
@pytest.mark.parametrize("draw", [score, classes, targets])
@pytest.mark.parametrize("beside", [False, True])
def test_every_metric_gives_plain_data_and_words(name, draw, beside):
    sample = draw()
    if sample.of_classes:
        sample = draw(values=numbers(60), loss="cross_entropy")
    kind = metrics.known()[name]
    if not kind.applies(sample):
        return
    found = kind.of(sample, sample if beside else None)
    assert plain(found.data)
    assert all(type(line) is str and line == line.rstrip() for line in found.lines())
    if kind.draws:
        figure = pytest.importorskip("matplotlib.figure").Figure()
        axes = figure.add_subplot()
        found.draw(axes)
        assert axes.get_xlabel()
