"""A contest goes on whatever a rival does."""

from __future__ import annotations

from types import SimpleNamespace

import netspec
from netspec.bench import contest as contests
from netspec.bench import models
from netspec.bench.contest import Limits, contest
from netspec.bench.rivals import Engine
from netspec.bench.shapes import parse
from netspec.errors import UnavailableError

LIMITS = Limits(seconds=0.0, threads=2, rounds=1)


def rival(run, threads=(1, 2)):
    """Give a rival whose engines call `run(network, x)`."""

    def engines(model, batch, threads):
        network = netspec.Network(model.spec, model.weights)
        return {"": Engine(lambda x: run(network, x))}

    return SimpleNamespace(
        NAME="rival", version=lambda: "1", threads=lambda most: threads, engines=engines
    )


def fails(error):
    def run(network, x):
        raise error

    return run


def cells(batches=(), batch=3, **contestants):
    model = models.one_layer(parse("lstm 2,3,4,5"))
    return contest(model, models.inputs(model, batch), contestants, LIMITS, batches)


def test_every_contestant_has_a_cell_in_the_order_given():
    found = cells(b=rival(lambda network, x: network(x)), a=rival(lambda network, x: network(x)))
    assert list(found) == ["b", "a"]
    assert found["a"].one.threads == 1
    assert found["a"].best.seconds <= found["a"].one.seconds
    assert found["a"].best.distance < 1e-6


def test_an_error_stands_in_the_cell_of_the_rival_that_raised_it():
    found = cells(
        good=rival(lambda network, x: network(x)),
        missing=rival(fails(UnavailableError("x is not installed: pip install 'x' brings it"))),
        wordy=rival(fails(RuntimeError("code " * 50 + ": the reason\nand a trace"))),
        silent=rival(fails(MemoryError())),
    )
    assert found["good"].best
    assert found["missing"].problem == "x is not installed"
    assert found["wordy"].problem == "the reason"
    assert found["silent"].problem == "MemoryError"


def test_a_rival_that_fails_when_it_is_timed_has_a_cell_too(monkeypatch):
    monkeypatch.setattr(contests, "trial", lambda call, clock: 1.0)
    left = [True]  # the call whose outputs are looked at

    def run(network, x):
        left.pop()
        return network(x)

    found = cells(tired=rival(run, (None,)), good=rival(lambda network, x: network(x)))
    assert found["tired"].problem == "failed in its turns"
    assert found["good"].best


def test_other_numbers_are_measured_by_their_distance():
    found = cells(off=rival(lambda network, x: network(x) + 0.25), nan=rival(_with_nan))
    assert abs(found["off"].best.distance - 0.25) < 1e-6
    assert found["nan"].best.distance == float("inf")


def _with_nan(network, x):
    y = network(x)
    y[-1, -1] = float("nan")
    return y


def test_a_rival_may_cut_many_events_into_batches_and_netspec_is_given_all():
    seen = {"netspec": set(), "other": set()}

    def looking(name):
        def run(network, x):
            seen[name].add(len(x))
            return network(x)

        return rival(run, (None,))

    found = cells([2, 4, 8], batch=8, netspec=looking("netspec"), other=looking("other"))
    assert seen == {"netspec": {8}, "other": {2, 4, 8}}
    assert found["other"].best.distance < 1e-6


def test_several_threads_are_given_up_where_they_are_far_behind(monkeypatch):
    trials = iter([1.0, 2.0, 1.0, 1.2])
    monkeypatch.setattr(contests, "trial", lambda call, clock: next(trials))
    one = rival(lambda network, x: network(x))
    model = models.one_layer(parse("lstm 2,3,4,5"))
    x, limits = models.inputs(model, 3), contests.Limits(0.0, 2)
    assert [entry.threads for entry in contests._best(one, model, x, limits, [3])] == [1]
    assert [entry.threads for entry in contests._best(one, model, x, limits, [3])] == [1, 2]
