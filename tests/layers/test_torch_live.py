"""PyTorch itself, where it is installed: random stacks of random sizes, asked now."""

import random

import numpy as np
import pytest

from tests.asking import agrees, answer, applied, stored

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

from tests.oracles import make_torch_oracles, torch_layers, torch_stacks  # noqa: E402 - after torch
from tests.oracles.questions import ACTIVATIONS, Question  # noqa: E402

MERGES = ("concat", "sum", "mean", "mul")


def cell(pick: random.Random, every_step: bool, one_way: bool = False) -> dict[str, object]:
    """Draw a recurrent row with any of its options."""
    kind = pick.choice(["rnn", "lstm", "gru"])
    row = {"type": kind, "units": pick.randint(1, 5), "return_sequences": every_step}
    if not one_way:
        row["direction"] = pick.choice(["forward", "reverse", "both", "both"])
        merge = pick.choice(MERGES)
        if row["direction"] == "both":
            row["merge"] = merge
    row["state_bias"] = pick.random() < 0.5
    row["bias"] = pick.random() < 0.7
    row["initial_state"] = pick.choice(["zeros", "zeros", "learned"])
    if pick.random() < 0.3:
        row["activation"] = pick.choice(["relu", "softsign", "tanh", "gelu"])
    if kind == "lstm":
        row["forget_bias"] = pick.choice([0.0, 1.0, -0.3])
    if kind == "gru":
        row["reset_after"] = pick.random() < 0.5
    if kind != "rnn" and pick.random() < 0.3:
        row["gate_activation"] = pick.choice(["hard_sigmoid", "sigmoid"])
    return row


def question(seed: int) -> Question:
    """Draw a stack of two recurrent layers and a head."""
    pick = random.Random(seed)
    batch, steps, features = pick.randint(1, 6), pick.randint(1, 8), pick.randint(1, 6)
    if pick.random() < 0.3:
        inner = [cell(pick, True, one_way=True), cell(pick, True, one_way=True)]
        first = {"type": "bidirectional", "layers": inner, "merge": pick.choice(MERGES)}
    else:
        first = cell(pick, True)
    head = {
        "type": "dense",
        "units": pick.randint(1, 4),
        "activation": pick.choice(list(ACTIVATIONS.values())),
    }
    ragged = [pick.randint(1, steps) for _ in range(batch)]
    return Question(
        layers=[first, cell(pick, pick.random() < 0.5), head],
        shape=[steps, features],
        batch=batch,
        lengths=pick.choice([None, ragged]),
        state=pick.random() < 0.5,
        seed=seed,
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_random_stack_agrees_in_outputs_states_and_gradients(seed, b):
    case = make_torch_oracles.plain(make_torch_oracles.answer(question(seed)))
    agrees(answer(case, b), case)
    agrees(applied(case, b), case)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_the_steps_written_out_in_torch_are_what_its_own_modules_do(kind, monkeypatch):
    row = {"type": kind, "units": 3, "direction": "both", "return_sequences": True}
    row |= {"state_bias": True} | ({"reset_after": True} if kind == "gru" else {})
    asked = Question(
        layers=[row], shape=[6, 4], batch=5, lengths=[6, 1, 4, 2, 5], state=True, seed=1
    )
    by_module = make_torch_oracles.plain(make_torch_oracles.answer(asked))
    assert torch_layers.torch_has(row)
    monkeypatch.setattr(torch_stacks, "torch_has", lambda row: False)
    by_steps = make_torch_oracles.plain(make_torch_oracles.answer(asked))
    agrees({key: np.array(by_steps[key]) for key in ("x", "y")}, by_module)
    for name, gradient in by_steps["gradients"]["weights"].items():
        agrees({name: np.array(gradient)}, by_module["gradients"]["weights"])


def test_the_stored_numbers_are_what_torch_says_today():
    for kind, questions in make_torch_oracles.QUESTIONS.items():
        name, asked = next(iter(questions.items()))
        now = make_torch_oracles.plain(make_torch_oracles.answer(asked))
        agrees({"y": np.array(now["y"])}, stored(kind)[name])
