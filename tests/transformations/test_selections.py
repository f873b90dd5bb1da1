"""From the entries of a transformation to positions."""

import re

import pytest

from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.signature import Input, Output
from netspec.specfile.tmva_transform import items
from netspec.transformations import Signature, check

NAMED = Input(
    variables=[{"name": "pt"}, {"name": "hits", "type": "F[]", "size": 3}, {"name": "eta"}],
    spectators=[{"name": "run"}],
)
REGRESSION = Output(targets=[{"name": "mass"}, {"name": "eta"}])


def positions(text, given=NAMED, output=REGRESSION, width=2):
    (item,) = items(text)
    return Signature(given, output, width).chosen(item)


@pytest.mark.parametrize(
    ("text", "variables", "targets"),
    [
        ("D", (0, 1, 2, 3, 4), ()),
        ("G", (0, 1, 2, 3, 4), ()),
        ("N", (0, 1, 2, 3, 4), (0, 1)),
        ("U", (0, 1, 2, 3, 4), (0, 1)),
        ("N(_V_)", (0, 1, 2, 3, 4), ()),
        ("N(_T_)", (), (0, 1)),
        ("P(_T1_)", (), (1,)),
        ("N(_V3_,_V1_,_V3_)", (1, 3), ()),
        ("N(hits)", (1, 2, 3), ()),
        ("N(mass,pt)", (0,), (0,)),
        ("N(eta)", (4,), (1,)),
        ("N(_S_)", (), ()),
        ("N(run,pt)", (0,), ()),
    ],
)
def test_entries_are_positions_in_rising_order(text, variables, targets):
    assert positions(text) == (variables, targets)


def test_an_image_is_counted_through_and_a_step_is_not():
    assert positions("N(_V_)", Input(shape=(2, 3, 4)))[0] == tuple(range(24))
    assert positions("N(_V23_)", Input(shape=(2, 3, 4)))[0] == (23,)
    assert positions("N(_V_)", Input(steps=10, features=3))[0] == (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("N(_V5_)", "wanted a number below 5, of those that there are, found _V5_"),
        ("N(_T2_)", "wanted a number below 2, of those that there are, found _T2_"),
        ("N(_S1_)", "wanted a number below 1, of those that there are, found _S1_"),
        ("N(ptt)", "wanted a variable or a target, found 'ptt', did you mean 'pt'?"),
        ("D(_T_)", "wanted variables, since D has no way back, found targets"),
        ("D(pt,mass)", "wanted variables, since D has no way back, found targets"),
        ("P(_V_,_T_)", "wanted variables or targets, found both: say P(_V_)+P(_T_)"),
        ("N_Sgnal", "wanted a class, found 'Sgnal', did you mean 'Signal'?"),
    ],
)
def test_what_is_not_there_is_refused_by_name(text, sentence):
    with pytest.raises(SpecError, match=re.escape(f"{text}: {sentence}")):
        positions(text)


def test_classes_have_their_own_names_or_those_of_tmva():
    output = Output(classes=["hadron", "lepton"], activation="sigmoid")
    check("N_lepton", NAMED, output, 1)
    check("N_Background", NAMED, Output(), 1)
    with pytest.raises(SpecError, match="wanted a class, found 'Signal'"):
        check("N_Signal", NAMED, output, 1)


def test_names_that_the_data_may_bring_are_waited_for():
    check("N(pt)", Input(shape=(3,)), Output(), 1)
    for given in (Input(features=3), Input(shape=(1, 2, 3))):
        with pytest.raises(SpecError, match=re.escape("'pt': there are no names here, say _V3_")):
            check("N(pt)", given, Output(), 1)


def test_an_error_says_the_name_or_the_number():
    signature = Signature(NAMED, Output(), 1)
    assert signature.word("V", 2) == "'hits'"
    assert signature.word("T", 0) == "target 0"


# What a whole spec says

DENSE = {"type": "dense", "units": 1}


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([{"type": "normalize"}, DENSE], "wanted a network that has none yet, found 'normalize_1'"),
        (
            [{"type": "flatten"}, {"type": "normalize", "name": "n"}, DENSE],
            "wanted a network that has none yet, found 'n', which would be another",
        ),
        (
            [DENSE, {"type": "normalize", "inverse": True}],
            "wanted a network that has none yet, found 'normalize_1'",
        ),
    ],
)
def test_a_network_that_has_transformations_gets_no_others(layers, sentence):
    with pytest.raises(SpecError, match=re.escape(f"training.transform: {sentence}")):
        NetworkSpec(input={"shape": [2]}, layers=layers, training={"transform": "N"})
    NetworkSpec(input={"shape": [2]}, layers=layers, training={})


def test_ids_are_not_transformed():
    rows = [{"type": "embedding", "ids": 5, "units": 2}, {"type": "gru", "units": 2}]
    with pytest.raises(SpecError, match="wanted numbers, which can be transformed, found a net"):
        NetworkSpec(input={"features": 1}, layers=rows, training={"transform": "N"})
