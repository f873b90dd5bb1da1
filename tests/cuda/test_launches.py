"""How often a call and a step ask the GPU: on small networks that is what they wait for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.backends.cuda import sweep_plan
from netspec.bench import lesson, models
from netspec.bench.shapes import parse
from netspec.dataset import Batch
from netspec.training.planned import step_of

CALLS = {  # by the first words of a bench's shape: steps, batch, features, units
    "lstm 10,1,30,10": ["sweep_rows"],
    "lstm 10,100,30,10 last": ["sweep_rows"],
    "gru 5,2,4,3": ["sweep_rows"],
    "rnn 5,2,4,3 last": ["sweep_rows"],
}


def named(launches: list[Any]) -> list[str]:
    return [name for name, _ in launches]


@pytest.mark.parametrize("said", CALLS)
def test_a_call_of_one_small_recurrent_layer_is_one_launch(device_model: Any, said: str) -> None:
    shape = parse(said)
    model = models.one_layer(shape)
    network = build(model.spec, weights=model.weights, device="cuda")
    x = device_model.asarray(models.inputs(model, shape.batch))
    network(x)  # packs weights
    launches = device_model.machine.launches
    launches.clear()
    network(x)
    assert named(launches) == CALLS[said]


@pytest.mark.parametrize(("said", "most"), [("lstm 4,3,5,6", 12), ("gru 4,3,5,6 last", 18)])
def test_a_step_of_training_is_few_launches(device_model: Any, said: str, most: int) -> None:
    shape = parse(said)
    model = models.one_layer(shape)
    b = build(model.spec, weights=model.weights, device="cuda").backend
    loss, phase = lesson.said()
    step = step_of(b, model.spec, model.weights, loss, phase, False)
    x = models.inputs(model, shape.batch)
    with b.computing():
        batch = Batch(b.array(x), b.array(lesson.targets(model, x)), None, None, {})
    step.take(batch, 1e-3)  # begins the optimizer's memory
    launches = device_model.machine.launches
    launches.clear()
    step.take(batch, 1e-3)
    assert len(launches) <= most, named(launches)
    assert "copy" not in named(launches)  # states that are zeros are nowhere
    assert named(launches).count("product") == 1  # none for the slope in x


def test_more_launches_are_made_where_they_take_less_time_than_they_save(
    device_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = parse("lstm 10,1,30,10")
    model = models.one_layer(shape)
    monkeypatch.setattr(sweep_plan, "LAUNCH", 0.0)
    network = build(model.spec, weights=model.weights, device="cuda")
    x = device_model.asarray(models.inputs(model, 1))
    network(x)
    launches = device_model.machine.launches
    launches.clear()
    network(x)
    assert named(launches) == ["product", "sweep_rows"]


LAST: list[dict[str, Any]] = [
    {"type": "lstm", "units": 3, "activation": "relu", "return_sequences": True},
    {"type": "gru", "units": 3, "direction": "both"},
    {"type": "rnn", "units": 3, "direction": "both", "merge": "sum"},
    {"type": "lstm", "units": 140, "gate_activation": "softsign"},
    {"type": "dense", "units": 3, "activation": "relu"},
    {"type": "dense", "units": 3, "activation": "softmax"},
    {"type": "dense", "units": 40, "activation": "softmax"},
    {"type": "lstm", "units": 3, "gate_activation": "softmax"},
    {"type": "activation", "activation": "tanh"},
    {"type": "bidirectional", "layers": [{"type": "gru", "units": 2}], "merge": "mean"},
]


@pytest.mark.parametrize("row", LAST, ids=lambda row: "-".join(map(str, row.values()))[:40])
def test_a_nan_comes_out_as_the_contract_names_it_whatever_came_in(cupy: Any, row: Any) -> None:
    spec = NetworkSpec.from_data({"input": {"steps": 4, "features": 3}, "layers": [row]})
    network = build(spec, seed=2, device="cuda")
    x = np.linspace(-1, 1, 5 * 12, dtype="float32").reshape(5, 4, 3)
    bits = x.view("int32")
    bits[0, 0, 0], bits[1, 2, 1], bits[2, 3, 2] = -1, 0x7F800001, 0x7FFFFFFF
    x[3, 1] = np.inf, -np.inf, np.inf
    y, state = network(x, return_state=True)
    found = [y, *state.values()]
    assert any(np.isnan(array).any() for array in found)
    for array in found:
        assert set(array[np.isnan(array)].view("int32")) <= {0x7FC00000}
