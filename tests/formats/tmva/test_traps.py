"""Smaller traps of TMVA files: what counts when two places differ, and what is not said twice."""

from __future__ import annotations

import io

import numpy
import pytest

import netspec
from netspec.errors import FormatError, NetspecWarning
from tests.formats.tmva.agreement import agrees, comes_back, near, outputs
from tests.formats.tmva.documents import Draw, cell
from tests.formats.tmva.root_reader import Reader
from tests.formats.tmva.typed import (
    batch_norm,
    convolution,
    dense,
    file_of,
    flatten,
    max_pool,
    normalize,
    reshape,
    same,
)


def written(text):
    target = io.BytesIO()
    netspec.write(target, *netspec.read(text.encode()), format="tmva")
    return target.getvalue().decode()


def test_the_elements_count_and_not_the_formulas_of_the_layout(b):
    layout = "DENSE|(N+50)*2|TANH,DENSE|0|LINEAR"
    text = file_of([dense([[1, 1], [1, -1]], [0, 0]), same(2)], "xy", outputs=2, layout=layout)
    near(agrees(text, [[3, 2]], b), [[5, 1]])
    assert f">{layout}</Option>" in written(text)


def test_a_classification_by_squares_goes_through_a_sigmoid_all_the_same(b):
    # Trained with the line itself against 0 and 1, and evaluated with 1/(1 + e^-1).
    text = file_of([dense([[1, 0]], [0])], "xy", letter="S", analysis="Classification", loss="R")
    near(agrees(text, [[1, 0]], b), [[1 / (1 + numpy.exp(-1))]])
    comes_back(text, [[1, 0]], b)
    assert 'LossFunction="R"' in written(text)


def test_several_classes_learnt_as_independent_chances_are_shared_out_all_the_same(b):
    # e, 1 and 1/e, of which the sum is 4.0862.
    text = file_of(
        [dense([[1], [0], [-1]], [0, 0, 0])], "x", letter="M", analysis="Multiclass",
        classes=("a", "b", "c"), loss="C",
    )  # fmt: skip
    near(agrees(text, [[1]], b), [[0.665241, 0.244728, 0.090031]])
    comes_back(text, [[1]], b)


def test_large_logits_have_a_softmax_where_tmvas_own_overflows(b):
    text = file_of([same(2)], "xy", letter="M", analysis="Multiclass", classes=("a", "b"))
    with pytest.raises(OverflowError):
        Reader(text).evaluate([1000, 0])
    near(outputs(text, [[1000, 0], [-1000, -1000]], b), [[1, 0], [0.5, 0.5]])


def test_what_was_trained_on_a_gpu_is_read_as_any_other(b):
    text = file_of([same(2)], "xy", outputs=2)
    other = text.replace(">CPU</Option>", ">GPU</Option>")
    assert other != text
    assert (outputs(other, [[1, 2]], b) == outputs(text, [[1, 2]], b)).all()
    assert ">GPU</Option>" in written(other)


def test_attributes_of_a_root_to_come_are_passed_over(b):
    text = file_of([same(2).replace('Width="2"', 'Width="2" Novelty="1"')], "xy", outputs=2)
    near(agrees(text, [[1, 2]], b), [[1, 2]])


def test_a_text_of_more_than_ten_megabytes_is_read_to_its_last_number(b):
    # 1000 ones times a matrix of ones, of which the last number is 42: sums of 1000 and one 1041.
    W = [[1.0] * 1000 for _ in range(820)]
    W[-1][-1] = 42.0
    pick = [[0.0] * 820 for _ in range(2)]
    pick[0][0] = pick[1][819] = 1.0
    text = file_of([dense(W, [0.0] * 820), dense(pick, [0.0, 0.0])], 1000, outputs=2)
    assert max(map(len, text.splitlines())) > 11_000_000
    near(outputs(text, [[1] * 1000], b), [[1000, 1041]])


WINDOWS = {
    "a convolution": convolution([[1, 10]], [0], (1, 2), stride=(1, 2)),
    "a pool": max_pool((1, 2), (1, 2)),
}


@pytest.mark.parametrize("what", WINDOWS)
def test_windows_that_leave_a_rest_are_read_as_old_roots_did_and_not_written(b, what):
    # 1 2 3 4 5 under windows of two: the 5 is left out, 21 and 43, or 2 and 4.
    text = file_of([WINDOWS[what], flatten(2)], 5, dims=(1, 1, 5), outputs=2)
    with pytest.warns(NetspecWarning, match="newer releases of ROOT refuse windows"):
        netspec.read(text.encode())
    near(outputs(text, [[1, 2, 3, 4, 5]], b), [[21, 43] if "conv" in what else [2, 4]])
    with pytest.raises(AssertionError, match="hyper parameters"):
        Reader(text)
    with pytest.raises(FormatError, match="windows that reach to the end"), pytest.warns():
        written(text)


def norm(n):
    return batch_norm([0] * n, [1] * n, [1] * n, [0] * n, 1e-4)


DOUBTFUL = {
    "a batch norm of an image that nobody made": (
        file_of([norm(2), flatten(6)], 6, dims=(2, 1, 3), outputs=6),
        "<BatchNormLayer>",
    ),
    "a batch norm of steps": (
        file_of([cell(Draw(1), "RNN", 3, 2, 2)[0], norm(3), flatten(6)], 6, dims=(3, 1, 2)),
        "<BatchNormLayer>: .* after a recurrent layer is not supported",
    ),
    "an image that gets another shape": (
        file_of([reshape(3, 1, 2), reshape(2, 1, 3), flatten(6)], 6, outputs=6),
        "<ReshapeLayer>: wanted a row of numbers",
    ),
    "a dense layer of an image": (
        file_of([same(6)], 6, dims=(2, 1, 3), outputs=6),
        "<DenseLayer>: .* a ReshapeLayer with Flattening=1 is missing",
    ),
    "a filter larger than the image": (
        file_of([convolution([[1] * 8], [0], (1, 8)), flatten(1)], 6, dims=(1, 1, 6)),
        "<ConvLayer>: wanted a filter of at most 6 in width, found 8",
    ),
    "a range of nothing": (
        file_of([same(1)], "x", transforms=[normalize("x", [(1, 1)])]),
        "<Range>: wanted Min and Max to differ",
    ),
}


@pytest.mark.parametrize("what", DOUBTFUL)
def test_what_tmva_leaves_in_doubt_is_refused_with_file_and_line(what):
    text, said = DOUBTFUL[what]
    with pytest.raises(FormatError, match=rf"^<bytes>:\d+: {said}"):
        netspec.read(text.encode())
    if "steps" not in what:
        with pytest.raises((AssertionError, ZeroDivisionError)):
            Reader(text).evaluate([1.0] * (1 if "range" in what else 6))


def test_the_stack_of_roots_tutorial_for_dense_layers_with_batch_norm(b):
    """DENSE|3|RELU,BNORM,DENSE|3|RELU,BNORM,DENSE|1|LINEAR, of numbers that a pencil follows."""
    # 2 and -3 through relu are 2 0 2; less 1 and halved 0.5 -0.5 0.5; doubled 1 -1 1.
    first = dense([[1, 0], [0, 1], [1, 0]], [0, 0, 0], 1)
    second = dense([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0], 1)
    norms = [
        batch_norm([1] * 3, [3] * 3, [2] * 3, [0] * 3, 1.0),
        batch_norm([0] * 3, [0] * 3, [10, 100, 1000], [1, 2, 3], 1.0),
    ]
    layers = [first, norms[0], second, norms[1], dense([[1, 1, 1]], [0.5])]
    # 1 0 1 through the second relu; 11 + 2 + 1003 + 0.5.
    near(agrees(file_of(layers, "xy"), [[2, -3]], b), [[1016.5]])
    comes_back(file_of(layers, "xy"), [[2, -3], [0.5, 4]], b)
