"""`define:` and `${name}`."""

from __future__ import annotations

import json

import pytest

from netspec.errors import Place, SpecError
from netspec.specfile import parse
from netspec.specfile.references import escaped

SPEC = b"""\
define:
  width: 64
  head: {type: dense, units: 1}
layers:
  - {type: lstm, units: "${width}"}
  - ${head}
"""


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text.encode(), name="jets.yaml")
    return str(caught.value)


def test_numbers_and_whole_layers_stand_where_their_names_were():
    assert parse(SPEC).data == {
        "layers": [{"type": "lstm", "units": 64}, {"type": "dense", "units": 1}]
    }


def test_a_value_is_placed_where_it_is_written():
    document = parse(SPEC, name="jets.yaml")
    assert document.place(("layers", 0, "units")) == Place("jets.yaml", 2, 10)
    assert document.place(("layers", 1, "units")) == Place("jets.yaml", 3, 30)
    assert document.place(("layers", 0, "units", "[key]")) == Place("jets.yaml", 5, 18)


def test_toml_and_json_have_references_too():
    toml = b'units = "${width}"\n[define]\nwidth = 3\n'
    assert parse(toml, format="toml").data == {"units": 3}
    assert parse(b'{"define": {"a": [1]}, "b": "${a}"}', format="json").data == {"b": [1]}


def test_two_dollars_are_the_letters_themselves():
    assert parse(b"name: $${width}\ntitle: a $${b} c\n").data == {
        "name": "${width}",
        "title": "a ${b} c",
    }


def test_a_dollar_alone_is_a_dollar():
    assert parse(b"name: $5 {x}\n").data == {"name": "$5 {x}"}


def test_a_definition_that_nobody_uses_does_no_harm():
    assert parse(b"define: {width: 3}\nname: jets\n").data == {"name": "jets"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "define: {width: 3}\na: [1, '${widht}']\n",
            "jets.yaml:2:8: a.1: nothing is defined as 'widht', did you mean 'width'?",
        ),
        ("a: ${b}\n", "jets.yaml:1:4: a: nothing is defined as 'b' (there is no define:)"),
        ("define: {b: 1}\na: x${b}\n", "jets.yaml:2:4: a: 'x${b}': references are"),
        ("define: {b: '${c}', c: 1}\n", "jets.yaml:1:13: define.b: '${c}': references are"),
        ("define: [1]\n", "jets.yaml:1:9: define: wanted names and their values, found [1]"),
    ],
)
def test_what_cannot_be_resolved_is_said_with_its_place(text, sentence):
    assert refusal(text).startswith(sentence)


@pytest.mark.parametrize("text", ["a: [1, ${b}]", "a: {b: ${c}}"])
def test_a_reference_inside_brackets_wants_quotes(text):
    assert refusal(text).endswith("; inside brackets write '${name}' with quotes")


def test_every_unknown_name_is_said_at_once():
    assert len(refusal("a: ${x}\nb: ['${y}', 1]\nc: z${x}\n").splitlines()) == 3


def test_many_undefined_names_are_told_up_to_a_limit_and_at_once():
    rows = ", ".join([f"${{x{n}}}" for n in range(3000)]).replace("${", "'${").replace("}", "}'")
    with pytest.raises(SpecError) as caught:
        parse(f"define: {{a: 1}}\nlayers: [{rows}]".encode(), format="yaml", name="jets.yaml")
    assert len(caught.value.problems) == 51
    assert caught.value.problems[-1].message == "and more"


def test_letters_like_a_reference_come_back_when_two_signs_stand_before_them():
    for text in ("$${{x", "${", "$${", "$$${x}", "a${b}c"):
        written = escaped({"title": text})
        data = parse(json.dumps(written).encode(), format="json", name="jets.json").data
        assert data == {"title": text}
