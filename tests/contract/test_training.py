"""Steps of training: plans and formulas have the bits of the model, on every path."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from netspec.losses import Loss
from netspec.optimizers import Optimizer
from tests.backends.by_formulas import Question, Stepped, by_formulas, planned, question, same
from tests.backends.test_training_plans import DENSE, LSTM, OPTIMIZERS, optimizer

from .asking import PATHS, every_dtype, only_where_compiled
from .drawing import strewn
from .losses import LOSSES, objective
from .model import counts, in_a_row
from .optimizers import OPTIMIZERS as MODELLED

pytestmark = only_where_compiled

SQUARED, ADAM = Loss.kinds["squared_error"](), Optimizer.kinds["adam"]()


def modelled(q: Question, steps: int = 2) -> list[Stepped]:
    """Answer by the model."""
    p, done = dict(q.weights), []
    trained = [name for name, param in q.spec.parameters().items() if param.trainable]
    memory = {name: {k: np.zeros_like(p[name]) for k in q.optimizer.carried} for name in trained}
    given = q.options
    with np.errstate(all="ignore"):
        for number in range(1, steps + 1):
            y, final, back, valid = in_a_row(
                q.spec.layers, p, q.x, counts(given["lengths"]), given["state"] or {}, None
            )
            output = q.spec.output.activation
            loss, terms, dy = objective(q.loss, output, y, q.t, given["weights"], valid)
            gradients = back(dy, {})[1]
            for name in trained if terms else ():
                p[name], memory[name] = MODELLED[q.optimizer.type](
                    q.optimizer, p[name], gradients[name], memory[name],
                    q.optimizer.learning_rate, number,
                )  # fmt: skip
            slopes = {name: gradients[name] for name in trained}
            done.append(Stepped(loss, terms, slopes, dict(p), dict(memory), final))
    return done


def as_on_every_path(q: Question, steps: int = 2) -> None:
    wanted = modelled(q, steps)
    for path in PATHS:
        b = NativeBackend(2, path)
        same(planned(b, q, steps), wanted)
        same(by_formulas(b, q, steps), wanted)


def test_the_model_knows_every_loss_and_every_optimizer():
    assert LOSSES.keys() == Loss.kinds.keys()
    assert MODELLED.keys() == Optimizer.kinds.keys()


@every_dtype
@pytest.mark.parametrize("weights", [False, True, "by row"])
@pytest.mark.parametrize("kind", sorted(Loss.kinds))
def test_every_loss_has_the_bits_of_the_model(kind, weights, dtype):
    for lengths in (None, np.array([0, 4, 2])):
        for output in (None, {"activation": "softmax"}):
            q = question(
                [LSTM, DENSE], dtype, Loss.kinds[kind](), ADAM,
                weights=weights, lengths=lengths, output=output, state=True,
            )  # fmt: skip
            as_on_every_path(q, 1)


@every_dtype
@pytest.mark.parametrize("said", OPTIMIZERS, ids=str)
def test_every_optimizer_has_the_bits_of_the_model(said, dtype):
    as_on_every_path(question([LSTM, DENSE], dtype, SQUARED, optimizer(said)), 4)


@every_dtype
@pytest.mark.parametrize("kind", sorted(Loss.kinds))
def test_losses_of_special_numbers_have_the_bits_of_the_model(kind, dtype):
    q = question([{"type": "activation", "activation": "linear"}, DENSE], dtype, SQUARED, ADAM)
    y, t = (strewn(a, kind, 0.5) for a in (np.tile(q.t, (4, 1, 1)), np.tile(q.t, (4, 1, 1))))
    b, loss = NativeBackend(1), Loss.kinds[kind]()
    with b.computing():
        value, slope = loss.terms(b, y, t)
        found = (b.canonical(value), b.canonical(slope))
        for at in np.ndindex(y.shape[:-1]):
            for one, other in zip(found, LOSSES[kind](loss, y[at], t[at]), strict=True):
                assert one[at].tobytes() == b.canonical(other).tobytes()


@pytest.mark.parametrize("size", [129, 260])
def test_a_batch_of_several_blocks_has_the_bits_of_the_model(size):
    layers = [{"type": "lstm", "units": 2, "return_sequences": True}]
    as_on_every_path(question(layers, "float32", SQUARED, ADAM, batch=size, shape=(2, 2)), 1)
