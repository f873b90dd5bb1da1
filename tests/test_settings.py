"""The training section: numbers that mean something, and zeros that are one zero."""

import copy
import json
import pickle

import pytest

from netspec import NetworkSpec, build, load
from netspec.errors import SpecError
from netspec.specfile import write

PARTS = {"input": {"features": 3}, "layers": [{"type": "lstm", "units": 2}]}


@pytest.mark.parametrize("validation", [0, 0.2, 1, 100.0])
def test_validation_is_a_part_or_a_number_of_events(validation):
    spec = NetworkSpec(**PARTS, training={"validation": validation})
    assert spec.training.validation == validation


@pytest.mark.parametrize("validation", [1.5, 2.25])
def test_a_broken_number_of_events_is_refused(validation):
    with pytest.raises(SpecError, match=r"training.validation: wanted a part below 1 or a whole"):
        NetworkSpec(**PARTS, training={"validation": validation})


def test_a_zero_with_a_sign_is_the_same_option_as_one_without():
    def spec(zero):
        row = {"type": "lstm", "units": 2, "forget_bias": zero, "initial_value": zero}
        return NetworkSpec(
            input={"features": 3},
            layers=[row, {"type": "dropout", "rate": zero}],
            training={"validation": zero, "dropout": [zero]},
        )

    assert spec(-0.0) == spec(0.0)
    assert hash(spec(-0.0)) == hash(spec(0.0))
    assert spec(-0.0).canonical() == spec(0.0).canonical()


@pytest.mark.parametrize("version", [True, 1.0])
def test_a_version_is_a_whole_number(version):
    with pytest.raises(SpecError, match=f"^netspec: wanted 1, found {str(version).lower()}$"):
        NetworkSpec(netspec=version, **PARTS)


def test_options_beside_phases_would_do_nothing_and_are_refused():
    with pytest.raises(SpecError, match=r"^training: wanted `epochs` in each of the phases"):
        NetworkSpec(**PARTS, training={"epochs": 3, "phases": [{"epochs": 2}]})
    spec = NetworkSpec(**PARTS, training={"phases": [{"epochs": 2}, {}]})
    assert NetworkSpec.from_data(spec.to_data(defaults=True)) == spec


FULL = {
    "loss": {"type": "huber", "delta": 0.5, "of": "last_layer"},
    "optimizer": {"type": "adamw", "weight_decay": 0.5, "epsilon_hat": True},
    "schedule": {"type": "plateau", "patience": 3, "warmup": 1.5},
    "clip": {"norm": 1.0, "value": 0.25},
    "class_weights": {"a": 2.0, "b": 0.5},
    "truncate": 3,
    "shuffle": False,
    "rules": "tmva",
    "epochs": 7,
}
SETTINGS = [
    FULL,
    {"class_weights": "balanced", "loss": "absolute_error", "optimizer": "rmsprop"},
    {"phases": [{"schedule": "cosine", "clip": {"value": 2.0}}, {"optimizer": "sgd"}]},
    {"schedule": {"type": "piecewise", "boundaries": [3], "factors": [1, 0.5]}},
]
CLASSES = PARTS | {"output": {"activation": "softmax", "classes": ["a", "b"]}}


@pytest.mark.parametrize("training", SETTINGS)
@pytest.mark.parametrize("defaults", [False, True])
def test_every_language_gives_back_the_settings(training, defaults, tmp_path):
    spec = NetworkSpec.from_data(CLASSES | {"training": training})
    data = json.loads(json.dumps(spec.to_data(defaults=defaults)))
    for language in ("yaml", "json", "toml"):
        again = NetworkSpec.from_file(write(data, language).encode(), format=language)
        assert again == spec
        assert hash(again.training) == hash(spec.training)
    build(spec).save(tmp_path / "own.xml")
    assert load(tmp_path / "own.xml").spec == spec


def test_short_settings_are_what_was_said():
    assert NetworkSpec.from_data(CLASSES | {"training": FULL}).to_data()["training"] == FULL
    words = {"loss": "huber", "optimizer": "sgd", "schedule": "cosine"}
    assert NetworkSpec.from_data(CLASSES | {"training": words}).to_data()["training"] == words


def test_what_nobody_says_is_what_it_was_before_it_could_be_said():
    training = NetworkSpec(**PARTS, training={}).training
    assert training.loss.type == "cross_entropy"
    assert (training.optimizer.type, training.schedule.type) == ("adam", "constant")
    assert (training.clip, training.class_weights, training.truncate) == (None, None, None)
    assert (training.shuffle, training.rules, training.schedule.warmup) == (True, "netspec", 0)
    for old in (
        {"loss": "cross_entropy", "optimizer": {"type": "adam", "learning_rate": 1e-3}},
        {"loss": "softmax_cross_entropy", "regularization": {"type": "l2", "strength": 0.1}},
        {"loss": "squared_error", "optimizer": {"type": "sgd", "momentum": 0.5}},
    ):
        spec = NetworkSpec(**PARTS, training=old)
        assert spec.training.loss.type == old["loss"]


def test_settings_never_change():
    weights = NetworkSpec.from_data(CLASSES | {"training": FULL}).training.class_weights
    for change in (
        lambda: weights.update(a=3),
        lambda: weights.__setitem__("a", 3),
        lambda: weights.pop("a"),
        weights.clear,
    ):
        with pytest.raises(TypeError, match="never changes"):
            change()
    assert weights == {"a": 2.0, "b": 0.5}
    assert pickle.loads(pickle.dumps(weights)) == copy.deepcopy(weights) == weights
    assert hash(pickle.loads(pickle.dumps(weights))) == hash(weights)


@pytest.mark.parametrize(
    ("training", "sentence"),
    [
        (
            {"class_weights": {"A": 1}},
            "training.class_weights.A: wanted a class of the output, fou",
        ),
        (
            {"class_weights": {"a": -1}},
            "training.class_weights.a: wanted a number from 0, found -1",
        ),
        ({"clip": {}}, "training.clip: wanted `norm` or `value`, found neither of them"),
        ({"clip": {"norm": 0}}, "training.clip.norm: wanted a number above 0, found 0"),
        ({"truncate": 0}, "training.truncate: wanted a whole number above 0, found 0"),
        (
            {"rules": "tvma"},
            "training.rules: wanted 'netspec' or 'tmva', found 'tvma', did you mean",
        ),
        (
            {"optimizer": {"type": "sgd", "nesterov": True}},
            "training.optimizer: nesterov wants a momentum, found 0: say `momentum: 0.9`",
        ),
        (
            {"schedule": "linear", "phases": [{}]},
            "training: wanted `schedule` in each of the phases, found it beside them",
        ),
        (
            {"phases": [{"loss": "huber"}]},
            "training.phases.0.loss: no such option of a phase (known: ",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_its_path(training, sentence):
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_data(CLASSES | {"training": training})
    assert str(caught.value).startswith(sentence)


def test_windows_in_time_want_layers_that_read_forward():
    rows = [{"type": "bidirectional", "layers": [{"type": "lstm", "units": 2}]}]
    with pytest.raises(SpecError, match=r"^training.truncate: wanted layers that read forward"):
        NetworkSpec(input={"features": 3}, layers=rows, training={"truncate": 5})
    NetworkSpec(**PARTS, training={"truncate": 5})
