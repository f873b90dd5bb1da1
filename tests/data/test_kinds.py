"""What every kind of data file promises, whichever module it is."""

from __future__ import annotations

from importlib.util import find_spec

import numpy
import pytest

from netspec import data
from netspec.data.filling import tables
from netspec.errors import DataError

PACKAGES = {"root": "uproot", "parquet": "pyarrow"}
KINDS = [
    pytest.param(
        kind,
        marks=pytest.mark.skipif(
            find_spec(PACKAGES.get(kind, "numpy")) is None,
            reason=f"{PACKAGES.get(kind)} is not installed",
        ),
    )
    for kind in sorted(data.known())
]
SHAPES = [(7, 3), (7, 5, 3), (1, 1), (0, 4)]

every_kind = pytest.mark.parametrize("kind", KINDS)


def numbers(shape, dtype):
    """Numbers of all sizes: no two alike, subnormal and negative ones among them."""
    count = int(numpy.prod(shape))
    x = numpy.float64([(-1) ** k * (k + 1.1) / 3 * 10.0 ** (k % 60 - 44) for k in range(count)])
    with numpy.errstate(under="ignore"):
        return x.astype(dtype).reshape(shape)


def in_blocks(x, rows):
    return (x[first : first + rows] for first in range(0, max(1, len(x)), rows))


def write(path, x, rows=3):
    module = data.kind(path)
    columns = [f"c{number}" for number in range(int(numpy.prod(x.shape[1:])))]
    if hasattr(module, "fill"):
        with path.open("w+b") as stream:
            module.fill(stream, tables(in_blocks(x, rows), columns))
        return
    pieces = data.write(module, in_blocks(x, rows), x.shape, x.dtype.name, columns)
    path.write_bytes(b"".join(pieces))


def read(path, rows=2, **options):
    with data.open(path, **options) as source:
        chunks = list(source.chunks(rows))
        assert all(0 < len(chunk.x) <= rows for chunk in chunks)
        return numpy.concatenate([chunk.x for chunk in chunks]) if chunks else None


def complaint(path):
    """What is said against a file; nothing if it can be read."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return ""


@every_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_written_is_read_back_to_the_bit(kind, dtype, shape, tmp_path):
    path, x = tmp_path / f"events.{kind}", numbers(shape, dtype)
    write(path, x)
    with data.open(path) as source:
        assert source.shape[0] == shape[0]
        assert not source.has_lengths
    found = read(path)
    if shape[0]:
        assert found.astype(dtype).tobytes() == x.tobytes()
    else:
        assert found is None


@every_kind
def test_the_rows_come_in_their_order_however_they_are_cut(kind, tmp_path):
    path, x = tmp_path / f"events.{kind}", numbers((7, 3), "float64")
    write(path, x, rows=4)
    for rows in (1, 2, 3, 7, 100):
        assert numpy.array_equal(read(path, rows), x)


@every_kind
def test_the_same_numbers_give_the_same_bytes(kind, tmp_path):
    files = [tmp_path / f"{name}.{kind}" for name in "ab"]
    for file, rows in zip(files, (2, 5), strict=True):
        write(file, numbers((7, 3), "float32"), rows)
    if kind == "root":  # which holds the time and a number of its own
        assert files[0].stat().st_size == files[1].stat().st_size
        return
    assert files[0].read_bytes() == files[1].read_bytes()


@every_kind
def test_infinities_and_nan_are_numbers(kind, tmp_path):
    path, x = (
        tmp_path / f"events.{kind}",
        numpy.float64([[numpy.inf, -numpy.inf], [numpy.nan, -0.0]]),
    )
    write(path, x)
    assert numpy.array_equal(read(path), x, equal_nan=True)
    assert numpy.signbit(read(path)[1, 1])


@every_kind
def test_only_text_can_be_cut_short_unnoticed(kind, tmp_path):
    """Text has no end of its own: whole lines are fine, and half a number is a number."""
    path, x = tmp_path / f"events.{kind}", numbers((7, 3), "float64")
    write(path, x)
    whole = path.read_bytes()
    for size in range(0, len(whole), 5 if kind not in PACKAGES else 97):
        path.write_bytes(whole[:size])
        said = complaint(path)
        if said:
            assert said.startswith(str(path))
            continue
        assert kind == "csv"
        found = read(path)
        if found is not None:
            whole_lines = len(found) - 1  # the last one may end in half a number
            assert len(found) <= len(x)
            assert found[:whole_lines].tobytes() == x[:whole_lines].tobytes()


@every_kind
def test_damaged_bytes_end_in_one_sentence_or_in_numbers(kind, tmp_path):
    path = tmp_path / f"events.{kind}"
    write(path, numbers((5, 3), "float32"))
    whole = path.read_bytes()
    few = kind in PACKAGES  # every opening takes milliseconds
    for at in range(0, len(whole), 1 + len(whole) // 100 if few else 1):
        for flip in (0x01, 0x80, 0xFF):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
            said = complaint(path)
            assert not said or said.startswith(str(path))
            assert "\n" not in said


@every_kind
def test_a_file_that_is_not_there_is_an_error_of_the_system(kind, tmp_path):
    with pytest.raises(FileNotFoundError):
        data.open(tmp_path / f"nothing.{kind}")


@every_kind
def test_a_folder_is_no_file(kind, tmp_path):
    folder = tmp_path / f"folder.{kind}"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        data.open(folder)


def test_no_two_kinds_share_a_suffix():
    suffixes = [suffix for module in data.known().values() for suffix in module.SUFFIXES]
    assert len(suffixes) == len(set(suffixes))


def test_an_unknown_suffix_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(DataError, match=r"did you mean '\.npz'"):
        data.kind(tmp_path / "events.nzp")
    with pytest.raises(DataError, match="wanted the suffix of a kind of data, found none"):
        data.kind(tmp_path / "events")


def test_a_format_overrules_the_suffix(tmp_path):
    assert data.kind("events.txt", "csv").NAME == "csv"
    with pytest.raises(DataError, match="did you mean 'csv'"):
        data.kind("events.txt", "cvs")
