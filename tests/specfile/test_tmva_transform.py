"""TMVA's VarTransform, to records and back to text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.specfile import tmva_options
from netspec.specfile.tmva_transform import Item, items, write

LAYOUT = "InputLayout=3:Layout=TANH|4,LINEAR"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("None", []),
        ("I", []),
        ("N", [Item("N")]),
        ("Norm,Deco", [Item("N"), Item("D")]),
        ("Normalise+Normalize+Gauss+Uniform+PCA+Decorrelate", [*map(Item, "NNGUPD")]),
        (" I + N , Ident+D+Identity ", [Item("N"), Item("D")]),
        ("N_Signal", [Item("N", (), "Signal")]),
        ("N_AllClasses", [Item("N")]),
        ("G_my_class", [Item("G", (), "my_class")]),
        ("G(_V_)", [Item("G", ("_V_",))]),
        ("G(_V0_,_V12_, pt )_Signal", [Item("G", ("_V0_", "_V12_", "pt"), "Signal")]),
        ("G_Signal(_T_)", [Item("G", ("_T_",), "Signal")]),
        ("U(sqrt(x),max(a,b))", [Item("U", ("sqrt(x)", "max(a", "b)"))]),
        ("N(_S_,_S0_)+D(a+b)", [Item("N", ("_S_", "_S0_")), Item("D", ("a+b",))]),
    ],
)
def test_a_text_says_what_is_done(text, found):
    assert items(text) == tuple(found)
    assert items(write(found)) == tuple(found)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Gaus", "wanted a transformation, found 'Gaus', did you mean 'Gauss'?"),
        ("n", "wanted a transformation, found 'n'"),
        ("S", "wanted a transformation, found 'S'"),
        ("N+None", "wanted a transformation, found 'None'"),
        ("N++D", "wanted a transformation, found ''"),
        ("N(", "wanted every parenthesis closed, found ( without ) in 'N('"),
        ("N)", "wanted every parenthesis closed, found ) without ( in 'N)'"),
        ("N()", "wanted something between the parentheses of N, found nothing"),
        ("G(_X_)", "wanted _V_, _V3_, _T_, _S_ or a name, found '_X_'"),
        ("G(_V-1_)", "wanted _V_, _V3_, _T_, _S_ or a name, found '_V-1_'"),
    ],
)
def test_a_fault_is_one_sentence(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        items(text)


def test_what_each_is_for_where_nothing_is_chosen():
    assert {letter: Item(letter).entries for letter in "NUDPG"} == {
        "N": ("_V_", "_T_"),
        "U": ("_V_", "_T_"),
        "D": ("_V_",),
        "P": ("_V_",),
        "G": ("_V_",),
    }


@given(st.text(alphabet="NDGPUI_VTS01(),+ aNone", max_size=20))
def test_any_text_is_read_or_refused_and_what_is_read_is_written_again(text):
    try:
        found = items(text)
    except ValueError:
        return
    assert items(write(found)) == found


# In a spec


def test_a_spec_keeps_the_short_words():
    parts = {"input": {"features": 2}, "layers": [{"type": "dense", "units": 1}]}
    spec = NetworkSpec(**parts, training={"transform": "Norm , I+Gauss(_V1_)_Signal"})
    assert spec.training.transform == "N+G(_V1_)_Signal"
    assert NetworkSpec.from_data(spec.to_data()) == spec
    assert NetworkSpec(**parts, training={"transform": "None"}).training.transform == ""


@pytest.mark.parametrize("format", ["yaml", "json", "toml"])
def test_a_letter_alone_is_a_text_in_every_format(format, tmp_path):
    text = {
        "yaml": "input: {shape: [3]}\nlayers: [{type: dense, units: 1}]\ntraining: {transform: N}",
        "json": '{"input": {"shape": [3]}, "layers": [{"type": "dense", "units": 1}],'
        ' "training": {"transform": "N"}}',
        "toml": "input.shape = [3]\nlayers = [{type = 'dense', units = 1}]\n"
        "training.transform = 'N'",
    }
    path = tmp_path / f"a.{format}"
    path.write_text(text[format])
    assert NetworkSpec.from_file(path).training.transform == "N"


def test_a_spec_file_is_told_where(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "input: {shape: [3]}\nlayers: [{type: dense, units: 1}]\ntraining: {transform: N+Gaus}\n"
    )
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(path)
    assert str(caught.value) == (
        f"{path}:3:23: training.transform: wanted a transformation, found 'Gaus', did you mean"
        " 'Gauss'?"
    )


# In an option string


@pytest.mark.parametrize("text", ["N", "N+D", "G(_V1_)_Signal+P", "U(_V_,_T_)"])
def test_an_option_string_says_it_and_is_written_again(text):
    spec = NetworkSpec.from_file(f"{LAYOUT}:VarTransform={text}")
    assert spec.training.transform == text
    assert not spec.tmva
    written = tmva_options.write(spec.to_data())
    assert f"VarTransform={text}" in written.split(":")
    assert NetworkSpec.from_file(written) == spec


@pytest.mark.parametrize("text", ["None", "I"])
def test_nothing_to_do_stays_an_option_of_tmva(text):
    spec = NetworkSpec.from_file(f"{LAYOUT}:VarTransform={text}")
    assert spec.training.transform == ""
    assert spec.tmva == {"VarTransform": text}
    assert NetworkSpec.from_file(tmva_options.write(spec.to_data())) == spec


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("N,Gx", 51, "wanted a transformation, found 'Gx', did you mean 'G'?"),
        ("N+G(_V9_)", 49, "G(_V9_): wanted a number below 3, of those that there are, found _V9_"),
    ],
)
def test_an_option_string_is_told_where(text, column, sentence):
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(f"{LAYOUT}:VarTransform={text}")
    assert str(caught.value) == f"TMVA options:1:{column}: training.transform: {sentence}"


def test_both_ways_to_say_it_at_once_are_refused():
    data = tmva_options.read(f"{LAYOUT}:VarTransform=N") | {"tmva": {"VarTransform": "G"}}
    with pytest.raises(SpecError, match=r"tmva.VarTransform: wanted one of training.transform"):
        tmva_options.write(data)


def test_a_name_with_a_colon_cannot_stand_in_an_option_string():
    data = tmva_options.read(LAYOUT)
    data["training"]["transform"] = "N(a:b)"
    with pytest.raises(SpecError, match=r"training.transform: TMVA's options end at a colon"):
        tmva_options.write(data)
