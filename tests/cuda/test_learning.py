"""The loss and the update of a step on a GPU have the bits of their formulas, in a few launches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.backends.cuda import CudaBackend
from netspec.backends.native import NativeBackend
from netspec.dataset import Batch
from netspec.losses import Loss
from netspec.losses.squared_error import SquaredError
from netspec.optimizers import Optimizer
from netspec.optimizers.sgd import SGD
from netspec.randomness import Stream
from netspec.settings import Clip, Phase, Regularization
from netspec.training.objective import Objective, objective
from netspec.training.penalty import Penalty
from netspec.training.step import Step, updated
from tests.backends.test_training_plans import OPTIMIZERS, optimizer
from tests.contract import losses as model
from tests.contract.asking import only_where_compiled

pytestmark = only_where_compiled

WHERE = ["model", pytest.param("gpu", marks=pytest.mark.gpu)]
DENSE = NetworkSpec(
    input={"shape": [70]},
    layers=[{"type": "dense", "units": units} for units in (60, 33, 1)],
)
PENALTIES = [None, ("l1", False), ("l1", True), ("l2", False)]
CLIPS = [None, Clip(value=0.3), Clip(norm=0.7), Clip(norm=1e9), Clip(value=0.5, norm=1.0)]
DTYPES = ["float32", "float64"]


@pytest.fixture(params=WHERE)
def b(request: pytest.FixtureRequest) -> Any:
    if request.param == "model":
        request.getfixturevalue("device_model")
    return CudaBackend()


@pytest.fixture
def on_model(device_model: Any) -> Any:
    return CudaBackend()


def names_of_launches(b: Any) -> list[str]:
    return [name for name, _ in b.cupy.machine.launches]


def assert_same(got: Any, want: Any) -> None:
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    assert got.tobytes() == np.ascontiguousarray(want).tobytes()


# The loss


def asked(b: Any, spec: Any, loss: Any, *arrays: Any) -> Objective:
    """Ask a backend; the answer is brought back."""
    with b.computing():
        found = Objective(
            *b.call(objective, spec, loss, *(None if a is None else b.array(a) for a in arrays))
        )
        return Objective(b.numpy(found.loss), found.terms, b.numpy(found.dy))


def assert_as_on_the_cpu(b: Any, loss: Any, *arrays: Any, output: Any = "linear") -> Objective:
    spec = SimpleNamespace(output=SimpleNamespace(activation=output_activation(output)))
    got, want = asked(b, spec, loss, *arrays), asked(NativeBackend(1), spec, loss, *arrays)
    assert got.terms == want.terms
    assert np.float64(got.loss).tobytes() == np.float64(want.loss).tobytes()
    assert_same(got.dy, want.dy)
    return got


def output_activation(name: str) -> Any:
    given = {"input": {"shape": [2]}, "layers": [{"type": "dense", "units": 2}]}
    return NetworkSpec(**given, output={"activation": name}).output.activation


def drawn(*shape: int, dtype: str = "float32") -> tuple[Any, Any]:
    draw = np.random.default_rng(shape)
    return tuple(a.astype(dtype) for a in (draw.normal(size=shape) * 3, draw.random(shape)))  # type: ignore[return-value]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", sorted(Loss.kinds))
def test_every_loss_has_the_bits_of_the_cpu(b, kind, dtype):
    loss = Loss.kinds[kind]()
    for shape in ((1, 2), (300, 9), (5, 3, 2), (130, 2, 3)):
        y, t = drawn(*shape, dtype=dtype)
        w = np.random.default_rng(0).random(shape[0]).astype(dtype)
        for weights in (None, w):
            assert_as_on_the_cpu(b, loss, y, t, weights)
        if len(shape) == 3:
            lengths = np.arange(shape[0]) % (shape[1] + 1)
            y[np.arange(shape[1]) >= lengths[:, None]] = np.nan
            by_row = np.repeat(w[:, None], shape[1], 1) + np.arange(shape[1], dtype=dtype)
            for weights in (None, w, by_row):
                assert_as_on_the_cpu(b, loss, y, t, weights, lengths)


@pytest.mark.parametrize("kind", sorted(Loss.kinds))
def test_every_loss_has_the_bits_of_the_model(b, kind):
    loss, linear = Loss.kinds[kind](), output_activation("linear")
    y, t = drawn(4, 3, 2)
    lengths, w = np.array([3, 0, 1, 2]), np.array([1, 2, 0.5, 0.3], "float32")
    for weights, valid in ((None, None), (w, lengths)):
        spec = SimpleNamespace(output=SimpleNamespace(activation=linear))
        got = asked(b, spec, loss, y, t, weights, valid)
        mean, terms, dy = model.objective(loss, linear, y, t, weights, valid)
        assert (float(got.loss), got.terms) == (mean, terms)
        assert_same(got.dy, dy)


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "gelu"])
def test_a_loss_of_an_activated_output_goes_back_through_it(b, output):
    y, t = drawn(5, 3, 4)
    lengths = np.array([3, 0, 1, 2, 3])
    for loss in (SquaredError(), SquaredError(of="last_layer")):
        assert_as_on_the_cpu(b, loss, y, t, None, None, output=output)
        assert_as_on_the_cpu(b, loss, y, t, None, lengths, output=output)


def test_rows_of_more_classes_than_a_chain_has_are_added_up_by_the_rule(b):
    for kind in ("softmax_cross_entropy", "squared_error"):
        assert_as_on_the_cpu(b, Loss.kinds[kind](), *drawn(3, 300), None)


def test_infinite_numbers_and_certain_targets_have_the_bits_of_the_cpu(b):
    y = np.array([[np.inf, 0], [-np.inf, 1], [np.inf, np.inf], [1e-40, -1e-40]], "float32")
    for t in (np.zeros_like(y), np.ones_like(y), y == np.inf):
        for kind in sorted(Loss.kinds):
            spec = SimpleNamespace(output=SimpleNamespace(activation=output_activation("linear")))
            asking = spec, Loss.kinds[kind](), y, t.astype("float32")
            got, want = (asked(one, *asking) for one in (b, NativeBackend(1)))
            for one, other in ((got.loss, want.loss), (got.dy, want.dy)):
                assert np.array_equal(one, other, equal_nan=True)


def test_a_batch_without_a_valid_row_has_no_loss(b):
    y, t = drawn(3, 2, 2)
    found = assert_as_on_the_cpu(b, SquaredError(), y, t, None, np.zeros(3, "int64"))
    assert (found.loss, found.terms) == (0, 0)


def test_a_loss_is_three_launches_and_one_that_no_kernel_knows_is_its_formula(on_model):
    class Cubed(SquaredError):
        type: Any = "cubed"

        def terms(self, b: Any, y: Any, t: Any) -> Any:
            d = y - t
            return d * d * d, 3 * (d * d)

    y, t = drawn(130, 2, 3)
    assert_as_on_the_cpu(on_model, SquaredError(), y, t, None)
    assert names_of_launches(on_model) == ["loss", "tree_sum", "mean"]
    assert_as_on_the_cpu(on_model, Cubed(), y, t, None)
    del Loss.kinds["cubed"]


# The update


def trained(dtype: str, seed: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    shapes = {name: param.shape for name, param in DENSE.parameters().items()}
    arrays = {name: draw.normal(size=shape) * 0.3 for name, shape in shapes.items()}
    for array in arrays.values():
        array.reshape(-1)[::5] = 0
    return {name: array.astype(dtype) for name, array in arrays.items()}


def after(b: Any, rule: Any, held: Any, clip: Any, dtype: str, steps: int = 3) -> dict[str, Any]:
    """Give weights and memory after some steps with the same slopes on every backend."""
    like_tmva = held is not None and held[1]
    said = Regularization(type=held[0], strength=0.01) if held else Regularization()
    penalty = Penalty(DENSE, said, like_tmva)
    with b.computing():
        weights = {name: b.array(array) for name, array in trained(dtype, 0).items()}
        memory = {name: rule.start(b, w) for name, w in weights.items()}
        for number in range(1, steps + 1):
            slopes = {name: b.array(array) for name, array in trained(dtype, number).items()}
            factors = rule.factors(0.1, number)
            weights, memory = b.call(updated, rule, penalty, clip, weights, slopes, memory, factors)
        found = {name: b.numpy(w) for name, w in weights.items()}
        kept = {f"{n}/{k}": b.numpy(a) for n, arrays in memory.items() for k, a in arrays.items()}
    assert len(kept) == len(weights) * len(rule.carried)
    return found | kept


def assert_moved_alike(b: Any, *asked: Any) -> None:
    got, want = after(b, *asked), after(NativeBackend(1), *asked)
    assert got.keys() == want.keys()
    for name in got:
        assert_same(got[name], want[name])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("said", OPTIMIZERS, ids=str)
def test_every_optimizer_has_the_bits_of_the_cpu(b, said, dtype):
    assert_moved_alike(b, optimizer(said), None, None, dtype)


@pytest.mark.parametrize("held", PENALTIES, ids=str)
@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_every_penalty_and_clip_has_the_bits_of_the_cpu(b, held, clip):
    for dtype in DTYPES:
        assert_moved_alike(b, optimizer({"type": "adam"}), held, clip, dtype)


def test_an_update_is_one_launch_and_two_more_where_the_norm_has_a_bound(on_model):
    assert_moved_alike(on_model, SGD(), ("l2", False), Clip(value=0.1), "float32", 1)
    assert names_of_launches(on_model) == ["move"]
    on_model.cupy.machine.launches.clear()
    assert_moved_alike(on_model, SGD(), None, Clip(norm=0.1), "float32", 1)
    assert names_of_launches(on_model) == ["squares", "norms", "move"]


def test_an_optimizer_that_no_kernel_knows_is_its_formula(on_model):
    class Signs(SGD):
        type: Any = "signs"

        def update(self, b: Any, w: Any, g: Any, state: Any, factors: Any) -> Any:
            return w - factors[0] * b.where(g > 0, 1.0, b.where(g < 0, -1.0, g)), {}

    assert_moved_alike(on_model, Signs(), ("l1", False), Clip(norm=0.1), "float32")
    assert "move" not in names_of_launches(on_model)
    del Optimizer.kinds["signs"]


def test_gradients_that_are_no_numbers_make_weights_that_are_none(b):
    slopes = {name: np.full_like(array, np.nan) for name, array in trained("float32", 0).items()}
    for clip in (None, Clip(norm=1.0), Clip(value=1.0)):
        with b.computing():
            weights = {name: b.array(array) for name, array in trained("float32", 0).items()}
            given = {name: b.array(array) for name, array in slopes.items()}
            memory: dict[str, Any] = {name: {} for name in weights}
            penalty = Penalty(DENSE, Regularization(), False)
            moved, _ = b.call(updated, SGD(), penalty, clip, weights, given, memory, (0.1,))
            assert all(np.isnan(b.numpy(w)).all() for w in moved.values())


# A whole step


@pytest.mark.parametrize("padded", [False, True])
def test_steps_of_training_leave_the_weights_and_losses_of_the_cpu(b, padded):
    spec = NetworkSpec(
        seed=3,
        input={"steps": 3, "features": 2},
        layers=[
            {"type": "rnn", "units": 3, "return_sequences": True},
            {"type": "dropout", "rate": 0.3},
            {"type": "dense", "units": 2, "activation": "tanh"},
        ],
        output={"activation": "sigmoid"},
    )
    weights = build(spec).weights
    phase = Phase(
        optimizer={"type": "rmsprop", "momentum": 0.3},
        regularization={"type": "l2", "strength": 0.01},
        clip={"norm": 0.01},
    )
    draw = np.random.default_rng(7)
    x, t = draw.normal(size=(5, 3, 2)).astype("float32"), draw.random((5, 3, 2)).astype("float32")
    lengths = np.array([3, 0, 1, 2, 3]) if padded else None
    batch = Batch(x, t, draw.random(5).astype("float32"), lengths, {})
    steps = [
        Step(one, spec, weights, SquaredError(), phase, False) for one in (b, NativeBackend(1))
    ]
    for number in range(3):
        got, want = (step.take(batch, 0.05, Stream(1, number)) for step in steps)
        assert (got.loss, got.terms) == (want.loss, want.terms)
        for read in ("weights", "memory"):
            found, wanted = (getattr(step, read)() for step in steps)
            assert found.keys() == wanted.keys()
            for name in found:
                assert_same(found[name], wanted[name])
