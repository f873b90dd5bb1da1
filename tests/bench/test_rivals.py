"""Every rival runs the network that netspec runs: the same weights, the same outputs."""

from __future__ import annotations

import pytest

import netspec
from netspec.bench import models, onnx_graph
from netspec.bench.rivals import chosen, known, up_to
from netspec.bench.shapes import parse
from netspec.errors import UnavailableError

TOLERANCE = 1e-5
LINES = (
    "lstm 5,3,4,6",
    "lstm 5,3,4,6 last",
    "lstm 5,3,4,6 both",
    "lstm 5,3,4,6 both last",
    "gru 5,3,4,6",
    "gru 5,3,4,6 both last",
    "gru 5,3,4,6 before",
    "rnn 5,3,4,6",
    "rnn 5,3,4,6 both last",
    "lstm 1,1,1,1",
)


@pytest.fixture(params=sorted(known()))
def rival(request):
    one = known()[request.param]
    try:
        one.version()
    except UnavailableError as error:
        pytest.skip(str(error).partition(":")[0])
    return one


def distances(rival, model, x, threads=1):
    """Give how far each way to call the rival is from netspec's own outputs."""
    expected = netspec.Network(model.spec, model.weights)(x)
    for engine in rival.engines(model, len(x), threads).values():
        with engine.around():
            y = engine.give(engine.run(engine.take(x)))
        yield models.distance(y, expected.astype("float64"))


@pytest.mark.parametrize("line", LINES)
def test_a_rival_agrees_on_one_layer(rival, line):
    shape = parse(line)
    if rival.NAME == "torch" and not shape.reset_after:
        with pytest.raises(UnavailableError, match="no reset before"):
            rival.engines(models.one_layer(shape), 1, 1)
        return
    model = models.one_layer(shape)
    found = list(distances(rival, model, models.inputs(model, shape.batch)))
    assert found
    assert max(found) < TOLERANCE


@pytest.mark.parametrize("network", [models.jets, models.images])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_rival_agrees_on_a_whole_network(rival, threads, network):
    model = network()
    assert max(distances(rival, model, models.inputs(model, 7), threads)) < TOLERANCE


def test_a_rival_agrees_on_layers_in_a_row(rival):
    layers = [
        {"type": "lstm", "units": 5, "return_sequences": True, "direction": "both"},
        {"type": "rnn", "units": 3, "return_sequences": True},
        {"type": "gru", "units": 4, "reset_after": True, "state_bias": True, "direction": "both"},
        {"type": "dense", "units": 2},
    ]
    model = models.drawn({"steps": 6, "features": 3}, layers)
    assert max(distances(rival, model, models.inputs(model, 4))) < TOLERANCE


def test_torch_agrees_in_float64():
    torch = known()["torch"]
    pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
    model = models.one_layer(parse("lstm 5,3,4,6 float64"))
    assert max(distances(torch, model, models.inputs(model, 3))) < 1e-14


def test_a_wrong_order_of_gates_is_seen(monkeypatch):
    rival = known()["onnxruntime"]
    try:
        rival.version()
    except UnavailableError as error:
        pytest.skip(str(error).partition(":")[0])
    monkeypatch.setitem(onnx_graph.ORDER, "lstm", [0, 1, 2, 3])
    model = models.one_layer(parse("lstm 5,3,4,6"))
    assert min(distances(rival, model, models.inputs(model, 3))) > 100 * TOLERANCE


def test_a_rival_that_nobody_knows_is_refused_with_the_nearest_name():
    with pytest.raises(UnavailableError, match="no rival 'onnxruntim', did you mean 'onnxruntime'"):
        chosen(["onnxruntim"])


def test_threads_are_tried_in_powers_of_two_up_to_all():
    assert up_to(1) == (1,)
    assert up_to(2) == (1, 2)
    assert up_to(12) == (1, 2, 4, 8, 12)


def test_weights_and_inputs_are_the_same_in_every_run():
    one, other = models.jets(), models.jets()
    assert one.spec == other.spec
    for name, array in one.weights.items():
        assert (array == other.weights[name]).all()
    assert (models.inputs(one, 5) == models.inputs(other, 5)).all()
