"""train, its files and its interruptions: nothing that was there before is lost."""

import os
import signal

import numpy
import pytest

from tests.training.problems import sequences

SPEC = """\
netspec: 1
name: small
input: {steps: 6, features: 3}
layers:
  - {type: lstm, units: 4}
  - {type: dense, units: 1}
output: {activation: sigmoid, classes: [Signal, Background]}
training: {loss: cross_entropy, batch_size: 16, epochs: 3}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a spec, and data in a file and in a folder."""
    x, y = sequences(60)
    (tmp_path / "small.yaml").write_text(SPEC)
    numpy.savez(tmp_path / "d.npz", x=x, y=y)
    (tmp_path / "d").mkdir()
    numpy.save(tmp_path / "d/x.npy", x)
    numpy.save(tmp_path / "d/y.npy", y)
    (tmp_path / "thesis.pdf").write_text("years of work")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("-o", "m.xml", "--checkpoint", "m.xml"), "m.xml: wanted a name of its own"),
        (("-o", "m.xml", "--checkpoint", "./M/../m.xml"), "wanted a name of its own"),
        (("-o", "m.png", "--format", "xml", "--plot", "m.png"), "m.png: wanted a name of its own"),
        (("-o", "m.pt"), "m.pt: no format that netspec writes has the suffix '.pt'"),
        (("-o", "m.yaml"), "m.yaml: wanted a file that holds weights, found a spec's"),
        (("-o", "small.yaml"), "small.yaml: would replace what is read"),
        (("-o", "small.yaml", "--format", "xml"), "small.yaml: would replace what is read"),
        (("-o", "m.xml", "--format", "xlm"), "there is no format 'xlm', did you mean 'xml'"),
        (("-o", "d"), "d: wanted the name of a file, found a folder"),
        (("-o", "link.xml"), "link.xml: "),
        (("-o", "m.xml", "--plot", "none/curve.png"), "none/curve.png: No such file"),
        (("-o", "m.xml", "--checkpoint", "none/c"), "none/c: No such file"),
        (("-o", "m.xml", "--checkpoint", "pipe", "--resume"), "pipe: wanted a file"),
        (("-o", "m.xml", "--checkpoint", "d.npz", "--restart"), "d.npz: would replace"),
        (("-o", "m.xml", "--checkpoint", "small.yaml", "--restart"), "small.yaml: would replace"),
        (
            ("-o", "m.xml", "--checkpoint", "thesis.pdf", "--restart"),
            "thesis.pdf: wanted a checkpoint to",
        ),
    ],
)
def test_what_cannot_be_written_is_said_before_the_training_and_nothing_is_lost(
    arguments, wanted, cli, folder, monkeypatch
):
    if "--plot" in arguments:
        pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    monkeypatch.setattr("netspec.training.course.Course.run", lambda *_: pytest.fail("trained"))
    (folder / "M").mkdir()
    (folder / "link.xml").symlink_to("link.xml")
    os.mkfifo(folder / "pipe")
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    said = cli("train", "small.yaml", "-d", "d.npz", *arguments)
    assert said.status == 1
    assert wanted in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert before == {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_the_arrays_of_a_folder_that_is_read_are_not_replaced(cli, folder):
    before = (folder / "d/x.npy").read_bytes()
    for arguments in (("-o", "d/x.npy", "--format", "xml"), ("-o", "m.xml", "--checkpoint",
                      "d/x.npy", "--restart")):  # fmt: skip
        said = cli("train", "small.yaml", "-d", "d", *arguments)
        assert said.status == 1
        assert "d/x.npy: would replace what is read" in said.err
    assert (folder / "d/x.npy").read_bytes() == before


def test_bad_data_leave_the_checkpoint_that_restart_would_have_given_up(cli, folder):
    (folder / "m.xml.checkpoint").write_bytes(b"of an older training")
    assert cli("train", "small.yaml", "-d", "none.npz", "-o", "m.xml", "--restart").status == 1
    assert (folder / "m.xml.checkpoint").exists()


def test_a_training_that_is_interrupted_before_an_epoch_ends_replaces_no_model(
    cli, folder, monkeypatch
):
    from netspec.training.phase import PhaseRun

    learn = PhaseRun._learn

    def interrupted(self, *args):
        learn(self, *args)
        signal.raise_signal(signal.SIGINT)

    (folder / "m.xml").write_text("an older model")
    monkeypatch.setattr(PhaseRun, "_learn", interrupted)
    said = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
    assert (said.status, said.out) == (130, "")
    assert "m.xml.checkpoint: written; the same line with --resume goes on" in said.err
    assert (folder / "m.xml").read_text() == "an older model"


def test_ctrl_c_before_the_first_batch_is_one_sentence_and_writes_nothing(cli, folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    for place in ("netspec.training.split", "netspec.training.course.Course.run"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupted)
            said = cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml")
        assert (said.status, said.out) == (130, "")
        assert said.err == "netspec: interrupted before anything was learned: nothing is written\n"
        assert {file.name for file in folder.iterdir()} == {
            "small.yaml",
            "d.npz",
            "d",
            "thesis.pdf",
        }


def test_a_file_deleted_while_it_is_trained_on_does_not_lose_the_model(cli, folder, monkeypatch):
    from netspec.training.phase import PhaseRun

    close = PhaseRun._close

    def cut(self):
        close(self)
        if len(self._standing.place.rows) == 3:
            with (folder / "d/x.npy").open("r+b") as file:
                file.truncate(200)

    monkeypatch.setattr(PhaseRun, "_close", cut)
    assert cli("train", "small.yaml", "-d", "d", "-o", "m.xml").status == 0
    assert cli("verify", "m.xml").status == 0


def test_names_of_files_do_not_steer_the_terminal(cli, folder):
    said = cli("train", "small.yaml", "-d", "no\n\x1b[31msuch.npz", "-o", "m.xml")
    assert said.err == "netspec: no\\n\\x1b[31msuch.npz: No such file or directory\n"


def test_resume_refuses_other_data_to_train_on_and_to_validate_with(cli, folder, monkeypatch):
    from netspec.training.phase import PhaseRun

    learn = PhaseRun._learn

    def interrupted(self, *args):
        learn(self, *args)
        signal.raise_signal(signal.SIGINT)

    x, y = sequences(60)
    numpy.savez(folder / "v.npz", x=x[::-1], y=y[::-1])
    line = ("train", "small.yaml", "-d", "d.npz", "--validation", "v.npz", "-o", "m.xml")
    with monkeypatch.context() as patch:
        patch.setattr(PhaseRun, "_learn", interrupted)
        assert cli(*line).status == 130
    x[30, 2, 1] += 1
    for name in ("v.npz", "d.npz"):
        before = (folder / name).read_bytes()
        numpy.savez(folder / name, x=x, y=y)
        said = cli(*line, "--resume")
        assert said.status == 1
        assert "wanted the data that the training began with, found others" in said.err
        (folder / name).write_bytes(before)
    assert cli(*line, "--resume").status == 0


def test_a_model_that_is_trained_further_may_be_replaced(cli, folder):
    assert cli("train", "small.yaml", "-d", "d.npz", "-o", "m.xml").status == 0
    before = (folder / "m.xml").read_bytes()
    assert cli("train", "m.xml", "-d", "d.npz", "-o", "m.xml").status == 0
    assert (folder / "m.xml").read_bytes() != before
