"""Parquet files that pyarrow wrote, and those that are written here."""

from __future__ import annotations

import numpy
import pytest

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

from netspec import data  # noqa: E402
from netspec.data import parquet as kind  # noqa: E402
from netspec.data.kept import Kept  # noqa: E402
from netspec.errors import DataError, UnavailableError  # noqa: E402

NAN = numpy.nan


@pytest.fixture
def path(tmp_path):
    """Three rows in row groups of two; in the second something is missing wherever it can."""
    table = pyarrow.table(
        {
            "x": pyarrow.array([1.5, None, 3], pyarrow.float32()),
            "n": pyarrow.array([2**53 + 1, 2, 3], pyarrow.int64()),
            "m": pyarrow.array([1, None, 3], pyarrow.int16()),
            "flag": [True, None, False],
            "v": pyarrow.array([[1.0], None, [2, 3]], pyarrow.list_(pyarrow.float64())),
            "pair": pyarrow.array([[0, 1], [2, 3], [4, 5]], pyarrow.list_(pyarrow.int32(), 2)),
            "word": ["a", None, "c"],
            "jet.pt": [10.0, 20.0, 30.0],
            "jet.eta": [0.1, 0.2, 0.3],
            "record": [{"a": 1}, {"a": 2}, {"a": 3}],
        }
    )
    parquet.write_table(table, tmp_path / "e.parquet", row_group_size=2)
    return tmp_path / "e.parquet"


def columns(path, *names, rows=2):
    with data.open(path) as table:
        numbers = [table.locate(name) for name in names]
        assert None not in numbers, names
        return numpy.concatenate([chunk.x for chunk in table.chunks(rows, numbers)])


WHAT_IS_THERE = {
    "x": [1.5, NAN, 3],
    "m": [1, NAN, 3],
    "flag": [1, NAN, 0],
    "v[0]": [1, NAN, 2],
    "v[1]": [NAN, NAN, 3],
    "Length$(v)": [1, 0, 2],
    "Sum$(v)": [1, 0, 5],
    "pair[1]": [1, 3, 5],
    "Min$(pair)": [0, 2, 4],
    "jet.pt": [10, 20, 30],
}


@pytest.mark.parametrize("name", WHAT_IS_THERE)
@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_columns_of_all_kinds_are_read_and_what_is_missing_is_nan(name, rows, path):
    found = columns(path, name, rows=rows)[:, 0]
    numpy.testing.assert_array_equal(found, WHAT_IS_THERE[name])


def test_large_whole_numbers_come_in_float64(path):
    found = columns(path, "n", "x")
    assert found.dtype == "float64"
    assert found[:, 0].tolist() == [2**53, 2, 3]
    assert columns(path, "x", "m").dtype == "float32"


@pytest.mark.parametrize(("name", "what"), [("word", "string"), ("record", "struct<a: int64>")])
def test_what_is_no_number_is_told_by_its_type(name, what, path):
    with (
        data.open(path) as table,
        pytest.raises(DataError, match=f"e.parquet: {name}: wanted numbers, found {what}"),
    ):
        next(table.chunks(1, [table.columns.index(name)]))


def test_texts_are_given_as_texts(path):
    with data.open(path) as table:
        assert list(table.texts([table.columns.index("word")])) == [["a"], [""], ["c"]]


def test_a_column_counts_the_steps_where_somebody_says_so(path):
    with data.open(path, lengths="m") as table:
        assert table.has_lengths
        assert "m" not in table.columns
        chunk = next(table.chunks(1, [table.columns.index("jet.eta")]))
        assert (chunk.x.tolist(), chunk.lengths.tolist()) == ([[0.1]], [1])
    with pytest.raises(DataError, match="no column 'mm', did you mean 'm'"):
        data.open(path, lengths="mm")


def test_an_array_has_no_name_here(path):
    with pytest.raises(DataError, match="a parquet file has columns, no array 'x'"):
        data.open(path, array="x")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_file_is_told_in_one_sentence(content, tmp_path):
    (tmp_path / "e.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"e\.parquet: broken, or no file of its kind") as caught:
        data.open(tmp_path / "e.parquet")
    assert "\n" not in str(caught.value)


def test_columns_are_written_in_their_own_types_and_read_by_pyarrow(tmp_path):
    block = {"y": numpy.float32([0.1, 0.2]), "n": numpy.uint64([2**63, 1]), "m": numpy.eye(2)}
    with (tmp_path / "y.parquet").open("w+b") as stream:
        kind.fill(stream, iter([block, block]))
        assert not stream.closed
    found = parquet.read_table(tmp_path / "y.parquet")
    assert found["y"].to_pylist() == block["y"].tolist() * 2
    assert found["n"].to_pylist() == [2**63, 1] * 2
    assert found["m"].to_pylist() == [[1, 0], [0, 1]] * 2


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_truth_is_kept_as_truth_and_missing_truth_is_not(tmp_path, rows):
    table = pyarrow.table({"flag": [True, False, True, True], "some": [True, None, False, None]})
    parquet.write_table(table, tmp_path / "e.parquet", row_group_size=3)
    with Kept(data.open(tmp_path / "e.parquet"), ["flag"]) as kept:
        found = [*kept.take(3)["flag"], *kept.take(1)["flag"]]
    assert [(type(one), bool(one)) for one in found] == [
        (numpy.bool_, one) for one in (True, False, True, True)
    ]
    numpy.testing.assert_array_equal(
        columns(tmp_path / "e.parquet", "flag", "some", rows=rows),
        [[1, 1], [0, NAN], [1, 0], [1, NAN]],
    )
    with (
        Kept(data.open(tmp_path / "e.parquet"), ["some"]) as kept,
        pytest.raises(DataError, match="some: wanted bool in every row to keep it"),
    ):
        kept.take(4)


def test_without_the_package_the_extra_is_named(path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(UnavailableError, match=r"pyarrow, .*: pip install 'netspec\[root\]'"):
        data.open(path)
