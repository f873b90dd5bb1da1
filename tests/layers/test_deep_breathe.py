"""Numbers of Deep-Breathe (M. Kumar, bcc97ca), a plain NumPy LSTM with exact gradients.

Its weights are one matrix (4 units, 1 + features + units): a bias, the input, the state; the
rows are the gates f, i, c, o; the forget bias is added when it runs.
"""

import json

import numpy as np
import pytest

from netspec.layers import stack
from tests.asking import TOLERANCE, layers_of

TO_OURS = [1, 0, 2, 3]  # f, i, c, o taken as i, f, c, o; and the other way round


@pytest.fixture(scope="module")
def numbers(oracle_files):
    """Read a file of the folder as plain data."""
    return lambda name: json.loads((oracle_files / "deep_breathe" / f"{name}.json").read_text())


def ours(matrix, features):
    """Cut a matrix of theirs into W, U, b."""
    matrix = np.array(matrix)
    gates = matrix.reshape(4, len(matrix) // 4, -1)[TO_OURS]
    return {
        "W": gates[:, :, 1 : 1 + features],
        "U": gates[:, :, 1 + features :],
        "b": gates[:, :, 0],
    }


def theirs(arrays):
    """Put W, U, b together as one matrix of theirs."""
    gates = np.concatenate([arrays["b"][:, :, None], arrays["W"], arrays["U"]], axis=2)
    return gates[TO_OURS].reshape(-1, gates.shape[2])


def named(name, arrays):
    """Head every key with a layer's name."""
    return {f"{name}/{key}": np.array(array) for key, array in arrays.items()}


def close(got, want, tolerance=TOLERANCE):
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def lstm(units, forget_bias, **options):
    """Write the row of a layer that keeps every step."""
    row = {"type": "lstm", "units": units, "forget_bias": forget_bias, "return_sequences": True}
    return row | options


CASES = ("cell_b1_zero_init_fb1", "cell_b3_init_fb1", "cell_b3_init_fb0")


@pytest.mark.parametrize("name", CASES)
def test_an_lstm_and_its_way_back_through_time_are_exact(name, numbers, b):
    case = numbers("lstm_bptt_raw")["cases"][name]
    assert case["layers"] == 1
    layers = layers_of([lstm(case["H"], case["forget_bias"])])
    p = named("lstm_1", ours(case["weights"][0], case["D"]))
    state = named("lstm_1", {"h": case["h0"][0], "c": case["c0"][0]})
    step, _ = stack.forward(layers, b, p, np.array(case["x"]), state=state)
    gates = case["forward"][0]
    close(step.y, np.swapaxes(gates["h"], 0, 1))
    close(step.state["lstm_1/c"], gates["c"][-1])
    dfinal = named("lstm_1", {"h": case["dh_final"][0], "c": case["dc_final"][0]})
    d = step.back(np.array(case["dy_top"]), dfinal)
    weights = {key.removeprefix("lstm_1/"): array for key, array in d.weights.items()}
    close(theirs(weights), case["dW"][0])
    close(d.x, case["dx"])
    close(d.state["lstm_1/h"], case["dh0"][0])
    close(d.state["lstm_1/c"], case["dc0"][0])


def test_one_step_gives_the_figures_of_tensorflow_too(numbers, b):
    case = numbers("micro")["cases"]["lstm_single_step"]
    layers = layers_of([lstm(2, case["forget_bias"], return_sequences=False)])
    p = named("lstm_1", ours(case["weights"], 3))
    state = named("lstm_1", {"h": case["h0"], "c": case["c0"]})
    x = np.array(case["x"])[:, None]
    y, final, _ = stack.apply(layers, b, p, x, state=state)
    close(y, case["h"])
    close(final["lstm_1/c"], case["c"])
    printed = case["expected_in_script_float32_tensorflow"]
    close(y, printed["h"], 1e-6)
    close(final["lstm_1/c"], printed["c"], 1e-6)


def test_a_batch_from_a_given_state(numbers, b):
    case = numbers("micro")["cases"]["dynamic_rnn_batch"]
    layers = layers_of([lstm(3, case["forget_bias"])])
    p = named("lstm_1", ours(case["weights"], 4))
    state = named("lstm_1", {"h": case["h0"], "c": case["c0"]})
    y, final, _ = stack.apply(layers, b, p, np.array(case["x"]), state=state)
    close(y, case["outputs"])
    close(final["lstm_1/h"], case["final_h"])
    close(final["lstm_1/c"], case["final_c"])


@pytest.mark.parametrize("form", ["direction", "bidirectional"])
def test_both_directions_stand_at_the_positions_of_their_inputs(form, numbers, b):
    case = numbers("micro")["cases"]["bidirectional_dynamic_rnn_batch"]
    row = lstm(3, case["forget_bias"])
    if form == "direction":
        layers, inner = layers_of([row | {"direction": "both"}]), "lstm_1/{}"
    else:
        layers = layers_of([{"type": "bidirectional", "layers": [row]}])
        inner = "bidirectional_1/{}/lstm_1"
    ways = {"forward": "fw", "reverse": "bw"}
    p = {}
    for way, short in ways.items():
        p |= named(inner.format(way), ours(case[f"weights_{short}"], 4))
    y, final, _ = stack.apply(layers, b, p, np.array(case["x"]))
    close(y, np.concatenate([case["outputs_fw"], case["outputs_bw"]], axis=-1))
    for way, short in ways.items():
        for name in "hc":
            close(final[f"{inner.format(way)}/{name}"], case[f"final_{short}_{name}"])


def test_a_dense_layer_on_every_step(numbers, b):
    case = numbers("micro")["cases"]["dense_3d"]
    layers = layers_of([{"type": "dense", "units": 4}])
    p = named("dense_1", {"W": np.transpose(case["kernel"]), "b": case["bias"][0]})
    y, _, _ = stack.apply(layers, b, p, np.array(case["x"]))
    close(y, case["output"])


def test_softmax_and_its_jacobian(numbers, b):
    case = numbers("micro")["cases"]["softmax_cross_entropy"]
    layers = layers_of([{"type": "activation", "activation": "softmax"}])
    step, _ = stack.forward(layers, b, {}, np.array(case["logits"]))
    close(step.y, case["softmax"])
    for k, dy in enumerate(np.eye(4)):
        dx = step.back(np.stack([dy, dy])).x
        close(dx[0], case["jacobian_row0"][k])
        close(dx[1], case["jacobian_row1"][k])
    at = (np.arange(2), case["labels"])
    dy = np.zeros((2, 4))
    dy[at] = -1 / step.y[at]  # the slope of -log(y) at the label
    close(step.back(dy).x, case["dlogits"])


@pytest.fixture(scope="module")
def example(numbers, b):
    """A. Gomez, "Backpropagating an LSTM: a numerical example" (2016), in float64."""
    case = numbers("aidan_gomez_example")
    layers = layers_of([lstm(1, 0.0)])
    p = named("lstm_1", ours(case["deep_breathe_layout"]["weights"], 2))
    step, _ = stack.forward(layers, b, p, np.array(case["inputs"])[None])
    dy = step.y - np.array(case["labels"])[None, :, None]
    return case, p, step, dy, step.back(dy)


def test_the_worked_example_of_gomez_in_float64(example):
    case, _, step, dy, d = example
    close(step.y[0, :, 0], [row["out"] for row in np.ravel(case["forward"])])
    close(step.state["lstm_1/c"][0, 0], case["forward"][-1]["state"])
    close(dy[0, :, 0], [row["delta_loss"] for row in case["backward"]])
    close(d.x[0], [row["dx"] for row in case["backward"]])
    weights = {key.removeprefix("lstm_1/"): array for key, array in d.weights.items()}
    close(theirs(weights), case["deep_breathe_layout"]["grads"])


def test_the_worked_example_of_gomez_as_he_printed_it(example):
    case, p, step, dy, d = example
    printed = case["printed_figures"]["values"]
    iafo = [0, 2, 1, 3]  # our i, f, c, o taken in the order of the article's test
    close(step.y[0, :, 0], printed["out"], 1e-4)
    close(step.state["lstm_1/c"][0, 0], printed["state"][-1], 1e-4)
    close(dy[0, :, 0], printed["delta_loss"], 1e-4)
    close(d.x[0], printed["dx"], 1e-4)
    after = {name: p[name] - 0.1 * d.weights[name] for name in p}
    close(after["lstm_1/W"][iafo, 0], printed["W_new_iafo"], 1e-4)
    close(after["lstm_1/U"][iafo, 0, 0], printed["U_new_iafo"], 1e-4)
    close(after["lstm_1/b"][iafo, 0], printed["b_new_iafo"], 1e-4)
