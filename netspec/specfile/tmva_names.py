"""The names of TMVA's options for its method DL, and what their values are called in a spec."""

from __future__ import annotations

from typing import Any

NAMES = (  # in the order in which ROOT writes them
    "V",
    "VerbosityLevel",
    "VarTransform",
    "H",
    "CreateMVAPdfs",
    "IgnoreNegWeightsInTraining",
    "InputLayout",
    "BatchLayout",
    "Layout",
    "ErrorStrategy",
    "WeightInitialization",
    "RandomSeed",
    "ValidationSize",
    "Architecture",
    "TrainingStrategy",
)
KNOWN = {name.lower(): name for name in NAMES}
SAID_BY_SPEC = {
    "InputLayout",
    "Layout",
    "ErrorStrategy",
    "WeightInitialization",
    "RandomSeed",
    "ValidationSize",
    "TrainingStrategy",
}
LAYOUT_WHEN_ABSENT = "DENSE|(N+100)*2|SOFTSIGN,DENSE|0|LINEAR"
LOSSES: dict[str, str | dict[str, str]] = {
    "CROSSENTROPY": "cross_entropy",
    # TMVA compares what the last layer gives with the target, and not the output.
    "SUMOFSQUARES": {"type": "squared_error", "of": "last_layer"},
    "MUTUALEXCLUSIVE": "softmax_cross_entropy",
}
ANALYSES = {  # what TMVA applies after the last layer
    "classification": "sigmoid",
    "multiclass": "softmax",
    "regression": "linear",
}
MEANT_BY = {
    "cross_entropy": "classification",
    "squared_error": "regression",
    "softmax_cross_entropy": "multiclass",
}


def word_of(record: Any) -> str:
    """Give the type of a record that is a mapping, or the word that stands for one.

    >>> word_of("cross_entropy"), word_of({"type": "squared_error", "of": "output"})
    ('cross_entropy', 'squared_error')
    """
    return str(record["type"] if isinstance(record, dict) else record)
