"""Data sets of files: the same events from every kind, and one error for what is wrong with one."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy
import pytest

from netspec import dataset
from netspec.errors import DataError
from tests.dataset.events import LENGTHS, SPEC, STATE, WEIGHTS, X, Y, flat, network, same

ALL = {"x": X, "y": Y, "weights": WEIGHTS, "lengths": LENGTHS, "state/lstm_1/h": STATE}
NAMES = numpy.array(["Background", "Signal"])[Y]


def save(path, **arrays):
    """Write arrays to an npz file, or to a folder where the path has no suffix."""
    if path.suffix:
        numpy.savez(path, **arrays)
        return path
    for name, array in arrays.items():
        file = path / f"{name}.npy"
        file.parent.mkdir(parents=True, exist_ok=True)
        numpy.save(file, array)
    return path


def table(path, head, *columns, separator=","):
    lines = [separator.join(head)] if head else []
    lines += [separator.join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


every_kind = pytest.mark.parametrize("name", ["jets.npz", "jets"])


@every_kind
def test_all_arrays_are_found_by_their_names(name, tmp_path):
    path = save(tmp_path / name, **ALL)
    for given in (path, str(path)):
        data = dataset.open(SPEC, given)
        batch = data.take([49, 0, 1])
        same(batch, [49, 0, 1], X, Y, WEIGHTS, LENGTHS)
        assert numpy.array_equal(batch.state["lstm_1/h"], STATE[[49, 0, 1]].astype("float32"))
    assert data.fingerprint == dataset.of_arrays(SPEC, ALL).fingerprint


@every_kind
def test_arrays_may_have_other_names(name, tmp_path):
    path = save(tmp_path / name, x=X, truth=NAMES, w=WEIGHTS, steps=LENGTHS, y=Y * 0)
    data = dataset.open(SPEC, path, target="truth", weights="w", lengths="steps")
    same(data.take([4, 2]), [4, 2], X, Y, WEIGHTS, LENGTHS)
    with pytest.raises(DataError, match="no array 'turth', did you mean 'truth'"):
        dataset.open(SPEC, path, target="turth")
    with pytest.raises(DataError, match="wanted one array of targets, found 2 names"):
        dataset.open(SPEC, path, target=["y", "truth"])


@every_kind
def test_flat_events_are_put_into_the_shape_of_the_spec(name, tmp_path):
    data = dataset.open(SPEC, save(tmp_path / name, x=X.reshape(50, 12), y=Y))
    same(data.take([4, 2]), [4, 2])
    same(data.rows(0, 50), range(50))


@every_kind
def test_bad_values_are_named_with_file_and_row(name, tmp_path):
    x = X.copy()
    x[17, 2, 1] = numpy.nan
    path = save(tmp_path / name, x=x, y=Y)
    where = r"x\.npy" if name == "jets" else r"jets\.npz\[x\]"
    with pytest.raises(DataError, match=rf"{where}\[17, 2, 1\]: wanted a finite number"):
        dataset.open(SPEC, path).take([17])
    path = save(tmp_path / name, x=X, y=Y * 2)
    where = where.replace("x", "y") if name == "jets" else r"jets\.npz\[y\]"
    with pytest.raises(DataError, match=r"y.*\[1\]: wanted a number from 0 to 1"):
        dataset.open(SPEC, path)


def test_targets_are_wanted(tmp_path):
    save(tmp_path / "a.npz", x=X)
    numpy.save(tmp_path / "b.npy", X)
    (tmp_path / "empty").mkdir()
    for name in ("a.npz", "b.npy"):
        with pytest.raises(DataError, match=r"no array 'y'.*targets are wanted beside x"):
            dataset.open(SPEC, tmp_path / name)
    with pytest.raises(DataError, match="no array 'x'"):
        dataset.open(SPEC, tmp_path / "empty")


def test_nothing_in_a_file_is_unpickled(tmp_path):
    objects = numpy.array([{}] * 50, dtype=object)
    for name in ("a.npz", "a"):
        with pytest.raises(DataError, match="nothing is unpickled"):
            dataset.open(SPEC, save(tmp_path / name, x=X, y=objects))


def test_a_pipe_in_the_place_of_an_array_is_not_waited_for(tmp_path):
    folder = save(tmp_path / "jets", x=X)
    os.mkfifo(folder / "y.npy")
    with pytest.raises(DataError, match="wanted an npy file, found something else"):
        dataset.open(SPEC, folder)
    os.mkfifo(tmp_path / "jets.npz")
    with pytest.raises(DataError, match="found a stream"):
        dataset.open(SPEC, tmp_path / "jets.npz")


def test_a_header_that_lies_costs_nothing(tmp_path):
    folder = save(tmp_path / "jets", x=X, y=Y)
    whole = (folder / "x.npy").read_bytes()
    (folder / "x.npy").write_bytes(whole.replace(b"(50, 4, 3), }  ", b"(5000000, 4, 3), }", 1))
    with pytest.raises(DataError, match=r"wants .* bytes, found"):
        dataset.open(SPEC, folder)


def test_a_folder_larger_than_the_memory_is_trained_from(tmp_path):
    """A terabyte of zeros, of which the disk holds none."""
    shape = (10**6, 500, 500)
    folder = save(tmp_path / "jets", y=numpy.arange(10**6) % 2)
    with (folder / "x.npy").open("wb") as stream:
        head = {"descr": "<f4", "fortran_order": False, "shape": shape}
        numpy.lib.format.write_array_header_1_0(stream, head)
        stream.truncate(stream.tell() + 10**12)
    spec = network().from_data(
        {
            "input": {"steps": 500, "features": 500},
            "layers": [{"type": "lstm", "units": 2}, {"type": "dense", "units": 1}],
            "output": {"classes": ["a", "b"]},
        }
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = dataset.open(spec, folder)
    batch = data.take([999_999, 0, 500_000])
    assert batch.x.shape == (3, 500, 500)
    assert batch.t.tolist() == [[1.0], [0.0], [0.0]]
    assert len(data.fingerprint) == 16
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB, or bytes on macOS
    assert used < 300 * 1024 * (1024 if os.uname().sysname == "Darwin" else 1)


def test_a_file_that_is_cut_short_in_the_middle_of_a_training_is_one_error(tmp_path):
    folder = save(tmp_path / "jets", x=X, y=Y)
    data = dataset.open(SPEC, folder)
    os.truncate(folder / "x.npy", 128 + 10 * 96)
    same(data.take([3, 9]), [3, 9])
    with pytest.raises(DataError, match=r"x\.npy: .*it was cut short after it was opened"):
        data.take([3, 40])
    (folder / "x.npy").unlink()
    same(data.take([3, 9]), [3, 9])


COLUMNS = X.reshape(50, 12).T


def test_a_table_without_names_is_read_in_order(tmp_path):
    path = table(tmp_path / "e.csv", (), Y, *COLUMNS, WEIGHTS, LENGTHS)
    data = dataset.open(SPEC, path, target=0, weights=-2, lengths=14)
    same(data.take([8, 3]), [8, 3], X, Y, WEIGHTS, LENGTHS)
    same(dataset.open(SPEC, path, target="0", weights="13", lengths="-1").take([8]), [8],
         X, Y, WEIGHTS, LENGTHS)  # fmt: skip
    with pytest.raises(DataError, match=r"wanted a column y.*by its number"):
        dataset.open(SPEC, path)
    with pytest.raises(DataError, match=r"no column 15 \(columns: 0 to 14\)"):
        dataset.open(SPEC, path, target=15)


HEAD = [f"c{n}" for n in range(12)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("answer", ["y", "target"])
def test_a_table_with_names_is_read_by_names(separator, answer, tmp_path):
    head = [*HEAD[:5], answer, *HEAD[5:], "weights", "lengths"]
    columns = [*COLUMNS[:5], NAMES, *COLUMNS[5:], WEIGHTS, LENGTHS]
    path = table(tmp_path / "e.csv", head, *columns, separator=separator)
    same(dataset.open(SPEC, path).take([8, 3]), [8, 3], X, Y, WEIGHTS, LENGTHS)


def test_variables_are_found_by_the_names_of_the_spec(tmp_path):
    spec = flat("pt", "eta", training={"loss": "squared_error"})
    columns = {"id": ["one"] * 50, "eta": X[:, 0, 0], "mass": Y, "pt": X[:, 0, 1], "w": WEIGHTS}
    path = table(tmp_path / "e.csv", list(columns), *columns.values())
    batch = dataset.open(spec, path, target="mass", weights="w").take([5])
    assert batch.x.tolist() == [[numpy.float32(X[5, 0, 1]), numpy.float32(X[5, 0, 0])]]
    assert batch.t.tolist() == [[float(Y[5])]]
    with pytest.raises(DataError, match="no column 'mas', did you mean 'mass'"):
        dataset.open(spec, path, target="mas")
    with pytest.raises(DataError, match="no column '2'"):
        dataset.open(spec, path, target="2")


def test_targets_of_a_regression_are_found_by_the_names_of_the_spec(tmp_path):
    spec = flat("pt", output={"targets": [{"name": "mass"}]})
    columns = {"pt": X[:, 0, 0], "y": X[:, 1, 1], "mass": X[:, 2, 2]}
    path = table(tmp_path / "e.csv", list(columns), *columns.values())
    assert dataset.open(spec, path).take([5]).t.tolist() == [[numpy.float32(X[5, 2, 2])]]
    assert dataset.open(spec, path, target="y").take([5]).t[0, 0] == numpy.float32(X[5, 1, 1])


def test_a_table_has_targets_per_step_in_the_order_of_the_steps(tmp_path):
    labels = (X[..., 0] > 0).astype(int)
    head = [*HEAD, *(f"y{n}" for n in range(4))]
    path = table(tmp_path / "e.csv", head, *COLUMNS, *labels.T)
    data = dataset.open(network(per_step=True), path, target=[f"y{n}" for n in range(4)])
    assert data.take([5, 6]).t[..., 0].tolist() == labels[5:7].tolist()


def test_a_table_has_several_targets_of_a_step_side_by_side(tmp_path):
    spec = network(True, 2, (), training={"loss": "squared_error"})
    wanted = X[:, :, :2] + 2
    names = [f"y{n}" for n in range(8)]
    path = table(tmp_path / "e.csv", [*HEAD, *names], *COLUMNS, *wanted.reshape(50, 8).T)
    found = dataset.open(spec, path, target=names).take([5, 6]).t
    assert found.tolist() == wanted[5:7].astype("float32").tolist()


def test_a_column_called_lengths_is_a_variable_where_no_event_has_a_length(tmp_path):
    spec = flat("pt", "lengths", training={"loss": "cross_entropy"})
    path = table(tmp_path / "e.csv", ["lengths", "y", "pt"], X[:, 0, 0], Y, X[:, 0, 1])
    data = dataset.open(spec, path)
    assert data.lengths is None
    assert data.take([7]).x.tolist() == [[numpy.float32(X[7, 0, 1]), numpy.float32(X[7, 0, 0])]]


@pytest.mark.parametrize(
    ("line", "cells", "found"),
    [
        (3, "soft,1,2", r"e\.csv:4:1: column 1 \(pt\): wanted a number, found 'soft'"),
        (3, "1,2", r"e\.csv:4: wanted 3 cells"),
        (3, "1,nan,1", r"e\.csv: x\[2, 1\]: wanted a finite number"),
        (3, "1,1e99,1", r"e\.csv: x\[2, 1\]: wanted a finite number of float32, found inf"),
        (3, "1,2,", r"e\.csv:4:5: column 3 \(y\): wanted a number, found nothing"),
        (3, "1,2,3", r"e\.csv: y\[2\]: wanted a number from 0 to 1"),
        (1, "1,2,signal", r"e\.csv: y: wanted numbers, found texts"),
    ],
)
def test_bad_cells_are_named(line, cells, found, tmp_path):
    lines = ["pt,eta,y", *(f"{n},{n},{n % 2}" for n in range(9))]
    lines[line] = cells
    (tmp_path / "e.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=found) as caught:
        dataset.open(flat("pt", "eta", training={"loss": "cross_entropy"}), tmp_path / "e.csv")
    assert "\n" not in str(caught.value)


def test_a_table_of_another_width_is_refused(tmp_path):
    path = table(tmp_path / "e.csv", [*HEAD, "id", "y"], *COLUMNS, Y, Y)
    with pytest.raises(DataError, match="wanted events of 4 x 3 numbers, found 13"):
        dataset.open(SPEC, path)


def test_one_variable_is_a_table_too(tmp_path):
    path = table(tmp_path / "e.csv", ["y", "pt"], Y, X[:, 0, 0])
    spec = flat("pt", training={"loss": "cross_entropy"})
    assert dataset.open(spec, path).take([2]).x.tolist() == [[numpy.float32(X[2, 0, 0])]]


def test_a_table_without_rows_has_no_events(tmp_path):
    (tmp_path / "e.csv").write_text("pt,y\n")
    with pytest.raises(DataError, match="at least one event"):
        dataset.open(flat("pt"), tmp_path / "e.csv")


def test_what_is_not_there_is_an_error_of_the_system(tmp_path):
    for name in ("nothing.npz", "nothing.csv"):
        with pytest.raises(FileNotFoundError):
            dataset.open(SPEC, tmp_path / name)
    with pytest.raises(DataError, match="wanted the suffix of a kind of data"):
        dataset.open(SPEC, Path(tmp_path / "nothing"))


def test_an_archive_that_is_none_is_refused(tmp_path):
    (tmp_path / "e.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(DataError, match="not an npz archive"):
        dataset.open(SPEC, tmp_path / "e.npz")


def test_an_archive_that_does_not_fit_into_memory_says_what_helps(tmp_path, monkeypatch):
    path = save(tmp_path / "e.npz", x=X, y=Y)

    def full(*_):
        raise MemoryError

    monkeypatch.setattr("netspec.data.npz.numpy.empty", full)
    with pytest.raises(DataError, match="do not fit into memory: a folder of npy files"):
        dataset.open(SPEC, path)
