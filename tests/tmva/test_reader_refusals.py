"""What a script can hand to a Reader by mistake: one sentence each, and no warning of NumPy's."""

from __future__ import annotations

import ctypes
from array import array

import numpy
import pytest

from netspec import tmva as TMVA
from netspec.errors import DataError
from tests.formats.tmva import fixtures

PATH = fixtures.FOLDER / "batch_norm.weights.xml"
NAMES = ("x", "y", "z")


@pytest.fixture
def reader():
    made = TMVA.Reader(names=NAMES)
    made.BookMVA("m", PATH)
    return made


@pytest.mark.parametrize(
    "address",
    [
        "1", b"abcd", bytearray(4), memoryview(b"abcd"), {}, {0: 1.0}, 1.0, (), [],
        array("f"), array("i", [1]), (ctypes.c_int * 2)(), ctypes.c_int(1), numpy.float32(1),
        numpy.array(1.0), numpy.zeros((1, 1)), numpy.zeros(0), numpy.zeros(1, "c8"),
    ],
    ids=lambda address: type(address).__name__,
)  # fmt: skip
def test_what_is_no_place_of_floats_is_refused_at_once(address):
    with pytest.raises(DataError, match="AddVariable: 'z': wanted the place of a float"):
        TMVA.Reader().AddVariable("z", address)


@pytest.mark.parametrize("address", [memoryview(array("f", [1.0])), numpy.ones(9, ">f8")[::3]])
def test_any_row_of_floats_is_a_place(address):
    made = TMVA.Reader()
    for name in NAMES:
        made.AddVariable(name, address if len(address) == 1 else address[:1])
    made.BookMVA("m", PATH)
    assert made.EvaluateMVA("m") == made.EvaluateMVA([1.0, 1.0, 1.0], "m")


@pytest.mark.parametrize(
    "values",
    [["a", "b", "c"], ["1", "2", "3"], {}, iter([1.0]), 3 * [10**400], 3 * [1j], [[1], []]],
)
def test_an_event_of_no_numbers_is_refused(reader, values):
    with pytest.raises(DataError, match="the values of an event: wanted"):
        reader.EvaluateMVA(values, "m")


@pytest.mark.parametrize(
    "wrong", [["a"], ["1"], "a", None, iter([1.0]), [1.0, 2.0], [[1.0], [2.0]], 1.0, [1j]]
)
def test_a_column_of_no_numbers_or_of_another_length_is_refused(reader, wrong):
    with pytest.raises(DataError, match="events: "):
        reader.evaluate({"x": [1.0], "y": [1.0], "z": wrong})


def test_numbers_beyond_a_float_are_infinite(reader):
    y = reader.evaluate([[1e300, 0.0, 0.0], [numpy.inf, 0.0, 0.0]])
    numpy.testing.assert_array_equal(y[0], y[1])
    there = [array("d", [v]) for v in (1e300, 0.0, 0.0)]
    other = TMVA.Reader()
    for name, place in zip(NAMES, there, strict=True):
        other.AddVariable(name, place)
    other.BookMVA("m", PATH)
    found = other.EvaluateMVA("m")
    assert found == reader.EvaluateMVA([numpy.inf, 0.0, 0.0], "m")


@pytest.mark.parametrize("nan_value", [None, -999.0])
def test_no_events_have_no_outputs(reader, nan_value):
    assert reader.evaluate(numpy.empty((0, 3)), nan_value=nan_value).shape == (0, 1)
    assert reader.evaluate({name: [] for name in NAMES}, nan_value=nan_value).shape == (0, 1)


@pytest.mark.parametrize("tag", [None, 5, ["m"], b"m"])
def test_a_tag_is_a_text(reader, tag):
    with pytest.raises(DataError, match="BookMVA: wanted a name for the method"):
        reader.BookMVA(tag, PATH)


def test_a_name_of_any_length_is_shortened_in_an_error():
    made = TMVA.Reader(names=["x", "y", 10**6 * "z"])
    with pytest.raises(DataError) as caught:
        made.BookMVA("m", PATH)
    assert len(str(caught.value)) < 400


def test_options_are_a_text():
    with pytest.raises(DataError, match="Reader: wanted options, or a list of names, found 5"):
        TMVA.Reader(5)
