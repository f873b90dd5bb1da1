"""Writing the option string of a spec, for TMVA or to be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SpecError, nearest
from . import tmva_layout_text, tmva_starts, tmva_strategy
from .tmva_names import ANALYSES, LOSSES, MEANT_BY, NAMES, SAID_BY_SPEC, word_of


def options(data: Mapping[str, Any]) -> dict[str, str]:
    """Give the options that say a spec's network and training, in ROOT's order.

    `data` is what `read` gives or `NetworkSpec.to_data()`; options that are left out there have
    netspec's defaults. Raises SpecError, naming the option, for what TMVA has no word for and the
    network or its loss depends on; other settings of the training that it has none for are left
    out, and so is a start that is not one of TMVA's.
    """
    sizes = _input_sizes(data.get("input", {}))
    training = data.get("training") or {}
    said = dict(data.get("tmva", {}))
    for name, value in said.items():
        # Older specs say here how weights start.
        if (name in SAID_BY_SPEC and name != "WeightInitialization") or ":" in value:
            raise SpecError("wanted an option that the spec does not say", path=("tmva", name))
    said["InputLayout"] = _layout_of(sizes)
    said["Layout"] = tmva_layout_text.write(data["layers"], sizes)
    said["ErrorStrategy"] = _error_strategy(data)
    start = tmva_starts.write(data)
    if start and (data.get("initializers") or "WeightInitialization" not in said):
        said["WeightInitialization"] = start
    if "seed" in data:
        said["RandomSeed"] = str(data["seed"])
    if training:
        said["ValidationSize"] = str(training.get("validation", 0.2))
        said["TrainingStrategy"] = tmva_strategy.write(training)
    if transform := training.get("transform"):
        if "VarTransform" in said:
            message = "wanted one of training.transform and this, found both"
            raise SpecError(message, path=("tmva", "VarTransform"))
        said["VarTransform"] = _without_colon(transform)
    order = {name: position for position, name in enumerate(NAMES)}
    return dict(sorted(said.items(), key=lambda entry: order.get(entry[0], -1)))


def _without_colon(transform: str) -> str:
    if ":" in transform:
        message = f"TMVA's options end at a colon, found one in {transform!r}: say _V3_"
        raise SpecError(message, path=("training", "transform"))
    return transform


def _input_sizes(given: Mapping[str, Any]) -> tuple[int | None, ...]:
    if given.get("shape"):
        return tuple(given["shape"])
    columns = sum(variable.get("size", 1) for variable in given.get("variables", ()))
    if given.get("steps") or given.get("features"):
        return given.get("steps"), given.get("features") or columns
    return (columns,)


def _layout_of(sizes: tuple[int | None, ...]) -> str:
    known = [size for size in sizes if size]
    if len(known) != len(sizes) or not 1 <= len(known) <= 3:
        message = f"TMVA wants one to three known sizes, found {list(sizes)}"
        raise SpecError(message, path=("input",))
    return "|".join(map(str, [1, 1, *known] if len(known) == 1 else known))


def _error_strategy(data: Mapping[str, Any]) -> str:
    activation = tmva_layout_text.plain_word(data.get("output", {}).get("activation", "linear"))
    meant = {word: analysis for analysis, word in ANALYSES.items()}
    if not isinstance(activation, str) or activation not in meant:
        message = f"TMVA ends in sigmoid, softmax or linear, found {activation!r}"
        raise SpecError(message, path=("output", "activation"))
    by_analysis = {analysis: loss for loss, analysis in MEANT_BY.items()}
    training = data.get("training")
    loss = training.get("loss", "cross_entropy") if training else by_analysis[meant[activation]]
    words = {word_of(record): word for word, record in LOSSES.items()}
    if word_of(loss) not in words:
        message = f"TMVA has no loss {word_of(loss)!r}{nearest(word_of(loss), words)}"
        raise SpecError(message, path=("training", "loss"))
    return words[word_of(loss)]


def write(data: Mapping[str, Any]) -> str:
    """Write the option string of a spec; see `options`."""
    flags = {"True": "", "False": "!"}
    parts = []
    for name, value in options(data).items():
        flag = name in ("V", "H") and value in flags
        parts.append(f"{flags[value]}{name}" if flag else f"{name}={value}")
    return ":".join(parts)
