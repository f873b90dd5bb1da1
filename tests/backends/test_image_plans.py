"""Plans of networks on images: the bits of the formulas, for drawn stacks, numbers and machines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import Network, NetworkSpec
from netspec.backends import Backend
from netspec.backends.native import NativeBackend
from netspec.errors import SpecError
from netspec.kernels import compiled
from netspec.layers.activations import Function
from netspec.losses import Loss
from netspec.optimizers import Optimizer

from .by_formulas import by_formulas, lowered, planned, question, same

pytestmark = pytest.mark.usefixtures("native")  # skipped, with the reason, where it is not

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
SQUARED, ADAM = Loss.kinds["squared_error"](), Optimizer.kinds["adam"]()
CONVOLUTION = {"type": "convolution", "filters": 5, "kernel": [3, 3], "padding": [1, 1]}
DEEP = [
    CONVOLUTION | {"activation": "elu"},
    {"type": "max_pool", "kernel": [2, 2]},
    {"type": "convolution", "filters": 7, "kernel": [2, 3], "stride": [1, 2], "activation": "tanh"},
    {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]},
    {"type": "flatten"},
    {"type": "dense", "units": 4, "activation": "relu"},
]
PLACES = st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-40, -1e-45, 1e30, np.inf, -np.inf, np.nan])


class Plain(NativeBackend):
    """Lowers nothing."""

    plan = Backend.plan
    training_plan = Backend.training_plan


def sizes(largest):
    return st.tuples(st.integers(1, largest), st.integers(1, largest))


@st.composite
def layer(draw):
    kind = draw(st.sampled_from(["convolution", "convolution", "max_pool", "batch_norm"]))
    if kind == "batch_norm":
        return {"type": kind, "banded": draw(st.booleans()), "epsilon": 1e-3}
    row = {"type": kind, "kernel": list(draw(sizes(4)))}
    if kind == "max_pool":
        stride = draw(st.none() | sizes(3))
        return row if stride is None else row | {"stride": list(stride)}
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    return row | {
        "filters": draw(st.integers(1, 19)),
        "stride": list(draw(sizes(3))),
        "padding": list(padding),
        "bias": draw(st.booleans()),
        "activation": draw(st.sampled_from(sorted(Function.kinds))),
    }


@st.composite
def stacks(draw):
    """Draw layers that fit an image, and the image's shape; what does not fit is left out."""
    shape = (draw(st.sampled_from([1, 2, 5, 15])), *draw(sizes(21)))
    layers = []
    for row in draw(st.lists(layer(), min_size=1, max_size=4)):
        try:
            NetworkSpec(input={"shape": shape}, layers=[*layers, row])
        except SpecError:
            continue
        layers.append(row)
    if draw(st.booleans()) or not layers:
        layers += [{"type": "flatten"}, {"type": "dense", "units": 3}]
    return shape, layers


def network(layers, shape, dtype, b, seed=5):
    spec = NetworkSpec(dtype=dtype, input={"shape": shape}, layers=layers)
    draw = np.random.default_rng(seed)
    weights = {
        name: draw.uniform(0.1 if name.endswith("variance") else -1, 1, p.shape).astype(dtype)
        for name, p in spec.parameters().items()
    }
    return Network(spec, weights, b)


def images(events, shape, dtype, special=()):
    x = np.random.default_rng(events).uniform(-2, 2, (events, *shape)).astype(dtype)
    if special:
        x.reshape(-1)[:: max(1, x.size // 17)] = np.resize(
            np.array(special, dtype), len(x.reshape(-1)[:: max(1, x.size // 17)])
        )
    return x


@settings(max_examples=60, deadline=None)
@given(
    stacks(),
    st.sampled_from(["float32", "float64"]),
    st.integers(1, 5),
    st.lists(PLACES, max_size=3),
)
def test_a_drawn_stack_has_the_bits_of_its_formulas_on_every_instruction_set(
    stack, dtype, events, special
):
    shape, layers = stack
    x = images(events, shape, dtype, special)
    wanted = network(layers, shape, dtype, Plain(1))(x).tobytes()
    for path in compiled().paths():
        plan = network(layers, shape, dtype, NativeBackend(2, path))
        assert plan._prepared.plan is not None
        assert plan(x).tobytes() == wanted, path


@settings(max_examples=40, deadline=None)
@given(
    stacks(),
    st.sampled_from(["float32", "float64"]),
    st.integers(1, 5),
    st.sampled_from([None, "softmax", "sigmoid"]),
)
def test_steps_of_a_drawn_stack_have_the_bits_of_its_formulas(stack, dtype, events, output):
    shape, layers = stack
    layers = [row for row in layers if row["type"] != "batch_norm"] or DEEP[-2:]
    said = None if output is None else {"activation": output}
    try:
        q = question(
            layers, dtype, SQUARED, ADAM, batch=events, shape=shape, output=said, weights=False
        )
    except SpecError:  # without the batch norm another shape is too small
        return
    wanted = by_formulas(NativeBackend(1), q)
    for path in compiled().paths():
        same(planned(NativeBackend(2, path), q), wanted)


@every_dtype
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_an_event_has_the_same_bits_in_every_batch_on_any_number_of_threads(size, dtype):
    x, shape = images(size, (2, 12, 11), dtype), (2, 12, 11)
    one = network(DEEP, shape, dtype, NativeBackend(1))
    wanted = b"".join(one(x[n : n + 1]).tobytes() for n in range(size))
    for threads in (1, 2, 3):
        assert network(DEEP, shape, dtype, NativeBackend(threads))(x).tobytes() == wanted


@every_dtype
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 129, 600])
def test_steps_have_the_same_bits_on_any_number_of_threads_and_waves(size, dtype):
    q = question(DEEP, dtype, SQUARED, ADAM, batch=size, shape=(2, 12, 11))
    wanted = by_formulas(NativeBackend(1), q)
    for threads in (1, 2, 3):
        same(planned(NativeBackend(threads), q), wanted)


@every_dtype
@pytest.mark.parametrize("channels", [1, 14, 15, 30, 129])
def test_long_windows_are_summed_block_by_block_of_128(channels, dtype):
    layers = [CONVOLUTION, CONVOLUTION | {"kernel": [1, 1], "padding": [0, 0], "filters": 130}]
    q = question([*layers, CONVOLUTION], dtype, SQUARED, ADAM, batch=2, shape=(channels, 3, 4))
    same(planned(NativeBackend(2), q), by_formulas(NativeBackend(1), q))
    x = images(3, (channels, 3, 4), dtype)
    plan, plain = (network(layers, (channels, 3, 4), dtype, b) for b in (None, Plain(1)))
    assert plan(x).tobytes() == plain(x).tobytes()


@every_dtype
def test_numbers_of_every_kind_go_through_as_in_the_formulas(dtype):
    special = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-310, 1e-42, -1e-45, 3e38]
    with np.errstate(all="ignore"):
        x = images(6, (2, 12, 11), dtype, special)
    for row in (CONVOLUTION, DEEP[1], DEEP[3], {"type": "batch_norm"}):
        plan, plain = (network([row], (2, 12, 11), dtype, b) for b in (None, Plain(1)))
        assert plan(x).tobytes() == plain(x).tobytes(), row
        tiny = np.ascontiguousarray(x * x.dtype.type(1e-30))
        assert plan(tiny).tobytes() == plain(tiny).tobytes(), row


def test_training_a_batch_norm_is_left_to_the_formulas():
    q = question([{"type": "batch_norm"}], "float32", SQUARED, ADAM, shape=(2, 3, 3))
    assert lowered(NativeBackend(1), q) is None


@every_dtype
@pytest.mark.parametrize("shape", [(3,), (4, 3), (3, 2, 2)], ids=str)
def test_a_batch_norm_goes_feature_by_feature_or_channel_by_channel(shape, dtype):
    lengths = np.array([1, 4]) if len(shape) == 2 else None
    plan, plain = (network([{"type": "batch_norm"}], shape, dtype, b) for b in (None, Plain(1)))
    x = images(2, shape, dtype)
    assert plan._prepared.plan is not None
    assert plan(x, lengths=lengths).tobytes() == plain(x, lengths=lengths).tobytes()


def test_margins_of_more_numbers_than_kernels_count_are_left_to_the_formulas():
    row = CONVOLUTION | {"padding": [2**14, 2**14], "kernel": [3, 3], "filters": 2**19}
    spec = NetworkSpec(dtype="float32", input={"shape": (1, 2, 2)}, layers=[row])
    weights = {name: np.zeros(p.shape, "float32") for name, p in spec.parameters().items()}
    assert NativeBackend(1).plan(spec, weights) is None
    q = question([CONVOLUTION], "float32", SQUARED, ADAM, shape=(1, 2, 2))
    q = q._replace(spec=spec, weights=weights)
    assert lowered(NativeBackend(1), q) is None
