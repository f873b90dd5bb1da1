"""The names of TMVA's options for its method DL, and what their values are called in a spec."""

from __future__ import annotations

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
    "RandomSeed",
    "ValidationSize",
    "TrainingStrategy",
}
LAYOUT_WHEN_ABSENT = "DENSE|(N+100)*2|SOFTSIGN,DENSE|0|LINEAR"
LOSSES = {
    "CROSSENTROPY": "cross_entropy",
    "SUMOFSQUARES": "squared_error",
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
