"""Schedules, all that the folder holds: by hand, by the C library, and what warming up does."""

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from netspec.schedules import AnySchedule, Progress, Schedule

PIECES = {"type": "piecewise", "boundaries": [2, 5], "factors": [1, 0.5, 0]}
CHOICES = [
    *[kind for kind in sorted(Schedule.kinds) if kind != "piecewise"],
    PIECES,
    {"type": "step", "every": 3, "gamma": 0.5},
    {"type": "exponential", "gamma": 0.5},
    {"type": "linear", "end": 0.2},
    {"type": "cosine", "end": 0.25},
    {"type": "plateau", "patience": 1, "gamma": 0.5, "least": 0.2},
]
every_schedule = pytest.mark.parametrize("choice", CHOICES, ids=str)


def made(choice):
    return TypeAdapter(AnySchedule).validate_python(choice)


def factors(choice, epochs=8, steps=4, losses=()):
    """Give the factor of every step of a phase."""
    schedule = made(choice)
    return [
        schedule.factor(Progress(epoch, epochs, step, steps, tuple(losses[:epoch])))
        for epoch in range(epochs)
        for step in range(steps)
    ]


def by_epoch(choice, **options):
    return factors(choice, steps=1, **options)


def test_no_schedule_has_gone_missing():
    old = "constant step exponential piecewise linear cosine plateau"
    assert set(old.split()) <= set(Schedule.kinds)


def test_each_schedule_by_hand():
    assert by_epoch("constant") == [1] * 8
    assert by_epoch({"type": "step", "every": 3, "gamma": 0.5}) == [1] * 3 + [0.5] * 3 + [0.25] * 2
    assert by_epoch({"type": "exponential", "gamma": 0.5}) == [2.0**-k for k in range(8)]
    assert by_epoch(PIECES) == [1, 1, 0.5, 0.5, 0.5, 0, 0, 0]
    assert by_epoch({"type": "linear", "end": 0.5}) == [1 - k / 16 for k in range(8)]


@pytest.mark.parametrize("end", [0.0, 0.25, 1.0])
def test_a_cosine_goes_down_step_by_step(end):
    found = factors({"type": "cosine", "end": end})
    for k, factor in enumerate(found):
        wanted = end + (1 - end) * (1 + math.cos(math.pi * k / 32)) / 2
        assert factor == pytest.approx(wanted, abs=1e-15)


@pytest.mark.parametrize(
    "choice", ["constant", {"type": "step", "every": 1}, "exponential", PIECES]
)
def test_what_changes_by_epochs_is_the_same_in_all_steps_of_one(choice):
    found = factors(choice)
    assert found == [factor for factor in by_epoch(choice) for _ in range(4)]


def plateaus(losses, gamma, patience, threshold, least):
    """Give the factor after these losses, written as PyTorch's documentation says it."""
    factor, best, bad = 1.0, math.inf, 0
    for loss in losses:
        better = math.isinf(best) or loss < best * (1 - threshold)
        best, bad = (loss, 0) if better else (best, bad + 1)
        if bad > patience:
            factor, bad = max(factor * gamma, least), 0
    return factor


@pytest.mark.parametrize("patience", [0, 1, 3])
def test_a_plateau_lowers_the_rate_and_waits_again(patience):
    losses = [1.0, 0.9, 0.90001, 0.95, 0.93, 0.92, 0.91, 0.5, 0.5, 0.5, 0.5, 0.49, 0.6, 0.6, 0.6]
    options = {"gamma": 0.5, "patience": patience, "threshold": 1e-3, "least": 0.1}
    found = by_epoch({"type": "plateau"} | options, epochs=len(losses), losses=losses)
    assert found == [plateaus(losses[:k], **options) for k in range(len(losses))]
    assert found[-1] < 1


def test_a_loss_that_is_nan_is_no_improvement():
    found = by_epoch({"type": "plateau", "patience": 0}, epochs=4, losses=[math.nan] * 3)
    assert found == pytest.approx([1, 0.1, 0.01, 0.001])


@every_schedule
def test_a_warm_up_climbs_in_equal_steps_and_then_the_schedule_begins(choice):
    data = {"type": choice} if isinstance(choice, str) else choice
    warm = factors(data | {"warmup": 2.0}, epochs=10, losses=[1.0] * 10)
    assert warm[:8] == pytest.approx([(k + 1) / 8 for k in range(8)], rel=1e-15)
    late = factors(data, epochs=8, losses=[1.0] * 10)
    if data["type"] != "plateau":  # which counts the losses of all epochs
        assert warm[8:] == late


@every_schedule
def test_a_warm_up_may_be_a_part_of_an_epoch_or_longer_than_the_phase(choice):
    data = {"type": choice} if isinstance(choice, str) else choice
    assert factors(data | {"warmup": 0.5})[:2] == [0.5, 1.0]
    assert factors(data | {"warmup": 100.0}, epochs=1) == [k / 400 for k in (1, 2, 3, 4)]


@every_schedule
def test_a_factor_is_a_plain_number_from_0_to_1(choice):
    for factor in factors(choice, epochs=30, steps=3, losses=[1.0] * 30):
        assert type(factor) is float
        assert 0 <= factor <= 1


@every_schedule
def test_a_schedule_reads_back_from_its_own_words(choice):
    schedule = made(choice)
    words = TypeAdapter(AnySchedule).dump_python(schedule, mode="json")
    assert made(words) == schedule
    assert hash(made(words)) == hash(schedule)


@pytest.mark.parametrize(
    "wrong",
    [
        *["cosin", 3, "piecewise", {"type": "cosine", "warmup": -1}],
        *[{"type": "plateau", "gamma": 1.0}, {"type": "step", "every": 0}],
        *[PIECES | {"boundaries": [5, 2]}, PIECES | {"boundaries": [2, 2]}],
        PIECES | {"factors": [1, 0.5]},
    ],
    ids=str,
)
def test_what_is_no_schedule_is_refused(wrong):
    with pytest.raises(ValidationError):
        made(wrong)
