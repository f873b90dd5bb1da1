"""What happens inside a step: numbers of others, and sums that must add up to gradients."""

import json

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build
from netspec.errors import DataError, SpecError
from netspec.trace import trace
from tests.layers.test_deep_breathe import named, ours

GATES = {"rnn": ["da"], "lstm": ["da_i", "da_f", "da_c", "da_o"], "gru": ["da_r", "da_u", "da_c"]}
ROWS = {
    "rnn": {"type": "rnn", "activation": "softsign"},
    "lstm": {"type": "lstm", "forget_bias": 1.0, "cell_activation": "gauss"},
    "gru before": {"type": "gru"},
    "gru after": {"type": "gru", "reset_after": True, "state_bias": True},
}
every_cell = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
STEPS = 4


def network_of(row, **options):
    rows = [row | {"units": 3} | options, {"type": "dense", "units": 2, "activation": "tanh"}]
    spec = NetworkSpec(dtype="float64", input={"features": 2}, layers=rows)
    return build(spec, seed=4)


def events(batch=3):
    return np.random.default_rng(2).standard_normal((batch, STEPS, 2))


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_the_worked_example_of_gomez_step_by_step(oracle_files):
    text = (oracle_files / "deep_breathe" / "aidan_gomez_example.json").read_text()
    case = json.loads(text)
    row = {"type": "lstm", "units": 1, "return_sequences": True}
    spec = NetworkSpec(dtype="float64", input={"features": 2}, layers=[row])
    network = Network(spec, named("lstm_1", ours(case["deep_breathe_layout"]["weights"], 2)))
    x = np.array(case["inputs"])[None]
    dy = network(x) - np.array(case["labels"])[None, :, None]
    for step, (there, back) in enumerate(zip(case["forward"], case["backward"], strict=True)):
        (found,) = trace(network, x, step, dy=dy)
        wanted = {"i": there["i"], "f": there["f"], "g": there["a"], "o": there["o"]}
        wanted |= {"c": there["state"], "h": there["out"]}
        wanted |= {"h[t-1]": there["out_prev"], "c[t-1]": there["state_prev"]}
        wanted |= {f"a_{k}": z for k, z in zip("cifo", there["z"], strict=True)}
        for name, number in wanted.items():
            close(found.forward[name], [number])
        slopes = {f"da_{k}": d for k, d in zip("cifo", back["dgates"], strict=True)}
        slopes |= {"dh": back["delta_out"], "dc": back["delta_state"]}
        slopes |= {"dh[t-1]": back["dout_prev"]}
        for name, number in slopes.items():
            close(found.back[name], [number])


@every_cell
@pytest.mark.parametrize("options", [{}, {"return_sequences": True}], ids=["end", "every_step"])
def test_the_state_of_every_step_is_where_a_shorter_call_ends(row, options):
    network, x = network_of(row, **options), events()
    for step in range(STEPS):
        (found,) = trace(network, x, step, event=1)
        _, state = network(x[:, : step + 1], return_state=True)
        for name in network.spec.layers[0].carried:
            close(found.forward[name], state[f"{network.spec.layers[0].name}/{name}"][1])
        if step:
            (before,) = trace(network, x, step - 1, event=1)
            assert found.forward["h[t-1]"].tolist() == before.forward["h"].tolist()
            assert found.back["dh[t-1]"].shape == (3,)


@every_cell
@pytest.mark.parametrize("direction", ["forward", "reverse", "both"])
def test_slopes_inside_all_steps_add_up_to_that_of_the_bias(row, direction):
    network, x = network_of(row, direction=direction, return_sequences=True), events(1)
    lengths = np.array([3])
    y = network.forward(x, lengths=lengths)
    gradients = y.back(np.ones_like(y.y)).weights
    total = {}
    for step in range(3):
        for found in trace(network, x, step, lengths=lengths):
            da = np.stack([found.back[name] for name in GATES[found.type]])
            total[found.layer] = total.get(found.layer, 0) + da
    ways = ["/forward", "/reverse"] if direction == "both" else [""]
    assert len(total) == len(ways)
    for way in ways:
        name = f"{network.spec.layers[0].name}{way}"
        close(total[name].reshape(gradients[f"{name}/b"].shape), gradients[f"{name}/b"])


@every_cell
def test_the_slope_in_a_state_is_that_of_a_call_which_begins_there(row):
    network, x = network_of(row, return_sequences=True), events()
    name = network.spec.layers[0].name
    for step in range(STEPS - 1):
        (found,) = trace(network, x, step + 1, event=2)
        _, state = network(x[:, : step + 1], return_state=True)
        rest = network.forward(x[:, step + 1 :], state=state)
        slopes = rest.back(np.ones_like(rest.y)).state
        for carried in network.spec.layers[0].carried:
            close(found.back[f"d{carried}[t-1]"], slopes[f"{name}/{carried}"][2])


def test_both_stacks_of_a_bidirectional_layer_are_traced_at_the_same_place():
    inner = {"type": "lstm", "units": 2, "return_sequences": True}
    row = {"type": "bidirectional", "layers": [inner]}
    spec = NetworkSpec(dtype="float64", input={"features": 2}, layers=[row])
    network, x, lengths = build(spec, seed=1), events(2), np.array([4, 3])
    y = network(x, lengths=lengths)
    for step in range(3):
        one, two = trace(network, x, step, event=1, lengths=lengths)
        assert one.layer == "bidirectional_1/forward/lstm_1"
        assert two.layer == "bidirectional_1/reverse/lstm_1"
        assert [one.step, two.step, one.steps] == [step, step, 3]
        close(np.concatenate([one.forward["h"], two.forward["h"]]), y[1, step])


def test_a_trace_is_a_table_under_its_equations_and_plain_data():
    (found,) = trace(network_of(ROWS["lstm"], units=8), events(), 2)
    lines = str(found).splitlines()
    assert lines[0] == "lstm_1 (lstm), step 2 of 4, from 0"
    assert "    c[t] = f c[t-1] + i g" in lines
    assert sum("unit 0" in line for line in lines) == 1
    assert sum("unit 7" in line for line in lines) == 1
    assert sum(line.startswith("  da_f ") for line in lines) == 2
    data = json.loads(json.dumps(found.to_data()))
    assert data["forward"]["c"] == found.forward["c"].tolist()
    assert list(data["back"]) == [
        "dh", "dc", "da_i", "da_f", "da_c", "da_o", "dh[t-1]", "dc[t-1]",
    ]  # fmt: skip


def test_a_layer_can_be_traced_alone_and_unknown_ones_are_refused():
    rows = [{"type": "gru", "units": 2, "return_sequences": True}, {"type": "rnn", "units": 2}]
    network = build(NetworkSpec(input={"features": 2}, layers=rows))
    assert [found.layer for found in trace(network, events(), 0)] == ["gru_1", "rnn_1"]
    assert [found.layer for found in trace(network, events(), 0, layer="rnn_1")] == ["rnn_1"]
    with pytest.raises(DataError, match="there is no recurrent layer 'rnn_2', did you mean"):
        trace(network, events(), 0, layer="rnn_2")
    for options in ({"step": 4}, {"step": -1}, {"step": 0, "event": 3}, {"step": 0, "event": -1}):
        with pytest.raises(DataError, match=r"^(step|event): wanted one from 0 to "):
            trace(network, events(), **options)
    flat = build(NetworkSpec(input={"shape": [2]}, layers=[{"type": "dense", "units": 1}]))
    with pytest.raises(SpecError, match="wanted a recurrent layer to trace"):
        trace(flat, events()[:, 0], 0)
