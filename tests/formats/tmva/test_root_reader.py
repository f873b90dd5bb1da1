"""What netspec writes, a model of ROOT's Reader reads, and gives the same outputs for."""

from __future__ import annotations

from itertools import product

import numpy
import pytest

import netspec
from netspec.errors import FormatError, LossWarning, NetspecWarning
from netspec.formats import Extras, tmva
from tests.formats.tmva import fixtures
from tests.formats.tmva.root_reader import Reader

pytestmark = [
    pytest.mark.filterwarnings("ignore:a TMVA file does not hold"),
    pytest.mark.filterwarnings("ignore:.*several variables go by the name"),
    pytest.mark.filterwarnings("ignore:.*ROOT's Reader takes bands of pixels"),
    pytest.mark.filterwarnings("ignore:.*without ReturnSequence"),
]

F = numpy.float32
NORMALIZE = {"type": "normalize"}
UNDO = {"type": "normalize", "inverse": True}
REGRESSION = {"analysis": "regression"}
MULTICLASS = {"activation": "softmax", "classes": ["a", "b", "c"]}
SEQUENCE = {"steps": 3, "features": 2}
NAMED = {"steps": 3, "variables": [{"name": "pt"}, {"name": "eta"}]}
FLAT = {"variables": [{"name": f"v{k}", "expression": f"f(x[{k}])<1"} for k in range(6)]}
ARRAY = {"variables": [{"name": "x", "type": "F[]", "size": 6}]}
SHAPED = {"type": "reshape", "shape": [3, 2]}
KINDS = [("rnn", {}), ("lstm", {}), *(("gru", {"reset_after": after}) for after in (False, True))]
CELLS = [
    {"type": kind, "units": units, "return_sequences": whole, "remember_state": remember, **more}
    for (kind, more), units, (whole, remember) in product(
        KINDS,
        [2, 3],
        [(False, False), (True, True)],
    )
]


def weights_of(spec):
    """Distinct numbers for every array, biases included, and ranges that are not usual."""
    random = numpy.random.Generator(numpy.random.PCG64(7))
    drawn = {
        name: random.uniform(-1.5, 1.5, param.shape).astype(F)
        for name, param in spec.parameters().items()
    }
    for name, array in drawn.items():
        shift = 2 * (name.endswith("maximum") - name.endswith("minimum"))
        drawn[name] = array + F(shift)
    return drawn


def distance(spec):
    """Say how far ROOT's outputs of the file are from those of the network it was made of."""
    weights = weights_of(spec)
    reader = Reader(b"".join(tmva.write(spec, weights, Extras())))
    sizes = spec.input.sizes
    x = numpy.random.Generator(numpy.random.PCG64(8)).normal(size=(3, *sizes)).astype(F)
    found = [reader.evaluate(event.ravel().tolist()) for event in x]
    return numpy.abs(numpy.array(found) - netspec.build(spec, weights=weights)(x)).max()


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: "-".join(map(str, c.values())))
def test_root_gives_the_outputs_of_every_cell(cell):
    flatten = [{"type": "flatten"}] * cell["return_sequences"]
    layers = [cell, *flatten, {"type": "dense", "units": 3, "activation": "softsign"}]
    spec = netspec.NetworkSpec(input=SEQUENCE, layers=layers, output=MULTICLASS)
    assert distance(spec) < 1e-6


@pytest.mark.parametrize("shape", [SEQUENCE, NAMED, FLAT], ids=["unnamed", "named", "flat"])
@pytest.mark.parametrize("end", [[], [UNDO]], ids=["variables", "targets"])
def test_root_normalises_what_netspec_normalises(shape, end):
    reshape = [SHAPED] * (shape is FLAT)
    core = [NORMALIZE, *reshape, {"type": "gru", "units": 2}, {"type": "dense", "units": 3}]
    spec = netspec.NetworkSpec(input=shape, layers=core + end, output=REGRESSION)
    assert distance(spec) < 5e-6
    if not end:
        outputs = {"output": MULTICLASS, "layers": core}
        assert distance(netspec.NetworkSpec(input=shape, **outputs)) < 1e-6


def test_root_moves_the_numbers_that_netspec_moves():
    swap = NORMALIZE | {"inputs": [4, 1], "outputs": [1, 0]}
    undo = UNDO | {"inputs": [1, 0], "outputs": [0, 1]}
    layers = [swap, NORMALIZE, {"type": "dense", "units": 2}, undo]
    assert distance(netspec.NetworkSpec(input=FLAT, layers=layers, output=REGRESSION)) < 5e-6


def test_where_root_would_normalise_otherwise_a_warning_says_so_both_ways():
    layers = [NORMALIZE, {"type": "dense", "units": 1}]
    spec = netspec.NetworkSpec(input=ARRAY, layers=layers)
    with pytest.warns(LossWarning, match="'x' a normalisation means: .* the first for all"):
        far = distance(spec)
    assert far > 0.1
    with pytest.warns(LossWarning):
        data = b"".join(tmva.write(spec, weights_of(spec), Extras()))
    with pytest.warns(NetspecWarning, match="several variables go by the name 'x'"):
        again = netspec.read(data)
    assert again.spec.layers == spec.layers


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_root_reads_again_what_it_wrote(name):
    model = netspec.read(fixtures.path(name))
    reader = Reader(b"".join(tmva.write(*model)))
    found = [reader.evaluate(event.tolist()) for event in fixtures.inputs(name)]
    # Of one ROOT takes the first element for every other, of one bands of pixels for channels.
    if name not in ("normalize_arrays", "batch_norm_of_an_image"):
        assert numpy.abs(numpy.array(found) - fixtures.outputs(name)).max() < 5e-6


def test_a_normalisation_that_a_name_cannot_tell_is_refused_and_not_moved():
    layers = [NORMALIZE | {"inputs": [1, 3]}, {"type": "dense", "units": 1}]
    spec = netspec.NetworkSpec(input=ARRAY, layers=layers)
    with pytest.raises(FormatError, match=r"normalize_1: .* 'x' is the name of several"):
        distance(spec)
    assert distance(netspec.NetworkSpec(input=FLAT, layers=layers)) < 1e-6


def test_a_variable_of_a_name_of_its_own_may_be_read_twice():
    layers = [NORMALIZE | {"inputs": [2, 2], "outputs": [0, 2]}, {"type": "dense", "units": 1}]
    spec = netspec.NetworkSpec(input=FLAT, layers=layers)
    assert distance(spec) < 1e-6
    again = netspec.read(b"".join(tmva.write(spec, weights_of(spec), Extras())))
    assert again.spec.layers == spec.layers
