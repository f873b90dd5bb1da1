"""What ROOT's Reader computes otherwise than the network that was trained, and how to have that."""

from __future__ import annotations

import io
import re
import warnings

import numpy
import pytest

import netspec
from netspec.errors import FormatError, LossWarning, NetspecWarning
from netspec.formats import read
from tests.formats.tmva import fixtures
from tests.formats.tmva.by_hand import back_again, output, there
from tests.formats.tmva.changed_documents import (
    classification,
    components,
    decorrelation,
    gauss,
    of,
    regression,
)
from tests.formats.tmva.documents import Draw, normalize, selection, variable

X, Y = of("Variable", "x", "y")
E, F = of("Target", "e", "f")


def as_root(text):
    """Read without a warning: what ROOT does is what is wanted."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read(text.encode(), compat="root")


def run(model, events):
    return netspec.build(model.spec, weights=model.weights)(numpy.array(events))


def unlike(text):
    with pytest.warns(NetspecWarning):
        return read(text.encode()).extras.metadata["tmva/unlike ROOT"]


def test_all_elements_of_an_array_are_its_first_to_root():
    text = fixtures.text("normalize_arrays")
    model = as_root(text)
    layer = model.spec.layers[0]
    assert (layer.inputs, layer.outputs) == ((0, 0, 0, 0, 4), (0, 0, 0, 0, 4))
    low, high = (model.weights[f"normalize_1/{end}"].tolist() for end in ("minimum", "maximum"))
    x = fixtures.inputs("normalize_arrays")[:2]
    W, b = model.weights["dense_1/W"].tolist(), model.weights["dense_1/b"].tolist()
    wanted = []
    for event in x.tolist():
        event[0] = there([event[0]], [(low[3], high[3])])[0]  # the last one written stays
        event[4] = there([event[4]], [(low[4], high[4])])[0]
        z = sum(w * v for w, v in zip(W[0], event, strict=True)) + b[0]
        wanted.append(output("S", [numpy.tanh(z)]))
    assert numpy.abs(run(model, x) - wanted).max() < 2e-6
    assert "vars_time0" in unlike(text)
    assert "tmva/unlike ROOT" not in model.extras.metadata
    assert model.extras.metadata["tmva/compat"] == "root"


def test_a_model_as_root_has_it_is_written_so_that_it_can_be_read_so_again():
    model = as_root(fixtures.text("normalize_arrays"))
    target = io.BytesIO()
    with pytest.warns(LossWarning, match="'vars_time0' is the first .* read the file with compat"):
        netspec.write(target, *model, format="tmva")
    again = as_root(target.getvalue().decode())
    assert again.spec == model.spec
    plain = netspec.formats.Extras()
    with pytest.raises(FormatError, match="is the name of several"):
        netspec.write(target, model.spec, model.weights, plain, format="tmva")
    others = model.spec.to_data()
    own = others["layers"][0]["inputs"]
    own[own.index(0)] = 1  # which is not the first of its name
    with pytest.raises(FormatError, match="is the name of several"):
        netspec.write(
            target, netspec.NetworkSpec(**others), model.weights, model.extras, format="tmva"
        )


@pytest.mark.parametrize("kind", [decorrelation, components, gauss])
def test_repeated_names_repeat_positions_whatever_is_done(kind):
    draw = Draw(40)
    change, _ = kind(draw, of("Variable", "x", "x", "y"), 3)
    text, _ = classification(draw, [change], labels=("x", "x", "y"))
    assert as_root(text).spec.layers[0].inputs == (0, 0, 2)
    with pytest.warns(NetspecWarning, match="several variables go by the name 'x'"):
        assert read(text.encode()).spec.layers[0].inputs is None


def test_of_several_transformations_of_targets_root_undoes_the_first_alone():
    draw = Draw(41)
    (one, ranges), (two, _) = normalize(draw, [X, Y, E, F], 1), normalize(draw, [F, E], 1)
    text, layer = regression(draw, [one, two], booked="N+N(_T_)")
    model = as_root(text)
    assert [layer.type for layer in model.spec.layers] == ["normalize", "dense", "normalize"]
    x = [[0.5, -1.25], [2.0, 0.125]]
    wanted = [back_again(layer(there(event, ranges[:2])), ranges[2:]) for event in x]
    assert numpy.abs(run(model, x) - wanted).max() < 1e-5
    assert "the first alone" in unlike(text)


def test_what_root_leaves_out_behind_a_target_is_left_out():
    draw = Draw(42)
    change, ranges = normalize(draw, [X, E, Y, F], 1)
    text, layer = regression(draw, [change])
    model = as_root(text)
    assert model.spec.layers[0].inputs == (0,)
    x = [[0.5, -1.25], [2.0, 0.125]]
    wanted = []
    for event in x:
        inside = [there(event[:1], ranges[:1])[0], event[1]]
        wanted.append(back_again(layer(inside), [ranges[1], ranges[3]]))
    assert numpy.abs(run(model, x) - wanted).max() < 1e-5
    assert "after a target" in unlike(text)


def test_principal_components_of_targets_have_a_right_way_back_and_no_other():
    draw = Draw(43)
    change, (mean, vectors) = components(draw, [E, F], 1)
    text, layer = regression(draw, [change], booked="P(_T_)")
    with pytest.warns(NetspecWarning, match="each gets its own mean back"):
        model = read(text.encode())
    x = [[0.5, -1.25], [2.0, 0.125]]
    wanted = []
    for event in x:
        p = layer(event)
        wanted.append([sum(vectors[i][j] * p[j] for j in (0, 1)) + mean[i] for i in (0, 1)])
    assert numpy.abs(run(model, x) - wanted).max() < 1e-5
    with pytest.raises(FormatError, match=r":\d+: <Transform>: principal components of targets"):
        read(text.encode(), compat="root")


def test_principal_components_of_one_target_are_the_same_to_root():
    draw = Draw(44)
    text, _ = regression(draw, [components(draw, [E], 1)[0]], booked="P(_T0_)")
    assert as_root(text).spec.layers == read(text.encode()).spec.layers


def test_a_file_without_a_doubt_is_the_same_to_root():
    draw = Draw(45)
    changes = [gauss(draw, [X, Y], 1)[0], normalize(draw, [Y, E], 1)[0]]
    text, _ = regression(draw, changes, booked="G+N(y,e)")
    plain, root = read(text.encode()), as_root(text)
    assert root.spec == plain.spec
    assert "tmva/unlike ROOT" not in plain.extras.metadata


def test_a_name_of_one_variable_that_is_the_expression_of_another_is_the_first_to_root():
    draw = Draw(46)
    change, _ = normalize(draw, of("Variable", "y"), 3)
    text, _ = classification(draw, [change], labels=("x", "y"), booked="N(y)")
    odd = variable(0, "x", expression="y", limits='Min="-1.00000000e+00" Max="5.00000000e-01"')
    text = re.sub(r' *<Variable VarIndex="0"[^>]*>\n', odd, text, count=1)
    assert as_root(text).spec.layers[0].inputs == (0,)
    with pytest.warns(NetspecWarning, match="the name 'y'"):
        assert read(text.encode()).spec.layers[0].inputs == (1,)


def test_another_program_is_not_known():
    with pytest.raises(FormatError, match=r"compat: no 'rooot', did you mean 'root'\?$"):
        read(fixtures.path("gru"), compat="rooot")


def test_a_file_of_another_format_has_no_other_outputs(tmp_path):
    (tmp_path / "net.yaml").write_text("input: {shape: [1]}\nlayers: [{type: dense, units: 1}]\n")
    wanted = r"compat: wanted a file of the format tmva, found yaml: give compat where that file is"
    with pytest.raises(FormatError, match=wanted):
        read(tmp_path / "net.yaml", compat="root")


def test_an_order_of_outputs_is_no_doubt():
    draw = Draw(47)
    one, two = (selection(of("Variable", *names)) for names in ("xy", "yx"))
    chosen = one[: one.index("        <Output")] + two[two.index("        <Output") :]
    text, _ = classification(draw, [decorrelation(draw, [X, Y], 3, chosen)[0]], booked="D(x,y)")
    assert as_root(text).spec == read(text.encode()).spec
    assert as_root(text).spec.layers[0].outputs == (1, 0)
