"""Phases one after the other: which weights are kept, and what a schedule is told."""

from itertools import islice

import numpy as np
import pytest

import netspec
from netspec.dataset import Dataset
from netspec.errors import NetspecError
from netspec.history import Epoch
from netspec.network import Network
from netspec.schedules.plateau import Plateau
from tests import philox
from tests.training.problems import classifier, sequences
from tests.training.problems import spec_of as spec_of_rows
from tests.training.test_same_bits import Watch, interrupt

X, Y = sequences(90)
CALM = {"batch_size": 16, "epochs": 3, "optimizer": {"type": "adam", "learning_rate": 0.02}}
WILD = {"batch_size": 16, "epochs": 2, "optimizer": {"type": "sgd", "learning_rate": 20.0}}


def spec_of(*phases, **settings):
    data = classifier().to_data()
    return netspec.NetworkSpec.from_data(
        data | {"training": {"validation": 0.3, **settings, "phases": list(phases)}}
    )


def trained(b, *phases, **settings):
    spec = spec_of(*phases, **settings)
    network = Network(spec, netspec.build(spec).weights, b)
    return network, netspec.train(network, (X, Y))


@pytest.mark.parametrize("rules", ["netspec", "tmva"])
def test_a_phase_that_makes_it_worse_does_not_cost_the_best_weights(rules, b):
    one, first = trained(b, CALM, rules=rules)
    both, history = trained(b, CALM, WILD, rules=rules)
    assert [row.phase for row in history] == [1, 1, 1, 2, 2]
    assert min(row.validation_loss for row in history[3:]) > first[first.best].validation_loss
    assert history.best == first.best
    for name, array in one.weights.items():
        assert array.tobytes() == both.weights[name].tobytes(), name


def test_a_second_phase_begins_with_the_best_weights_and_an_optimizer_that_remembers_nothing(b):
    one, _ = trained(b, CALM)
    both, history = trained(b, CALM, CALM)
    assert len(history) == 6
    # The same phase number, hence the same orders and masks, have only trainings of two phases.
    spec = spec_of(CALM | {"epochs": 1, "optimizer": {"type": "sgd", "learning_rate": 1e-30}}, CALM)
    again = Network(spec, one.weights, b)
    netspec.train(again, (X, Y))
    for name, array in both.weights.items():
        assert array.tobytes() == again.weights[name].tobytes(), name


def test_without_validation_every_epoch_counts_for_patience(b):
    rows = [{"type": "dense", "units": 1}, {"type": "last_step"}]
    still = {"optimizer": {"type": "sgd", "learning_rate": 1e-30}, "shuffle": False}
    training = still | {"validation": 0, "epochs": 9, "patience": 2, "validate_every": 4}
    spec = spec_of_rows(rows, training=training)
    history = netspec.train(Network(spec, netspec.build(spec).weights, b), (X, Y))
    assert len(history) == 3, "the first, and two that are not better"
    assert history.ended == "not better for 2 epochs"


def test_every_epoch_of_every_phase_has_an_order_of_its_own(b, monkeypatch):
    taken, take = [], Dataset.take

    def noting(data, rows):
        taken.extend(rows.tolist())
        return take(data, rows)

    monkeypatch.setattr(Dataset, "take", noting)
    short = CALM | {"epochs": 2}
    trained(b, short, short, validation=0)
    wanted = []
    for epoch in ("0/0", "0/1", "1/0", "1/1"):
        words = list(islice(philox.words(f"5/training/{epoch}/shuffle"), 90))
        wanted += sorted(range(90), key=words.__getitem__)
    assert taken == wanted


def test_patience_in_a_second_phase_counts_from_its_first_epoch(b):
    _, history = trained(b, CALM, WILD | {"epochs": 9, "patience": 2})
    assert [row.epoch for row in history if row.phase == 2] == [1, 2]
    assert history.ended == "not better for 2 epochs"


class Asked:
    """A plateau that notes what losses it was told at the beginning of each epoch."""

    def __init__(self, monkeypatch):
        self.told = []
        shape = Plateau.shape

        def noting(schedule, time, whole, losses):
            if losses not in self.told:
                self.told.append(losses)
            return shape(schedule, time, whole, losses)

        monkeypatch.setattr(Plateau, "shape", noting)


def test_a_schedule_is_told_the_losses_of_its_phase_and_of_validation_alone(b, monkeypatch):
    asked = Asked(monkeypatch)
    plateau = CALM | {"epochs": 5, "validate_every": 2, "schedule": {"type": "plateau"}}
    _, history = trained(b, CALM, plateau)
    seen = [row.validation_loss for row in history[3:]]
    assert np.isnan(seen).tolist() == [True, False, True, False, False]
    assert asked.told == [(), (seen[1],), (seen[1], seen[1]), (seen[1], seen[1], seen[3])]


@pytest.mark.parametrize("epochs", [1, 3, 4])
def test_the_last_epoch_is_looked_at_so_that_no_epoch_was_in_vain(epochs, b):
    rare = CALM | {"epochs": epochs, "validate_every": 3}
    network, history = trained(b, rare)
    looks = [row.epoch for row in history if not np.isnan(row.validation_loss)]
    assert looks == sorted({*range(3, epochs + 1, 3), epochs})
    assert history.best is not None
    first = netspec.build(network.spec).weights["lstm_1/W"]
    assert not np.array_equal(network.weights["lstm_1/W"], first)


def interrupted(b, phases, kept, epoch):
    """Train until Ctrl-C is pressed in the first batch of an epoch of the second phase."""

    class Second(Watch):
        def phase(self, number, *rest):
            super().phase(number, *rest)
            self.second = number == 2

        def step(self, *now):
            if self.second:
                super().step(*now)

    network = Network(spec_of(*phases), netspec.build(spec_of(*phases)).weights, b)
    with pytest.raises(KeyboardInterrupt):
        netspec.train(network, (X, Y), checkpoint=kept, watcher=Second(epoch, 1, interrupt))
    return network


def test_a_schedule_is_told_the_same_after_an_interruption(b, monkeypatch, tmp_path):
    plateau = CALM | {"epochs": 4, "schedule": {"type": "plateau"}}
    phases, kept = (CALM, plateau), tmp_path / "kept"
    network = interrupted(b, phases, kept, 3)
    asked = Asked(monkeypatch)
    history = netspec.train(network, (X, Y), checkpoint=kept, resume=True)
    seen = tuple(row.validation_loss for row in history[3:])
    assert asked.told == [seen[:2], seen[:3]]


def test_phases_that_have_begun_stay_and_those_to_come_may_change(b, tmp_path):
    kept, other = tmp_path / "kept", CALM | {"batch_size": 9}
    interrupted(b, (CALM, CALM, CALM), kept, 1)
    for phases, said in (
        ((other, CALM, CALM), "later phases may change"),
        ((CALM, other, CALM), "later phases may change"),
        ((CALM,), "later phases may change"),
    ):
        one = Network(spec_of(*phases), netspec.build(spec_of(*phases)).weights, b)
        with pytest.raises(NetspecError, match=said):
            netspec.train(one, (X, Y), checkpoint=kept, resume=True)
    for phases in ((CALM, CALM, other), (CALM, CALM), (CALM, CALM | {"epochs": 5})):
        one = Network(spec_of(*phases), netspec.build(spec_of(*phases)).weights, b)
        found = netspec.train(one, (X, Y), checkpoint=kept, resume=True)
        whole = Network(spec_of(*phases), netspec.build(spec_of(*phases)).weights, b)
        assert found.rows == netspec.train(whole, (X, Y)).rows
        for name, array in whole.weights.items():
            assert array.tobytes() == one.weights[name].tobytes(), name
        interrupted(b, (CALM, CALM, CALM), kept, 1)


def test_without_validation_a_schedule_is_told_the_losses_of_training(b, monkeypatch):
    asked = Asked(monkeypatch)
    _, history = trained(b, CALM | {"schedule": {"type": "plateau"}}, validation=0)
    losses = [row.loss for row in history]
    assert asked.told == [(), (losses[0],), (losses[0], losses[1])]
    assert all(isinstance(row, Epoch) for row in history)


def test_the_rate_in_the_history_is_that_of_the_last_step_of_the_epoch(b):
    linear = CALM | {"schedule": {"type": "linear"}, "batch_size": 21}
    _, history = trained(b, linear)
    # 63 events in 3 batches, 3 epochs: the last step of epoch e is number 3 e - 1 of 9
    wanted = [0.02 * (1 - (3 * epoch - 1) / 9) for epoch in (1, 2, 3)]
    assert [row.learning_rate for row in history] == pytest.approx(wanted, rel=1e-14)
