"""What an option means that a spec leaves out: written down, since files leave it out for ever."""

import inspect

import pytest

from netspec.initializers import Initializer
from netspec.losses import Loss
from netspec.optimizers import Optimizer
from netspec.schedules import Schedule
from netspec.settings import Training

OF_SGD = {"learning_rate": 0.01, "momentum": 0.0}
OF_ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
OF_ADAM |= {"epsilon_hat": False}
WARM, FLAT = {"warmup": 0.0}, {"stream": "netspec"}
DEFAULTS = {
    Optimizer: {
        "sgd": OF_SGD | {"nesterov": False},
        "adam": OF_ADAM,
        "adamw": OF_ADAM | {"weight_decay": 0.01},
        "adagrad": {"learning_rate": 0.01, "epsilon": 1e-8},
        "rmsprop": {"learning_rate": 1e-3, "momentum": 0.0, "rho": 0.9, "epsilon": 1e-7},
        "adadelta": {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-8},
    },
    Schedule: {
        "constant": WARM,
        "step": WARM | {"every": 10, "gamma": 0.1},
        "exponential": WARM | {"gamma": 0.95},
        "piecewise": WARM,
        "linear": WARM | {"end": 0.0},
        "cosine": WARM | {"end": 0.0},
        "plateau": WARM | {"gamma": 0.1, "patience": 10, "threshold": 1e-4, "least": 0.0},
    },
    Loss: {
        "cross_entropy": {},
        "softmax_cross_entropy": {},
        "squared_error": {"of": "output"},
        "absolute_error": {"of": "output"},
        "huber": {"of": "output", "delta": 1.0},
    },
    Initializer: {
        "normal": {"mean": 0.0, "std": 0.05},
        "truncated_normal": {"mean": 0.0, "std": 0.05},
        "uniform": {"low": -0.05, "high": 0.05},
        "orthogonal": {"gain": 1.0},
        "ramps": {"low": 0.0, "high": 1.0},
        "tmva_uniform": FLAT,
        "tmva_xavier_uniform": FLAT,
    },
}


@pytest.mark.parametrize("kind", DEFAULTS, ids=lambda kind: kind.__name__)
def test_the_defaults_of_every_kind_stay(kind):
    found = {
        name: {
            key: option.default
            for key, option in record.model_fields.items()
            if key not in ("type", "blocks") and not option.is_required()
        }
        for name, record in kind.kinds.items()
    }
    for name, wanted in DEFAULTS[kind].items():
        assert found.pop(name) == wanted
    assert not any(found.values()), "kinds that are not written down have no defaults"


def test_the_defaults_of_a_training_stay():
    assert Training().model_dump(mode="json") == {
        "optimizer": OF_ADAM | {"type": "adam"},
        "schedule": WARM | {"type": "constant"},
        "batch_size": 100,
        "epochs": 20,
        "patience": None,
        "validate_every": 1,
        "regularization": {"type": "none", "strength": 0.0},
        "clip": None,
        "dropout": [],
        "loss": "cross_entropy",
        "validation": 0.2,
        "shuffle": True,
        "class_weights": None,
        "truncate": None,
        "transform": "",
        "rules": "netspec",
        "phases": [],
    }


def test_the_defaults_that_are_said_to_be_torchs_are():
    torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
    schedules = torch.optim.lr_scheduler
    for kind, theirs, names in (
        (Optimizer.kinds["adamw"], torch.optim.AdamW, {"weight_decay": "weight_decay"}),
        (
            Schedule.kinds["plateau"],
            schedules.ReduceLROnPlateau,
            {"gamma": "factor", "patience": "patience", "threshold": "threshold"},
        ),
    ):
        options = inspect.signature(theirs).parameters
        for own, name in names.items():
            assert kind.model_fields[own].default == options[name].default, name
