"""When a phase ends: told by losses that are written down, not trained."""

import math

import pytest

from netspec.settings import Phase
from netspec.training.stopping import Stopping


def run(losses, like_tmva=False, least=math.inf, **options):
    """Give the epochs run and the epoch of the best weights (0: those before the first)."""
    phase = Phase(**options)
    stopping = Stopping(phase, like_tmva, phase.validate_every, least)
    best = 0
    for epoch, loss in enumerate(losses, 1):
        validated = epoch % phase.validate_every == 0
        if validated and stopping.improves(loss):
            best = epoch
        if stopping.ends(epoch, validated):
            return epoch, best
    raise AssertionError("more losses are needed")


def by_tmva(losses, least, convergence, repetitions, most):
    """TMVA's loop, as its source runs it: the same two numbers, written another way."""
    count, best, epoch = 0, 0, 0
    while True:
        epoch += 1
        if epoch % repetitions:
            continue
        loss = losses[epoch - 1]
        if loss < least:
            count, least, best = 0, loss, epoch
        else:
            if least <= 0:
                least = loss
            count += repetitions
        if count > convergence or epoch >= most:
            return epoch, best


def test_patience_counts_epochs_in_a_row_that_are_not_better():
    assert run([5, 4, 6, 6, 3, 3, 3, 3], epochs=99, patience=3) == (8, 5)
    assert run([5, 4, 6, 6, 3, 3], epochs=6, patience=3) == (6, 5)


def test_no_patience_at_all_still_waits_for_an_epoch_that_is_not_better():
    assert run([5, 4, 3, 3, 1], epochs=99, patience=0) == (4, 3)
    assert run([5, 4, 3, 3, 1], epochs=99, patience=1) == (4, 3)


def test_without_patience_all_epochs_are_run():
    assert run([1, 2, 3, 4], epochs=4) == (4, 1)


def test_a_loss_that_is_equal_is_no_better():
    assert run([1, 1, 1], epochs=9, patience=2) == (3, 1)


@pytest.mark.parametrize("repetitions", [1, 2, 3, 7])
@pytest.mark.parametrize("convergence", [0, 1, 4, 100])
@pytest.mark.parametrize("most", [1, 5, 20])
@pytest.mark.parametrize("least", [0.9, 0.0, 2.0])
def test_tmvas_rules_end_where_tmvas_loop_does(repetitions, convergence, most, least):
    losses = [abs(math.sin(3 * n)) + 1 / n for n in range(1, 60)]
    said = {"validate_every": repetitions, "patience": convergence, "epochs": most}
    assert run(losses, True, least, **said) == by_tmva(
        losses, least, convergence, repetitions, most
    )
