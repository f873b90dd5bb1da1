"""`--set layers.0.units=64`."""

from __future__ import annotations

import pytest

from netspec.errors import Place, SpecError
from netspec.specfile import KEY, parse

SPEC = b"""\
name: jets
layers:
  - {type: lstm, name: reader, units: 10}
  - {type: dense, units: 1}
"""


def with_set(*overrides: str) -> dict:
    return parse(SPEC, overrides=overrides).data


def test_a_number_finds_an_entry_of_a_list_and_so_does_its_name():
    assert with_set("layers.1.units=64")["layers"][1]["units"] == 64
    assert with_set("layers.reader.units=64")["layers"][0]["units"] == 64


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("true", True),
        ("tanh", "tanh"),
        ("'10'", "10"),
        ("[1, 2]", [1, 2]),
        ("{type: elu, alpha: 0.5}", {"type": "elu", "alpha": 0.5}),
        ("", None),
        ("a=b", "a=b"),
    ],
)
def test_values_are_read_as_yaml(text, value):
    assert with_set(f"layers.1.activation={text}")["layers"][1]["activation"] == value


def test_a_whole_entry_can_be_replaced_and_the_rest_stays():
    data = with_set("layers.1={type: flatten}", "name=top")
    assert data == {
        "name": "top",
        "layers": [{"type": "lstm", "name": "reader", "units": 10}, {"type": "flatten"}],
    }


def test_mappings_that_are_not_in_the_file_are_made():
    assert with_set("training.optimizer.type=sgd")["training"] == {"optimizer": {"type": "sgd"}}


def test_the_last_of_two_wins():
    assert with_set("name=a", "name=b")["name"] == "b"


def test_a_value_is_placed_at_its_set_and_the_others_stay_where_they_were():
    document = parse(SPEC, overrides=["layers.reader.units=64"], name="jets.yaml")
    assert document.place(("layers", 0, "units")) == Place("--set layers.reader.units=64")
    assert document.place(("layers", 0, "units", KEY)) == Place("--set layers.reader.units=64")
    assert document.place(("layers", 0, "type")) == Place("jets.yaml", 3, 12)


def test_overrides_come_before_references():
    spec = b"define: {width: 3}\nunits: ${width}\n"
    assert parse(spec, overrides=["define.width=7"]).data == {"units": 7}
    assert parse(spec, overrides=["name=${width}"]).data == {"units": 3, "name": 3}


def test_every_override_that_cannot_be_is_said_at_once():
    bad = ["layers.2.units=1", "layers.raeder.units=1", "name.first=x", "units", "name=[1", "=3"]
    with pytest.raises(SpecError) as caught:
        with_set(*bad)
    lines = {line.split(": ")[0]: line for line in str(caught.value).splitlines()}
    assert lines.keys() == {f"--set {text}" for text in bad}
    for text, sentence in zip(
        bad,
        [
            "wanted a number from 0 to 1 or a name (known: reader), found '2'",
            "did you mean 'reader'?, found 'raeder'",
            "wanted a mapping or a list to look for 'first' in, found 'jets'",
            "wanted a path, = and a value, as in layers.0.units=64",
            "this is not YAML",
            "wanted a path, = and a value",
        ],
        strict=True,
    ):
        assert sentence in lines[f"--set {text}"]


def refused(overrides):
    with pytest.raises(SpecError) as caught:
        parse(SPEC, overrides=overrides)
    return caught.value.problems


def test_one_override_may_be_given_alone():
    assert parse(SPEC, overrides="layers.1.units=64").data["layers"][1]["units"] == 64


def test_what_is_no_text_is_refused_by_its_kind():
    (problem,) = refused([3])
    assert str(problem) == "--set 3: wanted text, as in layers.0.units=64, found int"


def test_a_path_of_thousands_of_words_is_refused_in_a_short_sentence():
    (problem,) = refused(["a." * 5000 + "b=3"])
    assert problem.message == "wanted a path of at most 64 words, found 5001"
    assert len(str(problem)) < 200


def test_digits_of_another_script_are_no_number_of_an_entry():
    (problem,) = refused(["layers.\uff11.units=3"])
    assert problem.message.startswith("wanted a number from 0 to 1")


def test_a_mapping_made_on_the_way_stands_where_it_was_asked_for():
    document = parse(SPEC, overrides=["training.optimizer.learning_rate=1e-3"])
    place = Place("--set training.optimizer.learning_rate=1e-3")
    assert document.place(("training", "optimizer")) == place
    assert document.place(("layers", 0, "units")).line == 3
