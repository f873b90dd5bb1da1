"""Every transformation of a file: read, run, written and read again."""

from __future__ import annotations

import io
import math
import re
from itertools import product

import numpy
import pytest
from lxml import etree

import netspec
from netspec import resources
from netspec.errors import LossWarning, NetspecWarning
from netspec.formats import read
from tests.formats.tmva.by_hand import float32, output, times
from tests.formats.tmva.changed_documents import (
    classification,
    components,
    decorrelation,
    gauss,
    of,
    rearrange,
    regression,
)
from tests.formats.tmva.documents import Draw, normalize

XSD = etree.XMLSchema(etree.parse(str(resources.schema("tmva.xsd"))))
EVENTS = [[0.25, -1.5, 3.0], [-0.75, 0.5, 0.125]]
NAMES = of("Variable", "x", "y", "z")
BOTH = [*of("Variable", "x", "y"), *of("Target", "e", "f")]


def model_of(text):
    return read(text.encode())


def written(model):
    target = io.BytesIO()
    netspec.write(target, *model, format="tmva")
    XSD.assertValid(etree.fromstring(target.getvalue()))
    return target.getvalue().decode()


def part(text):
    return re.search(r"  <Transformations.*</Transformations>\n", text, re.DOTALL)[0]


def same(one, other):
    assert one.spec == other.spec
    assert one.extras.metadata == other.extras.metadata
    for name, array in one.weights.items():
        assert array.dtype == other.weights[name].dtype
        assert array.tobytes() == other.weights[name].tobytes()


def comes_back(text):
    """The part of a file is written letter by letter as it was, and all of it is read again."""
    model = model_of(text)
    again = written(model)
    assert part(again) == part(text).replace(
        '"Normalize">', '"Normalize" UseOffsetOrNot="UseOffset">'
    )
    same(model, model_of(again))
    return model


def close(text, wanted, events=EVENTS):
    found = netspec.load(text.encode())(numpy.array(events))
    assert numpy.abs(found - numpy.array(wanted)).max() < 2e-6


def test_decorrelation_is_a_product_by_the_last_matrix():
    change, matrix = decorrelation(Draw(1), NAMES, 3)
    text, run = classification(Draw(2), [change], booked="D")
    model = comes_back(text)
    assert model.spec.layers[0].type == "decorrelate"
    assert model.weights["decorrelate_1/matrix"].tolist() == matrix
    assert model.weights["decorrelate_1/matrix"].dtype == "float64"
    close(text, [output("S", run([float32(v) for v in times(matrix, x)])) for x in EVENTS])


def test_principal_components_are_what_is_left_of_the_mean_along_each_vector():
    change, (mean, vectors) = components(Draw(3), NAMES, 3)
    text, run = classification(Draw(4), [change], booked="P")
    model = comes_back(text)
    assert model.weights["pca_1/mean"].tolist() == mean
    assert model.weights["pca_1/eigenvectors"].tolist() == vectors
    columns = [list(column) for column in zip(*vectors, strict=True)]
    rest = [[v - m for v, m in zip(x, mean, strict=True)] for x in EVENTS]
    close(text, [output("S", run([float32(v) for v in times(columns, x)])) for x in rest])


@pytest.mark.parametrize("form", ["Gauss", "Flat"])
def test_a_density_has_its_own_bins_for_each_number(form):
    change, last = gauss(Draw(5), NAMES, 3, form)
    text, _ = classification(Draw(6), [change], booked=form[0].replace("F", "U"))
    model = comes_back(text)
    layer = model.spec.layers[0]
    assert (layer.type, layer.flat) == ("gauss", form == "Flat")
    assert layer.bins == tuple(len(contents) for contents, _ in last)
    contents, edges = ([v for pair in last for v in pair[k]] for k in (0, 1))
    assert model.weights["gauss_1/contents"].tolist() == contents
    assert model.weights["gauss_1/edges"].tolist() == edges


def test_the_middle_of_a_bin_becomes_its_content_and_the_normal_number_of_that():
    """At a centre of a bin the straight line through the neighbours gives the content itself."""
    change, last = gauss(Draw(5), NAMES, 3)
    text, run = classification(Draw(6), [change])
    x, z = [], []
    for contents, edges in last:
        x.append((edges[1] + edges[2]) / 2)
        z.append(normal(contents[1]))
    found = netspec.load(text.encode())(numpy.array([x]))
    assert numpy.abs(found - output("S", run(z))).max() < 2e-3  # the table is of 10000 steps


def normal(c):
    """The number below which a share `c` of a normal density lies, by halving."""
    low, high = -6.0, 6.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if (math.erf(middle / 1.414213562) + 1) / 2 < c else (low, middle)
        )
    return low


def test_bins_of_one_width_may_have_no_edges():
    change, last = gauss(Draw(5), of("Variable", "x"), 1)
    bins = len(last[0][0])
    change = re.sub(r" *<HistogramBinning.*</HistogramBinning>\n", "", change, flags=re.DOTALL)
    change = change.replace('HasEquidistantBins="0"', 'HasEquidistantBins="1"')
    change = re.sub('XMin="[^"]*" XMax="[^"]*"', 'XMin="-1.5" XMax="2.25"', change)
    text, _ = regression(Draw(6), [change], labels=("x",))
    wanted = [-1.5 + k * (3.75 / bins) for k in range(bins)] + [2.25]
    model = model_of(text)
    assert model.weights["gauss_1/edges"].tolist() == wanted
    same(model, model_of(written(model)))


def test_what_is_rearranged_is_copied():
    change, _ = rearrange(of("Variable", "z", "x"), of("Variable", "x", "z"))
    text, run = classification(Draw(7), [change], booked="None")
    model = comes_back(text)
    layer = model.spec.layers[0]
    assert (layer.type, layer.inputs, layer.outputs) == ("rearrange", (2, 0), (0, 2))
    close(text, [output("S", run([z, y, x])) for x, y, z in EVENTS])


def test_a_chain_is_applied_in_the_order_of_the_file():
    draw = Draw(8)
    first, matrix = decorrelation(draw, NAMES, 3)
    second, ranges = normalize(draw, of("Variable", "z", "x"), 3)
    third, (mean, vectors) = components(draw, of("Variable", "y", "z"), 3)
    text, run = classification(draw, [first, second, third], booked="D,N(z,x)+P(y,z)")
    model = comes_back(text)
    assert [layer.type for layer in model.spec.layers[:3]] == ["decorrelate", "normalize", "pca"]
    wanted = []
    for event in EVENTS:
        x, y, z = times(matrix, event)
        z, x = (2 * (v - a) / (b - a) - 1 for v, (a, b) in zip((z, x), ranges, strict=True))
        rest = [y - mean[0], z - mean[1]]
        y, z = (sum(rest[j] * vectors[j][i] for j in (0, 1)) for i in (0, 1))
        wanted.append(output("S", run([x, y, z])))
    close(text, wanted)


KINDS = {
    "D": decorrelation,
    "P": components,
    "G": gauss,
    "U": lambda d, e, c: gauss(d, e, c, "Flat"),
    "N": normalize,
}


@pytest.mark.parametrize("letters", list(product("DPGUN", repeat=2)), ids="".join)
def test_any_two_come_back(letters):
    draw = Draw(9)
    entries = of("Variable", "z", "y")
    changes = [KINDS[letter](draw, entries, 3)[0] for letter in letters]
    comes_back(classification(draw, changes, booked="+".join(letters))[0])


def test_one_of_variables_and_targets_is_a_layer_on_either_side():
    draw = Draw(10)
    change, last = gauss(draw, BOTH, 1, "Flat")
    text, _ = regression(draw, [change], booked="U")
    model = comes_back(text)
    before, _, after = model.spec.layers
    assert (before.inverse, after.inverse) == (False, True)
    assert model.weights["gauss_2/edges"].tolist() == last[2][1] + last[3][1]


@pytest.mark.parametrize("booked", ["U+N", "N", "P+Q"])
def test_targets_are_undone_in_the_opposite_order(booked):
    draw = Draw(11)
    (first, _), (second, _) = gauss(draw, BOTH, 1, "Flat"), normalize(draw, BOTH, 1)
    text, _ = regression(draw, [first, second], booked=booked)
    with pytest.warns(NetspecWarning, match="several transformations of targets are all"):
        model = model_of(text)
    types = [layer.type for layer in model.spec.layers]
    assert types == ["gauss", "normalize", "dense", "normalize", "gauss"]
    assert "undoes the first alone" in model.extras.metadata["tmva/unlike ROOT"]
    again = written(model)
    assert again.count("<Transform ") == 2
    with pytest.warns(NetspecWarning):
        back = model_of(again)
    assert back.spec.layers == model.spec.layers
    for name, array in model.weights.items():
        assert array.tobytes() == back.weights[name].tobytes()


def test_several_undo_what_they_did():
    """A network that gives its input back, through the transformations there and back."""
    draw = Draw(12)
    text = regression(draw, [normalize(draw, BOTH, 1)[0]])[0]
    second, _ = normalize(draw, of("Target", "f", "e"), 1)
    text = text.replace("  </Transformations>", second + "  </Transformations>")
    text = text.replace('NTransformations="1"', 'NTransformations="2"')
    with pytest.warns(NetspecWarning):
        model = model_of(text)
    low, high = (
        [model.weights[f"normalize_{k}/{end}"].astype(float) for k in (1, 2, 3)]
        for end in ("minimum", "maximum")
    )
    x = numpy.array([[0.5, -0.25]])
    y = 2 * (x - low[0]) / (high[0] - low[0]) - 1
    W, b = model.weights["dense_1/W"], model.weights["dense_1/b"]
    y = (y @ W.T + b)[:, ::-1]  # the second one's numbers are f, e
    y = (low[1] + (y + 1) * (high[1] - low[1]) / 2)[:, ::-1]
    y = low[2] + (y + 1) * (high[2] - low[2]) / 2
    with pytest.warns(NetspecWarning):
        assert numpy.abs(netspec.load(text.encode())(x) - y).max() < 1e-5


def test_identities_are_counted_and_not_there():
    draw = Draw(13)
    text, _ = classification(
        draw, [decorrelation(draw, NAMES, 3)[0]], booked="I_Signal+D(x,y,z,I), Identity"
    )
    counted = text.replace('NTransformations="1"', 'NTransformations="3"')
    assert model_of(counted).spec == model_of(text).spec
    named = text.replace(
        "  </Transformations>", '    <Transform Name="Identity"/>\n  </Transformations>'
    )
    named = named.replace('NTransformations="1"', 'NTransformations="2"')
    with pytest.warns(LossWarning, match=r":\d+: <Transform>: left out: 1 that do nothing"):
        assert model_of(named).spec == model_of(text).spec


@pytest.mark.parametrize("kind", [decorrelation, components, gauss])
def test_the_form_of_root_5_is_for_all_variables(kind):
    text, _ = classification(Draw(14), [kind(Draw(15), NAMES, 3)[0]])
    old = re.sub(r" *<Selection>.*</Selection>\n", "", text, flags=re.DOTALL)
    assert "Selection" not in old
    new, found = model_of(text), model_of(old)
    assert found.spec == new.spec
    assert {k: a.tobytes() for k, a in found.weights.items()} == {
        k: a.tobytes() for k, a in new.weights.items()
    }


@pytest.mark.parametrize("kind", [decorrelation, components, gauss])
def test_a_file_that_names_no_classes_may_have_any_number_of_entries(kind):
    text, _ = classification(Draw(16), [kind(Draw(17), NAMES, 3)[0]])
    bare = re.sub(" *<Classes.*?</Classes>\n", "", text, flags=re.DOTALL)
    assert "<Classes" not in bare
    found, known = model_of(bare), model_of(text)
    assert {k: a.tobytes() for k, a in found.weights.items()} == {
        k: a.tobytes() for k, a in known.weights.items()
    }
