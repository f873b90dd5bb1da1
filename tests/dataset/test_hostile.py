"""Whatever is handed in ends in a data set or in one sentence."""

from __future__ import annotations

import numpy
import pytest

from netspec import dataset
from netspec.errors import NetspecError
from tests.dataset.events import LENGTHS, SPEC, WEIGHTS, X, Y, flat, network

NAMES = numpy.array(["Background", "Signal"])[Y]
SMALL = {"x": X[:5].astype("float32"), "y": NAMES[:5], "weights": WEIGHTS[:5]}
ARRAYS = SMALL | {"lengths": LENGTHS[:5]}


def files(folder):
    """The same five events in every kind of file; give those that are to be damaged."""
    numpy.savez(folder / "stored.npz", **ARRAYS)
    numpy.savez_compressed(folder / "packed.npz", **ARRAYS)
    rows = zip(SMALL["x"].reshape(5, 12).tolist(), *list(SMALL.values())[1:], strict=True)
    lines = [",".join(map(str, [*x, name, weight])) for x, name, weight in rows]
    head = ",".join([*(f"c{n}" for n in range(12)), "y", "weights"])
    (folder / "table.csv").write_text("\n".join([head, *lines]))
    (folder / "arrays").mkdir()
    for name, array in ARRAYS.items():
        numpy.save(folder / f"arrays/{name}.npy", array)
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def outcome(path):
    """What comes of a file: nothing, where all its events can be taken, or what is said."""
    try:
        data = dataset.open(SPEC, path, one_class=True)
        data.take(numpy.arange(len(data)))
        assert len(data.fingerprint) == 16
    except NetspecError as error:
        return str(error)
    return ""


def test_damaged_files_end_in_one_sentence_or_in_events(tmp_path):
    said = set()
    for path in files(tmp_path):
        opened = path.parent if path.suffix == ".npy" else path
        assert outcome(opened) == ""
        whole = path.read_bytes()
        damaged = [whole[:size] for size in range(0, len(whole), 31)]
        for at in range(0, len(whole), 7):
            flip = (0x01, 0x80, 0xFF)[at % 3]
            damaged.append(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
        for content in damaged:
            path.write_bytes(content)
            said.add(outcome(opened).replace(str(tmp_path), ""))
        path.write_bytes(whole)
    assert not [text for text in said if "\n" in text]
    assert len(said) > 20


ODD = [
    None, [], 0, "x", b"x", {}, [[]], [None] * 50, [[1] * 3] * 50, numpy.zeros((50, 0, 3)),
    numpy.zeros((50, 4, 3), "M8[s]"), numpy.array([]), range(50), X[..., None], float("nan"),
    object(), len, [X[0], None], [[1, 2], [3]], [[[1, 2, 3]], [[1, 2]]], ["a"] * 50,
    numpy.ma.masked_array(Y, Y == 0), numpy.array([["a", "b"]] * 50), Y.astype("U"),
    NAMES.astype("S"), numpy.zeros(50, [("a", int)]), [{}] * 50, 2**70, [2**70] * 50,
    numpy.full(50, 2**63, "uint64"), [X[0, :n] for n in (4, 0, 1)], set("ab"),
]  # fmt: skip
SPECS = [
    SPEC,
    network(True),
    network(True, steps=None),
    network(True, 3, "abc", training={"loss": "softmax_cross_entropy"}),
    network(classes=(), training={"loss": "huber"}),
    network(steps=None),
    flat("a", "b", "c"),
]


@pytest.mark.parametrize("role", ["x", "y", "weights", "lengths", "state/lstm_1/h"])
@pytest.mark.parametrize("spec", SPECS)
def test_odd_arrays_end_in_one_sentence_or_in_events(role, spec):
    said, sequences = [], [X[0, :n] for n in (4, 0, 1)]
    for odd in ODD:
        for x in (X, sequences):
            try:
                data = dataset.of_arrays(spec, {"x": x, "y": Y} | {role: odd}, one_class=True)
                data.take([0, 1])
            except NetspecError as error:
                said.append(str(error))
    assert not [text for text in said if "\n" in text]
