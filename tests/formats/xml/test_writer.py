"""What is not written: weights that do not fit, and what XML cannot hold."""

import io

import numpy as np
import pytest

import netspec
from netspec import formats
from netspec.errors import FormatError, WeightsError
from netspec.formats import Extras, Golden


def test_weights_that_do_not_fit_the_spec_are_refused_and_nothing_is_written(small, tmp_path):
    spec, weights, _ = netspec.read(small)
    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    wrong = [
        ({}, "gru_1/W"),
        (weights | {"gru_1/X": 1}, "gru_1/X"),
        (weights | {"dense_1/b": np.zeros(2, np.float32)}, "dense_1/b"),
        (weights | {"dense_1/b": np.array([0.1])}, "does not fit in it without rounding"),
        (weights | {"dense_1/b": np.array([1j])}, "dense_1/b"),
        (None, "found a spec alone"),
    ]
    for values, reason in wrong:
        with pytest.raises(WeightsError, match=reason):
            netspec.write(path, spec, values)
    assert path.read_bytes() == b"old"


def test_weights_of_another_dtype_that_lose_nothing_are_written(small):
    spec, weights, extras = netspec.read(small)
    wide = {name: array.astype(np.float64) for name, array in weights.items()}
    wide["dense_1/b"] = np.array([0.25])
    target = io.BytesIO()
    formats.write(target, spec, wide, extras)
    again = netspec.read(target.getvalue())
    assert again.weights["dense_1/b"].dtype == np.float32
    assert again.weights["dense_1/b"] == 0.25


@pytest.mark.parametrize(
    ("extras", "reason"),
    [
        (Extras(metadata={"a": "bell \x07"}), r"metadata 'a': XML cannot hold .* at position 5"),
        (Extras(metadata={"a\ud800": ""}), "XML cannot hold"),
        (Extras(metadata={"a": 1}), "wanted text, found int"),
        (Extras(history={"loss": (1, "x")}), "history 'loss': wanted a row of numbers"),
        (Extras(history={"loss": 3}), "history 'loss': wanted a row of numbers"),
        (Extras(history={"loss": ([1], [2, 3])}), "history 'loss': wanted a row of numbers"),
        (Extras(history=None), "history: wanted a dictionary, found NoneType"),
        (Extras(metadata=[("a", "b")]), "metadata: wanted a dictionary, found list"),
        (Extras(history={"\ufffe": ()}), "XML cannot hold"),
        (Extras(encoding="hex"), "wanted decimal or base64, found 'hex'"),
    ],
)
def test_extras_that_xml_cannot_hold_are_refused(small, extras, reason):
    spec, weights, _ = netspec.read(small)
    with pytest.raises(FormatError, match=reason):
        formats.write(io.BytesIO(), spec, weights, extras)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inputs": np.zeros((1, 3, 1), np.float32)}, r"inputs: wanted the shape \(any, 2, 1\)"),
        ({"inputs": np.zeros((1, 2, 1))}, "inputs: wanted float32, found float64"),
        ({"inputs": None}, "inputs: wanted an array, found none"),
        ({"outputs": np.zeros((2, 1), np.float32)}, r"outputs: wanted the shape \(1, 1\)"),
        ({"outputs": np.zeros((1, 2), np.float32)}, r"wanted the shape \(1, 1\), found \(1, 2\)"),
        ({"outputs": np.zeros((1, 1, 1), np.float32)}, r"outputs: wanted the shape \(1, 1\)"),
        ({"lengths": np.array([3])}, "lengths: wanted numbers from 0 to 2"),
        ({"lengths": np.array([1.0])}, "lengths: wanted 1 whole numbers"),
        ({"tolerance": -1.0}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"tolerance": "none"}, "tolerance: wanted a number from 0 up, found 'none'"),
        ({"contract": "first"}, "number of a contract"),
        ({"contract": "٠"}, "number of a contract"),
        ({"contract": 0}, "number of a contract, found 'numpy' and 0"),
        ({"engine": ""}, "name of an engine"),
        ({"engine": None}, "name of an engine"),
        ({"engine": "\x01"}, "XML cannot hold"),
    ],
)
def test_golden_outputs_that_do_not_belong_to_the_spec_are_refused(small, change, reason):
    spec, weights, extras = netspec.read(small)
    golden = Golden(**(vars(extras.golden) | change))
    with pytest.raises(FormatError, match=reason):
        formats.write(io.BytesIO(), spec, weights, Extras(golden=golden))


def test_more_elements_than_are_read_are_not_written(small):
    spec, weights, _ = netspec.read(small)
    metadata = dict.fromkeys(map(str, range(500_000)), "")
    with pytest.raises(FormatError, match="wanted at most 500000 elements in a file, found about"):
        formats.write(io.BytesIO(), spec, weights, Extras(metadata=metadata))
