"""Every layer on a GPU, forward and back, has the bits of the processor."""

from __future__ import annotations

from netspec import Network
from netspec.backends.cuda import CudaBackend
from netspec.randomness import Stream
from tests.asking import inside, outside
from tests.specimens import (
    RAGGED,
    SEQUENTIAL,
    every_layer,
    every_layer_at_every_length,
    network_of,
    specimen,
)

from .bits import same


def answers(b, row, dtype, lengths):
    """Give all that a layer gives on a backend, as NumPy arrays by name."""
    one = specimen(row, dtype, b=b)
    valid = None if lengths is None else b.array(lengths)
    y, final = one.apply(lengths=valid)
    step = one.forward(lengths=valid, rng=Stream(11))
    with b.computing():
        back = step.back(b.array(one.dy), inside(b, one.dfinal))
    found = {"y": y, "trained": step.y, "slope in x": back.x} | final
    found |= {f"slope in {name}": array for name, array in back.weights.items()}
    found |= {f"slope in state {name}": array for name, array in back.state.items()}
    return outside(b, found)


def held_against_the_processor(native, row, dtype, lengths):
    want = answers(native, row, dtype, lengths)
    found = answers(CudaBackend(), row, dtype, lengths)
    assert found.keys() == want.keys()
    for name, array in want.items():
        same(found[name], array, name)


@every_layer_at_every_length
def test_every_layer_has_the_processor_s_bits(row, lengths, cupy, native):
    held_against_the_processor(native, row, "float32", lengths)


@every_layer
def test_every_layer_of_float64_does(row, cupy, native):
    lengths = RAGGED if row in SEQUENTIAL.values() else None
    held_against_the_processor(native, row, "float64", lengths)


@every_layer
def test_a_network_of_every_layer_has_the_processor_s_bits(row, cupy, native):
    network, x = network_of(row, "float32", native), specimen(row, "float32", batch=3).x
    again = Network(network.spec, network.weights, CudaBackend())
    assert again._prepared.plan is not None
    same(again(x), network(x))
