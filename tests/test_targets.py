"""Targets as users have them: names, numbers of classes, scores, plain numbers; and bad ones."""

from __future__ import annotations

import numpy
import pytest

from netspec import NetworkSpec, targets
from netspec.errors import DataError, SpecError

LOSSES = ["cross_entropy", "softmax_cross_entropy", "squared_error", "absolute_error", "huber"]
THREE = ["up", "down", "strange"]


def spec(width=1, classes=(), per_step=False, dtype="float32", **output):
    layers = [{"type": "lstm", "units": 2, "return_sequences": per_step}]
    layers += [{"type": "dense", "units": width}]
    return NetworkSpec(
        dtype=dtype,
        input={"features": 3, "steps": 4},
        layers=layers,
        output={"classes": list(classes), **output},
    )


ONE = spec(1, ["Signal", "Background"])


def same(t, wanted, dtype="float32"):
    assert t.dtype == dtype
    assert t.flags.c_contiguous
    assert t.tolist() == wanted


@pytest.mark.parametrize(
    "y",
    [
        [1, 0, 1],
        [[1], [0], [1]],
        [True, False, True],
        numpy.float16([1, 0, 1]),
        numpy.uint8([1, 0, 1]),
        ["Signal", "Background", "Signal"],
        [["Signal"], ["Background"], ["Signal"]],
        numpy.array([b"Signal", b"Background", b"Signal"]),
        numpy.array(["Signal", "Background", "Signal"], dtype=object),
    ],
)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "huber", None])
def test_one_output_is_the_score_of_the_first_class(y, loss):
    same(targets.fitting(ONE, loss, y), [[1.0], [0.0], [1.0]])


def test_a_score_may_be_uncertain():
    same(targets.fitting(ONE, "cross_entropy", [0.25, 1.0]), [[0.25], [1.0]])


def test_two_outputs_of_which_one_is_shown_are_a_score_and_its_rest():
    two = spec(2, first=1, analysis="classification")
    for loss in ("cross_entropy", "softmax_cross_entropy", "squared_error"):
        same(targets.fitting(two, loss, [1, 0, 0.25]), [[1, 0], [0, 1], [0.25, 0.75]])
    named = spec(2, ["Signal", "Background"], first=1)
    same(targets.fitting(named, "cross_entropy", ["Background", "Signal"]), [[0, 1], [1, 0]])


def test_outputs_that_stand_for_nothing_have_the_target_0_as_in_tmva():
    wide = spec(4, first=1, analysis="classification")
    same(targets.fitting(wide, "cross_entropy", [1, 0, 0.25]), [
        [1, 0, 0, 0], [0, 1, 0, 0], [0.25, 0.75, 0, 0]])  # fmt: skip
    few = spec(4, THREE, first=3)
    same(
        targets.fitting(few, "softmax_cross_entropy", ["down", "up"]), [[0, 1, 0, 0], [1, 0, 0, 0]]
    )
    with pytest.raises(SpecError, match="which has 3, found the first 1"):
        targets.fitting(spec(3, first=1), "squared_error", [1.0])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "y",
    [
        [2, 0, 1],
        [[2], [0], [1]],
        numpy.float64([2, 0, 1]),
        ["strange", "up", "down"],
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    ],
)
def test_classes_come_as_numbers_names_or_rows(loss, y):
    wanted = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    for dtype in ("float32", "float64"):
        same(targets.fitting(spec(3, THREE, dtype=dtype), loss, y), wanted, dtype)


def test_a_cross_entropy_means_classes_even_where_they_have_no_names():
    for loss in ("cross_entropy", "softmax_cross_entropy"):
        same(targets.fitting(spec(2), loss, [1, 0]), [[0, 1], [1, 0]])


def test_an_event_may_belong_to_several_independent_classes_and_to_parts_of_exclusive_ones():
    several = [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    same(targets.fitting(spec(3, THREE), "cross_entropy", several), several)
    shares = [[0.5, 0.25, 0.25]]
    same(targets.fitting(spec(3, THREE), "softmax_cross_entropy", shares), shares)
    with pytest.raises(DataError, match=r"y\[0\]: wanted numbers that add up to 1.*found 2"):
        targets.fitting(spec(3, THREE), "softmax_cross_entropy", several)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_without_classes_targets_are_numbers(loss):
    for y in ([1.5, -2e30], [[1.5], [-2e30]]):
        same(targets.fitting(spec(1, dtype="float64"), loss, y), [[1.5], [-2e30]], "float64")
    same(targets.fitting(spec(2), loss, [[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    with pytest.raises(DataError, match=r"wanted the shape \(events, 2\), found \(2,\)"):
        targets.fitting(spec(2), loss, [1, 2])


def test_an_output_per_step_has_a_target_per_step():
    y = numpy.arange(8).reshape(2, 4) % 3
    hot = numpy.eye(3, dtype="float32")[y]
    for given in (y, hot, numpy.array(THREE)[y], y[..., None]):
        found = targets.fitting(spec(3, THREE, per_step=True), "softmax_cross_entropy", given)
        assert numpy.array_equal(found, hot)
    numbers = numpy.sin(y)
    for given in (numbers, numbers[..., None]):
        found = targets.fitting(spec(1, per_step=True), "squared_error", given)
        assert numpy.array_equal(found, numbers.astype("float32")[..., None])


def test_what_stands_beyond_the_valid_steps_is_not_looked_at():
    wanted = targets.answers(spec(3, THREE, per_step=True), "softmax_cross_entropy")
    valid = numpy.arange(4) < numpy.array([[2], [4]])
    t = wanted.fitting(numpy.array([[0, 1, -1, 99], [2, 2, 2, 2]]), valid=valid)
    assert t[0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    numbers = targets.answers(spec(1, per_step=True), "squared_error")
    y = numpy.array([[1, 2, numpy.nan, numpy.inf], [1, 2, 3, 4.0]])
    assert numbers.fitting(y, valid=valid)[0, :, 0].tolist() == [1, 2, 0, 0]
    with pytest.raises(DataError, match=r"y\[0, 2\]: wanted a finite number of float32, found nan"):
        numbers.fitting(y)


BAD = [
    (1, "cross_entropy", [1, 0, 2], r"y\[2\]: wanted a number from 0 to 1.*found 2"),
    (1, "cross_entropy", [1, numpy.nan], r"y\[1\]: wanted a number from 0 to 1.*found nan"),
    (1, "cross_entropy", [1, -0.5], r"y\[1\]: .*found -0.5"),
    (1, "cross_entropy", ["up", "sown"], r"y\[1\]: .*found 'sown', did you mean 'down'"),
    (1, "cross_entropy", [b"up", b"\xff"], r"y\[1\]: .*found '\ufffd'"),
    (1, "cross_entropy", ["up", "x" * 9999], r"y\[1\]: .*found 'x{1,20}\.\.\.x{1,20}'"),
    (3, "softmax_cross_entropy", [0, 3], r"y\[1\]: wanted the number of a class, 0 to 2, found 3"),
    (3, "softmax_cross_entropy", [0, -1], r"y\[1\]: .*found -1"),
    (3, "softmax_cross_entropy", [0, 1.5], r"y\[1\]: .*found 1.5"),
    (3, "softmax_cross_entropy", [numpy.nan, 1], r"y\[0\]: .*found nan"),
    (3, "cross_entropy", [[0, 0, 1], [0, 2, 0]], r"y\[1, 1\]: wanted numbers from 0 to 1.*found 2"),
    (3, "cross_entropy", ["up", "charm"], r"y\[1\]: wanted the name of a class, found 'charm'"),
    (3, "cross_entropy", [[0, 0], [1, 0]], r"wanted the shape \(events,\) or \(events, 3\), found"),
    (3, "cross_entropy", 1, r"found \(\)"),
    (0, "squared_error", [1, 1e39], r"y\[1\]: wanted a finite number of float32, found 1e\+39"),
    (0, "squared_error", [numpy.inf, 1], r"y\[0\]: wanted a finite number"),
    (0, "squared_error", [1, 2j], "wanted numbers or names of classes, found complex128"),
    (0, "squared_error", ["1", "2"], "wanted numbers, found texts"),
    (0, "squared_error", [[1], [2, 3]], "wanted rows of one length"),
    (0, "squared_error", [None, 1], "found object"),
    (0, "squared_error", numpy.ma.masked_equal([1, 2], 2), "found some masked"),
]


@pytest.mark.parametrize(("classes", "loss", "y", "found"), BAD)
def test_bad_targets_are_one_sentence_that_names_the_first(classes, loss, y, found):
    network = spec(classes or 1, THREE[: max(2, classes)] if classes else ())
    with pytest.raises(DataError, match=found) as caught:
        targets.fitting(network, loss, y)
    assert "\n" not in str(caught.value)


def test_errors_call_an_event_by_the_number_it_has_in_the_file():
    wanted = targets.answers(ONE, "cross_entropy")
    with pytest.raises(DataError, match=r"jets/y\.npy\[700\]: "):
        wanted.fitting(numpy.array([0, 5]), "jets/y.npy", numpy.array([3, 700]))


def test_names_need_names_in_the_spec():
    with pytest.raises(DataError, match=r"found texts: output\.classes can name classes"):
        targets.fitting(spec(1), "cross_entropy", ["a", "b"])


def test_a_softmax_over_one_output_is_refused():
    with pytest.raises(SpecError, match=r"training\.loss: wanted two outputs or more"):
        targets.fitting(ONE, "softmax_cross_entropy", [1])


@pytest.mark.parametrize(
    ("width", "output", "loss"),
    [
        (1, {"classes": ["s", "b"]}, "cross_entropy"),
        (3, {"classes": THREE}, "softmax_cross_entropy"),
        (2, {"activation": "softmax"}, "softmax_cross_entropy"),
        (2, {"activation": "sigmoid"}, "cross_entropy"),
        (1, {"analysis": "classification"}, "cross_entropy"),
        (2, {"analysis": "multiclass"}, "softmax_cross_entropy"),
        (1, {}, "squared_error"),
        (1, {"targets": [{"name": "e"}], "activation": "sigmoid"}, "squared_error"),
    ],
)
def test_the_output_says_which_loss_goes_with_it(width, output, loss):
    assert targets.loss_of_output(spec(width, **output)) == loss


@pytest.mark.parametrize("order", "<>")
def test_texts_of_a_damaged_file_need_not_be_letters(order):
    y = numpy.array(["Signal", "Background"], f"{order}U10")
    y.view(f"{order}u4")[12] = 0x80000042
    with pytest.raises(DataError, match=r"y\[1\]: wanted the name of a class, found '\ufffd'"):
        targets.fitting(ONE, "cross_entropy", y)
