"""predict on trees and parquet files: inputs are found by name, outputs are trees beside them."""

from __future__ import annotations

import io

import numpy
import pytest

uproot = pytest.importorskip("uproot", reason="uproot is not installed")
awkward = pytest.importorskip("awkward", reason="awkward is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

import netspec  # noqa: E402
from tests.cli.conftest import EVENTS  # noqa: E402

NAN = numpy.nan
LENGTHS = numpy.array([4, 0, 2, 3, 1, 4, 2])
RUN = numpy.arange(7, dtype="uint64") + 2**63


def tree(path, **branches):
    """Write a tree `t`, in two baskets."""
    kinds = {
        name: numpy.dtype((b.dtype, b.shape[1:]))
        if isinstance(b, numpy.ndarray)
        else b.type.content
        for name, b in branches.items()
    }
    with uproot.recreate(path) as file:
        written = file.mktree("t", kinds)
        for part in (slice(0, 3), slice(3, None)):
            written.extend({name: b[part] for name, b in branches.items()})


def read(path, name="tree"):
    with uproot.open(path) as file:
        return file[name].arrays(library="np")


def jagged(x, lengths=LENGTHS):
    return awkward.Array([row[:n].tolist() for row, n in zip(x, lengths, strict=True)])


@pytest.fixture
def steps(files):
    """Four arrays of three features, a step each."""
    some = {f"step{k}": numpy.ascontiguousarray(EVENTS[:, k], "f4") for k in range(4)}
    tree(files / "e.root", run=RUN, **some)
    return netspec.load(files / "small.xml")(EVENTS.astype("f4"))


def test_arrays_of_features_are_the_steps_in_their_order(cli, files, steps):
    said = cli("predict", "small.xml", "e.root:t", "-o", "y.root:scores", "--leave", "run")
    assert (said.status, said.err) == (0, "")
    assert said.out == "y.root:scores: 7 x 1 float32: Signal\n"
    found = read(files / "y.root", "scores")
    assert list(found) == ["Signal"]
    assert numpy.array_equal(found["Signal"], steps[:, 0])


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
@pytest.mark.parametrize("out", ["y.root", "y.parquet"])
def test_columns_are_kept_beside_the_outputs_of_their_events(chunk, out, cli, files, steps):
    line = ("predict", "small.xml", "e.root", "-o", out, "--leave", "run", "--keep", "run")
    said = cli(*line, "--keep", "step1", "--chunk", chunk, "--json")
    assert said.json["columns"] == ["Signal", "run", "step1"]
    if out == "y.root":
        found = read(files / out)
    else:
        table = parquet.read_table(files / out)
        found = {name: numpy.array(table[name].to_pylist()) for name in table.column_names}
    assert found["run"].tolist() == RUN.tolist()
    assert numpy.array_equal(found["step1"].astype("f4"), EVENTS[:, 1].astype("f4"))
    numpy.testing.assert_allclose(found["Signal"].astype("f4"), steps[:, 0], rtol=1e-5)


@pytest.mark.parametrize("kind", ["root", "parquet"])
def test_arrays_of_any_length_are_features_and_tell_the_lengths(kind, cli, files):
    some = {name: jagged(EVENTS[:, :, k]) for k, name in enumerate(["x", "y", "z"])}
    if kind == "root":
        tree(files / "e.root", **some)
    else:
        awkward.to_parquet(awkward.Array(some), files / "e.parquet")
    said = cli("predict", "small.xml", f"e.{kind}", "-o", "y.npy", "--chunk", 3)
    assert said.status == 0, said.err
    wanted = netspec.load(files / "small.xml")(EVENTS.astype("f4"), lengths=LENGTHS)
    found = numpy.load(files / "y.npy", allow_pickle=False)
    numpy.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_an_event_that_is_too_long_is_refused_or_cut(cli, files):
    long = numpy.concatenate([EVENTS, EVENTS], axis=1)
    some = {name: jagged(long[:, :, k], LENGTHS + 2) for k, name in enumerate(["x", "y", "z"])}
    tree(files / "e.root", **some)
    line = ("predict", "small.xml", "e.root", "-o", "y.npy")
    said = cli(*line)
    assert said.status == 1
    assert said.err == (
        "netspec: e.root: event 0: x: wanted at most 4 entries, one for each step, found 6:"
        " an input without `steps` takes all of them, and netspec predict with --cut the first 4\n"
    )
    assert not (files / "y.npy").exists()
    assert cli(*line, "--cut").status == 0
    lengths = numpy.minimum(LENGTHS + 2, 4)
    wanted = netspec.load(files / "small.xml")(EVENTS.astype("f4"), lengths=lengths)
    found = numpy.load(files / "y.npy", allow_pickle=False)
    numpy.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_what_arrays_are_has_to_be_said_where_it_may_be_either(cli, files):
    (files / "square.yaml").write_text(
        "input: {steps: 3, features: 3}\nlayers: [{type: rnn, units: 2}]\n"
    )
    cli("convert", "square.yaml", "square.xml", "--seed", "1")
    x = EVENTS[:, :3].astype("f4")
    tree(files / "e.root", **{f"b{k}": numpy.ascontiguousarray(x[:, k]) for k in range(3)})
    line = ("predict", "square.xml", "e.root", "-o", "y.npy")
    assert "3 arrays of 3 numbers are steps as well as features" in cli(*line).err
    network = netspec.load(files / "square.xml")
    for way, events in (("steps", x), ("features", x.swapaxes(1, 2))):
        assert cli(*line, "--branches", way).status == 0
        found = numpy.load(files / "y.npy", allow_pickle=False)
        numpy.testing.assert_allclose(found, network(events), rtol=1e-5)
    assert (
        "found none"
        in cli("predict", "small.xml", "events.npz", "-o", "y.npy", "--branches", "steps").err
    )


VARIABLES = """
input:
  variables:
    - {name: pt, expression: "sqrt(px*px + py*py)", title: Momentum}
    - {name: "px"}
    - {name: "hits[1]*2"}
    - {name: hits, type: "F[]", size: 2}
layers: [{type: dense, units: 2}]
output: {targets: [{name: m-ass}, {name: "m ass"}]}
"""


@pytest.fixture
def named(files, cli):
    (files / "named.yaml").write_text(VARIABLES)
    cli("convert", "named.yaml", "named.xml", "--seed", "3")
    return netspec.load(files / "named.xml")


@pytest.mark.parametrize("kind", ["root", "parquet", "csv"])
def test_variables_are_found_by_name_or_computed_from_branches(kind, cli, files, named):
    px, py = EVENTS[:, 0, 0], EVENTS[:, 0, 1]
    hits = numpy.ascontiguousarray(EVENTS[:, 1, :2], "f4")
    if kind == "csv":
        rows = numpy.column_stack([py, hits, px])
        head = "py,hits[0],hits[1],px"
        numpy.savetxt(files / "e.csv", rows, delimiter=",", header=head, fmt="%.17g")
    else:
        tree(files / "e.root", other=px, py=py, hits=hits, px=px)
    if kind == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        pairs = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(hits.reshape(-1)), 2)
        parquet.write_table(pyarrow.table({"py": py, "hits": pairs, "px": px}), files / "e.parquet")
    said = cli("predict", "named.xml", f"e.{kind}", "-o", "y.root", "--chunk", 4)
    assert said.out == "y.root: 7 x 2 float32: m_ass, m_ass_2\n", said.err
    x = [
        [(a * a + b * b) ** 0.5, a, 2 * float(h[1]), *h]
        for a, b, h in zip(px, py, hits, strict=True)
    ]
    wanted, found = named(numpy.array(x)), read(files / "y.root")
    numpy.testing.assert_allclose(found["m_ass"], wanted[:, 0], rtol=1e-6)
    numpy.testing.assert_allclose(found["m_ass_2"], wanted[:, 1], rtol=1e-6)


def test_a_missing_branch_is_answered_with_the_nearest(cli, files, named):
    tree(files / "e.root", pX=EVENTS[:, 0, 0], py=EVENTS[:, 0, 1], hits=EVENTS[:, 1, :2])
    said = cli("predict", "named.xml", "e.root", "-o", "y.root")
    assert said.status == 1
    assert "'sqrt(px*px + py*py)': 'px', did you mean 'pX'?; 'px', did you mean 'pX'?" in said.err
    assert not (files / "y.root").exists()


def test_nan_is_nan_or_what_somebody_wants_in_its_place(cli, files):
    x = EVENTS.astype("f4").copy()
    x[2, 1, 0] = NAN
    tree(files / "e.root", **{f"s{k}": numpy.ascontiguousarray(x[:, k]) for k in range(4)})
    said = cli("predict", "small.xml", "e.root", "-o", "y.root")
    assert "NaN in the outputs of 1 of 7 events" in said.out
    plain = read(files / "y.root")["Signal"]
    said = cli("predict", "small.xml", "e.root", "-o", "y.root", "--nan-value", "-999")
    assert "NaN, written as -999, in the outputs of 1 of 7 events" in said.out
    found = read(files / "y.root")["Signal"]
    assert numpy.isnan(plain).tolist() == [n == 2 for n in range(7)]
    assert found.tolist() == numpy.where(numpy.isnan(plain), -999, plain).tolist()


def test_an_input_that_is_nan_counts_though_the_output_is_not(cli, files):
    """Behind the valid steps NaN is nothing; and a network may lose one on its way."""
    x, lengths = EVENTS.copy(), LENGTHS.copy()
    x[0, 3, 0], x[3, 3, 0] = NAN, NAN  # the last of four valid steps, and one behind three
    numpy.savez(files / "e.npz", x=x, lengths=lengths)
    cli("predict", "small.xml", "e.npz", "-o", "y.npy", "--nan-value", "-1")
    found = numpy.load(files / "y.npy", allow_pickle=False)
    assert (found[:, 0] == -1).tolist() == [True, *[False] * 6]


def test_no_entries_give_a_tree_without_entries(cli, files):
    tree(files / "e.root", **{f"s{k}": numpy.empty((0, 3), "f4") for k in range(4)})
    assert cli("predict", "small.xml", "e.root", "-o", "y.root").status == 0
    with uproot.open(f"{files}/y.root:tree") as found:
        assert (found.num_entries, found.keys()) == (0, ["Signal"])


REFUSED = {
    ("y.npy", "--keep", "run"): "y.npy: wanted a ROOT or parquet file",
    ("y.root", "--keep", "rum"): "e.root: rum: wanted a column of numbers to keep, found none, did",
    ("-", "--format", "root"): "-: wanted",
    ("e.root:scores",): "would replace what is read: choose another name",
    ("y.root", "--array", "x"): "a ROOT file has trees, no array 'x': say e.root:x",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(line, cli, files, steps):
    before = {path.name: path.read_bytes() for path in files.iterdir()}
    said = cli("predict", "small.xml", "e.root", "--leave", "run", "-o", *line)
    assert said.status == 1
    assert REFUSED[line] in said.err
    assert before == {path.name: path.read_bytes() for path in files.iterdir()}


def test_an_error_on_the_way_leaves_the_old_file(cli, files):
    some = {name: jagged(EVENTS[:, :, k]) for k, name in enumerate(["x", "y", "z"])}
    some["z"] = jagged(EVENTS[:, :, 2], [*LENGTHS[:6], 1])  # the last event has fewer
    tree(files / "e.root", **some)
    (files / "y.root").write_bytes(b"precious")
    said = cli("predict", "small.xml", "e.root", "-o", "y.root", "--chunk", 2)
    assert said.err == "netspec: e.root: event 6: z: wanted 2 entries, as x has, found 1\n"
    assert (files / "y.root").read_bytes() == b"precious"
    assert not list(files.glob(".*.tmp"))


def test_the_bar_counts_entries(cli, files, steps, monkeypatch):
    line = ("predict", "small.xml", "e.root", "-o", "y.root", "--leave", "run")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    assert cli(*line).status == 0
    assert "7/7" in terminal.getvalue()


@pytest.mark.filterwarnings("ignore::netspec.errors.NetspecWarning")
@pytest.mark.parametrize("tree", ["TestTree", "TrainTree"])
def test_tmva_s_own_outputs_stand_beside_ours_in_its_own_tree(tree, cli, files, real_files):
    """The branch MLPBNN of the tree holds what TMVA 4.2.1 gave for its events."""
    folder = real_files / "tmva"
    data = f"{folder}/mlp_6.24.outputs.root:dataset/{tree}"
    line = ("predict", folder / "mlp_6.24.weights.xml", data, "-o", "y.root:scores")
    assert cli(*line, "--keep", "MLPBNN").status == 0
    found = read(files / "y.root", "scores")
    assert len(found["Signal"]) == 197
    numpy.testing.assert_allclose(found["Signal"], found["MLPBNN"], rtol=0, atol=1e-6)
