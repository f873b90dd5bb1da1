"""The whole spec: reading, meaning, all errors at once, data and back."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from netspec import NetworkSpec, specfile
from netspec.errors import SpecError
from netspec.layers import Layer
from netspec.specfile import parse, write
from tests.specimens import shape_of

JETS = b"""\
# yaml-language-server: $schema=../schemas/network.schema.json
netspec: 1
name: jets
dtype: float32
seed: 1234
input: {steps: 10, features: 30}
layers:
  - {type: lstm, units: 10, return_sequences: true}
  - {type: flatten}
  - {type: dense, units: 64, activation: tanh}
  - {type: dense, units: 1}
output: {activation: sigmoid, classes: [Signal, Background]}
training:
  {loss: cross_entropy, optimizer: {type: adam, learning_rate: 1e-3}, batch_size: 100, epochs: 20, validation: 0.2}
"""  # noqa: E501


def refusal(text: str | bytes, **options) -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(content, **options)
    return str(caught.value).replace("<spec>:", "").splitlines()


def test_a_spec_as_a_user_writes_it():
    spec = NetworkSpec.from_file(JETS)
    assert spec.input.sizes == (10, 30)
    assert spec.output_shape == (1,)
    assert [layer.name for layer in spec.layers] == ["lstm_1", "flatten_1", "dense_1", "dense_2"]
    assert {name: param.shape for name, param in spec.parameters().items()} == {
        "lstm_1/W": (4, 10, 30),
        "lstm_1/U": (4, 10, 10),
        "lstm_1/b": (4, 10),
        "dense_1/W": (64, 100),
        "dense_1/b": (64,),
        "dense_2/W": (1, 64),
        "dense_2/b": (1,),
    }
    assert spec.states() == {"lstm_1/h": (10,), "lstm_1/c": (10,)}
    assert [shape for _, shape in spec.walk()] == [(10, 30), (10, 10), (100,), (64,)]
    assert spec.training
    assert spec.training.optimizer.learning_rate == 1e-3


def test_the_same_spec_in_every_language_is_the_same_spec():
    data = parse(JETS).data
    spec = NetworkSpec.from_file(JETS)
    assert NetworkSpec.from_data(data) == spec
    assert NetworkSpec(**data) == spec
    for language in ("yaml", "json", "toml"):
        text = write(data, language)
        assert NetworkSpec.from_file(text.encode(), format=language) == spec


def test_overrides_reach_the_spec_and_their_errors_name_them():
    spec = NetworkSpec.from_file(JETS, overrides=["layers.0.units=64"])
    assert spec.layers[0].units == 64
    assert refusal(JETS, overrides=["layers.0.units=many"]) == [
        "--set layers.0.units=many: layers.0.units: wanted a whole number above 0, found 'many'"
    ]
    assert refusal(JETS, overrides=["layers.0.unitz=1"])[0].startswith(
        "--set layers.0.unitz=1: layers.0.unitz: no such option of an lstm layer"
    )


def test_short_data_leave_out_what_goes_without_saying():
    assert NetworkSpec.from_file(JETS).to_data() == {
        "netspec": 1,
        "name": "jets",
        "seed": 1234,
        "input": {"steps": 10, "features": 30},
        "layers": [
            {"type": "lstm", "units": 10, "return_sequences": True},
            {"type": "flatten"},
            {"type": "dense", "units": 64, "activation": "tanh"},
            {"type": "dense", "units": 1},
        ],
        "output": {"activation": "sigmoid", "classes": ["Signal", "Background"]},
        "training": {},
    }


LAYERS = [
    {"type": kind, **options}
    for kind, cls in sorted(Layer.kinds.items())
    for options in cls.model_config["json_schema_extra"]["examples"]
]


@pytest.mark.parametrize("row", LAYERS, ids=str)
@pytest.mark.parametrize("defaults", [False, True])
def test_data_of_every_layer_give_back_the_same_spec(row, defaults):
    spec = NetworkSpec.from_data({"input": {"shape": shape_of(row)}, "layers": [row]})
    data = json.loads(json.dumps(spec.to_data(defaults=defaults)))
    assert NetworkSpec.from_data(data) == spec
    for language in ("yaml", "json", "toml"):
        text = write(data, language).encode()
        assert NetworkSpec.from_file(text, format=language) == spec


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adagrad", "rmsprop", "adadelta"])
def test_data_keep_the_type_of_an_optimizer_with_no_option_given(optimizer):
    data = parse(JETS).data | {"training": {"optimizer": {"type": optimizer}}}
    spec = NetworkSpec.from_data(data)
    assert NetworkSpec.from_data(spec.to_data()) == spec


def test_names_that_were_given_are_kept():
    rows = [{"type": "dense", "units": 3, "name": "head"}, {"type": "dense", "units": 2}]
    spec = NetworkSpec.from_data({"input": {"shape": [3]}, "layers": rows})
    assert [row["name"] for row in spec.to_data()["layers"]] == ["head", "dense_1"]


def test_a_spec_is_hashable_comparable_and_can_be_copied():
    spec, same = NetworkSpec.from_file(JETS), NetworkSpec.from_file(JETS)
    other = NetworkSpec.from_file(JETS, overrides=["seed=1"])
    assert {spec, same, other} == {spec, other}
    assert copy.deepcopy(spec) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_the_canonical_text_is_one_line_of_json_with_every_option():
    spec = NetworkSpec.from_file(JETS)
    text = spec.canonical()
    assert "\n" not in text
    assert json.loads(text) == spec.to_data(defaults=True)
    assert text == NetworkSpec.from_data(json.loads(text)).canonical()


def test_layers_that_do_not_meet_are_refused_at_the_layer():
    text = JETS.replace(b"units: 10, return_sequences: true", b"units: 10").replace(
        b"- {type: flatten}", b"- {type: gru, units: 3}"
    )
    assert refusal(text) == [
        "9:5: layers.1: wanted an input of (steps, features), found (10)",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"output": {"classes": ["a", "b", "c"]}}, "output.classes: wanted one or two classes for"),
        ({"output": {"first": 5}}, "output.first: wanted at most the 1 outputs"),
        ({"output": {"targets": [{"name": "a"}, {"name": "b"}]}}, "output.targets: wanted as man"),
        ({"input": {"steps": 3}}, "input: wanted `features`, `shape` or `variables`, found none"),
        ({"input": {"shape": [3], "steps": 3}}, "input: wanted `shape` or `steps` and"),
        ({"input": {"features": 2, "variables": [{"name": "a"}]}}, "input: wanted 2 variables"),
        ({"input": {"features": 30}}, "layers.1: wanted a known number of steps"),
        ({"layers": []}, "layers: wanted at least 1 entry, found 0"),
        ({"layers": [{"type": "flatten", "name": "a"}] * 2}, "layers.1.name: wanted a name of its"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(change, sentence):
    data = parse(JETS).data | change
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_data(data)
    assert str(caught.value).startswith(sentence)


def test_errors_of_form_and_of_meaning_come_together():
    text = """\
input: {steps: 4, features: 3}
layers:
  - {type: lstm, units: 3}
  - {type: lstm, units: 3}
seed: x
training: {epochs: 0}
"""
    assert refusal(text) == [
        "4:5: layers.1: wanted an input of (steps, features), found (3)",
        "5:7: seed: wanted a whole number from 0, found 'x'",
        "6:20: training.epochs: wanted a whole number above 0, found 0",
    ]


def test_layers_before_a_broken_one_are_walked():
    text = """\
input: {steps: 4, features: 3}
layers:
  - {type: reshape, shape: [5]}
  - {type: dense, units: x}
"""
    assert refusal(text) == [
        "3:28: layers.0.shape: wanted a shape of 12 numbers as the input has, found 5",
        "4:26: layers.1.units: wanted a whole number above 0, found 'x'",
    ]


def test_problems_come_in_the_order_of_the_file():
    text = "seed: x\nlayers: [{type: dense, units: 0}]\ndtype: y\ninput: {shape: [0]}\nname: 3\n"
    lines = refusal(text)
    assert [int(line.split(":")[0]) for line in lines] == [1, 2, 3, 4, 5]


def test_a_spec_that_is_no_mapping_is_refused():
    with pytest.raises(SpecError, match="wanted a mapping at the top, found list"):
        NetworkSpec.from_data([1])


def test_thousands_of_layers_are_read_in_a_moment():
    rows = "".join(f"  - {{type: dense, units: {n % 7 + 1}}}\n" for n in range(500))
    spec = NetworkSpec.from_file(f"input: {{shape: [3]}}\nlayers:\n{rows}".encode())
    assert len(spec.parameters()) == 1000


def test_the_version_of_the_spec_is_the_one_that_files_are_brought_up_to():
    assert NetworkSpec.model_fields["netspec"].default == specfile.CURRENT


def test_problems_of_the_file_and_of_what_it_means_come_together():
    text = """\
seed: 1
seed: 2
name: *x
define: {w: 3}
input: {steps: 4, features: .nan}
layers:
  - {type: lstm, units: "${ww}", unitz: 3}
  - {type: ltsm, units: 3}
training: {epochs: 0, patience: 99999999999999999999999}
"""
    found = refusal(text, overrides=["layers.7.units=3", "dtype=f"])
    assert [line.split(": ")[0] for line in found] == [
        *["--set dtype=f", "--set layers.7.units=3"],
        *["2:1", "3:7", "5:29", "7:25", "7:34", "8:12", "9:20", "9:33"],
    ]


def test_problems_of_an_option_string_and_of_what_it_means_come_together():
    text = "InputLayot=10:Layout=CONV|3,DENSE|3:TrainingStrategy=DropConfig=1.5,LearnRate=3"
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(text)
    assert [problem.path for problem in caught.value.problems] == [
        ("tmva", "InputLayot"),
        ("input",),
        ("layers", 0),
        ("training", "dropout", 0),
        ("training",),
    ]


def test_json_errors_have_places_and_toml_errors_have_paths():
    spec = {"input": {"shape": [3]}, "layers": [{"type": "dense", "units": 0}]}
    sentence = "layers.0.units: wanted a whole number above 0, found 0"
    assert refusal(write(spec, "json"), format="json") == [f"4:32: {sentence}"]
    (found,) = refusal(write(spec, "toml"), format="toml")
    assert found.strip() == sentence


def test_an_override_reaches_a_network_of_an_option_string():
    text = "InputLayout=4|3:Layout=GRU|5|3|4,LINEAR"
    assert NetworkSpec.from_file(text, overrides=["layers.0.units=7"]).layers[0].units == 7


@pytest.mark.parametrize("letter", ["\0", "\x01", "\x1f", "\ufffe"])
def test_a_name_that_no_file_could_hold_is_refused_before_a_network_has_it(letter):
    with pytest.raises(SpecError, match=r"^name: wanted a name without control characters"):
        NetworkSpec(
            name=f"a{letter}b", input={"shape": [1]}, layers=[{"type": "dense", "units": 1}]
        )
