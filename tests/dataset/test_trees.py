"""Data sets of trees and parquet files: the same events as from arrays."""

from __future__ import annotations

import numpy
import pytest

uproot = pytest.importorskip("uproot", reason="uproot is not installed")
awkward = pytest.importorskip("awkward", reason="awkward is not installed")

from netspec import dataset, evaluate, train  # noqa: E402
from netspec.errors import DataError  # noqa: E402
from netspec.network import build  # noqa: E402
from netspec.spec import NetworkSpec  # noqa: E402
from tests.dataset.events import EVENTS, LENGTHS, SPEC, WEIGHTS, X, Y, flat, same  # noqa: E402

NAMES = numpy.array(["Background", "Signal"])[Y]
ALL = numpy.arange(EVENTS)


def save(path, **branches):
    """Write columns to a tree `t` of a ROOT file, or to a parquet file."""
    branches = {
        name: numpy.ascontiguousarray(b) if isinstance(b, numpy.ndarray) else b
        for name, b in branches.items()
    }
    if path.suffix == ".parquet":
        awkward.to_parquet(awkward.Array(branches), path)
        return path
    with uproot.recreate(path) as file:
        file["t"] = branches
    return f"{path}:t"


def jagged():
    rows = [x[:n] for x, n in zip(X, LENGTHS, strict=True)]
    return {
        name: awkward.Array([row[:, k].tolist() for row in rows]) for k, name in enumerate("abc")
    }


every_kind = pytest.mark.parametrize("name", ["jets.root", "jets.parquet"])


@every_kind
def test_variables_are_found_by_name_or_computed(name, tmp_path):
    a, b = X[:, 0, 0], X[:, 0, 1]
    place = save(tmp_path / name, b=b, y=Y, a=a, weights=WEIGHTS)
    events = dataset.open(flat("a", "sqrt(a*a + b*b)", "b"), place)
    wanted = numpy.array([[x, (x * x + y * y) ** 0.5, y] for x, y in zip(a, b, strict=True)])
    same(events.take(ALL), ALL, wanted, Y, WEIGHTS)
    assert events.variables == ("a", "sqrt(a*a + b*b)", "b")


@every_kind
def test_columns_without_names_in_the_spec_are_taken_in_their_order(name, tmp_path):
    columns = {f"c{k:02}": X.reshape(EVENTS, 12)[:, k] for k in range(12)}
    events = dataset.open(SPEC, save(tmp_path / name, y=Y, **columns))
    same(events.take(ALL), ALL)


@every_kind
def test_arrays_of_any_length_are_sequences_with_their_lengths(name, tmp_path):
    events = dataset.open(SPEC, save(tmp_path / name, y=Y, w=WEIGHTS, **jagged()), weights="w")
    x = X.copy()
    for row, length in zip(x, LENGTHS, strict=True):
        row[length:] = 0
    same(events.take(ALL), ALL, x, Y, WEIGHTS, LENGTHS)


def test_the_names_of_classes_are_answers(tmp_path):
    columns = {"a": X[:, 0, 0], "b": X[:, 0, 1], "kind": awkward.Array(NAMES.tolist())}
    place = save(tmp_path / "jets.parquet", **columns)
    spec = flat("a", "b", output={"classes": ["Signal", "Background"]})
    events = dataset.open(spec, place, target="kind")
    same(events.take(ALL), ALL, X[:, 0, :2], Y)


def test_a_branch_that_is_missing_is_named(tmp_path):
    place = save(tmp_path / "jets.root", a=X[:, 0, 0], y=Y)
    with pytest.raises(DataError, match=r"jets.root:t: no column for the variable 'A', did you"):
        dataset.open(flat("A"), place)
    with pytest.raises(DataError, match=r"jets.root:t: no column 'z'"):
        dataset.open(flat("a"), place, target="z")


def test_a_network_that_learned_from_a_tree_is_the_one_that_learned_from_arrays(tmp_path):
    place = save(tmp_path / "jets.root", y=Y, **jagged())
    data = SPEC.to_data() | {
        "training": {"loss": "cross_entropy", "epochs": 2, "batch_size": 10, "validation": 0.2}
    }
    spec = NetworkSpec.from_data(data)
    x = X * (numpy.arange(4) < LENGTHS[:, None])[:, :, None]
    networks = [build(spec, seed=1) for _ in range(2)]
    train(networks[0], place)
    train(networks[1], (x, Y), lengths=LENGTHS)
    for name, array in networks[0].weights.items():
        assert array.tobytes() == networks[1].weights[name].tobytes()
    found = evaluate(networks[0], place)
    assert found.to_data() == evaluate(networks[1], (x, Y), lengths=LENGTHS).to_data()
