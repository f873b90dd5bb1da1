"""TMVA's `TrainingStrategy`: phases between bars, in each `key=value` between commas.

    LearningRate=1e-3,Momentum=0.0,BatchSize=100,MaxEpochs=20,Optimizer=ADAM|LearningRate=1e-4,...

Read as TMVA reads it: keys ignore case, of a key that comes twice the first one counts, of a number
only what leads the text (`MaxEpochs=20DropConfig=0.0` is 20), and a key that is missing has
TMVA's default, which is not the default of the whole option. Optimizer and Regularization are
exact: every word but SGD, ADAGRAD, RMSPROP and ADADELTA is ADAM, every word but L1 and L2 is none.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ..errors import NetspecWarning, SpecError, nearest
from .builder import Path
from .tmva_names import word_of
from .tmva_words import Piece, Reading

WHEN_ABSENT = (
    "LearningRate=1e-3,Momentum=0.0,ConvergenceSteps=100,MaxEpochs=2000,Optimizer=ADAM,"
    "BatchSize=30,TestRepetitions=1,WeightDecay=0.0,Regularization=None,DropConfig=0.0"
)
NEVER = 2**31 - 1  # ConvergenceSteps of a training that never ends before MaxEpochs
COUNTS = {  # key: (option of a phase, default, least)
    "ConvergenceSteps": ("patience", 100, 0),
    "BatchSize": ("batch_size", 30, 1),
    "TestRepetitions": ("validate_every", 7, 1),
    "MaxEpochs": ("epochs", 2000, 1),
}
OPTIMIZERS: dict[str, dict[str, tuple[str, float]]] = {  # word: {option: (key, default)}
    "SGD": {"momentum": ("Momentum", 0.3)},
    "ADAM": {
        "beta1": ("ADAM_beta1", 0.9),
        "beta2": ("ADAM_beta2", 0.999),
        "epsilon": ("ADAM_eps", 1e-7),
    },
    "ADAGRAD": {"epsilon": ("ADAGRAD_eps", 1e-8)},
    "RMSPROP": {
        "momentum": ("Momentum", 0.3),
        "rho": ("RMSPROP_rho", 0.9),
        "epsilon": ("RMSPROP_eps", 1e-7),
    },
    "ADADELTA": {"rho": ("ADADELTA_rho", 0.95), "epsilon": ("ADADELTA_eps", 1e-8)},
}
OF_OPTIMIZERS = [key for options in OPTIMIZERS.values() for key, _ in options.values()]
# What a spec means that leaves an option out: netspec's defaults, not TMVA's.
RATES = {"SGD": 1e-2, "ADAM": 1e-3, "ADAGRAD": 1e-2, "RMSPROP": 1e-3, "ADADELTA": 1.0}
UNSAID = {"patience": NEVER, "batch_size": 100, "validate_every": 1, "epochs": 20}
IGNORED = ["Repetitions", "DropRepetitions", "Multithreading", "Renormalize"]
OTHERS = ["LearningRate", "WeightDecay", "Regularization", "Optimizer", "DropConfig"]
KEYS = {key.lower(): key for key in [*COUNTS, *OTHERS, *OF_OPTIMIZERS, *IGNORED]}


def read(strategy: Piece, reading: Reading, lenient: bool = False) -> dict[str, Any]:
    """Give what the strategy says of a spec's `training` section.

    `lenient` passes over keys that TMVA does not know, as TMVA itself does.
    """
    phases = strategy.split("|") or [strategy]
    if len(phases) == 1:
        return _phase(phases[0], reading, ("training",), lenient)
    numbered = enumerate(phases)
    return {"phases": [_phase(p, reading, ("training", "phases", n), lenient) for n, p in numbered]}


def _phase(phase: Piece, reading: Reading, path: Path, lenient: bool) -> dict[str, Any]:
    reading.note(path, phase)
    given = _values(phase, reading, path, lenient)

    def number(key: str, default: float, *option: str) -> float:
        if key not in given:
            return default
        reading.note((*path, *option), given[key])
        value = given[key].number()
        if value is None:
            message = f"{key}: wanted a number, found {given[key].text!r}"
            reading.complain((*path, *option), given[key], message)
        return default if value is None else value

    said = given["Optimizer"].text if "Optimizer" in given else "ADAM"
    word = said if said in OPTIMIZERS else "ADAM"
    if said.upper() != word:
        hint = f"; {said.upper()} would be known" if said.upper() in OPTIMIZERS else ""
        place = reading.place(given["Optimizer"])
        message = f"{place}: Optimizer: TMVA does not know {said!r} and takes ADAM{hint}"
        warnings.warn(message, NetspecWarning, stacklevel=2)
    optimizer: dict[str, Any] = {"type": word.lower()}
    if word == "ADAM":
        optimizer["epsilon_hat"] = True  # TMVA adds epsilon to the root as it is
    optimizer["learning_rate"] = number("LearningRate", 1e-5, "optimizer", "learning_rate")
    for option, (key, default) in OPTIMIZERS[word].items():
        optimizer[option] = number(key, default, "optimizer", option)
    data: dict[str, Any] = {"optimizer": optimizer}
    for key, (option, default, least) in COUNTS.items():
        data[option] = _count(given.get(key), key, (*path, option), default, least, reading)
    data["patience"] = None if data["patience"] == NEVER else data["patience"]
    penalty = given["Regularization"].text if "Regularization" in given else "NONE"
    data["regularization"] = {
        "type": penalty.lower() if penalty in ("L1", "L2") else "none",
        "strength": number("WeightDecay", 0.0, "regularization", "strength"),
    }
    data["dropout"] = _dropout(given.get("DropConfig"), reading, path)
    return data


def _values(phase: Piece, reading: Reading, path: Path, lenient: bool) -> dict[str, Piece]:
    given: dict[str, Piece] = {}
    for part in phase.split(","):
        word, value = part.partition("=")
        key = KEYS.get(word.text.replace(" ", "").lower())
        if key is not None:
            given.setdefault(key, value)
        elif not lenient:
            hint = nearest(word.text, KEYS.values())
            reading.complain(
                path, word, f"TrainingStrategy has no key {word.text!r}{hint}", key=True
            )
    return given


def _count(
    piece: Piece | None, key: str, path: Path, default: int, least: int, reading: Reading
) -> int:
    if piece is None:
        return default
    reading.note(path, piece)
    value = piece.whole()
    if value is None or value < least:
        message = f"{key}: wanted a whole number from {least}, found {piece.text!r}"
        reading.complain(path, piece, message)
    return default if value is None else value


def _dropout(piece: Piece | None, reading: Reading, path: Path) -> list[float]:
    rates: list[float] = []
    for part in piece.split("+") if piece else []:
        reading.note((*path, "dropout", len(rates)), part)
        rate = part.number()
        if rate is None:
            message = f"DropConfig: wanted numbers joined by +, found {part.text!r}"
            reading.complain((*path, "dropout"), part, message)
        rates.append(rate or 0.0)
    return rates


def write(training: Mapping[str, Any]) -> str:
    """Write a spec's `training` section; every key is said, since TMVA's defaults are its own.

    What TMVA has no key for, a schedule say, is left out. Raises SpecError for an optimizer that it
    does not have.
    """
    phases = training.get("phases")
    return "|".join(map(_written, phases)) if phases else _written(training)


def _written(phase: Mapping[str, Any]) -> str:
    optimizer = phase.get("optimizer", "adam")
    word = word_of(optimizer).upper()
    if word not in OPTIMIZERS:
        hint = nearest(word.lower(), map(str.lower, OPTIMIZERS))
        message = f"TMVA has no optimizer {word.lower()!r}{hint}"
        raise SpecError(message, path=("training", "optimizer"))
    optimizer = {} if isinstance(optimizer, str) else optimizer
    said: dict[str, Any] = {"LearningRate": optimizer.get("learning_rate", RATES[word])}
    for option, (key, default) in OPTIMIZERS[word].items():
        default = 0.0 if option == "momentum" else default
        said[key] = optimizer.get(option, default)
    for key, (option, _, _) in COUNTS.items():
        value = phase.get(option, UNSAID[option])
        said[key] = NEVER if value is None else value
    penalty = phase.get("regularization", {})
    said["WeightDecay"] = penalty.get("strength", 0.0)
    said["Regularization"] = {"l1": "L1", "l2": "L2"}.get(penalty.get("type"), "None")
    said["Optimizer"] = word
    rates = phase.get("dropout") or ()
    if rates:
        said["DropConfig"] = "+".join(map(str, rates))
    return ",".join(f"{key}={value}" for key, value in said.items())
