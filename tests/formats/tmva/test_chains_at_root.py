"""Chains of transformations, drawn at random, against the model of ROOT's Reader.

Both ways: what netspec writes, the model reads; and what was typed as ROOT writes it, netspec reads
as the model does, with ROOT's faults (compat root) and with each fault mended.
"""

from __future__ import annotations

import random

import numpy
import pytest

import netspec
from netspec.formats import Extras, tmva
from tests.formats.tmva.changed_documents import (
    components,
    decorrelation,
    gauss,
    of,
    rearrange,
    regression,
)
from tests.formats.tmva.documents import Draw, normalize
from tests.formats.tmva.root_reader import Reader

KINDS = ("normalize", "decorrelate", "pca", "gauss", "rearrange")
OFFSET = ' UseOffsetOrNot="UseOffset"'
APART = {
    "N": lambda d, e, c: normalize(d, e, c, OFFSET),
    "G": gauss,
    "U": lambda d, e, c: gauss(d, e, c, "Flat"),
}
WHOLE = {"D": decorrelation, "P": components}
pytestmark = pytest.mark.filterwarnings("ignore::netspec.errors.NetspecWarning")


def layer(draw, count, kinds=KINDS, inverse=False):
    row = {"type": draw.choice(kinds)}
    size = draw.randint(1, count)
    if draw.random() < 0.6 or row["type"] == "rearrange":
        row["inputs"] = draw.sample(range(count), size)
        row["outputs"] = draw.sample(range(count), size)
    if row["type"] == "gauss":
        numbers = len(row.get("inputs", range(count)))
        row |= {"bins": [draw.randint(2, 7) for _ in range(numbers)], "flat": draw.random() < 0.5}
    return row | ({"inverse": True} if inverse else {})


def arrays_of(spec, seed):
    draw = numpy.random.Generator(numpy.random.PCG64(seed))
    bins = {layer.name: layer.bins for layer in spec.layers if layer.type == "gauss"}
    found = {}
    for name, param in spec.parameters().items():
        owner, _, key = name.partition("/")
        array = draw.normal(size=param.shape)
        array += 4 * ((key == "maximum") - (key == "minimum"))
        if key in ("contents", "edges"):
            sizes = [n + (key == "edges") for n in bins[owner]]
            array = numpy.concatenate([numpy.sort(draw.uniform(size=n)) for n in sizes])
        found[name] = array.astype(param.dtype or spec.dtype)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_gives_the_same_at_root(seed):
    draw = random.Random(seed)
    count = draw.randint(2, 4)
    rows = [layer(draw, count) for _ in range(draw.randint(1, 3))]
    rows += [{"type": "dense", "units": 2, "activation": "tanh"}]
    rows += [layer(draw, 2, ("normalize", "gauss"), inverse=True)] * draw.randint(0, 1)
    spec = netspec.NetworkSpec(
        input={"shape": [count]}, layers=rows, output={"analysis": "regression"}
    )
    arrays = arrays_of(spec, seed)
    data = b"".join(tmva.write(spec, arrays, Extras()))
    x = numpy.random.Generator(numpy.random.PCG64(seed)).normal(size=(4, count)).astype("float32")
    found = netspec.build(spec, weights=arrays)(x)
    wanted = numpy.array([Reader(data).evaluate(event.tolist()) for event in x])
    assert (numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted))).max() < 1e-5
    again = netspec.read(data)
    assert all(again.weights[name].tobytes() == array.tobytes() for name, array in arrays.items())


def typed(draw, labels):
    """A transformation of some variables, targets and spectators, as ROOT would write it."""
    variables = of("Variable", *draw.random.sample(labels, draw.random.randint(1, len(labels))))
    targets = of("Target", *draw.random.sample("ef", draw.random.randint(0, 2)))
    entries = variables + targets + of("Spectator", "run")[: draw.random.randint(0, 1)]
    draw.random.shuffle(entries)
    letter = draw.random.choice("NGUDPR")
    if letter == "R":
        moved = draw.random.sample(variables, len(variables))
        return rearrange(variables, moved)[0]
    if letter in WHOLE:
        chosen = targets if letter == "P" and targets else variables
        return WHOLE[letter](draw, chosen, 1)[0]
    return APART[letter](draw, entries, 1)[0]


@pytest.mark.parametrize("labels", ["xyz", "xxy"])
@pytest.mark.parametrize("seed", range(20))
def test_what_root_wrote_gives_the_same_here(seed, labels):
    draw = Draw(seed)
    changes = [typed(draw, labels) for _ in range(draw.random.randint(1, 3))]
    text, _ = regression(draw, changes, labels=labels, spectators=("run",))
    x = numpy.array([draw.event(3) for _ in range(4)], "float32")
    for compat, right in ((None, True), ("root", False)):
        if compat and 'Name="PCA"' in text and "Target" in text.split('Name="PCA"')[1]:
            continue  # test_compat has what is refused
        reader = Reader(text, right=right)
        found = netspec.load(text.encode(), compat=compat)(x)
        wanted = numpy.array([reader.evaluate(event.tolist(), [0.5]) for event in x])
        assert (numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted))).max() < 1e-4
