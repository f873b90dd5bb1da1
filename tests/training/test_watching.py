"""What a watcher is told, and what the bar makes of it."""

import numpy as np
import pytest

import netspec
from netspec.history import Epoch
from netspec.network import Network
from netspec.training import watching
from netspec.training.watching import Bar
from tests.training.problems import classifier, sequences
from tests.training.test_same_bits import Watch, interrupt

X, Y = sequences(90)
PHASE = {"batch_size": 20, "epochs": 2}


class Notes(Watch):
    """A watcher that writes down what it is told."""

    def __init__(self, *at):
        super().__init__(*(at or (0, 0)), interrupt)
        self.told = []

    def phase(self, *said):
        super().phase(*said)
        self.told.append(("phase", *said))

    def step(self, batch, loss, rate):
        self.told.append(("step", batch, loss, rate))
        super().step(batch, loss, rate)

    def epoch(self, row):
        super().epoch(row)
        self.told.append(row)


def network(b):
    data = classifier().to_data() | {"training": {"validation": 0.2, "phases": [PHASE, PHASE]}}
    spec = netspec.NetworkSpec.from_data(data)
    return Network(spec, netspec.build(spec).weights, b)


def test_a_watcher_is_told_phases_steps_and_epochs_in_their_order(b):
    notes = Notes()
    history = netspec.train(network(b), (X, Y), watcher=notes)
    # 72 events in batches of 20
    one = [("step", 1), ("step", 2), ("step", 3), ("step", 4), "epoch"]
    order = [("phase", 1), *one, *one, ("phase", 2), *one, *one]
    assert ["epoch" if isinstance(entry, Epoch) else entry[:2] for entry in notes.told] == order
    assert [entry for entry in notes.told if entry[0] == "phase"] == [
        ("phase", 1, 2, 2, 4, 0), ("phase", 2, 2, 2, 4, 0),
    ]  # fmt: skip
    assert [entry for entry in notes.told if isinstance(entry, Epoch)] == list(history)
    lasts = [entry for entry in notes.told if entry[:2] == ("step", 4)]
    assert [entry[2:] for entry in lasts] == [(row.loss, row.learning_rate) for row in history]


def test_a_watcher_is_told_how_many_epochs_are_done_where_a_training_goes_on(b, tmp_path):
    kept, notes = tmp_path / "kept", Notes()
    with pytest.raises(KeyboardInterrupt):
        netspec.train(network(b), (X, Y), checkpoint=kept, watcher=Notes(2, 3))
    netspec.train(network(b), (X, Y), checkpoint=kept, resume=True, watcher=notes)
    assert notes.told[0] == ("phase", 1, 2, 2, 4, 1)
    assert notes.told[1][:2] == ("step", 4)


def test_the_bar_says_where_it_stands(monkeypatch):
    monkeypatch.setattr(watching, "SECONDS", 0.0)
    bar = Bar()
    bar.phase(2, 3, 4, 10, 1)
    (task,) = bar._bar.tasks
    assert (task.description, task.completed, task.total) == ("phase 2 of 3, epoch 2 of 4", 10, 40)
    bar.step(7, 0.5, 0.01)
    assert (task.completed, task.fields["loss"], task.fields["rate"]) == (17, 0.5, 0.01)
    bar.epoch(Epoch(2, 2, 0.4, 0.3, 0.02))
    assert (task.description, task.completed) == ("phase 2 of 3, epoch 3 of 4", 20)
    assert [task.fields[name] for name in ("loss", "validation", "rate")] == [
        0.4,
        "validation 0.3",
        0.02,
    ]
    bar.epoch(Epoch(2, 3, 0.2))
    assert [task.fields[name] for name in ("loss", "validation")] == [0.2, "validation 0.3"]
    for epoch in (4, 5):  # TMVA trains on to the next look
        bar.epoch(Epoch(2, epoch, 0.1))
    assert (task.description, task.completed, task.total) == ("phase 2 of 3, epoch 4 of 4", 50, 50)


def test_a_single_phase_is_not_counted_and_the_bar_moves_a_few_times_a_second():
    bar = Bar()
    bar.phase(1, 1, 3, 100, 0)
    (task,) = bar._bar.tasks
    assert task.description == "epoch 1 of 3"
    for batch in range(1, 50):
        bar.step(batch, np.nan, 0.1)
    assert task.completed < 49


def test_a_log_gets_a_line_for_every_epoch(capsys):
    one = netspec.build(classifier(epochs=2, validate_every=2))
    history = netspec.train(one, (X, Y), progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"epoch 1 of 2: loss {history[0].loss:.5g}, rate 0.001",
        f"epoch 2 of 2: loss {history[1].loss:.5g}, validation {history[1].validation_loss:.5g},"
        " rate 0.001",
    ]
