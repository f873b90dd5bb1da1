"""YAML: values by the core schema of YAML 1.2, positions, and all that is refused."""

from __future__ import annotations

import time

import pytest
from ruamel.yaml import YAML

from netspec.errors import Place, SpecError
from netspec.specfile import KEY, parse

SPEC = """\
# a comment
name: jets
input: {steps: 10, features: 30}
layers:
  - {type: lstm, units: 10}
  - type: dense
    units: 1
notes: |
  two
  lines
"""


def refusal(text: str | bytes, **options: str) -> str:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(SpecError) as caught:
        parse(content, name="jets.yaml", **options)
    return str(caught.value)


def test_the_data_are_what_another_yaml_reader_finds():
    assert parse(SPEC.encode()).data == YAML(typ="safe").load(SPEC)


def test_every_value_and_every_key_has_its_place():
    document = parse(SPEC.encode(), name="jets.yaml")
    assert document.place(("name",)) == Place("jets.yaml", 2, 7)
    assert document.place(("name", KEY)) == Place("jets.yaml", 2, 1)
    assert document.place(("layers", 0, "units")) == Place("jets.yaml", 5, 25)
    assert document.place(("layers", 1, "units")) == Place("jets.yaml", 7, 12)
    assert document.place(("layers", 1)) == Place("jets.yaml", 6, 5)


def test_what_is_not_in_the_file_is_placed_at_what_is_around_it():
    document = parse(SPEC.encode(), name="jets.yaml")
    assert document.place(("layers", 1, "activation")) == Place("jets.yaml", 6, 5)
    assert document.place(("training", "epochs")) == Place("jets.yaml", 2, 1)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("+3", 3),
        ("-0", 0),
        ("1_000", "1_000"),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e", "1e"),
        ("'10'", "10"),
        ('"1e-3"', "1e-3"),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(word, value):
    found = parse(f"a: {word}\n".encode()).data["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3\n", "jets.yaml:3:1: a: the key comes twice, first at jets.yaml:1:1"),
        ("a: &x 1\n", "jets.yaml:1:4: a: anchors are not read, found &x"),
        ("a: 1\nb: *x\n", "jets.yaml:2:4: b: aliases are not read, found *x"),
        ("a:\n  <<: {b: 1}\n", "jets.yaml:2:3: a: merge keys are not read"),
        ("a: !!python/object:os.system x\n", "jets.yaml:1:4: a: tags are not read"),
        ("a: !mine {b: 1}\n", "jets.yaml:1:4: a: tags are not read, found '!mine'"),
        ("a: .inf\n", "jets.yaml:1:4: a: wanted a finite number, found inf"),
        ("a: [1, -.INF]\n", "jets.yaml:1:8: a.1: wanted a finite number, found -inf"),
        ("a: .nan\n", "jets.yaml:1:4: a: wanted a finite number, found nan"),
        ("a: 1e999\n", "jets.yaml:1:4: a: wanted a finite number, found inf"),
        ("a: 18446744073709551616\n", "jets.yaml:1:4: a: wanted a number below 2^64"),
        (f"a: {'9' * 100_000}\n", "jets.yaml:1:4: a: wanted a finite number, found inf"),
        ("a: 1\n b: 2\n", "jets.yaml:2:3: this is not YAML: mapping values are not allowed here"),
        ("a: [1, 2\n", "this is not YAML"),
        ("a: 'open\n", "this is not YAML"),
        ("a: @x\n", "jets.yaml:1:4: this is not YAML"),
        ("a: 1\n---\nb: 1\n", "jets.yaml:2:1: a spec file holds one document"),
        ("%YAML 1.1\n---\na: 1\n", "wanted YAML 1.2"),
        ("? [a]\n: 1\n", "jets.yaml:1:3: wanted a word as a key, found a list or a mapping"),
        ("- a\n", "jets.yaml:1:1: wanted options and their values"),
        ("jets\n", "jets.yaml:1:1: wanted options and their values"),
        ("# nothing but a comment\n", "jets.yaml: wanted options and their values"),
        ("a: 1\nb: \x07\n", "jets.yaml:2:4: wanted text, found the character"),
    ],
)
def test_what_a_spec_file_cannot_be_is_refused_in_one_sentence(text, sentence):
    assert sentence in refusal(text)


def test_all_that_is_wrong_is_said_at_once():
    found = refusal("a: &x 1\na: 2\nb: .nan\nc: {d: !!set {}}\n")
    assert [line.split(": ")[0] for line in found.splitlines()] == [
        "jets.yaml:1:4",
        "jets.yaml:2:1",
        "jets.yaml:3:4",
        "jets.yaml:4:8",
    ]


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 3000, "a: " + "{b: " * 3000, "- " * 3000, "a: " + "[" * 3000 + "]" * 3000],
)
def test_deep_nesting_is_one_quick_error(text):
    start = time.process_time()
    found = refusal(text)
    assert "more than 64 deep" in found
    assert "\n" not in found
    assert time.process_time() - start < 2


def test_sixty_four_levels_are_not_too_deep():
    deepest = parse(("a: " + "[" * 63 + "]" * 63).encode()).data["a"]
    for _ in range(62):
        (deepest,) = deepest
    assert deepest == []


def test_a_few_lines_of_aliases_do_not_become_gigabytes():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "anchors are not read" in refusal("\n".join(lines))


@pytest.mark.parametrize("word", ["0x" + "f" * 5000, "0o" + "7" * 5000])
def test_thousands_of_digits_in_another_base_are_too_large_a_number(word):
    with pytest.raises(SpecError) as caught:
        parse(f"seed: {word}\n".encode(), name="x.yaml")
    (problem,) = caught.value.problems
    assert str(problem).startswith("x.yaml:1:7: seed: wanted a number below 2^64, found one of")


def test_an_empty_value_stands_where_its_key_stands():
    text = "input:\n\n# more\nlayers:\n  - {type: lstm, units: }\n  -\n"
    text += "training:\n  optimizer:\n  epochs: 3\n"
    places = parse(text.encode(), name="x").places
    assert places[("input",)] == Place("x", 1, 1)
    assert places[("training", "optimizer")] == Place("x", 8, 3)
    assert places[("layers", 0, "units")].line == 5
    assert places[("layers", 1)].line == 6


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("input: {steps: 4\nlayers: []\n", "; the { opened at 1:8"),
        ("a: 1\nlayers: [1, 2\nb: 3\n", "; the [ opened at 2:9"),
        ('a: 1\nname: "jets\nb: 3\n', "; the quote opened at 2:7"),
    ],
)
def test_what_was_never_closed_is_said_with_the_place_where_it_opened(text, end):
    assert refusal(text).endswith(end)
