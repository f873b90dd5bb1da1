"""NumPy's files of several arrays, written by NumPy itself."""

from __future__ import annotations

import io
import zipfile

import numpy
import pytest

from netspec import data
from netspec.errors import DataError

X = numpy.arange(60, dtype="float32").reshape(10, 3, 2)
LENGTHS = numpy.arange(10) % 4


def whole(path, **options):
    with data.open(path, **options) as source:
        chunks = list(source.chunks(4))
        x = numpy.concatenate([chunk.x for chunk in chunks])
        lengths = [chunk.lengths for chunk in chunks if chunk.lengths is not None]
        return x, numpy.concatenate(lengths) if lengths else None


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_the_events_and_their_lengths_are_found(save, tmp_path):
    save(tmp_path / "e.npz", x=X, lengths=LENGTHS, weights=numpy.ones(10))
    x, lengths = whole(tmp_path / "e.npz")
    assert numpy.array_equal(x, X)
    assert numpy.array_equal(lengths, LENGTHS)


def test_other_names_can_be_asked_for(tmp_path):
    numpy.savez(tmp_path / "e.npz", x=X * 2, hits=X, count=LENGTHS)
    x, lengths = whole(tmp_path / "e.npz", array="hits", lengths="count")
    assert numpy.array_equal(x, X)
    assert numpy.array_equal(lengths, LENGTHS)


def test_an_only_array_needs_no_name(tmp_path):
    numpy.savez_compressed(tmp_path / "e.npz", X, lengths=LENGTHS)
    assert numpy.array_equal(whole(tmp_path / "e.npz")[0], X)


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_an_array_stored_by_columns_is_read_by_rows(save, tmp_path):
    save(tmp_path / "e.npz", x=numpy.asfortranarray(X))
    assert numpy.array_equal(whole(tmp_path / "e.npz")[0], X)


def test_numpy_reads_what_is_written(tmp_path):
    pieces = data.write(data.kind("y.npz"), [X[:4], X[4:]], X.shape, "float32")
    (tmp_path / "y.npz").write_bytes(b"".join(pieces))
    with numpy.load(tmp_path / "y.npz", allow_pickle=False) as found:
        assert found["y"].dtype == "float32"
        assert numpy.array_equal(found["y"], X)


def test_a_missing_array_is_answered_with_the_nearest(tmp_path):
    numpy.savez(tmp_path / "e.npz", events=X, other=X)
    with pytest.raises(DataError, match=r"no array 'x' \(known: events, other\)"):
        data.open(tmp_path / "e.npz")
    with pytest.raises(DataError, match="did you mean 'events'"):
        data.open(tmp_path / "e.npz", array="event")


def test_lengths_must_go_with_the_rows(tmp_path):
    numpy.savez(tmp_path / "e.npz", x=X, lengths=LENGTHS[1:])
    with pytest.raises(DataError, match=r"wanted \(10,\).*found \(9,\)"):
        data.open(tmp_path / "e.npz")


def test_objects_are_not_unpickled(tmp_path):
    numpy.savez(tmp_path / "e.npz", x=numpy.array([{}, 1], dtype=object))
    with pytest.raises(DataError, match="nothing is unpickled"):
        data.open(tmp_path / "e.npz")


def test_an_archive_without_arrays_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DataError, match="no array 'x'"):
        data.open(tmp_path / "e.npz")


def member(header_shape, numbers):
    stream = io.BytesIO()
    head = {"descr": "<f4", "fortran_order": False, "shape": header_shape}
    numpy.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue() + numbers


def test_a_header_that_claims_more_than_the_archive_holds_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member((10**12, 30), bytes(1000)))
    with pytest.raises(DataError, match="120000000000000 bytes, the archive holds 1000"):
        data.open(tmp_path / "e.npz")


def test_a_directory_that_claims_more_than_can_be_unpacked_is_refused(tmp_path):
    """Both headers agree on a size that so few packed bytes cannot give."""
    with zipfile.ZipFile(tmp_path / "e.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member((10**8,), bytes(4)))
    content = (tmp_path / "e.npz").read_bytes()
    short, long = (len(member((10**8,), b"")) + size for size in (4, 4 * 10**8))
    size_in_directory = content.rindex(short.to_bytes(4, "little"))
    lie = bytearray(content)
    lie[size_in_directory : size_in_directory + 4] = long.to_bytes(4, "little")
    (tmp_path / "e.npz").write_bytes(lie)
    with pytest.raises(DataError, match="wants 400000000 bytes, the archive holds"):
        data.open(tmp_path / "e.npz")


def test_a_bomb_goes_off_in_small_pieces(tmp_path):
    """64 MB of zeros in 64 kB: only the rows that are asked for are unpacked."""
    with zipfile.ZipFile(tmp_path / "e.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member((4_000_000, 4), bytes(64_000_000)))
    with data.open(tmp_path / "e.npz") as source:
        first = next(source.chunks(10))
    assert first.x.shape == (10, 4)


def test_a_packed_array_by_columns_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("netspec.data.npz.LARGEST_BY_COLUMNS", 100)
    numpy.savez_compressed(tmp_path / "e.npz", x=numpy.asfortranarray(X))
    with pytest.raises(DataError, match="stored by columns"):
        data.open(tmp_path / "e.npz")
