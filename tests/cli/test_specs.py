"""new, validate, show, schema: the commands about specs."""

from __future__ import annotations

import json

import jsonschema
import pytest
from lxml import etree

from netspec import NetworkSpec, layers
from netspec.backends import default
from netspec.cli.new import Kind


@pytest.mark.parametrize("type", Kind.__args__)
@pytest.mark.parametrize("suffix", ["yaml", "yml", "toml", "json"])
def test_a_new_spec_is_valid_in_every_form(type, suffix, cli, tmp_path):
    said = cli("new", f"mine.{suffix}", "--type", type)
    assert said.status == 0
    spec = NetworkSpec.from_file(tmp_path / f"mine.{suffix}")
    assert spec.name == "mine"
    assert spec.layers[0].type == type
    assert cli("validate", f"mine.{suffix}").status == 0


def test_all_forms_of_a_new_spec_say_the_same(cli, tmp_path):
    for suffix in ("yaml", "toml", "json"):
        cli("new", f"mine.{suffix}")
    specs = {NetworkSpec.from_file(tmp_path / f"mine.{s}") for s in ("yaml", "toml", "json")}
    assert len(specs) == 1


def test_a_new_spec_in_yaml_explains_every_section(cli, tmp_path):
    cli("new", "mine.yaml")
    lines = (tmp_path / "mine.yaml").read_text().splitlines()
    assert "# yaml-language-server: $schema=network.schema.json" in lines
    assert all("#" in line for line in lines if line[:1].isalpha())


def test_a_file_that_is_there_is_not_overwritten(cli, tmp_path):
    (tmp_path / "mine.yaml").write_text("precious")
    said = cli("new", "mine.yaml")
    assert said.status == 1
    assert "--force" in said.err
    assert (tmp_path / "mine.yaml").read_text() == "precious"
    assert cli("new", "mine.yaml", "--force", "--json").json["file"] == "mine.yaml"
    assert NetworkSpec.from_file(tmp_path / "mine.yaml")


@pytest.mark.parametrize("name", ["mine.yalm", "mine", "mine.tmva", "mine.xml"])
def test_only_spec_files_are_started(name, cli, tmp_path):
    said = cli("new", name)
    assert said.status == 1
    assert "wanted the suffix of a spec, found " in said.err
    assert not (tmp_path / name).exists()


def test_a_file_name_that_is_too_long_for_a_spec_is_cut(cli):
    file = "x" * 220 + ".yaml"
    assert cli("new", file).status == 0
    assert cli("show", file, "--json").json["name"] == "x" * 200


@pytest.mark.parametrize("name", ['a "b" \\ c', "jëts", "true", "3", "a: b"])
def test_a_strange_file_name_makes_a_good_name(name, cli, tmp_path):
    try:
        assert cli("new", f"{name}.yaml").status == 0
    except OSError:
        pytest.fail("the file could not be written")
    assert NetworkSpec.from_file(tmp_path / f"{name}.yaml").name == name


def test_a_valid_spec_is_said_to_be_valid(cli, files):
    said = cli("validate", "small.yaml", "small.xml")
    assert said.status == 0
    assert said.out.splitlines() == [
        "small.yaml: valid: 2 layers, 186 parameters",
        "small.xml: valid: 2 layers, 186 parameters",
    ]


def test_every_problem_is_told_with_its_place(cli, files):
    (files / "bad.yaml").write_text(
        "input: {steps: 4, features: 3}\nlayers:\n  - {type: ltsm, units: 5}\n"
        "  - {type: dense, unit: 1}\n"
    )
    said = cli("validate", "bad.yaml", "small.yaml")
    assert said.status == 1
    assert "bad.yaml:3:" in said.err
    assert "'lstm'" in said.err
    assert "bad.yaml:4:" in said.err
    assert "'units'" in said.err
    assert said.out.startswith("small.yaml: valid")


def test_problems_are_told_in_json(cli, files):
    found = cli("validate", "small.yaml", "--set", "layers.0.units=-3", "--json")
    assert found.status == 1
    assert found.json["valid"] is False
    [problem] = found.json["specs"][0]["problems"]
    assert problem["path"] == ["layers", 0, "units"]
    assert problem["place"]["file"] == "--set layers.0.units=-3"


def test_a_file_that_is_not_there_is_not_valid(cli):
    said = cli("validate", "nothing.yaml")
    assert (said.status, said.out) == (1, "")
    assert "nothing.yaml" in said.err


OPTIONS = "InputLayout=10|30:Layout=LSTM|10|30|10|0|1,RESHAPE|FLAT,DENSE|64|TANH,LINEAR"


def test_an_option_string_is_a_spec(cli):
    assert cli("validate", OPTIONS).status == 0
    assert cli("show", OPTIONS, "--json").json["parameters"] == 8169


def test_a_spec_is_shown_with_shapes_and_parameters(cli, files):
    said = cli("show", "small.yaml", "--set", "layers.0.units=6")
    lines = [line.split() for line in said.out.splitlines()]
    assert ["|-", "lstm_1", "6", "240", "lstm:", "units", "6"] in lines
    assert said.out.endswith("no weights: this is a spec alone\n")


def test_a_model_is_shown_with_what_it_keeps(cli, files):
    said = cli("show", "small.xml")
    by = "by native, exact" if default() == "native" else "by numpy, within 1e-05"
    assert f"golden outputs: 2 events, {by}\n" in said.out
    found = cli("show", "small.xml", "--json").json
    assert found["weights"] is True
    golden = found["extras"]["golden"]
    assert golden["events"] == 2
    assert (golden["engine"], golden["tolerance"]) in (("native", 0.0), ("numpy", 1e-5))
    assert found["layers"][0]["parameters"] == 4 * 5 * (3 + 5 + 1)


def test_the_picture_is_written_where_it_is_wanted(cli, files):
    said = cli("show", "small.xml", "--svg", "small.svg")
    assert said.status == 0
    root = etree.parse(files / "small.svg").getroot()
    assert etree.QName(root).localname == "svg"
    assert cli("show", "small.xml", "--svg", "nowhere/small.svg").status == 1


def test_the_picture_does_not_take_the_place_of_the_spec(cli, files):
    before = (files / "small.yaml").read_text()
    said = cli("show", "small.yaml", "--svg", "small.yaml")
    assert said.status == 1
    assert "choose another name" in said.err
    assert (files / "small.yaml").read_text() == before


def test_classes_are_shown_with_the_numbers_that_they_have_in_y(cli, tmp_path):
    text = (
        "input: {{features: 2}}\nlayers: [{{type: lstm, units: {0}}}]\noutput: {{classes: {1}}}\n"
    )
    (tmp_path / "two.yaml").write_text(text.format(1, "[s, b]"))
    (tmp_path / "three.yaml").write_text(text.format(3, "[s, b, c]"))
    assert "classes\n  1  s\n  0  b\n" in cli("show", tmp_path / "two.yaml").out
    assert "classes\n  0  s\n  1  b\n  2  c\n" in cli("show", tmp_path / "three.yaml").out


def test_a_tmva_file_is_shown_with_variables_classes_and_transformations(cli, real_files):
    said = cli("show", real_files / "tmva" / "dense_normalize_6.24.weights.xml")
    assert said.status == 0
    for word in ("myvar1", "var1+var2", "spec1", "Signal", "Background", "normalize_1"):
        assert word in said.out
    found = cli("show", real_files / "tmva" / "lstm_6.22.weights.xml", "--json").json
    assert sum(variable["size"] for variable in found["variables"]) == 300


def test_the_json_schema_is_printed_and_fits_a_new_spec(cli, tmp_path):
    schema = json.loads(cli("schema").out)
    cli("new", "mine.json", "--type", "bidirectional")
    jsonschema.validate(json.loads((tmp_path / "mine.json").read_text()), schema)
    assert all(kind in json.dumps(schema) for kind in layers.Layer.kinds)


@pytest.mark.parametrize("kind", ["model", "tmva"])
def test_the_xml_schemas_are_printed_and_are_schemas(kind, cli):
    etree.XMLSchema(etree.fromstring(cli("schema", "--kind", kind).out.encode()))


def test_a_schema_is_written_to_a_file(cli, tmp_path):
    assert cli("schema", "-o", "s.json").out == "s.json: written\n"
    assert (tmp_path / "s.json").read_text() == cli("schema").out
    assert cli("schema", "--json").json["text"] == cli("schema").out


def test_what_to_do_next_can_be_pasted_into_a_shell(cli):
    assert "netspec show 'a b.yaml'\n" in cli("new", "a b.yaml").out
    assert "netspec show ./-x.yaml\n" in cli("new", "--", "-x.yaml").out
