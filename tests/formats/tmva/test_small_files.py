"""Files that are kept in the folder `small`: readable for ever, with the outputs of then."""

from __future__ import annotations

import json
from array import array

import pytest

from netspec.tmva import Reader
from tests.formats.tmva.agreement import comes_back, near, outputs
from tests.formats.tmva.make_small import FILES, FOLDER, small_files
from tests.formats.tmva.root_reader import Reader as Model

NAMES = [make.__name__ for make in FILES]
KEPT = json.loads((FOLDER / "outputs.json").read_text(encoding="utf-8"))


def text_of(name):
    return (FOLDER / f"{name}.weights.xml").read_text(encoding="utf-8")


def test_the_files_are_those_that_are_made():
    texts, _ = small_files()
    assert {name: text_of(name) for name in KEPT} == texts
    assert {path.name for path in FOLDER.iterdir()} == {
        "outputs.json", *(f"{name}.weights.xml" for name in NAMES)
    }  # fmt: skip


def test_the_model_of_roots_reader_gives_what_it_gave():
    _, found = small_files()
    for name, both in json.loads(found).items():
        for kind in ("right", "root"):
            for event, kept in zip(both[kind], KEPT[name][kind], strict=True):
                assert event == pytest.approx(kept, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_gives_what_was_worked_out(name, b):
    text, kept = text_of(name), KEPT[name]
    assert len(text) < 20_000
    near(outputs(text, kept["inputs"], b), kept["right"])
    near(outputs(text, kept["inputs"], b, "root"), kept["root"])
    for compat in (None, "root"):
        comes_back(text, kept["inputs"], b, compat)


def test_what_root_does_otherwise_is_seen_in_the_outputs():
    for name, kept in KEPT.items():
        apart = max(
            abs(one - other)
            for right, root in zip(kept["right"], kept["root"], strict=True)
            for one, other in zip(right, root, strict=True)
        )
        assert (apart > 1e-2) == (name != "every_transformation"), name


@pytest.mark.filterwarnings("ignore::netspec.errors.NetspecWarning")
@pytest.mark.parametrize("compat", [None, "root"], ids=["right", "root"])
@pytest.mark.parametrize("name", NAMES)
def test_a_script_of_tmvas_gives_the_same(name, compat):
    """TMVA's own verbs: variables and spectators by address, and one event after another."""
    model, kept = Model(text_of(name)), KEPT[name]
    reader = Reader("!Color:Silent", compat=compat)
    places = [array("f", [0.0]) for _ in model.variables]
    for expression, place in zip(model.variables, places, strict=True):
        reader.AddVariable(expression, place)
    for kind, _, _, expression in model.known:
        if kind == "Spectator":
            reader.AddSpectator(expression, array("f", [0.0]))
    reader.BookMVA("small", FOLDER / f"{name}.weights.xml")
    for event, wanted in zip(kept["inputs"], kept["root" if compat else "right"], strict=True):
        for place, value in zip(places, event, strict=True):
            place[0] = value
        if model.analysis == "classification":
            found = [reader.EvaluateMVA("small")]
        else:
            found = reader.EvaluateRegression("small")
        assert list(found) == pytest.approx(wanted, rel=2e-6, abs=2e-6)
