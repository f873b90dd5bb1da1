"""TMVA's TrainingStrategy: its own defaults, its leniency, phases."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import settings
from netspec.errors import NetspecWarning, SpecError
from netspec.optimizers import Optimizer
from netspec.specfile import tmva_strategy
from netspec.specfile.tmva_words import Piece, Reading


def training(text: str, lenient: bool = False) -> dict:
    reading = Reading(text, "strategy")
    found = tmva_strategy.read(Piece(text, 0), reading, lenient)
    if reading.problems:
        raise SpecError(*reading.problems)
    return found


def test_a_key_that_is_missing_has_tmvas_default():
    assert training("MaxEpochs=3") == {
        "optimizer": {
            "type": "adam",
            "learning_rate": 1e-5,
            "beta1": 0.9,
            "beta2": 0.999,
            "epsilon": 1e-7,
            "epsilon_hat": True,
        },
        "patience": 100,
        "batch_size": 30,
        "validate_every": 7,
        "epochs": 3,
        "regularization": {"type": "none", "strength": 0.0},
        "dropout": [],
    }


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        ("Optimizer=SGD", {"type": "sgd", "learning_rate": 1e-5, "momentum": 0.3}),
        (
            "LearningRate=0.5,Optimizer=SGD,Momentum=0.9",
            {"type": "sgd", "learning_rate": 0.5, "momentum": 0.9},
        ),
        (
            "Optimizer=ADAM,ADAM_BETA1=.8,adam_beta2=0.7,ADAM_eps=1.E-7",
            {
                "type": "adam",
                "learning_rate": 1e-5,
                "beta1": 0.8,
                "beta2": 0.7,
                "epsilon": 1e-7,
                "epsilon_hat": True,
            },
        ),
        (
            "Optimizer=ADAGRAD,ADAGRAD_eps=1e-4",
            {"type": "adagrad", "learning_rate": 1e-5, "epsilon": 1e-4},
        ),
        (
            "Optimizer=RMSPROP,RMSPROP_rho=0.5",
            {
                "type": "rmsprop",
                "learning_rate": 1e-5,
                "momentum": 0.3,
                "rho": 0.5,
                "epsilon": 1e-7,
            },
        ),
        (
            "Optimizer=ADADELTA,ADADELTA_rho=0.5,ADADELTA_eps=1e-3",
            {"type": "adadelta", "learning_rate": 1e-5, "rho": 0.5, "epsilon": 1e-3},
        ),
    ],
)
def test_each_optimizer_takes_its_own_keys(text, optimizer):
    assert training(text)["optimizer"] == optimizer


@pytest.mark.parametrize("word", ["Adam", "sgd", "Sgd", "FTRL", "RMSprop"])
def test_every_other_word_is_adam_and_a_warning_says_so(word):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = training(f"Optimizer={word}")
    assert found["optimizer"]["type"] == "adam"
    assert [w.category for w in caught] == ([] if word == "Adam" else [NetspecWarning])


def test_keys_ignore_case_and_blanks_and_the_first_one_counts():
    found = training(" maxepochs = 3 , MAXEPOCHS=5,BatchSize= 7")
    assert found["epochs"] == 3
    assert found["batch_size"] == 7


def test_only_what_leads_a_number_counts():
    found = training("MaxEpochs=20DropConfig=0.5+0.5,BatchSize=10.7,LearningRate=1e-3x")
    assert found["epochs"] == 20
    assert found["dropout"] == []
    assert found["batch_size"] == 10
    assert found["optimizer"]["learning_rate"] == 1e-3


def test_dropout_is_numbers_joined_by_plus():
    assert training("DropConfig=0.0+0.5+.25+0.")["dropout"] == [0.0, 0.5, 0.25, 0.0]


def test_regularization_is_exact():
    def penalty(text):
        return training(f"WeightDecay=1e-2,Regularization={text}")["regularization"]

    assert penalty("L1") == {"type": "l1", "strength": 0.01}
    assert penalty("L2") == {"type": "l2", "strength": 0.01}
    assert penalty("l2") == {"type": "none", "strength": 0.01}
    assert penalty("None") == {"type": "none", "strength": 0.01}


def test_bars_stand_between_phases_and_each_is_complete():
    found = training("LearningRate=1e-1,Momentum=0.5,|LearningRate=1e-2,MaxEpochs=9|")
    assert list(found) == ["phases"]
    first, second = found["phases"]
    assert first["optimizer"]["learning_rate"] == 0.1
    assert second["optimizer"]["learning_rate"] == 0.01
    assert second["epochs"] == 9
    assert first["epochs"] == 2000


def test_what_tmva_accepts_and_ignores_is_accepted_and_ignored():
    assert training("Repetitions=1,Multithreading=True,DropRepetitions=2,Renormalize=L2") == (
        training("")
    )


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("MaxEpochs=3,LearnRate=1", 13, "no key 'LearnRate', did you mean 'LearningRate'?"),
        ("MaxEpochs=few", 11, "MaxEpochs: wanted a whole number from 1, found 'few'"),
        ("MaxEpochs=3,BatchSize=0", 23, "BatchSize: wanted a whole number from 1, found '0'"),
        ("LearningRate=fast", 14, "LearningRate: wanted a number, found 'fast'"),
        ("DropConfig=0.1+x", 16, "DropConfig: wanted numbers joined by +, found 'x'"),
        ("MaxEpochs=3|MaxEpochs=x", 23, "training.phases.1.epochs: MaxEpochs: wanted"),
    ],
)
def test_errors_point_into_the_string(text, column, sentence):
    with pytest.raises(SpecError) as caught:
        training(text)
    assert str(caught.value).startswith(f"strategy:1:{column}: ")
    assert sentence in str(caught.value)


def test_a_model_files_strange_keys_are_passed_over():
    assert training("LearnRate=1,MaxEpochs=3", lenient=True)["epochs"] == 3


def test_what_a_spec_leaves_out_is_what_the_classes_of_the_spec_say():
    # tmva_strategy stands below the classes and repeats their defaults.
    for word in tmva_strategy.OPTIMIZERS:
        phase = {"optimizer": {"type": word.lower()}}
        full = settings.Phase(optimizer=Optimizer.kinds[word.lower()]()).model_dump(mode="json")
        assert tmva_strategy.write(phase) == tmva_strategy.write(full)
        assert tmva_strategy.write({"optimizer": word.lower()}) == tmva_strategy.write(full)


def test_an_optimizer_that_tmva_lacks_is_refused():
    with pytest.raises(SpecError, match=r"^training.optimizer: TMVA has no optimizer 'adamw', did"):
        tmva_strategy.write({"optimizer": "adamw"})


unit = st.floats(0, 0.99)
positive = st.floats(1e-9, 10)
count = st.integers(1, 2**31 - 2)
optimizers = st.one_of(
    st.fixed_dictionaries({"type": st.just("sgd"), "learning_rate": positive, "momentum": unit}),
    st.fixed_dictionaries(
        {
            "type": st.just("adam"),
            "learning_rate": positive,
            "beta1": unit,
            "beta2": unit,
            "epsilon": positive,
            "epsilon_hat": st.just(True),
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("adadelta"), "learning_rate": positive, "rho": unit, "epsilon": positive}
    ),
)
phases = st.fixed_dictionaries(
    {
        "optimizer": optimizers,
        "patience": st.none() | st.integers(0, 2**31 - 2),
        "batch_size": count,
        "validate_every": count,
        "epochs": count,
        "regularization": st.fixed_dictionaries(
            {"type": st.sampled_from(["none", "l1", "l2"]), "strength": st.floats(0, 10)}
        ),
        "dropout": st.lists(unit, max_size=4),
    }
)


@given(phases)
def test_reading_what_was_written_gives_the_same_phase(phase):
    assert training(tmva_strategy.write(phase)) == phase


@given(st.lists(phases, min_size=2, max_size=3))
def test_reading_what_was_written_gives_the_same_phases(several):
    assert training(tmva_strategy.write({"phases": several})) == {"phases": several}
