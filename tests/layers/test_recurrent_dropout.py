"""Recurrent dropout: one mask for all steps of a sequence, which U sees and the state does not."""

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.layers import stack
from netspec.randomness import Stream
from tests.asking import layers_of

RATE = 0.4
BATCH, STEPS, FEATURES, UNITS = 3, 5, 4, 3
RAGGED = np.array([5, 2, 4])
ROWS = {
    "rnn": {"type": "rnn"},
    "lstm": {"type": "lstm", "state_bias": True, "forget_bias": 1.0},
    "gru_before": {"type": "gru", "state_bias": True},
    "gru_after": {"type": "gru", "reset_after": True, "state_bias": True},
}
every_cell = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
every_direction = pytest.mark.parametrize("direction", ["forward", "reverse", "both"])


def of(row, **options):
    return row | {"units": UNITS, "recurrent_dropout": RATE} | options


def masks(direction, batch=BATCH):
    """What is left of h for U: of each direction a stream of its own, (batch, units)."""
    stream = Stream(7, "step").of("layer")
    streams = {"both": {"forward": stream.of("forward/"), "reverse": stream.of("reverse/")}}
    return {
        way: own.happens(1 - RATE, (batch, UNITS)) / (1 - RATE)
        for way, own in streams.get(direction, {direction: stream}).items()
    }


@every_direction
@every_cell
def test_outputs_states_and_slopes_are_those_of_torch_with_the_same_masks(row, direction, b):
    torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
    from tests.oracles import make_torch_oracles, torch_layers, torch_stacks

    row = of(row, direction=direction, return_sequences=True, name="layer")
    question = {"layers": [row], "shape": [STEPS, FEATURES], "batch": BATCH, "lengths": None}
    drawn = make_torch_oracles.draw(question | {"state": True, "seed": 11})
    leaves = {**drawn["weights"], "x": drawn["x"]}
    for leaf in leaves.values():
        leaf.requires_grad_()
    parts = {}
    lengths = torch.from_numpy(RAGGED)
    for way, k in masks(direction).items():
        head = torch_stacks.prefixes(row)[way]
        p = torch_stacks.below(f"layer/{head}", drawn["weights"])
        start = {
            name: drawn["state"][f"layer/{head}{name}"] for name in torch_layers.STATES[row["type"]]
        }
        parts[way] = torch_layers.one_way_by_steps(
            row, p, drawn["x"], lengths, start, way, torch.from_numpy(k)
        )
    y = torch_layers.merge("concat", [out for out, _ in parts.values()])
    (y * drawn["dy"]).sum().backward()

    arrays = {name: leaf.detach().numpy().copy() for name, leaf in leaves.items()}
    x = arrays.pop("x")
    state = {name: value.numpy() for name, value in drawn["state"].items()}
    step, _ = stack.forward(
        layers_of([row]), b, arrays, x, rng=Stream(7, "step"), lengths=RAGGED, state=state
    )
    slopes = step.back(drawn["dy"].numpy())
    np.testing.assert_allclose(step.y, y.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slopes.x, drawn["x"].grad.numpy(), rtol=1e-12, atol=1e-12)
    for name, slope in slopes.weights.items():
        wanted = leaves[name].grad.numpy()
        np.testing.assert_allclose(slope, wanted, rtol=1e-12, atol=1e-12, err_msg=name)


@every_cell
def test_a_call_and_a_rate_of_zero_know_no_chance(row, b):
    thin, whole = (layers_of([of(row, recurrent_dropout=rate)]) for rate in (RATE, 0.0))
    shapes = stack.parameters(thin, (STEPS, FEATURES))
    draw = np.random.default_rng(5)
    p = {name: draw.standard_normal(param.shape) for name, param in shapes.items()}
    x = draw.standard_normal((BATCH, STEPS, FEATURES))
    y, _, _ = stack.apply(thin, b, p, x)
    assert y.tobytes() == stack.apply(whole, b, p, x)[0].tobytes()
    steps = [stack.forward(layers, b, p, x, rng=Stream(1))[0].y for layers in (thin, whole)]
    np.testing.assert_allclose(steps[1], y, rtol=1e-12)
    assert not np.allclose(steps[0], y)


def test_units_are_silenced_as_often_as_the_rate_says():
    left = masks("forward", 4000)["forward"]
    assert (left == 0).mean() == pytest.approx(RATE, abs=0.02)
    assert set(np.unique(left)) == {0.0, 1 / (1 - RATE)}
    both = masks("both", 100)
    assert (both["forward"] != both["reverse"]).mean() > 0.2


def test_the_option_is_kept_in_files_and_its_absence_means_none(tmp_path):
    row = of(ROWS["lstm"])
    network = build(NetworkSpec(input={"features": 2}, layers=[row]))
    network.save(tmp_path / "model.xml")
    text = (tmp_path / "model.xml").read_text()
    assert 'name="recurrent_dropout"' in text
    del row["recurrent_dropout"]
    assert NetworkSpec(input={"features": 2}, layers=[row]).layers[0].recurrent_dropout == 0
