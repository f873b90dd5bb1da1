"""The options, joined and parsed again as `ReadOptionsFromXML` and `ParseOptions` do."""

from __future__ import annotations

import re

from .text import attribute

OPTIONS = [
    "V", "VerbosityLevel", "VarTransform", "H", "CreateMVAPdfs", "IgnoreNegWeightsInTraining",
    "InputLayout", "BatchLayout", "Layout", "ErrorStrategy", "WeightInitialization", "RandomSeed",
    "ValidationSize", "Architecture", "TrainingStrategy",
]  # fmt: skip


def read(parent):
    joined = ":".join(f"{attribute(n, 'name')}={n.text or ''}" for n in parent)
    cut = [option.partition("=") for option in joined.split(":")]
    assert [name for name, _, _ in cut] == [attribute(n, "name") for n in parent]
    assert all(attribute(n, "modified") in ("Yes", "No") for n in parent)
    return {name: value for name, _, value in cut}


def check(options):
    """Require what ROOT requires of the options of the method DL."""
    assert options.keys() <= set(OPTIONS)
    for name in ("V", "H", "CreateMVAPdfs", "IgnoreNegWeightsInTraining"):
        assert options[name] in ("True", "False")
    assert options["ErrorStrategy"] in ("CROSSENTROPY", "SUMOFSQUARES", "MUTUALEXCLUSIVE")
    assert re.fullmatch(r"\d+", options["RandomSeed"])
    assert all(re.fullmatch(r"\d+", n) for n in options["InputLayout"].split("|"))
