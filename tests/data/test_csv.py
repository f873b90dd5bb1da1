"""Lines of numbers, written by hand."""

from __future__ import annotations

import numpy
import pytest

from netspec import data
from netspec.errors import DataError


@pytest.fixture
def events(tmp_path):
    """A function that writes a file and reads it: (columns, numbers, lengths)."""

    def read(text, **options):
        path = tmp_path / "events.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with data.open(path, **options) as source:
            chunks = list(source.chunks(2))
            assert source.shape == (sum(len(c.x) for c in chunks), *chunks[0].x.shape[1:])
            lengths = [n for c in chunks if c.lengths is not None for n in c.lengths]
            return source.columns, [list(row) for c in chunks for row in c.x], lengths

    return read


def test_the_first_line_may_hold_names(events):
    assert events("pt,eta\n1,2\n3,4.5e-3\n") == (("pt", "eta"), [[1, 2], [3, 0.0045]], [])
    assert events("1,2\n3,4\n") == ((), [[1, 2], [3, 4]], [])


@pytest.mark.parametrize(
    "text",
    [
        "pt,eta\r\n1,2\r\n3,4\r\n",
        "pt, eta\n1, 2\n3, 4",
        "\ufeffpt,eta\n1,2\n3,4\n",
        "# pt,eta\n1,2\n3,4\n",
        "pt;eta\n1;2\n3;4\n",
        "pt\teta\n1\t2\n3\t4\n",
        '"pt","eta"\n"1",2\n3,"4"\n',
        "\npt,eta\n\n1,2\n\n3,4\n\n",
    ],
)
def test_the_usual_spellings_mean_the_same(text, events):
    assert events(text) == (("pt", "eta"), [[1, 2], [3, 4]], [])


def test_a_column_can_hold_the_lengths(events):
    columns, rows, lengths = events("a,n,b\n1,2,3\n4,5,6\n", lengths="n")
    assert (columns, rows, lengths) == (("a", "b"), [[1, 3], [4, 6]], [2, 5])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pt,eta\n1,2\n3,x\n", r"events.csv:3:3: column 2 \(eta\): wanted a number, found 'x'"),
        ("1,2\n30, y\n", "events.csv:2:4: column 2: wanted a number, found ' y'"),
        ("1,2\n,4\n", "events.csv:2:1: column 1: wanted a number, found nothing"),
        ("1,2\n3,\u0664\n", "events.csv:2:3: column 2: wanted a number, found '\u0664'"),
        ("1,2\n1_0,4\n", "events.csv:2:1: column 1: wanted a number, found '1_0'"),
        ("1;2\n3;4,5\n", "events.csv:2:3: column 2: wanted a number, found '4,5'"),
        ("1,2\n0x1F,4\n", "events.csv:2:1: column 1: wanted a number, found '0x1F'"),
        ("\n\n1,a\n", "events.csv:3:3: column 2: wanted a number, found 'a'"),
        ("1,2\n3,4,5\n", "events.csv:2: wanted 2 cells, as in the first line, found 3"),
        ("1,2\n3\n", "events.csv:2: wanted 2 cells, as in the first line, found 1"),
        ('1,2\n"3,4\n', "events.csv:2: "),
        ("a,b,a\n1,2,3\n", "events.csv:1: two columns are called 'a'"),
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        (b"1,2\n3,\xff\n", "wanted UTF-8, found the byte 0xff"),
    ],
)
def test_a_fault_is_told_with_line_and_column(text, message, events):
    with pytest.raises(DataError, match=message):
        events(text)


def test_a_hundred_thousand_columns_are_looked_at_once_each(events):
    names = [f"c{number}" for number in range(100_000)]
    line = ",".join(["1"] * 100_001)
    assert len(events(f"{','.join(names)},last\n{line}\n")[0]) == 100_001
    with pytest.raises(DataError, match="two columns are called 'c7'"):
        events(f"{','.join(names)},c7\n{line}\n")


def test_an_unknown_column_of_lengths_is_answered_with_the_nearest(events):
    with pytest.raises(DataError, match="did you mean 'steps'"):
        events("steps,a\n1,2\n", lengths="step")
    with pytest.raises(DataError, match="found columns without names"):
        events("1,2\n", lengths="step")


def test_a_file_without_line_ends_is_not_taken_into_memory(events, monkeypatch):
    monkeypatch.setattr("netspec.data.csv.LONGEST_LINE", 1000)
    with pytest.raises(DataError, match="no end of this one"):
        events("1," * 1000)


def test_numbers_are_written_as_short_as_they_are_exact():
    block = numpy.float32([[0.1, 1e-45], [-0.0, 12.5]])
    pieces = data.write(data.kind("y.csv"), [block], (2, 2), "float32", ["a", 'b, "c"'])
    assert b"".join(pieces).decode() == 'a,"b, ""c"""\n0.1,1e-45\n-0.0,12.5\n'


@pytest.mark.parametrize("quote", ["", '"'])
def test_columns_that_are_not_asked_for_may_hold_anything(quote, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(f"file,eta,pt,n,\n{quote}a.root{quote},2,1,4,\n,5,4,3,\n")
    with data.open(path, lengths="n") as source:
        assert source.columns == ("file", "eta", "pt", "")
        [chunk] = source.chunks(10, [2, 1])
    assert chunk.x.tolist() == [[1, 2], [4, 5]]
    assert chunk.lengths.tolist() == [4, 3]


@pytest.mark.parametrize("line", ["a.root,2,1,9", "a.root,2", 'a.root,"2,1"'])
def test_every_line_has_the_cells_of_the_first_whatever_is_asked_for(line, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(f"file,eta,pt\nb.root,5,4\n{line}\n")
    with (
        data.open(path) as source,
        pytest.raises(DataError, match=r"events\.csv:3: wanted 3 cells, as in the first line"),
    ):
        list(source.chunks(10, [1]))


def test_a_line_of_empty_cells_is_no_empty_line(events):
    with pytest.raises(DataError, match=r"events\.csv:3.*found nothing"):
        events("a\tb\n1\t2\n\t\n3\t4\n")


def test_what_stands_in_quotes_separates_nothing(events):
    assert events('"a;b",c\n1,2\n') == (("a;b", "c"), [[1, 2]], [])
