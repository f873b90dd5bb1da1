"""A whole step of training in one call: the bits of the formulas, whoever shares out the work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from netspec.kernels import compiled
from netspec.layers import Layer
from netspec.layers.dropout import Dropout
from netspec.losses import Loss
from netspec.optimizers import Optimizer
from netspec.randomness import Stream
from tests.specimens import RAGGED, ROWS, every_layer_at_every_length, every_length, shape_of

from .by_formulas import by_formulas, lowered, planned, question, same

pytestmark = pytest.mark.usefixtures("native")  # skipped, with the reason, where it is not

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
SQUARED, ADAM = Loss.kinds["squared_error"](), Optimizer.kinds["adam"]()
LSTM = {"type": "lstm", "units": 5, "return_sequences": True}
DENSE = {"type": "dense", "units": 4}
DEEP = [
    {"type": "lstm", "units": 7, "return_sequences": True, "direction": "both"},
    {"type": "gru", "units": 5, "return_sequences": True, "initial_state": "learned"},
    {"type": "activation", "activation": "gelu"},
    {"type": "dense", "units": 6, "activation": "elu"},
    {"type": "rnn", "units": 5, "direction": "both", "merge": "mean", "initial_state": "learned"},
    {"type": "dense", "units": 3, "activation": "relu"},
]
OPTIMIZERS = [
    {"type": "sgd"},
    {"type": "sgd", "momentum": 0.9},
    {"type": "sgd", "momentum": 0.9, "nesterov": True},
    {"type": "adam"},
    {"type": "adam", "epsilon_hat": True},
    {"type": "adamw"},
    {"type": "adagrad"},
    {"type": "rmsprop"},
    {"type": "rmsprop", "momentum": 0.5},
    {"type": "adadelta"},
]


def optimizer(said):
    return Optimizer.kinds[said["type"]](**said)


@every_dtype
@every_layer_at_every_length
def test_a_step_of_every_layer_has_the_bits_of_its_formulas(row, dtype, lengths):
    reverses, given = Layer.kinds[row["type"]](**row).reverses, shape_of(row)
    for output in (None, {"activation": "softsign"}, {"activation": "softmax"}):
        for state in (False, not reverses):
            q = question(
                [row], dtype, SQUARED, ADAM, batch=2, shape=given, lengths=lengths, state=state,
                output=output,
            )  # fmt: skip
            if row["type"] == "batch_norm":
                assert lowered(NativeBackend(1), q) is None  # its statistics: the formulas run
                continue
            for threads in (1, 2):
                b = NativeBackend(threads)
                same(planned(b, q), by_formulas(b, q))


def test_what_the_tests_know_of_optimizers_is_all_there_is():
    assert {said["type"] for said in OPTIMIZERS} == Optimizer.kinds.keys()


@every_dtype
@pytest.mark.parametrize("said", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("loss", sorted(Loss.kinds))
def test_every_loss_and_optimizer_gives_the_bits_of_its_formula_on_every_instruction_set(
    loss, said, dtype
):
    for lengths in (None, np.array([1, 3, 4])):
        q = question(
            [LSTM, DENSE], dtype, Loss.kinds[loss](), optimizer(said), lengths=lengths, state=True
        )
        wanted = by_formulas(NativeBackend(1), q)
        for path in compiled().paths():
            same(planned(NativeBackend(2, path), q), wanted)


@every_dtype
@pytest.mark.parametrize("size", [1, 2, 7, 64, 127, 128, 129, 256, 257, 300, 700])
def test_a_deep_network_has_the_same_bits_on_any_number_of_threads(size, dtype):
    ragged = np.random.default_rng(size).integers(0, 7, size)
    for lengths in (None, ragged):
        loss = Loss.kinds["softmax_cross_entropy"]()
        q = question(DEEP, dtype, loss, ADAM, batch=size, shape=(6, 5), lengths=lengths)
        wanted = by_formulas(NativeBackend(1), q)
        for threads in (1, 2, 3):
            same(planned(NativeBackend(threads), q), wanted)


def test_waves_of_a_large_batch_are_summed_up_as_the_whole():
    q = question([LSTM], "float32", SQUARED, ADAM, batch=2200, shape=(2, 2))
    wanted = by_formulas(NativeBackend(1), q)
    for threads in (1, 2, 8):
        same(planned(NativeBackend(threads), q), wanted)


@pytest.mark.parametrize("size", [1, 200])
def test_a_layer_that_is_worth_threads_has_the_same_bits(size):
    q = question([LSTM | {"units": 150}], "float32", SQUARED, ADAM, batch=size, shape=(9, 20))
    wanted = by_formulas(NativeBackend(1), q)
    for threads in (1, 2):
        same(planned(NativeBackend(threads), q), wanted)


@pytest.mark.parametrize("weights", [False, True, "by row"])
def test_weights_of_events_and_of_steps_have_the_bits_of_the_formulas(weights):
    for lengths in (None, np.array([0, 4, 2])):
        q = question([LSTM], "float32", SQUARED, ADAM, weights=weights, lengths=lengths)
        same(planned(NativeBackend(2), q), by_formulas(NativeBackend(2), q))


@every_length
def test_dropout_is_drawn_as_its_layer_draws_it(lengths):
    inner = [{"type": "dropout", "rate": 0.3}, {"type": "rnn", "units": 3}]
    layers = [
        {"type": "dropout", "rate": 0.4},
        LSTM,
        {"type": "dropout", "rate": 0.5},
        {"type": "bidirectional", "layers": inner},
        {"type": "dropout", "rate": 0.2},
        DENSE,
    ]
    rng = Stream(7).of("a step")
    q = question(layers, "float32", SQUARED, ADAM, batch=2, lengths=lengths)
    b = NativeBackend(2)
    assert lowered(b, q).random
    same(planned(b, q, rng=rng), by_formulas(b, q, rng=rng))
    same(planned(b, q), by_formulas(b, q))


@every_length
@every_dtype
@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.get("recurrent_dropout")])
def test_recurrent_dropout_is_drawn_as_its_layer_draws_it(row, dtype, lengths):
    inner = [{"type": "gru", "units": 3, "recurrent_dropout": 0.5, "reset_after": True}]
    first = {**row, "return_sequences": True}
    layers = [first, {"type": "bidirectional", "layers": inner}, DENSE]
    rng = Stream(3).of("a step")
    for batch in (2, 300) if lengths is None else (2,):
        q = question(layers, dtype, SQUARED, ADAM, batch=batch, lengths=lengths)
        b = NativeBackend(2)
        assert lowered(b, q).random
        same(planned(b, q, rng=rng), by_formulas(b, q, rng=rng))


@every_dtype
@pytest.mark.parametrize("shape", [(40,), (40, 2)], ids=["ids", "ids of steps"])
@pytest.mark.parametrize("size", [3, 300])
def test_a_table_is_summed_up_as_its_formula_does(size, shape, dtype):
    table = {"type": "embedding", "ids": 7, "units": 3}
    layers = [table, {"type": "gru", "units": 4}, DENSE]
    q = question(layers, dtype, SQUARED, ADAM, batch=size, shape=shape)
    wanted = by_formulas(NativeBackend(1), q)
    for threads in (1, 2):
        same(planned(NativeBackend(threads), q), wanted)


def test_an_id_that_is_none_reads_nothing_beyond_the_table():
    table = {"type": "embedding", "ids": 7, "units": 3}
    q = question([table, DENSE], "float32", SQUARED, ADAM, shape=(5,), weights=False)
    plan, (first, zero) = lowered(NativeBackend(1), q), (q.x.copy(), q.x.copy())
    first[0, :4], zero[0, :4] = [np.nan, 1e30, -1, 7], 0
    assert plan.step(first, q.t, ()) == plan.step(zero, q.t, ())


def test_layers_that_training_adds_are_part_of_the_plan():
    q = question([LSTM, DENSE], "float32", SQUARED, ADAM)
    layers = [q.spec.layers[0], Dropout(name="thin", rate=0.5), q.spec.layers[1]]
    plan = NativeBackend(1).training_plan(q.spec, layers, q.weights, q.loss, q.optimizer, {}, None)
    assert plan.random


@every_dtype
def test_penalties_and_clipping_have_the_bits_of_the_formulas(dtype):
    b, q = NativeBackend(2), question([LSTM, DENSE], dtype, SQUARED, optimizer({"type": "sgd"}))
    q.weights["dense_1/W"][0, 0] = 0
    free = by_formulas(b, q, 1)[0].gradients
    penalties = {"lstm_1/W": ("l2", 0.03), "lstm_1/U": ("l1", 0.02)}
    penalties |= {"dense_1/W": ("l1_like_tmva", 0.05)}
    with b.computing():
        w = q.weights["lstm_1/W"]
        wanted = free | {"lstm_1/W": free["lstm_1/W"] + (2 * 0.03) * w}
        for name, zero in (("lstm_1/U", 0.0), ("dense_1/W", 1.0)):
            w, strength = q.weights[name], penalties[name][1]
            sign = np.where(w > 0, 1.0, np.where(w < 0, -1.0, zero)).astype(dtype)
            wanted[name] = free[name] + sign * np.dtype(dtype).type(strength)
        flat = {name: np.clip(g, -0.03, 0.03).astype(dtype) for name, g in wanted.items()}
        total = None
        for g in flat.values():
            own = b.sum((g * g).reshape(-1), 0)
            total = own if total is None else total + own
        norm = float(np.sqrt(total))
        for most in (norm / 2, norm * 2):
            scale = np.dtype(dtype).type(most) / np.sqrt(total)
            held = {name: g * scale for name, g in flat.items()} if most < norm else flat
            plan = lowered(b, q, penalties, SimpleNamespace(value=0.03, norm=most))
            plan.step(q.x, q.t, q.optimizer.factors(0.1, 1), **q.options)
            for name, g in plan.gradients().items():
                assert g.tobytes() == np.ascontiguousarray(held[name]).tobytes(), name


def test_without_factors_the_weights_stay_and_the_gradient_is_found():
    q = question([LSTM], "float32", SQUARED, ADAM, weights=False)
    b = NativeBackend(1)
    plan, wanted = lowered(b, q), by_formulas(b, q, 1)[0]
    loss, count, state = plan.step(q.x, q.t, ())
    assert (loss, count, state) == (wanted.loss, wanted.count, {})
    for name, array in plan.weights().items():
        assert array.tobytes() == q.weights[name].tobytes()
        assert plan.gradients()[name].tobytes() == wanted.gradients[name].tobytes()


def test_a_batch_without_events_moves_nothing():
    q, b = question(DEEP, "float32", SQUARED, ADAM, shape=(6, 5), weights=False), NativeBackend(2)
    plan = lowered(b, q)
    loss, count, state = plan.step(q.x[:0], q.t[:0], ADAM.factors(0.1, 1), finals=True)
    assert (loss, count) == (0.0, 0)
    assert {array.shape[0] for array in state.values()} == {0}
    for name, array in plan.weights().items():
        assert array.tobytes() == q.weights[name].tobytes()


def test_steps_asked_for_at_the_same_time_are_taken_one_after_the_other():
    q, b = (
        question([LSTM | {"units": 40}], "float32", SQUARED, ADAM, weights=False),
        NativeBackend(2),
    )
    one, other = lowered(b, q), lowered(b, q)
    factors = ADAM.factors(1e-3, 1)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one.step, q.x, q.t, factors) for _ in range(200)]:
            done.result()
    for _ in range(200):
        other.step(q.x, q.t, factors)
    for name, array in one.weights().items():
        assert array.tobytes() == other.weights()[name].tobytes()


def test_a_plan_goes_on_from_what_another_one_gave():
    q, b = question([LSTM, DENSE], "float64", SQUARED, ADAM), NativeBackend(2)
    whole = planned(b, q, 4)
    plan = lowered(b, q)
    plan.resume(whole[1].weights, whole[1].memory)
    for number in (3, 4):
        plan.step(q.x, q.t, ADAM.factors(ADAM.learning_rate, number), **q.options)
    for name, array in plan.weights().items():
        assert array.tobytes() == whole[3].weights[name].tobytes()


def test_batches_of_other_sizes_and_lengths_take_turns_on_one_plan():
    b = NativeBackend(2)
    first = question(DEEP, "float32", SQUARED, ADAM, shape=(6, 5))
    plan = lowered(b, first)
    for size, lengths in ((300, None), (2, RAGGED), (64, None), (5, np.array([0, 1, 2, 3, 6]))):
        q = question(DEEP, "float32", SQUARED, ADAM, batch=size, shape=(6, 5), lengths=lengths)
        q = q._replace(weights=first.weights)
        wanted = by_formulas(b, q, 1)[0]
        assert plan.step(q.x, q.t, (), **q.options)[0] == wanted.loss
        for name, g in plan.gradients().items():
            assert g.tobytes() == np.ascontiguousarray(wanted.gradients[name]).tobytes()


def test_a_loss_an_optimizer_or_a_layer_that_is_not_known_is_not_lowered():
    q, b = question([LSTM], "float32", SQUARED, ADAM), NativeBackend(1)
    assert lowered(b, q._replace(loss=SimpleNamespace(type="mine"))) is None
    assert lowered(b, q._replace(optimizer=SimpleNamespace(type="mine"))) is None
    layers = (SimpleNamespace(type="mine", name="x", output_shape=lambda given: given),)
    assert b.training_plan(q.spec, layers, q.weights, q.loss, q.optimizer, {}, None) is None
