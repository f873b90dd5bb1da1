"""A script of PyROOT's runs on `netspec.tmva.Reader` as on TMVA's; outputs are plain loops' own."""

from __future__ import annotations

import ctypes
import math
from array import array

import numpy
import pytest

import netspec
from netspec import tmva as TMVA
from netspec.errors import DataError, FormatError, NetspecWarning, UnavailableError
from tests.formats.tmva import documents
from tests.formats.tmva.by_hand import sigmoid
from tests.formats.tmva.documents import Draw

EVENTS = [[0.5, -1.25, 2.0], [1.5, 0.25, -0.75], [-2.0, 3.0, 0.125]]


class Written:
    """A file of one dense layer: its path, and what it gives, by plain loops."""

    def __init__(self, path, analysis="Classification", width=1, letter="S", **said):
        draw = Draw(7)
        layer = documents.dense(draw, 3, width, 3)
        said.setdefault("spectators", [documents.variable(0, "run", tag="Spectator")])
        variables = [
            documents.variable(0, "sum", expression="pt1+pt2"),
            documents.variable(1, "eta"),
            documents.variable(2, "m"),
        ]
        text = documents.document(
            "small", (1, 1, 3), [layer], variables, letter=letter, analysis=analysis, **said
        )
        self.path = path / f"{analysis}.weights.xml"
        self.path.write_text(text)
        self.layer = layer[1]


@pytest.fixture
def small(tmp_path):
    return Written(tmp_path)


def booked(path, names=("pt1+pt2", "eta", "m"), **said):
    """A reader with one address for each variable, and the addresses."""
    TMVA.Tools.Instance()
    reader = TMVA.Reader("!Color:!Silent", **said)
    places = [array("f", [0.0]) for _ in names]
    for name, place in zip(names, places, strict=True):
        reader.AddVariable(name, place)
    reader.BookMVA("small", path)
    return reader, places


def test_a_loop_over_events_gives_what_the_plain_loops_give(small):
    reader, places = booked(small.path)
    for event in EVENTS:
        for place, value in zip(places, event, strict=True):
            place[0] = value
        wanted = sigmoid(small.layer(event)[0])
        assert reader.EvaluateMVA("small") == pytest.approx(wanted, abs=1e-6)
        assert reader.EvaluateMVA(event, "small") == reader.EvaluateMVA("small")
        assert reader.EvaluateMVA(array("d", event), "small", 0.9) == reader.EvaluateMVA("small")


def test_all_events_in_one_call_give_the_bits_of_the_loop(small):
    reader, _ = booked(small.path)
    loop = [reader.EvaluateMVA(event, "small") for event in EVENTS]
    assert reader.evaluate(EVENTS)[:, 0].tolist() == loop
    columns = {"m": 2, "pt1+pt2": 0, "eta": 1}
    table = {name: numpy.array(EVENTS)[:, k] for name, k in columns.items()}
    assert reader.evaluate(table, "small")[:, 0].tolist() == loop
    records = numpy.array(
        [tuple(e) for e in EVENTS], [("pt1 + pt2", "f8"), ("eta", "f4"), ("m", "f8")]
    )
    assert reader.evaluate(records)[:, 0].tolist() == loop


def test_numbers_are_rounded_to_floats_as_tmva_takes_them(small):
    reader, places = booked(small.path)
    tenth = 0.1
    places[0][0], places[1][0], places[2][0] = tenth, tenth, tenth
    assert reader.EvaluateMVA("small") == reader.EvaluateMVA([tenth] * 3, "small")
    assert reader.evaluate([[tenth] * 3])[0, 0] == reader.EvaluateMVA("small")


@pytest.mark.parametrize(
    ("make", "put"),
    [
        (lambda: numpy.zeros(1, numpy.float32), lambda place, v: place.__setitem__(0, v)),
        (lambda: ctypes.c_float(0), lambda place, v: setattr(place, "value", v)),
        (lambda: (ctypes.c_float * 1)(0), lambda place, v: place.__setitem__(0, v)),
        (lambda: [0.0], lambda place, v: place.__setitem__(0, v)),
    ],
    ids=["numpy", "ctypes float", "ctypes array", "list"],
)
def test_an_address_may_be_any_place_that_holds_a_float(small, make, put):
    reader, places = TMVA.Reader(), [make() for _ in range(3)]
    for name, place in zip(["pt1+pt2", "eta", "m"], places, strict=True):
        reader.AddVariable(name, place)
    reader.BookMVA("small", small.path)
    for place, value in zip(places, EVENTS[0], strict=True):
        put(place, value)
    assert reader.EvaluateMVA("small") == reader.EvaluateMVA(EVENTS[0], "small")


def test_an_array_is_registered_once_or_number_by_number(tmp_path):
    cell, run = documents.cell(Draw(3), "LSTM", 2, 3, 4, sequence=0)
    text = documents.document("arrays", (2, 1, 3), [(cell, run), documents.dense(Draw(4), 4, 1, 0)],
                              documents.arrays(2, 3))  # fmt: skip
    path = tmp_path / "arrays.weights.xml"
    path.write_text(text)
    once, each = TMVA.Reader(), TMVA.Reader()
    steps = [array("f", [0.1, 0.2, 0.3]), array("f", [-0.4, 0.5, 0.6])]
    numbers = [array("f", [v]) for step in steps for v in step]
    for t, step in enumerate(steps):
        once.AddVariable(f"vars_time{t}", step)
    for k, number in enumerate(numbers):
        each.AddVariable(f"vars_time{k // 3}", number)
    once.BookMVA("arrays", path)
    each.BookMVA("arrays", path)
    x = numpy.array([[*steps[0], *steps[1]]], numpy.float32)
    wanted = float(netspec.load(path)(x)[0, 0])
    assert once.EvaluateMVA("arrays") == each.EvaluateMVA("arrays") == wanted


def test_a_model_of_steps_takes_as_many_variables_as_all_steps_have(tmp_path):
    rows = [{"type": "rnn", "units": 1}]
    given = {"steps": 2, "variables": [{"name": name} for name in "abc"]}
    spec = netspec.NetworkSpec(input=given, layers=rows, output={"activation": "sigmoid"})
    network = netspec.build(spec, seed=1)
    network.save(tmp_path / "steps.xml")
    reader = TMVA.Reader([f"v{k}" for k in range(6)], "!Color")
    reader.BookMVA("steps", tmp_path / "steps.xml")
    assert reader.EvaluateMVA([0, 1, 2, 3, 4, 5], "steps") == network([[[0, 1, 2], [3, 4, 5]]])[0]


def test_all_classes_come_in_the_order_of_the_file(tmp_path):
    file = Written(tmp_path, "Multiclass", 3, "M", classes=("top", "W", "QCD"))
    reader, places = booked(file.path)
    for place, value in zip(places, EVENTS[1], strict=True):
        place[0] = value
    raw = [math.exp(v) for v in file.layer(EVENTS[1])]
    found = reader.EvaluateMulticlass("small")
    assert found == pytest.approx([v / sum(raw) for v in raw], abs=1e-6)
    assert reader.EvaluateMulticlass(2, "small") == found[2]
    with pytest.raises(DataError, match="wanted a number from 0 to 2, found 3"):
        reader.EvaluateMulticlass(3, "small")
    with pytest.raises(DataError, match="a multiclass: call EvaluateMulticlass"):
        reader.EvaluateMVA("small")


def test_all_targets_come_in_the_order_of_the_file(tmp_path):
    targets = [documents.variable(k, f"E{k}", tag="Target") for k in range(2)]
    file = Written(tmp_path, "Regression", 2, "I", classes=("Regression",), targets=targets)
    reader, places = booked(file.path)
    for place, value in zip(places, EVENTS[2], strict=True):
        place[0] = value
    assert reader.EvaluateRegression("small") == pytest.approx(file.layer(EVENTS[2]), abs=1e-6)
    assert reader.EvaluateRegression(1, "small") == reader.EvaluateRegression("small")[1]
    with pytest.raises(DataError, match="a regression: call EvaluateRegression"):
        reader.EvaluateMulticlass("small")


def test_an_event_with_a_nan_scores_minus_999_and_is_warned_of(small):
    reader, places = booked(small.path)
    places[1][0] = math.nan
    with pytest.warns(NetspecWarning, match=r"small: EvaluateMVA gives -999: 'eta' is NaN"):
        assert reader.EvaluateMVA("small") == -999
    with pytest.warns(NetspecWarning, match="'m' is NaN"):
        assert reader.EvaluateMVA([0, 0, math.nan], "small") == -999


def test_a_score_that_is_nan_without_a_nan_in_the_event_is_minus_999(small):
    reader, _ = booked(small.path)
    signs = numpy.sign(netspec.load(small.path).weights["dense_1/W"][0]).tolist()
    event = [math.inf * signs[0], -math.inf * signs[1], 0.0]  # infinity minus infinity
    assert reader.EvaluateMVA(event, "small") == -999


def test_many_events_give_nan_for_nan_or_minus_999_on_request(small):
    reader, _ = booked(small.path)
    events = numpy.array(EVENTS)
    events[1, 2] = math.nan
    plain, marked = reader.evaluate(events), reader.evaluate(events, nan_value=-999)
    assert numpy.isnan(plain[:, 0]).tolist() == [False, True, False]
    assert marked[1, 0] == -999
    assert marked[[0, 2]].tolist() == plain[[0, 2]].tolist()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["eta", "pt1+pt2", "m"], r"wanted 'pt1\+pt2' as number 0, found 'eta': the file has"
                                  r" 'pt1\+pt2', 'eta', 'm', in this order"),
        (["pt1+pt2", "eta"], r"wanted 3 variables, found 2, without 'm'"),
        (["pt1+pt2", "etta", "m"], r"there is no variable 'etta' in the file, did you mean 'eta'"),
        (["pt1+pt2", "eta", "m", "m"], r"wanted 3 variables, found 4"),
        ([], r"wanted 3 variables, found 0, without 'pt1\+pt2'"),
    ],
    ids=["order", "one missing", "misspelt", "one too many", "none"],
)  # fmt: skip
def test_variables_that_are_not_the_files_are_told_with_the_files_order(small, names, message):
    with pytest.raises(DataError, match=message):
        booked(small.path, names)


def test_blanks_and_labels_make_no_difference(small):
    reader, _ = booked(small.path, ["sum := pt1 + pt2", "eta", "m"])
    assert reader.EvaluateMVA(EVENTS[0], "small") == booked(small.path)[0].EvaluateMVA(
        EVENTS[0], "small"
    )


def test_spectators_are_held_against_the_file_where_there_are_some(small):
    reader = TMVA.Reader(names=["pt1+pt2", "eta", "m"])
    reader.AddSpectator("rum", array("f", [0.0]))
    with pytest.raises(DataError, match=r"AddSpectator: there is no variable 'rum'.*'run'"):
        reader.BookMVA("small", small.path)


def test_a_variable_without_an_address_is_read_from_a_vector_alone(small):
    reader = TMVA.Reader(["pt1+pt2", "eta", "m"])
    reader.BookMVA("small", small.path)
    assert 0 < reader.EvaluateMVA(EVENTS[0], "small") < 1
    with pytest.raises(DataError, match="registered without an address"):
        reader.EvaluateMVA("small")
    with pytest.raises(DataError, match="wanted 3 values, one for each variable, found 2"):
        reader.EvaluateMVA([1.0, 2.0], "small")


def test_integers_are_refused_as_tmva_refuses_them():
    with pytest.raises(DataError, match=r"'n': wanted the place of a float.*type 'i'"):
        TMVA.Reader().AddVariable("n", array("i", [1]))
    with pytest.raises(DataError, match="wanted the place of a float"):
        TMVA.Reader().AddVariable("n", 1.0)


def test_tags_are_names_of_one_method_each(small):
    reader, _ = booked(small.path)
    with pytest.raises(DataError, match="'small' a second time"):
        reader.BookMVA("small", small.path)
    with pytest.raises(DataError, match=r"no method was booked as 'smal', did you mean 'small'"):
        reader.EvaluateMVA("smal")
    with pytest.raises(DataError, match="call BookMVA first"):
        TMVA.Reader().EvaluateMVA("small")
    with pytest.raises(DataError, match="wanted the tag of a method"):
        reader.EvaluateMVA([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="before the first BookMVA"):
        reader.AddVariable("late", array("f", [0.0]))


def test_a_second_method_shares_the_variables(small, tmp_path):
    reader, places = booked(small.path)
    netspec.load(small.path).save(tmp_path / "own.xml")
    reader.BookMVA("own", tmp_path / "own.xml")
    places[0][0] = 0.75
    assert reader.EvaluateMVA("own") == reader.EvaluateMVA("small")
    with pytest.raises(DataError, match="wanted the tag of one of the 2 methods"):
        reader.evaluate(EVENTS)


def test_a_file_that_is_none_is_refused_with_its_name(tmp_path):
    path = tmp_path / "broken.weights.xml"
    path.write_text('<?xml version="1.0"?>\n<MethodSetup Method="DL::x">\n')
    with pytest.raises(FormatError, match=r"broken\.weights\.xml"):
        TMVA.Reader().BookMVA("x", path)


def test_a_table_without_a_column_or_with_text_is_refused(small):
    reader, _ = booked(small.path)
    with pytest.raises(DataError, match=r"no column for the variable 'm'"):
        reader.evaluate({"pt1+pt2": [1.0], "eta": [1.0]})
    with pytest.raises(DataError, match="wanted real numbers"):
        reader.evaluate([["a", "b", "c"]])
    with pytest.raises(DataError, match=r"wanted \(events, 3\), a column for each variable"):
        reader.evaluate([[1.0, 2.0]])


def test_what_needs_densities_of_the_outputs_says_so(small):
    reader, _ = booked(small.path)
    for verb in ("GetProba", "GetRarity"):
        with pytest.raises(UnavailableError, match=rf"small: {verb} wants densities"):
            getattr(reader, verb)("small", 0.5)
