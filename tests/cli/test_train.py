"""train: a spec and data in, a model that holds its history out."""

import signal

import numpy
import pytest

import netspec
from netspec.history import History
from netspec.training import watching
from tests.training.problems import sequences

SPEC = """\
netspec: 1
name: small
seed: 3
input: {steps: 6, features: 3}
layers:
  - {type: lstm, units: 4}
  - {type: dense, units: 1}
output: {activation: sigmoid, classes: [Signal, Background]}
training:
  {loss: cross_entropy, optimizer: {type: adam, learning_rate: 0.01}, batch_size: 16, epochs: 3}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a spec and data in three kinds of file."""
    x, y = sequences(120)
    (tmp_path / "small.yaml").write_text(SPEC)
    numpy.savez(tmp_path / "d.npz", x=x, y=y)
    (tmp_path / "d").mkdir()
    numpy.save(tmp_path / "d/x.npy", x)
    numpy.save(tmp_path / "d/y.npy", y)
    numpy.savetxt(
        tmp_path / "d.csv", numpy.column_stack([x.reshape(120, -1), y]), delimiter=",",
        header=",".join([*(f"v{n}" for n in range(18)), "y"]), comments="", fmt="%.17g",
    )  # fmt: skip
    return tmp_path


def test_a_spec_and_data_give_a_model_with_its_history(cli, folder):
    said = cli("train", "small.yaml", "--data", "d.npz", "-o", "m.xml")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0].split() == [
        "epoch", "loss", "validation_loss", "learning_rate",
    ]  # fmt: skip
    assert said.out.splitlines()[-1] == "m.xml: written"
    model = netspec.read(folder / "m.xml")
    assert len(model.extras.history["validation_loss"]) == 3
    assert model.spec.training.epochs == 3
    assert cli("verify", "m.xml").status == 0
    assert not (folder / "m.xml.checkpoint").exists()


def test_show_tells_what_was_trained_and_how(cli, folder):
    cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    said = cli("show", "m.xml", "--history").out
    assert "trained: 3 epochs, the weights are those of epoch " in said
    assert "optimizer   adam (learning_rate 0.01)" in said
    table = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml").out
    assert table.partition("all epochs done")[0] in said
    head = table.splitlines()[0]
    assert head in said
    assert head not in cli("show", "m.xml").out, "the table is printed where it is asked for"


def test_show_tells_which_loss_of_which_phase_the_weights_have(cli, folder):
    phases = 'training={loss: cross_entropy, phases: [{epochs: 1}, {epochs: 2}], validation: "V"}'
    for validation, what in (("0.5", "validation loss"), ("0", "loss")):
        said = phases.replace('"V"', validation)
        cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--set", said)
        history = History.of_columns(netspec.read(folder / "m.xml").extras.history)
        best = history[history.best]
        number = best.validation_loss if validation == "0.5" else best.loss
        wanted = f"those of phase {best.phase}, epoch {best.epoch}, {what} {number:.6g}"
        assert best.phase == 2
        assert f"trained: 3 epochs, the weights are {wanted}\n" in cli("show", "m.xml").out


def test_validation_seed_and_golden_events_are_those_of_the_line(cli, folder):
    x, y = sequences(60, seed=9)
    numpy.savez(folder / "v.npz", x=x, y=y)
    spec = netspec.NetworkSpec.from_file(folder / "small.yaml")
    wanted = netspec.build(spec, seed=8)
    netspec.train(wanted, folder / "d.npz", validation=folder / "v.npz", seed=8)
    line = ["train", "small.yaml", "-d", "d.npz", "--validation", "v.npz", "--seed", "8"]
    for golden in (0, 2):
        said = cli(*line, "-o", "m.xml", "--golden", golden)
        assert said.status == 0, said.err
        model = netspec.read(folder / "m.xml")
        assert model.extras.history == wanted.extras.history
        for name, array in wanted.weights.items():
            assert model.weights[name].tobytes() == array.tobytes(), name
        if golden:
            assert model.extras.golden.inputs.tolist() == sequences(120)[0][:2].astype("f").tolist()
        else:
            assert model.extras.golden is None


def test_show_tells_that_no_epoch_was_better_than_what_was_there(cli, folder):
    wild = [
        "--set",
        "training.rules=tmva",
        "--set",
        "training.optimizer={type: sgd, learning_rate: 50}",
    ]
    cli(
        "train",
        "small.yaml",
        "-d",
        "d.npz",
        "-o",
        "m.xml",
        "--set",
        "training.batch_size=20",
        *wild,
    )
    said = cli("show", "m.xml", "--history").out
    assert "trained: 3 epochs, the weights are those before them" in said
    assert not any(line.endswith("best") for line in said.splitlines())


def test_every_kind_of_data_gives_the_same_file(cli, folder):
    files = []
    for data in ("d.npz", "d", "d.csv"):
        said = cli("train", "small.yaml", "-d", data, "-o", "m.xml", "--target", "y")
        assert said.status == 0, said.err
        files.append((folder / "m.xml").read_bytes())
    assert files[0] == files[1] == files[2]


def test_a_model_keeps_the_names_of_a_tables_columns_and_finds_them_in_another(cli, folder):
    rng = numpy.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    y = x[:, 0] > x[:, 2]
    (folder / "flat.yaml").write_text(
        "input: {shape: [3]}\nlayers: [{type: dense, units: 1}]\n"
        "output: {activation: sigmoid, classes: [Signal, Background]}\n"
        "training: {epochs: 2, batch_size: 10}\n"
    )
    for file, order in (("a.csv", [0, 1, 2]), ("b.csv", [2, 0, 1])):
        names = [("pt", "eta", "m")[n] for n in order]
        numpy.savetxt(
            folder / file, numpy.column_stack([x[:, order], y]), delimiter=",", comments="",
            header=",".join([*names, "y"]), fmt="%.17g",
        )  # fmt: skip
    assert cli("train", "flat.yaml", "-d", "a.csv", "-o", "m.xml").status == 0
    variables = netspec.read(folder / "m.xml").spec.input.variables
    assert [variable.name for variable in variables] == ["pt", "eta", "m"]
    told = [cli("evaluate", "m.xml", "-d", file, "--json").json for file in ("a.csv", "b.csv")]
    assert told[0]["metrics"] == told[1]["metrics"]
    assert cli("evaluate", "m.xml", "-d", "b.csv", "--target", "m").status == 1


def test_settings_are_changed_on_the_line_and_stand_in_the_model(cli, folder):
    said = cli(
        "train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--set", "training.epochs=1",
        "--seed", "9", "--threads", "1", "--json",
    )  # fmt: skip
    assert said.status == 0
    assert [row["epoch"] for row in said.json["epochs"]] == [1]
    assert said.json["ended"] == "all epochs done"
    assert netspec.read(folder / "m.xml").spec.training.epochs == 1


def test_a_model_is_trained_further(cli, folder):
    cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    first = netspec.load(folder / "m.xml").weights["lstm_1/W"]
    said = cli("train", "m.xml", "-d", "d.npz", "-o", "more.xml")
    assert said.status == 0, said.err
    assert not numpy.array_equal(netspec.load(folder / "more.xml").weights["lstm_1/W"], first)


def test_a_model_is_trained_further_with_other_settings_of_its_training(cli, folder):
    cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    spec = netspec.read(folder / "m.xml").spec
    line = ("train", "m.xml", "-d", "d.npz", "-o", "more.xml", "--set", "training.epochs=1")
    said = cli(*line, "--set", "training.optimizer={type: sgd, learning_rate: 0.25}")
    assert said.status == 0, said.err
    network = netspec.load(folder / "m.xml")
    changed = spec.training.model_dump() | {
        "epochs": 1, "optimizer": {"type": "sgd", "learning_rate": 0.25},
    }  # fmt: skip
    netspec.train(network, folder / "d.npz", settings=changed)
    more = netspec.load(folder / "more.xml")
    assert more.spec == network.spec != spec
    for name, weights in network.weights.items():
        assert numpy.array_equal(more.weights[name], weights), name


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("layers.0.units=9", "--set changes only the training of a model"),
        ("training.epoch=9", "did you mean 'epochs'?"),
    ],
)
def test_of_a_model_that_is_trained_further_only_the_training_changes(change, wanted, cli, folder):
    cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    said = cli("train", "m.xml", "-d", "d.npz", "-o", "more.xml", "--set", change)
    assert said.status == 1
    assert wanted in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (folder / "more.xml").exists()


def test_ctrl_c_saves_and_leaves_and_resume_goes_on_to_the_same_bytes(cli, folder, monkeypatch):
    from netspec.training.phase import PhaseRun

    assert cli("train", "small.yaml", "-d", "d.npz", "-o", "whole.xml").status == 0
    learn, taken = PhaseRun._learn, []

    def interrupted(self, *args):
        learn(self, *args)
        taken.append(1)
        if len(taken) == 9:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(PhaseRun, "_learn", interrupted)
    said = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    assert said.status == 130
    assert "m.xml.checkpoint: written; the same line with --resume goes on" in said.err
    assert netspec.load(folder / "m.xml").extras.history["loss"]
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    said = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    assert said.status == 1
    assert "--resume goes on from it, --restart begins anew" in said.err
    assert cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--resume").status == 0
    assert (folder / "m.xml").read_bytes() == (folder / "whole.xml").read_bytes()
    assert not (folder / "m.xml.checkpoint").exists()


def test_restart_begins_anew(cli, folder):
    (folder / "m.xml.checkpoint").write_bytes(b"of a training that nobody wants")
    said = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--restart")
    assert said.status == 0, said.err


def test_a_plot_is_drawn(cli, folder):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--plot", "curve.png")
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_progress_is_told_where_it_is_asked_for_on_a_terminal_in_a_bar(cli, folder, monkeypatch):
    line = ("train", "small.yaml", "-d", "d.npz", "-o", "m.xml", "--progress")
    said = cli(*line)
    assert [row.partition(":")[0] for row in said.err.splitlines()] == [
        f"epoch {n} of 3" for n in (1, 2, 3)
    ]
    monkeypatch.setattr("netspec.training.on_stderr", watching.Bar)
    said = cli(*line)
    assert "epoch 3 of 3" in said.err
    assert "validation" in said.err


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("-d", "none.npz"), "none.npz: No such file"),
        (("-d", "small.yaml"), "small.yaml"),
        (("-d", "d.npz", "--target", "z"), "'z'"),
        (("-d", "d.npz", "--set", "training.epochs=0"), "training.epochs"),
        (("-d", "d.npz", "--set", "training.loss=softmax_cross_entropy"), "wanted two outputs"),
        (("-d", "d.npz", "--set", "training.validation=120"), "validation: wanted to leave"),
        (("-d", "d.npz", "--plot", "curve.pgn"), "no picture is of the kind 'pgn', did you mean"),
    ],
)
def test_what_cannot_be_trained_is_one_line_and_writes_nothing(arguments, wanted, cli, folder):
    said = cli("train", "small.yaml", "-o", "m.xml", *arguments)
    assert said.status == 1
    assert wanted in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (folder / "m.xml").exists()


def test_a_folder_that_is_not_there_is_said_before_anything_is_trained(cli, folder):
    said = cli("train", "small.yaml", "-d", "d.npz", "-o", "none/m.xml")
    assert said.status == 1
    assert "wanted a folder that is there" in said.err
