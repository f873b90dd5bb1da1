"""Every layer runs on arrays that do not become NumPy arrays; a layer that cheats does not."""

import numpy as np
import pytest

from netspec import Network
from netspec.layers import Layer
from netspec.randomness import Stream
from tests.asking import NUMPY, agrees, answer, applied, every_case, inside, outside
from tests.sealed import SealedBackend
from tests.specimens import every_layer, every_layer_at_every_length, network_of, specimen

SEALED = SealedBackend()


def bits(values):
    """Give the bits of arrays by name."""
    return {name: array.tobytes() for name, array in values.items()}


@pytest.mark.parametrize(
    "deed",
    [
        np.asarray,
        np.tanh,
        np.sum,
        memoryview,
        float,
        int,
        bool,
        len,
        iter,
        list,
        hash,
        lambda a: np.concatenate([a, a]),
        lambda a: np.array([a, a]),
        lambda a: a + np.ones(3),
        lambda a: np.ones(3) + a,
        lambda a: a * np.float64(2),
        lambda a: a < np.ones(3),
        lambda a: a**2,
        lambda a: a @ a,
        lambda a: a[np.array([0, 1])],
        lambda a: a[[0, 1]],
        lambda a: a.__iadd__(a),
        lambda a: a.__setitem__(0, np.float64(1)),
        lambda a: np.ones(3).__setitem__(slice(None), a),
        lambda a: SEALED.tanh(np.ones(3)),
        lambda a: SEALED.concatenate([a, np.ones(3)], 0),
        lambda a: SEALED.numpy(np.ones(3)),
    ],
)
def test_a_sealed_array_refuses_what_a_gpus_would(deed):
    with pytest.raises(TypeError):
        deed(SEALED.array(np.ones(3)))


def test_a_sealed_array_has_no_other_methods():
    for name in ("sum", "tolist", "item", "copy", "flatten", "dot", "__array_interface__", "data"):
        assert not hasattr(SEALED.array(np.ones(3)), name)


@every_layer_at_every_length
def test_every_layer_runs_forward_and_back_with_the_numbers_of_numpy(row, lengths):
    found = {}
    for b in (NUMPY, SEALED):
        one = specimen(row, b=b)
        valid = None if lengths is None else b.array(lengths)
        y, final = one.apply(lengths=valid)
        step = one.forward(lengths=valid, rng=Stream(11))
        with b.computing():
            back = step.back(b.array(one.dy), inside(b, one.dfinal))
        found[b.name] = (
            bits(outside(b, {"y": y, "trained": step.y, "x": back.x} | final)),
            bits(outside(b, step.state)),
            bits(outside(b, back.weights)),
            bits(outside(b, back.state)),
        )
    assert found["numpy"] == found["sealed"]


@every_layer
def test_a_network_runs_on_any_backend_it_is_given(row):
    network, x = network_of(row, b=NUMPY), specimen(row).x
    sealed = Network(network.spec, network.weights, SealedBackend())
    assert sealed(x).tobytes() == network(x).tobytes()


@pytest.mark.parametrize("case", every_case())
def test_the_numbers_of_torch_are_those_of_a_sealed_backend_too(case):
    agrees(answer(case, SEALED), case)
    agrees(applied(case, SEALED), case)


CHEATS = {
    "calls numpy": lambda b, x: np.tanh(x),
    "asks for the truth": lambda b, x: x if x > 0 else -x,
    "walks over the events": lambda b, x: b.stack(list(x), 0),
    "mixes in a NumPy array": lambda b, x: x * np.ones(3),
    "uses an operator of NumPy's own": lambda b, x: x**2,
    "uses a method of NumPy's own": lambda b, x: x.clip(0, 1),
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_a_layer_that_cheats_fails(cheat, monkeypatch):
    def run(self, b, p, x, lengths):
        return cheat(b, x), lambda dy: (dy, {})

    row = {"type": "activation", "activation": "linear"}
    monkeypatch.setattr(Layer.kinds["activation"], "run", run)
    with pytest.raises((TypeError, AttributeError)):
        specimen(row, b=SEALED).apply()
