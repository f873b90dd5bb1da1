"""Plans of the exact backend: the bits of the layers' own formulas, for arrays of every make."""

from __future__ import annotations

import pickle
from itertools import product as every

import numpy as np
import pytest

from netspec import Network, NetworkSpec
from netspec.backends import Backend, known
from netspec.errors import DataError
from netspec.layers.activations import Function
from tests.backends.jets import bits, events, made
from tests.specimens import ROWS, SHAPE, all_of, every_layer_at_every_length, shape_of, specimen

NAN = {"float32": 0x7FC00000, "float64": 0x7FF8000000000000}
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

pytestmark = pytest.mark.usefixtures("native")  # skipped, with the reason, where it is not


def test_every_layer_and_every_activation_can_be_lowered():
    dense = ({"type": "dense", "units": 2, "activation": word} for word in Function.kinds)
    for row in (*ROWS.values(), *dense):
        assert network_with(row)._prepared.plan is not None, row


def network_with(row, dtype="float64", b=None, **options):
    spec = NetworkSpec(dtype=dtype, input={"shape": shape_of(row)}, layers=[row], **options)
    return Network(spec, specimen(row, dtype).weights, b)


def layer_by_layer():
    """Give a native backend that lowers nothing."""
    return type("Plain", (known()["native"],), {"plan": Backend.plan})()


@every_dtype
@every_layer_at_every_length
def test_a_plan_gives_the_bits_of_the_layers_formulas(row, dtype, lengths):
    one = specimen(row, dtype)
    width = one.layer.output_shape(one.given)[-1]
    output = {"activation": "sigmoid", "first": 1} if width > 1 else {"activation": "softsign"}
    state = {} if one.layer.reverses else one.state
    for options, given in every([{}, {"output": output}], [None, state]):
        plan, plain = (network_with(row, dtype, b, **options) for b in (None, layer_by_layer()))
        assert plain._prepared.plan is None
        x = one.x.astype(dtype)
        y, final = plan(x, lengths=lengths, state=given, return_state=True)
        wanted, last = plain(x, lengths=lengths, state=given, return_state=True)
        assert y.tobytes() == wanted.tobytes()
        assert {k: v.tobytes() for k, v in final.items()} == {
            k: v.tobytes() for k, v in last.items()
        }
        if lengths is None and given is None:
            assert plan(x).tobytes() == wanted.tobytes()


@every_dtype
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_plans_and_twins_give_the_bits_of_every_pair_of_activations(kind, dtype):
    x = 3 * np.random.default_rng(3).standard_normal((9, *SHAPE)).astype(dtype)
    x[0, 0, 0], x[1, 1, 1], x[2, 0, 0] = np.nan, np.inf, -np.inf
    x[3] = 1e30
    lengths = np.array([4, 3, 2, 1, 0, 4, 4, 4, 4])
    plain = type("Plain", (known()["native"],), {"plan": Backend.plan, "twins": {}})()
    for one, other in every(Function.kinds, ["sigmoid"] if kind == "rnn" else Function.kinds):
        row = {"type": kind, "units": 2, "activation": one}
        if kind != "rnn":
            row["gate_activation"] = other
        pair = (network_with(row, dtype, b) for b in (None, plain))
        quick, slow = (bits(network, x, lengths=lengths) for network in pair)
        assert quick == slow, (one, other)


def names_of(array, dtype):
    """Give the same numbers in arrays of every other make."""
    unaligned = np.zeros(array.nbytes + 1, "u1")[1:].view(dtype).reshape(array.shape)
    unaligned[...] = array
    read_only = array.copy()
    read_only.flags.writeable = False
    return {
        "fortran": np.asfortranarray(array),
        "strided": np.repeat(array, 2, axis=1)[:, ::2],
        "reversed": array[::-1].copy()[::-1],
        "big endian": array.astype(array.dtype.newbyteorder(">")),
        "unaligned": unaligned,
        "read-only": read_only,
        "masked, none of it": np.ma.array(array),
        "a class of one's own": array.view(type("Mine", (np.ndarray,), {})),
        "unpickled": pickle.loads(pickle.dumps(array)),
        "with metadata": array.view(np.dtype(dtype, metadata={"unit": "GeV"})),
        "long double": array.astype("longdouble"),
        "lists": array.tolist(),
    }


@pytest.mark.parametrize("steps", [10, None], ids=["ten steps", "any steps"])
@every_dtype
def test_arrays_of_every_make_give_the_same_bits(dtype, steps):
    network, x = made(dtype, input={"steps": steps, "features": 6}), events(5, dtype)
    wanted = network(x).tobytes()
    assert network._prepared.plan.takes(x)
    assert network._prepared.plan.takes(x[:0])
    for name, other in names_of(x, dtype).items():
        assert network._prepared.plan.takes(other) == (name == "read-only"), name
        assert network(other).tobytes() == wanted, name
    step = network.forward(x)
    dy = np.ones_like(step.y)
    slopes = {k: v.tobytes() for k, v in all_of(step.back(dy)).items()}
    for name, other in names_of(dy, dtype).items():
        if name not in {"big endian", "long double", "lists"}:
            assert {k: v.tobytes() for k, v in all_of(step.back(other)).items()} == slopes, name


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((10, 6), "float32"),
        np.zeros((2, 0, 6), "float32"),
        np.zeros((2, 10, 7), "float32"),
        np.zeros((2, 1, 10, 6), "float32"),
        np.zeros(6, "float32"),
        np.zeros((), "float32"),
        np.zeros((2, 10, 6), "complex64"),
        np.ma.array(np.zeros((2, 10, 6), "float32"), mask=True),
        None,
        "events",
    ],
    ids=lambda x: f"{type(x).__name__} {getattr(x, 'shape', '')}",
)
def test_what_is_no_batch_of_events_never_reaches_the_kernels(wrong):
    for steps in (10, None):
        network = made(input={"steps": steps, "features": 6})
        assert not network._prepared.plan.takes(wrong)
        with pytest.raises(DataError, match=r"^x: wanted "):
            network(wrong)


@every_dtype
def test_every_nan_that_comes_out_is_the_canonical_one(dtype):
    network, x = made(dtype), events(8, dtype)
    words = x.view(f"u{x.dtype.itemsize}")
    words[0, 0, 0] = NAN[dtype] | 1
    words[1, 3, 2] = NAN[dtype] | 1 << (8 * x.dtype.itemsize - 1)
    x[2, 1] = np.inf
    y, state = network(x, return_state=True)
    step = network.forward(x)
    slopes = all_of(step.back(np.full_like(step.y, -np.nan)))
    for array in (y, network(x), *state.values(), step.y, *step.state.values(), *slopes.values()):
        found = array.view(words.dtype)[np.isnan(array)]
        assert len(found)
        assert set(found.tolist()) == {NAN[dtype]}
