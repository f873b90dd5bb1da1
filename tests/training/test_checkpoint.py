"""A checkpoint keeps everything, and believes nothing of a stranger's file."""

import hashlib
import io
import json
import os
import zipfile

import numpy as np
import pytest

import netspec
from netspec.errors import DataError, FormatError
from netspec.history import Epoch
from netspec.training import checkpoint
from netspec.training.checkpoint import Checkpoint, Place
from tests.training.problems import classifier


@pytest.fixture
def kept():
    spec = classifier()
    weights = dict(netspec.build(spec).weights)
    memory = {f"{name}/{k}": 2 * array for name, array in weights.items() for k in "mv"}
    place = Place(phase=0, epoch=1, batch=2, updates=17, total=0.1, count=5, least=0.25, waited=1)
    place.rows = [Epoch(1, 1, 0.5, float("nan"), 1e-3)]
    return spec, Checkpoint(place, weights, weights, memory, spec.canonical(), "data", 7, "numpy")


def test_what_is_written_is_read(kept, tmp_path):
    spec, given = kept
    checkpoint.write(tmp_path / "c", given)
    found = checkpoint.read(tmp_path / "c", spec, "data", 7, "numpy")
    assert str(found.place) == str(given.place)
    for group in ("weights", "best", "memory"):
        one, two = getattr(found, group), getattr(given, group)
        assert one.keys() == two.keys()
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_the_same_standing_gives_the_same_bytes(kept, tmp_path):
    for name in "ab":
        checkpoint.write(tmp_path / name, kept[1])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_disk_that_refuses_leaves_the_old_checkpoint(kept, tmp_path, monkeypatch):
    path = tmp_path / "c"
    checkpoint.write(path, kept[1])
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(path, kept[1])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["c"]


def changed(path, name, data):
    """Write the archive again with one member replaced, or left out where data is None.

    Its digest is right: what is refused is what it holds.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(held, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        if data is not None:
            new.writestr(name, data)
    content = held.getvalue()[:-2] + b"\x40\x00"
    path.write_bytes(content + hashlib.sha256(content).hexdigest().encode())


def npy(array):
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def header(shape, dtype="<f4"):
    held = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        held, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return held.getvalue()


def text(value):
    return npy(np.frombuffer(json.dumps(value).encode(), "uint8"))


def state(**other):
    """The state of the fixture's checkpoint, with one entry that cannot be."""
    place = vars(Place(epoch=1, batch=2, updates=17))
    del place["rows"]
    return text({"version": 1, "seed": 7, "engine": "numpy", **place, **other})


@pytest.mark.parametrize(
    ("member", "data"),
    [
        ("weights/lstm_1/W.npy", None),
        ("weights/lstm_1/W.npy", npy(np.zeros((1, 2), "float32"))),
        ("weights/lstm_1/W.npy", npy(np.zeros((4, 5, 3), "float64"))),
        ("weights/lstm_1/W.npy", header((2**40,))),
        ("weights/stranger.npy", npy(np.zeros(3, "float32"))),
        ("best/lstm_1/U.npy", npy(np.array([object()], dtype=object))),
        ("state.npy", text({"version": 2})),
        ("state.npy", text({"version": 1, "phase": 0, "eval": "x"})),
        ("state.npy", text([1, 2])),
        ("state.npy", state(phase=1)),
        ("state.npy", state(epoch=-1)),
        ("state.npy", state(batch=2.5)),
        ("state.npy", state(updates=None)),
        ("state.npy", state(best=1)),
        ("state.npy", state(epoch=2)),
        ("state.npy", state(rows=[])),
        ("rows.npy", None),
        ("rows.npy", npy(np.zeros((1, 4)))),
        ("rows.npy", npy(np.zeros((1, 5), "float32"))),
        ("rows.npy", npy(np.full((1, 5), np.nan))),
        ("rows.npy", npy(np.zeros((0, 5)))),
        ("rows.npy", header((2**40, 5), "<f8")),
        ("state.npy", state(seed="7")),
        ("state.npy", state(engine=None)),
        ("state.npy", npy(np.frombuffer(b"\xff\xfe{", "uint8"))),
        ("state.npy", None),
        ("state.npy", npy(np.frombuffer(b"[" * 10**5, "uint8"))),
        ("spec.npy", None),
        ("spec.npy", text([1])),
        ("spec.npy", text({"training": 5})),
        ("spec.npy", npy(np.frombuffer(b"{", "uint8"))),
        ("spec.npy", npy(np.frombuffer(b"[" * 10**5, "uint8"))),
        ("memory/lstm_1/W/m.npy", npy(np.zeros(2, "float32"))),
        ("memory/lstm_1/W/m.npy", None),
        ("memory/lstm_1/W/stranger.npy", npy(np.zeros((4, 5, 3), "float32"))),
    ],
)
def test_a_stranger_in_the_archive_is_one_clear_error(member, data, kept, tmp_path):
    spec, given = kept
    path = tmp_path / "c"
    checkpoint.write(path, given)
    changed(path, member, data)
    with pytest.raises(FormatError, match=str(path)):
        checkpoint.read(path, spec, "data", 7, "numpy")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_what_is_no_archive_is_refused(content, kept, tmp_path):
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(FormatError, match="wanted a checkpoint"):
        checkpoint.read(tmp_path / "c", kept[0], "data", 7, "numpy")


def test_a_file_that_is_cut_is_refused_at_every_length(kept, tmp_path):
    path = tmp_path / "c"
    checkpoint.write(path, kept[1])
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 997):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError):
            checkpoint.read(path, kept[0], "data", 7, "numpy")


def test_every_flipped_bit_is_noticed(kept, tmp_path):
    path = tmp_path / "c"
    checkpoint.write(path, kept[1])
    whole = path.read_bytes()
    beginnings = range(0, len(whole), 41)
    for place in {*beginnings, *range(30), *range(len(whole) - 90, len(whole))}:
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(FormatError, match=str(path)):
            checkpoint.read(path, kept[0], "data", 7, "numpy")


def test_a_pipe_is_not_waited_for(kept, tmp_path):
    os.mkfifo(tmp_path / "c")
    with pytest.raises(FormatError, match="found a stream"):
        checkpoint.read(tmp_path / "c", kept[0], "data", 7, "numpy")


def test_the_checkpoint_of_another_network_is_said_to_be_one(kept, tmp_path):
    checkpoint.write(tmp_path / "c", kept[1])
    data = kept[0].to_data()
    data["layers"][0]["units"] = 6
    other = netspec.NetworkSpec.from_data(data)
    with pytest.raises(DataError, match="wanted the checkpoint of this spec, found that of anoth"):
        checkpoint.read(tmp_path / "c", other, "data", 7, "numpy")
