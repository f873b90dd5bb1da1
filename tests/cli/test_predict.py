"""predict: files of events in, files of outputs out."""

from __future__ import annotations

import io
from pathlib import Path

import numpy
import pytest

import netspec
from netspec.backends import default
from netspec.cli import predict
from netspec.cli._events import Events
from tests.cli.conftest import EVENTS

FLAT = EVENTS.reshape(7, 12)


def outputs(path):
    if path.suffix == ".npz":
        with numpy.load(path, allow_pickle=False) as archive:
            return archive["y"]
    if path.suffix == ".npy":
        return numpy.load(path, allow_pickle=False)
    return numpy.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)


@pytest.fixture
def wanted(files):
    return netspec.load(files / "small.xml")(EVENTS)


@pytest.mark.parametrize("kind", ["npz", "npy", "csv"])
@pytest.mark.parametrize("out", ["npz", "npy", "csv"])
def test_every_kind_of_file_goes_in_and_out(kind, out, cli, files, wanted):
    if kind == "npy":
        numpy.save(files / "events.npy", EVENTS)
    if kind == "csv":
        numpy.savetxt(files / "events.csv", FLAT, delimiter=",", fmt="%.17g")
    said = cli("predict", "small.xml", f"events.{kind}", "-o", f"y.{out}")
    assert (said.status, said.err) == (0, "")
    assert said.out == f"y.{out}: 7 x 1 float32: Signal\n"
    found = outputs(files / f"y.{out}")
    assert numpy.array_equal(found.astype("float32"), wanted)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_a_file_cut_into_chunks_gives_all_outputs_in_their_order(chunk, cli, files, wanted):
    said = cli("predict", "small.xml", "events.npz", "-o", "y.npy", "--chunk", chunk, "--json")
    numpy.testing.assert_allclose(outputs(files / "y.npy"), wanted, rtol=1e-5)
    if said.json["exact"]:
        assert outputs(files / "y.npy").tobytes() == wanted.tobytes()


def test_lengths_are_taken_from_the_file(cli, files):
    lengths = numpy.array([4, 0, 2, 3, 1, 4, 2])
    numpy.savez(files / "e.npz", x=EVENTS, lengths=lengths, steps=lengths * 0 + 1)
    network = netspec.load(files / "small.xml")
    cli("predict", "small.xml", "e.npz", "-o", "y.npy", "--chunk", 3)
    numpy.testing.assert_allclose(
        outputs(files / "y.npy"), network(EVENTS, lengths=lengths), rtol=1e-5
    )
    cli("predict", "small.xml", "e.npz", "-o", "y.npy", "--lengths", "steps")
    assert numpy.array_equal(
        outputs(files / "y.npy"), network(EVENTS, lengths=numpy.ones(7, "int64"))
    )


BAD_LENGTHS = [[4, 0, 2, 3, 1, 4, 5], [4, 0, 2, 3, 1, 4, 1.5], [-1] * 7, [numpy.nan] * 7]


@pytest.mark.parametrize("lengths", BAD_LENGTHS)
def test_lengths_that_cannot_be_are_refused_and_the_old_file_survives(lengths, cli, files):
    numpy.savez(files / "e.npz", x=EVENTS, lengths=numpy.array(lengths))
    (files / "y.npy").write_bytes(b"precious")
    said = cli("predict", "small.xml", "e.npz", "-o", "y.npy", "--chunk", 2)
    assert said.status == 1
    assert "steps" in said.err
    assert (files / "y.npy").read_bytes() == b"precious"
    assert sorted(p.name for p in files.iterdir() if p.suffix == ".tmp") == []


def test_an_event_with_nan_gives_nan_and_its_neighbours_do_not(cli, files, wanted):
    x = EVENTS.copy()
    x[3, 1, 2] = numpy.nan
    numpy.savez(files / "e.npz", x=x)
    said = cli("predict", "small.xml", "e.npz", "-o", "y.npy")
    assert "NaN in the outputs of 1 of 7 events" in said.out
    found = outputs(files / "y.npy")
    assert list(numpy.isnan(found[:, 0])) == [False] * 3 + [True] + [False] * 3
    assert numpy.array_equal(found[[0, 1, 2, 4, 5, 6]], wanted[[0, 1, 2, 4, 5, 6]])


def test_no_events_give_no_outputs(cli, files):
    numpy.savez(files / "e.npz", x=EVENTS[:0])
    assert cli("predict", "small.xml", "e.npz", "-o", "y.npy").status == 0
    assert outputs(files / "y.npy").shape == (0, 1)


def test_the_outputs_can_be_printed(cli, files, wanted):
    said = cli("predict", "small.xml", "events.npz", "-o", "-")
    assert said.err == "-: 7 x 1 float32: Signal\n"
    head, *lines = said.out.splitlines()
    assert head == "Signal"
    assert numpy.array_equal(numpy.array(lines, "float32"), wanted[:, 0])
    assert cli("predict", "small.xml", "events.npz", "-o", "-", "--json").status == 2


def test_the_backend_and_what_it_promises_are_told_in_json(cli, files):
    found = cli("predict", "small.xml", "events.npz", "-o", "y.csv", "--json").json
    assert found["backend"] == default()
    assert found["exact"] == (default() == "native")


def test_the_summary_is_given_in_json(cli, files):
    found = cli("predict", "small.xml", "events.npz", "-o", "y.csv", "--json").json
    assert found["shape"] == [7, 1]
    assert (found["format"], found["dtype"], found["columns"]) == ("csv", "float32", ["Signal"])
    assert found["events_with_nan"] == 0


VARIABLES = """
input:
  variables: [{name: pt}, {name: eta, expression: jet_eta}, {name: hits, type: "F[]", size: 2}]
layers: [{type: dense, units: 2}]
output: {targets: [{name: mass}, {name: width}]}
"""


@pytest.fixture
def named(files, cli):
    (files / "named.yaml").write_text(VARIABLES)
    cli("convert", "named.yaml", "named.xml", "--seed", "3")
    return netspec.load(files / "named.xml")


def test_columns_are_found_by_name_in_any_order(cli, files, named):
    (files / "e.csv").write_text("hits[1],label,pt,hits[0],jet_eta\n4,a,1,3,2\n8,,5,7,6\n")
    cli("predict", "named.xml", "e.csv", "-o", "y.csv")
    assert (files / "y.csv").read_text().startswith("mass,width\n")
    wanted = named(numpy.arange(1.0, 9).reshape(2, 4))
    assert numpy.array_equal(outputs(files / "y.csv").astype("float32"), wanted)


def test_columns_without_names_are_taken_in_their_order(cli, files, named):
    (files / "e.csv").write_text("1,2,3,4\n5,6,7,8\n")
    cli("predict", "named.xml", "e.csv", "-o", "y.npy")
    assert numpy.array_equal(outputs(files / "y.npy"), named(numpy.arange(1.0, 9).reshape(2, 4)))


def test_columns_that_are_no_inputs_are_left(cli, files, wanted):
    head = ",".join(["y", *(f"x{k}" for k in range(12)), "weights"])
    rows = [f"sig,{','.join(f'{cell:.17g}' for cell in row)},2" for row in FLAT]
    (files / "e.csv").write_text("\n".join([head, *rows]) + "\n")
    line = ("predict", "small.xml", "e.csv", "-o", "y.csv")
    said = cli(*line)
    assert said.status == 1
    assert "found 14: --leave NAME leaves a column that is no input" in said.err
    said = cli(*line, "--leave", "y", "--leave", "wieghts")
    assert "no column 'wieghts' to leave, did you mean 'weights'?" in said.err
    assert not (files / "y.csv").exists()
    assert cli(*line, "--leave", "y", "--leave", "weights").status == 0
    assert numpy.array_equal(outputs(files / "y.csv").astype("float32"), wanted)


def test_a_missing_column_is_answered_with_the_nearest(cli, files, named):
    (files / "e.csv").write_text("pT,eta,hits[0],hits[1]\n1,2,3,4\n")
    said = cli("predict", "named.xml", "e.csv", "-o", "y.npy")
    assert said.status == 1
    assert "'pt', did you mean 'pT'?" in said.err


def test_a_bad_cell_late_in_the_file_leaves_no_output(cli, files, named):
    (files / "e.csv").write_text("1,2,3,4\n" * 50 + "1,2,oops,4\n")
    said = cli("predict", "named.xml", "e.csv", "-o", "y.csv", "--chunk", 7)
    assert said.status == 1
    assert said.err == "netspec: e.csv:51:5: column 3: wanted a number, found 'oops'\n"
    assert not (files / "y.csv").exists()


def test_steps_that_the_spec_leaves_open_are_counted_in_the_data(cli, files):
    (files / "open.yaml").write_text(
        "input: {features: 3}\nlayers: [{type: rnn, units: 2, return_sequences: true}]"
    )
    cli("convert", "open.yaml", "open.xml", "--seed", "1")
    numpy.savetxt(files / "e.csv", FLAT, delimiter=",", fmt="%.17g")
    said = cli("predict", "open.xml", "e.csv", "-o", "y.csv")
    assert "7 x 4 x 2 float32: output_1[0], output_2[0], output_1[1], output_2[1], ..." in said.out
    wanted = netspec.load(files / "open.xml")(EVENTS).reshape(7, 8)
    assert numpy.array_equal(outputs(files / "y.csv").astype("float32"), wanted)


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (EVENTS[:, :, :2], "found 4 x 2"),
        (FLAT[:, :11], "found 11"),
        (numpy.zeros(7), "found one number each"),
        (numpy.zeros((7, 0)), "found 0"),
        (EVENTS.swapaxes(1, 2), "found 3 x 4"),
        (EVENTS.reshape(7, 2, 6), "found 2 x 6"),
    ],
)
def test_events_of_another_shape_are_refused_before_anything_runs(x, found, cli, files):
    numpy.savez(files / "e.npz", x=x)
    said = cli("predict", "small.xml", "e.npz", "-o", "y.npy")
    assert said.status == 1
    assert "wanted events of 4 x 3 numbers" in said.err
    assert found in said.err


def test_a_spec_has_no_weights_to_run(cli, files):
    said = cli("predict", "small.yaml", "events.npz", "-o", "y.npy")
    assert said.status == 1
    assert "netspec convert small.yaml model.xml --seed 1" in said.err


def test_a_kind_of_output_that_is_not_known_is_told_before_anything_runs(cli, files):
    said = cli("predict", "small.xml", "events.npz", "-o", "y.cvs")
    assert said.status == 1
    assert "did you mean '.csv'" in said.err
    assert cli("predict", "small.xml", "events.npz", "-o", "y", "--format", "csv").status == 0


def test_the_bar_is_shown_when_asked_for_and_on_a_terminal(cli, files, monkeypatch):
    arguments = ("predict", "small.xml", "events.npz", "-o", "y.npy")
    assert "7/7" in cli(*arguments, "--progress").err
    assert cli(*arguments).err == ""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    cli(*arguments)
    assert "7/7" in terminal.getvalue()


def test_real_tmva_files_run_without_root(cli, files, real_files):
    """The outputs of an independent implementation in float64, on three events made by rule."""
    k = numpy.arange(300)
    numpy.save(files / "e.npy", numpy.stack([k * 0.0, k / 300, numpy.sin(k)]))
    model = real_files / "tmva" / "lstm_6.22.weights.xml"
    said = cli("predict", model, "e.npy", "-o", "y.npy")
    assert said.status == 0
    numpy.testing.assert_allclose(
        outputs(files / "y.npy")[:, 0], [0.565201, 0.002952, 0.735920], atol=2e-6
    )


@pytest.mark.parametrize("out", ["events.npz", "./events.npz", "link.npz", "small.xml"])
def test_what_is_read_is_not_written_over(out, cli, files):
    (files / "link.npz").symlink_to(files / "events.npz")
    before = {name: (files / name).read_bytes() for name in ("events.npz", "small.xml")}
    said = cli("predict", "small.xml", "events.npz", "-o", out, "--format", "npz")
    assert said.status == 1
    assert "would replace what is read: choose another name" in said.err
    assert before == {name: (files / name).read_bytes() for name in before}


def test_a_bad_length_is_told_by_its_row_in_the_whole_file(cli, files):
    numpy.savez(files / "e.npz", x=EVENTS, lengths=[4, 0, 2, 3, 1, 9, 2])
    said = cli("predict", "small.xml", "e.npz", "-o", "y.npy", "--chunk", 2)
    assert said.err == (
        "netspec: e.npz: lengths[5]: wanted a whole number of steps from 0 to 4, found 9\n"
    )


def test_lengths_are_refused_where_events_have_no_steps(cli, files, named):
    (files / "e.csv").write_text("hits[1],n,pt,hits[0],jet_eta\n4,9,1,3,2\n")
    said = cli("predict", "named.xml", "e.csv", "-o", "y.npy", "--lengths", "n")
    assert said.status == 1
    assert said.err == (
        "netspec: e.csv: found lengths, which only an input of (steps, features) takes\n"
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
@pytest.mark.parametrize("stream", ["-", "/dev/zero"])
def test_a_stream_of_events_is_refused_with_the_remedy(stream, cli, files):
    said = cli("predict", "small.xml", stream, "--from", "csv", "-o", "y.npy")
    assert said.status == 1
    assert said.err.startswith(f"netspec: {stream}: ")
    assert "found a stream: save it first" in said.err


def test_events_in_the_place_of_the_model_are_known_by_their_suffix(cli, files):
    said = cli("predict", "events.npz", "small.xml", "-o", "y.npy")
    assert said.status == 1
    assert said.err == (
        "netspec: events.npz: wanted a model or a spec, found a file of events by its suffix\n"
    )


def test_an_id_that_is_none_is_named_by_its_event_in_the_file(cli, tmp_path):
    layers = [{"type": "embedding", "ids": 5, "units": 2}, {"type": "lstm", "units": 3}]
    spec = netspec.NetworkSpec(input={"features": 1}, layers=layers)
    netspec.build(spec).save(tmp_path / "words.xml")
    x = numpy.arange(60.0).reshape(20, 3, 1) % 5
    x[13, 1] = 5
    numpy.save(tmp_path / "words.npy", x)
    said = cli("predict", "words.xml", "words.npy", "-o", "out.npy", "--chunk", "4")
    assert said.status == 1
    assert "x: event 13, step 1: wanted a whole number from 0 to 4, found 5" in said.err
    assert not (tmp_path / "out.npy").exists()


@pytest.mark.skipif(default() != "native", reason="there are no compiled kernels")
def test_threads_take_chunks_where_there_are_enough_and_share_the_events_of_few(files):
    network = netspec.Network(*netspec.read(files / "small.xml")[:2], threads=3)
    for chunk, wanted in ((1, 3), (2, 3), (3, 1), (None, 1)):  # of seven events
        with Events(network.spec, files / "events.npz", chunk=chunk) as events:
            called, threads = predict._side_by_side(network, events)
        assert threads == wanted
        assert called.backend.threads == (1 if threads > 1 else 3)
        assert called.backend.name == network.backend.name


@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_threads_and_chunks_change_no_bit(threads, cli, files, wanted, monkeypatch):
    monkeypatch.setenv("NETSPEC_THREADS", threads)
    for chunk in ("1", "2", "7"):
        done = cli("predict", "small.xml", "events.npz", "-o", "y.npy", "--chunk", chunk)
        assert (done.status, done.err) == (0, "")
        assert numpy.load(files / "y.npy").tobytes() == wanted.tobytes()
