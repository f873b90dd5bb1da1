"""NumPy's files of one array, written by NumPy itself."""

from __future__ import annotations

from math import prod

import numpy
import pytest

from netspec import data
from netspec.errors import DataError


def whole(path):
    with data.open(path) as source:
        return numpy.concatenate([chunk.x for chunk in source.chunks(3)])


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i8", "u1", "<f2", "?"])
def test_real_numbers_of_every_kind_are_read(dtype, tmp_path):
    x = (numpy.arange(24).reshape(8, 3) % 7).astype(dtype)
    numpy.save(tmp_path / "x.npy", x)
    assert numpy.array_equal(whole(tmp_path / "x.npy"), x)


def test_an_array_stored_by_columns_is_read_by_rows(tmp_path):
    x = numpy.arange(24.0).reshape(4, 3, 2)
    numpy.save(tmp_path / "x.npy", numpy.asfortranarray(x))
    assert numpy.array_equal(whole(tmp_path / "x.npy"), x)


def test_numpy_reads_what_is_written(tmp_path):
    x = numpy.arange(6, dtype="float32").reshape(2, 3)
    pieces = data.write(data.kind("y.npy"), [x[:1], x[1:]], x.shape, "float32")
    (tmp_path / "y.npy").write_bytes(b"".join(pieces))
    y = numpy.load(tmp_path / "y.npy", allow_pickle=False)
    assert y.dtype == "float32"
    assert numpy.array_equal(y, x)


def test_rows_that_do_not_come_leave_no_file_that_lies():
    pieces = data.write(data.kind("y.npy"), [numpy.zeros((2, 3))], (3, 3), "float32")
    with pytest.raises(DataError, match=r"wanted the 3 rows .* found 2"):
        b"".join(pieces)


@pytest.mark.parametrize(
    ("array", "found"),
    [
        (numpy.array([{}, 1], dtype=object), "object"),
        (numpy.array([1j]), "complex128"),
        (numpy.array(["text"]), "<U4"),
        (numpy.zeros(3, [("pt", "f4"), ("eta", "f4")]), "pt"),
        (numpy.float64(1.5), "a single number"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused(array, found, tmp_path):
    numpy.save(tmp_path / "x.npy", array, allow_pickle=array.dtype == object and True)
    with pytest.raises(DataError, match=found):
        data.open(tmp_path / "x.npy")


@pytest.mark.parametrize(
    "shape",
    ["(1000000000000, 3)", "(8, 300)", "(8, -3)", "(-8, -3)", "(8, 2)", "(-5, 0)"],
)
def test_a_header_that_lies_costs_nothing(shape, tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.zeros((8, 3)))
    content = (tmp_path / "x.npy").read_bytes()
    lie = content.replace(b"(8, 3), }" + b" " * (len(shape) - 6), shape.encode() + b", }")
    assert len(lie) == len(content)
    (tmp_path / "x.npy").write_bytes(lie)
    with pytest.raises(DataError, match=r"wants|wanted"):
        data.open(tmp_path / "x.npy")


@pytest.mark.parametrize("shape", [(2**62, 0), (0, 2**62), (10**40, 0), (True, 3)])
def test_a_shape_that_no_array_can_have_is_refused(shape, tmp_path):
    with (tmp_path / "x.npy").open("wb") as file:
        said = {"descr": "<f8", "fortran_order": False, "shape": shape}
        numpy.lib.format.write_array_header_1_0(file, said)
        file.write(bytes(8 * prod(shape)))  # as many as it promises
    with pytest.raises(DataError, match="wanted the shape of an array"):
        data.open(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ((b"\x93NUMPY", b"\x93NUMPI"), "found no beginning of one"),
        ((b"NUMPY\x01", b"NUMPY\x09"), "found 9"),
        ((b"'descr'", b"open(1)"), "found a broken header of one"),
        ((b"(8, 3), }", b"(2**9), }"), "found a broken header of one"),
    ],
)
def test_a_broken_header_is_told_in_our_own_words(change, found, tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.zeros((8, 3)))
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content.replace(*change))
    with pytest.raises(DataError, match=found) as caught:
        data.open(tmp_path / "x.npy")
    assert "object at 0x" not in str(caught.value)


def test_an_npy_file_has_no_names(tmp_path):
    numpy.save(tmp_path / "x.npy", numpy.zeros((8, 3)))
    with pytest.raises(DataError, match="no array called 'lengths'"):
        data.open(tmp_path / "x.npy", lengths="lengths")
