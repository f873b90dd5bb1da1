"""Rows by number: from memory and from files, which may be larger than the memory, or cut short."""

from __future__ import annotations

import os
import resource

import numpy
import pytest

from netspec.data import npy, rows
from netspec.errors import DataError

X = numpy.sin(numpy.arange(2400.0)).reshape(100, 4, 6)
WANTED = [
    [0, 1, 2, 3],
    [99, 0, 50],
    [7, 7, 8, 6, 7],
    [],
    list(range(100)),
    list(range(99, -1, -1)),
]


def ways(tmp_path, array):
    """The same rows, kept in every way there is."""
    numpy.save(tmp_path / "c.npy", array)
    numpy.save(tmp_path / "f.npy", numpy.asfortranarray(array))
    yield rows.in_memory(array, "x")
    yield rows.in_memory(numpy.load(tmp_path / "c.npy", mmap_mode="r"), "x")
    yield rows.in_memory(numpy.load(tmp_path / "f.npy", mmap_mode="r"), "x")
    yield npy.rows(tmp_path / "c.npy")
    yield npy.rows(tmp_path / "f.npy")


@pytest.mark.parametrize("dtype", ["float64", ">f4", "int16", "bool"])
@pytest.mark.parametrize("turned", [0, 2**28])
def test_every_way_gives_the_same_rows(dtype, turned, tmp_path, monkeypatch):
    monkeypatch.setattr("netspec.data.npy.LARGEST_TURNED", turned)
    array = (X * 100).astype(dtype)
    for found in ways(tmp_path, array):
        assert (found.shape, found.dtype) == (array.shape, array.dtype)
        for wanted in WANTED:
            taken = found.take(numpy.array(wanted, "int64"))
            assert taken.dtype == array.dtype
            assert taken.tobytes() == b"".join(array[row].tobytes() for row in wanted)
        assert numpy.array_equal(found.between(13, 57), array[13:57])
        assert found.between(5, 5).shape == (0, 4, 6)


def test_what_is_taken_is_nobody_elses(tmp_path):
    for found in ways(tmp_path, X):
        found.take(numpy.arange(100))[:] = 0
        assert numpy.array_equal(found.take(numpy.arange(100)), X)


def test_neighbours_are_read_in_one_go(tmp_path, monkeypatch):
    numpy.save(tmp_path / "x.npy", X)
    found, calls = npy.rows(tmp_path / "x.npy"), []
    read = os.preadv
    monkeypatch.setattr(os, "preadv", lambda *a: calls.append(a[2]) or read(*a))
    found.take(numpy.array([50, 4, 2, 51, 3, 52]))
    assert len(calls) == 2
    assert calls == sorted(calls)


def test_a_read_that_gives_less_is_gone_on_with(tmp_path, monkeypatch):
    numpy.save(tmp_path / "x.npy", X)
    found, read = npy.rows(tmp_path / "x.npy"), os.preadv
    monkeypatch.setattr(os, "preadv", lambda file, views, at: read(file, [views[0][:100]], at))
    assert numpy.array_equal(found.between(0, 100), X)


def test_a_file_that_is_cut_short_meanwhile_is_one_error(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    numpy.save(tmp_path / "map.npy", X)
    both = [
        npy.rows(tmp_path / "x.npy"),
        rows.in_memory(numpy.load(tmp_path / "map.npy", mmap_mode="r"), "x"),
    ]
    for name, found in zip(("x.npy", "map.npy"), both, strict=True):
        os.truncate(tmp_path / name, 128 + 50 * 192)
        assert numpy.array_equal(found.between(0, 50), X[:50])
        for wanted in ([50], [0, 99]):
            with pytest.raises(DataError, match="wanted 100 rows, found an earlier end"):
                found.take(numpy.array(wanted))


def test_a_map_of_a_file_that_is_too_short_by_now_is_not_touched(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="r")
    os.truncate(tmp_path / "x.npy", 4096)
    with pytest.raises(DataError, match="holds fewer bytes than were mapped"):
        rows.in_memory(mapped, "x")


def test_a_file_that_is_deleted_or_replaced_is_read_on_as_it_was(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    found = npy.rows(tmp_path / "x.npy")
    numpy.save(tmp_path / "new.npy", X * 2)
    (tmp_path / "new.npy").replace(tmp_path / "x.npy")
    assert numpy.array_equal(found.between(0, 100), X)
    (tmp_path / "x.npy").unlink()
    assert numpy.array_equal(found.between(0, 100), X)


def test_a_map_whose_file_was_replaced_before_is_what_was_mapped(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="r")
    numpy.save(tmp_path / "new.npy", X * 2)
    (tmp_path / "new.npy").replace(tmp_path / "x.npy")
    found = rows.in_memory(mapped, "x")
    assert not found.stored
    assert numpy.array_equal(found.take(numpy.arange(100)), X)


def test_a_part_of_a_map_is_read_at_its_place(tmp_path):
    large = numpy.arange(40000.0).reshape(1000, 40)
    numpy.save(tmp_path / "x.npy", large)
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="r")
    for part, stored in ((slice(700, 900), True), (slice(0, 900, 3), False)):
        found = rows.in_memory(mapped[part], "x")
        assert found.stored is stored
        assert numpy.array_equal(found.between(10, 20), large[part][10:20])


def test_what_was_written_to_a_copy_on_write_map_counts(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="c")
    mapped[3] = 5
    assert (rows.in_memory(mapped, "x").take(numpy.array([3])) == 5).all()


@pytest.mark.parametrize("turned", [False, True])
def test_a_file_larger_than_the_memory_costs_what_is_asked_for(turned, tmp_path):
    """200 GB of zeros, of which the disk holds none."""
    shape = (10**6, 100, 500)
    with (tmp_path / "x.npy").open("wb") as stream:
        head = {"descr": "<f4", "fortran_order": turned, "shape": shape}
        numpy.lib.format.write_array_header_1_0(stream, head)
        begin = stream.tell()
        stream.truncate(begin + 4 * 10**6 * 50_000)
        stream.seek(begin + 4 * (77 if turned else 77 * 50_000))
        stream.write(numpy.float32(3).tobytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = npy.rows(tmp_path / "x.npy")
    taken = found.take(numpy.array([999_999, 77, 5]))
    assert taken.shape == (3, 100, 500)
    assert taken[1, 0, 0] == 3
    assert numpy.count_nonzero(taken) == 1
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB, or bytes on macOS
    assert used < 200 * 1024 * (1024 if os.uname().sysname == "Darwin" else 1)


def test_files_are_closed_with_their_rows(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    found = npy.rows(tmp_path / "x.npy")
    file = found._file
    assert os.fstat(file).st_size
    del found
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_an_array_is_passed_over_whole_in_pieces(monkeypatch):
    monkeypatch.setattr("netspec.data.rows.LARGEST_PASS", 24 * 30)
    found = rows.in_memory(X, "x")
    assert list(rows.passes(found)) == [(0, 30), (30, 60), (60, 90), (90, 100)]
    assert list(rows.passes(rows.in_memory(X[:0], "x"))) == []
