"""What is no argument of `train` is one sentence, before anything is trained."""

import numpy as np
import pytest

import netspec
from netspec.errors import DataError, SpecError
from tests.training.problems import classifier, sequences

X, Y = sequences(60)

BAD = [
    ({"seed": -1}, SpecError, "seed: wanted a whole number from 0 to .* found -1"),
    ({"seed": 1.5}, SpecError, "seed: wanted a whole number .* found 1.5"),
    ({"seed": "x"}, SpecError, "seed: wanted a whole number .* found 'x'"),
    ({"seed": 2**200}, SpecError, "seed: wanted a whole number .* found one of 201 bits"),
    ({"state": [1]}, DataError, "state: wanted a mapping of arrays, found list"),
    ({"settings": "adam"}, SpecError, "training: wanted Training or a mapping, found str"),
    ({"settings": {"epochs": 0}}, SpecError, "training.epochs: wanted a whole number above 0"),
    ({"validation": 10**400}, SpecError, "training.validation: wanted a number"),
    ({"validation": 1e308}, DataError, r"validation: .* found 1e\+308 of 60 kept$"),
    ({"checkpoint": "none/kept"}, OSError, "No such file or directory: 'none/kept'"),
    ({"checkpoint": "."}, OSError, "wanted the name of a file, found a folder"),
]


@pytest.mark.parametrize("call", [netspec.train, netspec.evaluate])
def test_a_spec_that_was_not_built_is_answered_with_build(call):
    with pytest.raises(DataError, match=r"netspec\.build\(spec\) .* found NetworkSpec"):
        call(classifier(), (X, Y))


@pytest.mark.parametrize(("said", "error", "found"), BAD)
def test_it_is_refused_in_one_sentence(said, error, found, monkeypatch):
    monkeypatch.setattr("netspec.training.course.Course.run", lambda *_: pytest.fail("trained"))
    with pytest.raises(error, match=found):
        netspec.train(netspec.build(classifier()), (X, Y), **said)


def test_a_seed_may_be_a_number_of_numpy(tmp_path):
    one, other = netspec.build(classifier()), netspec.build(classifier())
    netspec.train(one, (X, Y), seed=np.int64(9), checkpoint=tmp_path / "kept")
    netspec.train(other, (X, Y), seed=9)
    for name, array in one.weights.items():
        assert array.tobytes() == other.weights[name].tobytes(), name


def test_classes_that_all_weigh_nothing_are_refused():
    nothing = {"Signal": 0, "Background": 0}
    with pytest.raises(SpecError, match="wanted a class that weighs more than 0"):
        classifier(class_weights=nothing)
    assert classifier(class_weights={"Signal": 0}).training.class_weights["Signal"] == 0


def test_two_dropouts_of_one_name_would_drop_the_same():
    rows = [
        {"type": "dropout", "rate": 0.5, "name": "dropout.dense_1"},
        {"type": "dense", "units": 1},
    ]
    data = {"input": {"shape": [3]}, "layers": rows, "training": {"loss": "squared_error"}}
    spec = netspec.NetworkSpec.from_data(data)
    with pytest.raises(SpecError, match=r"training\.dropout\.1: wanted no layer of the name drop"):
        netspec.train(netspec.build(spec), (X[:, 0], Y), settings={"dropout": [0, 0.5]})
    settings = {"loss": "squared_error", "dropout": [0.5]}
    netspec.train(netspec.build(spec), (X[:, 0], Y), settings=settings)
