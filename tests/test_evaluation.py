"""Evaluation: the network's own outputs, in pieces, beside their targets."""

from __future__ import annotations

import builtins
import os
import resource
from math import exp, log, log1p

import numpy
import pytest

from netspec import Network, NetworkSpec, dataset
from netspec.errors import DataError, UnavailableError
from netspec.evaluation import evaluate
from netspec.network import build
from tests.metrics.samples import numbers

EVENTS, STEPS, FEATURES = 60, 4, 3
X = numbers(EVENTS * STEPS * FEATURES).reshape(EVENTS, STEPS, FEATURES) * 6 - 3
Y = (numbers(EVENTS, 7) < 0.5).astype("int64")
W = numbers(EVENTS, 8) + 0.1
LENGTHS = (numbers(EVENTS, 9) * (STEPS + 1)).astype("int64")

near = pytest.approx


def network(width=1, per_step=False, training=None, **output):
    spec = NetworkSpec(
        name="jets",
        input={"steps": STEPS, "features": FEATURES},
        layers=[
            {"type": "lstm", "units": 5, "return_sequences": per_step},
            {"type": "dense", "units": width},
        ],
        output={"activation": "sigmoid", "classes": ["Signal", "Background"]} | output,
        training=training,
    )
    drawn = build(spec, seed=3)
    return Network(spec, {name: array * 3 for name, array in drawn.weights.items()})


def entropy(p, t):
    """The cross entropy of a probability in float64."""
    return -(t * log(p) + (1 - t) * log1p(-p))


def test_what_is_said_is_said_of_the_networks_own_outputs():
    net = network()
    found = evaluate(net, (X, Y), weights=W)
    y = net(X)[:, 0].tolist()
    right = sum(w for s, t, w in zip(y, Y, W, strict=True) if (s >= 0.5) == (t == 1))
    assert found["accuracy"]["value"] == near(right / W.sum(), rel=1e-6)
    loss = sum(w * entropy(s, t) for s, t, w in zip(y, Y, W, strict=True)) / EVENTS
    assert found["loss"]["value"] == near(loss, rel=1e-5)
    assert (found.events, found.rows) == (EVENTS, EVENTS)
    pairs = [
        W[i] * W[j] * (1.0 if y[i] > y[j] else 0.5 if y[i] == y[j] else 0.0)
        for i in range(EVENTS)
        for j in range(EVENTS)
        if Y[i] == 1 and Y[j] == 0
    ]
    whole = W[Y == 1].sum() * W[Y == 0].sum()
    assert found["roc"]["area"] == near(sum(pairs) / whole, rel=1e-6)


def test_the_outputs_have_the_bits_of_a_call(native):
    net = network()
    scores = evaluate(net, (X, Y))["roc"]["curves"]["Signal"]["score"]
    assert scores == [None, *sorted(set(net(X)[:, 0].tolist()), reverse=True)]


@pytest.mark.parametrize("chunk", [1, 12, 85, 10**6])
def test_the_pieces_do_not_matter(chunk, monkeypatch, native):
    monkeypatch.setattr("netspec.dataset.events.LARGEST_PASS", chunk)
    seen = []
    found = evaluate(network(), (X, Y), weights=W, lengths=LENGTHS, progress=seen.append)
    assert sum(seen) == EVENTS
    monkeypatch.undo()
    assert found.to_data() == evaluate(network(), (X, Y), weights=W, lengths=LENGTHS).to_data()


def test_outputs_per_step_count_valid_steps_with_the_weight_of_their_event():
    x, y = X.copy(), (X[..., 0] > 0).astype("float64")
    for event, length in enumerate(LENGTHS):
        x[event, length:], y[event, length:] = numpy.nan, numpy.nan
    net = network(per_step=True)
    found = evaluate(net, (x, y), weights=W, lengths=LENGTHS)
    out = net(X, lengths=LENGTHS)[..., 0]
    right = whole = loss = 0.0
    for event, length in enumerate(LENGTHS):
        for step in range(length):
            score, t = float(out[event, step]), y[event, step]
            right += W[event] * ((score >= 0.5) == (t == 1))
            whole += W[event]
            loss += W[event] * entropy(score, t)
    assert found.rows == LENGTHS.sum()
    assert found["accuracy"]["value"] == near(right / whole, rel=1e-6)
    assert found["loss"]["value"] == near(loss / LENGTHS.sum(), rel=1e-5)
    assert f"60 events, {LENGTHS.sum()} valid steps, weighted" in str(found)


def test_classes_are_told_by_the_largest_output():
    net = network(3, activation="softmax", classes=["up", "down", "strange"])
    truth = (numbers(EVENTS, 5) * 3).astype(int)
    names = numpy.array(["up", "down", "strange"])[truth]
    found = evaluate(net, (X, names))
    y = net(X)
    right = sum(row.index(max(row)) == t for row, t in zip(y.tolist(), truth, strict=True))
    assert found["accuracy"]["value"] == near(right / EVENTS)
    loss = sum(-log(row[t]) for row, t in zip(y.tolist(), truth, strict=True)) / EVENTS
    assert found["loss"]["value"] == near(loss, rel=1e-5)
    assert found["loss"]["loss"] == "softmax_cross_entropy"
    assert set(found["roc"]["areas"]) == {"up", "down", "strange"}


def test_a_regression_has_residuals():
    net = network(2, activation="linear", classes=[], targets=[{"name": "E"}, {"name": "pt"}])
    t = net(X) + numpy.array([0.5, -1.0])
    found = evaluate(net, (X, t))
    assert found["residuals"]["targets"]["E"]["bias"] == near(-0.5, rel=1e-5)
    assert found["residuals"]["targets"]["pt"]["rms"] == near(1, rel=1e-5)
    assert found["loss"]["value"] == near((0.25 + 1) / 2, rel=1e-5)
    assert "accuracy" not in found.metrics


def test_outputs_that_are_logits_are_cut_at_0_and_are_no_probabilities():
    training = {"loss": "cross_entropy"}
    logits, scores = network(activation="linear", training=training), network(training=training)
    found, wanted = evaluate(logits, (X, Y)), evaluate(scores, (X, Y))
    assert found["accuracy"]["value"] == wanted["accuracy"]["value"]
    assert found["loss"]["value"] == wanted["loss"]["value"]
    assert "calibration" not in found.metrics


def test_two_outputs_of_which_one_is_shown_are_judged_by_that_one():
    net = network(2, first=1, analysis="classification", training={"loss": "cross_entropy"})
    found = evaluate(net, (X, Y))
    y = net(X)[:, 0].tolist()
    right = sum((s >= 0.5) == (t == 1) for s, t in zip(y, Y, strict=True))
    assert found["accuracy"]["value"] == near(right / EVENTS)
    both = Network(
        NetworkSpec.from_data(net.spec.to_data() | {"output": {"activation": "sigmoid"}}),
        net.weights,
    )(X)
    loss = sum(
        entropy(row[0], t) + entropy(row[1], 1 - t) for row, t in zip(both.tolist(), Y, strict=True)
    )
    assert found["loss"]["value"] == near(loss / (2 * EVENTS), rel=1e-5)


def test_first_states_are_used():
    net, h = network(), numbers(EVENTS * 5, 4).reshape(EVENTS, 5)
    found = evaluate(net, (X, Y), state={"lstm_1/h": h})
    y = net(X, state={"lstm_1/h": h})[:, 0].tolist()
    loss = sum(entropy(s, t) for s, t in zip(y, Y, strict=True)) / EVENTS
    assert found["loss"]["value"] == near(loss, rel=1e-5)


def test_files_arrays_and_data_sets_give_the_same(tmp_path):
    net = network()
    numpy.savez(tmp_path / "e.npz", x=X, y=Y, weights=W)
    wanted = evaluate(net, (X, Y), weights=W).to_data()
    for data in (tmp_path / "e.npz", str(tmp_path / "e.npz"), {"x": X, "y": Y, "weights": W}):
        assert evaluate(net, data).to_data() == wanted
    opened = dataset.open(net.spec, tmp_path / "e.npz")
    assert evaluate(net, opened).to_data() == wanted
    with pytest.raises(DataError, match=r"e\.npz: wanted weights in the data themselves"):
        evaluate(net, tmp_path / "e.npz", weights=W)


def test_the_events_of_training_stand_beside():
    net = network()
    found = evaluate(net, (X[:30], Y[:30]), training=(X[30:], Y[30:]))
    other = evaluate(net, (X[30:], Y[30:]))
    assert found["roc"]["training"] == other["roc"]["area"]
    assert found["loss"]["training"] == other["loss"]["value"]
    for row, wanted in zip(found["efficiency"]["rows"], other["efficiency"]["rows"], strict=True):
        assert row["training"] == wanted["signal"]
    assert "distance from training" in str(found)


def test_one_class_alone_is_evaluated_without_what_wants_two():
    found = evaluate(network(), (X, numpy.ones(EVENTS)))
    assert set(found.metrics) == {"loss", "accuracy", "confusion", "calibration", "scores"}


def test_words_by_hand():
    """A network that gives the sigmoid of its only input."""
    spec = NetworkSpec(
        name="cut",
        input={"shape": [1]},
        layers=[{"type": "dense", "units": 1}],
        output={"activation": "sigmoid", "classes": ["Signal", "Background"]},
    )
    net = Network(spec, {"dense_1/W": [[1.0]], "dense_1/b": [0.0]})
    found = evaluate(net, ([[2.0], [1.0], [-1.0], [-2.0]], ["Signal", "Background"] * 2))
    p = [1 / (1 + exp(-z)) for z in (2, 1, -1, -2)]
    loss = sum(entropy(a, t) for a, t in zip(p, (1, 0, 1, 0), strict=True)) / 4
    error = sum(map(abs, (1 - p[0], p[1], 1 - p[2], p[3]))) / 4
    assert (
        str(found)
        == f"""\
cut: 4 events, float32

loss         {loss:.6g}  cross_entropy
accuracy     0.5000 +- 0.2500  by an output of 0.5 or more
roc          area 0.7500  for Signal
efficiency   for Signal at that for Background
             @0.01  0.500 +- 0.354
             @0.10  0.500 +- 0.354
             @0.30  0.500 +- 0.354
confusion    a row for each true class, a column for what it is taken for
                         Signal  Background  efficiency  purity
             Signal           1           1      0.5000  0.5000
             Background       1           1      0.5000  0.5000
calibration  expected error {error:.4f} in 10 bins of probability
scores       from 0.1192 to 0.8808"""
    )


def test_an_output_that_is_no_number_is_refused_by_the_number_of_its_event(monkeypatch):
    net = network(activation="linear")
    weights = {name: array * 0 for name, array in net.weights.items()}
    weights["dense_1/W"] = numpy.full((1, 5), 3e38, "float32")
    weights["lstm_1/b"] = weights["lstm_1/b"] + 10
    broken = Network(net.spec, weights)
    monkeypatch.setattr("netspec.dataset.events.LARGEST_PASS", 100)
    with pytest.raises(DataError, match="the output for event 0 is no finite number"):
        evaluate(broken, (X, Y))
    x = X.copy()
    x[:33] = 0  # the states of these events stay small, in pieces before and in the same
    weights["lstm_1/b"] = weights["lstm_1/b"] * 0
    weights["lstm_1/W"] = weights["lstm_1/W"] + 10
    broken = Network(net.spec, weights)
    with pytest.raises(DataError, match="the output for event 33 is no finite number"):
        evaluate(broken, (abs(x), Y))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ((X, Y[:-1]), "y: wanted 60 rows"),
        ((X[:, :2], Y), "x: wanted the shape"),
        ((X, Y * 2), r"y\[\d+\]: wanted a number from 0 to 1"),
        (({"x": X}), "found no y"),
    ],
)
def test_bad_data_are_refused(data, found):
    with pytest.raises(DataError, match=found):
        evaluate(network(), data)
    with pytest.raises(DataError, match="negative"):
        evaluate(network(), (X, Y), weights=numpy.append(-1, W[1:]))


def test_a_million_events_take_little_memory(tmp_path):
    """A gigabyte of inputs, of which the disk holds none."""
    spec = NetworkSpec(
        input={"steps": 5, "features": 50},
        layers=[{"type": "last_step"}, {"type": "dense", "units": 1}],
        output={"activation": "sigmoid", "classes": ["a", "b"]},
    )
    (tmp_path / "d").mkdir()
    numpy.save(tmp_path / "d/y.npy", numpy.arange(10**6) % 2)
    with (tmp_path / "d/x.npy").open("wb") as stream:
        head = {"descr": "<f4", "fortran_order": False, "shape": (10**6, 5, 50)}
        numpy.lib.format.write_array_header_1_0(stream, head)
        stream.truncate(stream.tell() + 10**9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = evaluate(build(spec), tmp_path / "d")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB, or bytes on macOS
    assert found["accuracy"]["value"] == 0.5
    assert found["roc"]["area"] == 0.5
    assert used < 400 * 1024 * (1024 if os.uname().sysname == "Darwin" else 1)


def test_a_picture_is_drawn_by_its_suffix(tmp_path):
    pytest.importorskip("matplotlib")
    found = evaluate(network(), (X, Y), training=(X, Y))
    for suffix, start in (("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        found.plot(tmp_path / f"e.{suffix}")
        assert (tmp_path / f"e.{suffix}").read_bytes().startswith(start)
    (tmp_path / "e.jpgg").write_bytes(b"precious")
    with pytest.raises(DataError, match=r"e\.jpgg: no picture is of the kind 'jpgg', did you mean"):
        found.plot(tmp_path / "e.jpgg")
    assert (tmp_path / "e.jpgg").read_bytes() == b"precious"


def test_without_matplotlib_the_extra_is_named(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *more):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *more)

    found = evaluate(network(), (X, Y))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UnavailableError, match=r"netspec\[plots\]"):
        found.plot(tmp_path / "e.png")


def test_a_metric_that_was_not_taken_is_answered_with_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'roc'"):
        evaluate(network(), (X, Y))["rocs"]
