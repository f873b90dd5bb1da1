"""Analysis types, and the names that go with them, kept by every format to TMVA and back.

TMVA's rules: a classification ends in a sigmoid, several classes in softmax, a regression in
nothing; losses are R (squares), C (cross entropy) and S (of exclusive classes, several only).
"""

from __future__ import annotations

import re
import warnings

import pytest
from lxml import etree

import netspec
from netspec import NetworkSpec
from netspec.errors import LossWarning, NetspecWarning, SpecError
from netspec.formats import read, tmva
from netspec.formats.tmva.header import analysis_of_outputs
from netspec.specfile import tmva_options
from tests.formats.tmva import fixtures

SQUARES = {"type": "squared_error", "of": "last_layer"}
VARIABLES = [
    {"name": "sum", "expression": "var1+var2", "title": "A sum", "unit": "GeV", "minimum": -1.5},
    {"name": "n", "type": "I", "maximum": 12.0},
    {"name": "old", "type": "D", "title": "of doubles & <more>"},
    {"name": "hits", "type": "F[]", "size": 3, "unit": "mm"},
]
SPECTATORS = [{"name": "run", "type": "I"}, {"name": "w", "expression": "a*b", "unit": "1/s"}]
TARGETS = [
    {"name": "energy", "expression": "E/1000", "title": "Energy", "unit": "TeV", "minimum": 0.0},
    {"name": "angle", "maximum": 3.25},
]
OUTPUTS = {
    "classification": {"activation": "sigmoid", "classes": ["Higgs", "Z + jets"]},
    "multiclass": {"activation": "softmax", "classes": ["b", "c", "light"]},
    "regression": {"activation": "linear", "targets": TARGETS},
}
UNITS = {"classification": 1, "multiclass": 3, "regression": 2}
# analysis, ErrorStrategy: the loss of a spec and the letter of a file
RULES = {
    ("classification", "SUMOFSQUARES"): (SQUARES, "R"),
    ("classification", "CROSSENTROPY"): ("cross_entropy", "C"),
    ("multiclass", "SUMOFSQUARES"): (SQUARES, "R"),
    ("multiclass", "CROSSENTROPY"): ("cross_entropy", "C"),
    ("multiclass", "MUTUALEXCLUSIVE"): ("softmax_cross_entropy", "S"),
    ("regression", "SUMOFSQUARES"): (SQUARES, "R"),
}
LETTERS = {"classification": "S", "multiclass": "M", "regression": "I"}


def spec_of(analysis, **more):
    return NetworkSpec(
        name="all of it",
        input={"variables": VARIABLES, "spectators": SPECTATORS},
        layers=[{"type": "dense", "units": UNITS[analysis]}],
        output=OUTPUTS[analysis] | {"analysis": analysis},
        **more,
    )


def written(spec, path):
    netspec.build(spec, seed=1).save(path, format="tmva")
    return etree.parse(path).getroot()


def option(root, name):
    return root.find(f"Options/Option[@name='{name}']").text


@pytest.mark.parametrize(("analysis", "strategy"), RULES)
def test_loss_and_output_follow_the_rules_of_tmva_both_ways(analysis, strategy, tmp_path):
    loss, letter = RULES[analysis, strategy]
    training = {"loss": loss, "rules": "tmva", "optimizer": {"type": "adam", "epsilon_hat": True}}
    root = written(spec_of(analysis, training=training), tmp_path / "a.xml")
    weights = root.find("Weights")
    assert weights.get("LossFunction") == letter
    assert weights.get("OutputFunction") == LETTERS[analysis]
    assert option(root, "ErrorStrategy") == strategy
    info = root.find("GeneralInfo/Info[@name='AnalysisType']").get("value")
    assert info.lower() == analysis
    again = netspec.read(tmp_path / "a.xml").spec
    assert again.output.analysis == analysis
    assert again.output.activation.type == OUTPUTS[analysis]["activation"]
    assert again.training.loss.type == (loss if isinstance(loss, str) else loss["type"])
    data = tmva_options.read(
        f"InputLayout=6:Layout=LINEAR:ErrorStrategy={strategy}", outputs=3, analysis=analysis
    )
    assert data["training"]["loss"] == loss
    assert data["output"] == {"activation": OUTPUTS[analysis]["activation"]}


@pytest.mark.parametrize("strategy", ["CROSSENTROPY", "MUTUALEXCLUSIVE"])
def test_a_regression_is_of_squares_and_a_warning_says_so(strategy):
    text = f"InputLayout=6:Layout=LINEAR:ErrorStrategy={strategy}"
    with pytest.warns(NetspecWarning, match="1:43: ErrorStrategy: TMVA takes SUMOFSQUARES for a"):
        data = tmva_options.read(text, analysis="Regression")
    assert data["training"]["loss"] == SQUARES
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = tmva_options.settings({"ErrorStrategy": strategy}, "Regression")
    assert said["training"]["loss"] == SQUARES


def test_exclusive_classes_want_more_than_two():
    text = "InputLayout=6:Layout=LINEAR:ErrorStrategy=MUTUALEXCLUSIVE"
    with pytest.raises(SpecError, match=r"1:43: training.loss: .* a classification, found MUTUAL"):
        tmva_options.read(text, analysis="Classification")
    assert tmva_options.read(text)["output"] == {"activation": "softmax"}


@pytest.mark.parametrize("analysis", OUTPUTS)
@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
def test_names_units_and_titles_are_kept_by_every_kind_of_spec_file(analysis, suffix, tmp_path):
    spec = spec_of(analysis)
    path = tmp_path / f"spec.{suffix}"
    netspec.write(path, spec, None)
    assert NetworkSpec.from_file(path) == spec


@pytest.mark.parametrize("analysis", OUTPUTS)
def test_names_units_and_titles_survive_netspecs_xml_and_tmvas(analysis, tmp_path):
    network = netspec.build(spec_of(analysis), seed=2)
    network.save(tmp_path / "own.xml")
    own = netspec.load(tmp_path / "own.xml")
    assert own.spec == network.spec
    own.save(tmp_path / "tmva.xml", format="tmva")
    again = netspec.load(tmp_path / "tmva.xml")
    for part in ("input", "layers", "output", "name"):
        assert getattr(again.spec, part) == getattr(network.spec, part)
    again.save(tmp_path / "back.xml")
    assert netspec.load(tmp_path / "back.xml").spec == again.spec
    netspec.load(tmp_path / "back.xml").save(tmp_path / "last.xml", format="tmva")
    assert (tmp_path / "last.xml").read_bytes() == (tmp_path / "tmva.xml").read_bytes()


@pytest.mark.parametrize("analysis", OUTPUTS)
def test_what_is_written_says_names_units_and_titles_as_root_does(analysis, tmp_path):
    root = written(spec_of(analysis), tmp_path / "a.xml")
    rows = [dict(node.attrib) for node in root.find("Variables")]
    assert [row["Label"] for row in rows] == ["sum", "n", "old", *["hits"] * 3]
    assert [row["Type"] for row in rows] == ["F", "I", "D", *["F[]"] * 3]
    assert rows[0] | {"Min": ""} == {
        **{"VarIndex": "0", "Expression": "var1+var2", "Label": "sum", "Title": "A sum"},
        **{"Unit": "GeV", "Internal": "sum", "Type": "F", "Min": "", "Max": "-3.40282347e+38"},
    }
    assert [node.get("Label") for node in root.find("Spectators")] == ["run", "w"]
    if analysis == "regression":
        assert [node.get("Unit") for node in root.find("Targets")] == ["TeV", ""]
        assert [node.get("Name") for node in root.find("Classes")] == ["Regression"]
    else:
        assert root.find("Targets") is None
        names = [node.get("Name") for node in root.find("Classes")]
        assert names == OUTPUTS[analysis]["classes"]


def test_a_title_of_an_array_is_said_to_be_lost(tmp_path):
    spec = NetworkSpec(
        input={"variables": [{"name": "hits", "type": "F[]", "size": 3, "title": "All hits"}]},
        layers=[{"type": "dense", "units": 1}],
        output={"activation": "sigmoid"},
    )
    with pytest.warns(LossWarning, match="the title of the array 'hits'"):
        written(spec, tmp_path / "a.xml")


def test_a_target_that_is_an_array_is_one_again(tmp_path):
    spec = NetworkSpec(
        input={"features": 2, "steps": 1},
        layers=[{"type": "flatten"}, {"type": "dense", "units": 3}],
        output={"targets": [{"name": "p", "type": "F[]", "size": 3, "unit": "GeV"}]},
    )
    with pytest.warns(LossWarning, match="becomes a row of variables"):
        written(spec, tmp_path / "a.xml")
    assert netspec.read(tmp_path / "a.xml").spec.output.targets == spec.output.targets


@pytest.mark.parametrize(
    ("units", "output", "analysis"),
    [
        (1, {}, "regression"),
        (3, {}, "regression"),
        (1, {"activation": "sigmoid"}, "classification"),
        (1, {"classes": ["S", "B"]}, "classification"),
        (2, {"first": 1, "activation": "softmax"}, "classification"),
        (3, {"activation": "softmax"}, "multiclass"),
        (3, {"classes": ["b", "c", "light"]}, "multiclass"),
        (1, {"activation": "sigmoid", "targets": TARGETS[:1]}, "regression"),
        (1, {"activation": "sigmoid", "analysis": "multiclass"}, "multiclass"),
    ],
)
def test_where_no_analysis_is_said_the_outputs_say_it(units, output, analysis):
    layers = [{"type": "dense", "units": units}]
    spec = NetworkSpec.from_data({"input": {"shape": [2]}, "layers": layers, "output": output})
    assert analysis_of_outputs(spec) == analysis


@pytest.mark.parametrize("names", [(), ("Signal",), ("S", "B", "other")])
def test_classes_of_a_file_that_are_not_what_an_analysis_has_are_written_back(names):
    rows = "".join(f'<Class Name="{name}" Index="{k}"/>' for k, name in enumerate(names))
    element = f'<Classes NClass="{len(names)}">{rows}</Classes>' if names else ""
    text = re.sub("<Classes.*?</Classes>", element, fixtures.text("lstm"), flags=re.DOTALL)
    assert "Background" not in text
    root = etree.fromstring(b"".join(tmva.write(*read(text.encode()))))
    found = root.find("Classes")
    assert (found is None) == (not names)
    assert [node.get("Name") for node in ([] if found is None else found)] == list(names)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ({}, ["Signal", "Background"]),
        ({"classes": ["Higgs"]}, ["Higgs", "Background"]),
        ({"classes": ["Higgs", "Z"]}, ["Higgs", "Z"]),
    ],
)
def test_a_classification_has_two_classes_in_a_file(output, names, tmp_path):
    spec = NetworkSpec(
        input={"features": 2, "steps": 1},
        layers=[{"type": "flatten"}, {"type": "dense", "units": 1}],
        output={"activation": "sigmoid"} | output,
    )
    with pytest.warns(LossWarning, match="becomes a row of variables"):
        root = written(spec, tmp_path / "a.xml")
    assert [node.get("Name") for node in root.find("Classes")] == names


def test_an_array_of_one_number_keeps_its_title(tmp_path):
    hit = {"name": "hit", "type": "F[]", "size": 1, "title": "The first hit"}
    spec = NetworkSpec(
        input={"variables": [hit]},
        layers=[{"type": "dense", "units": 1}],
        output={"activation": "sigmoid"},
    )
    written(spec, tmp_path / "a.xml")
    assert netspec.load(tmp_path / "a.xml").spec.input.variables == spec.input.variables
