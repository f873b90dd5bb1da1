"""Writing the option string of a spec, for TMVA or to be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SpecError
from . import tmva_layout_text, tmva_strategy
from .tmva_names import ANALYSES, LOSSES, MEANT_BY, NAMES, SAID_BY_SPEC


def options(data: Mapping[str, Any]) -> dict[str, str]:
    """Give the options that say a spec's network and training, in ROOT's order.

    `data` is what `read` gives or `NetworkSpec.to_data()`; options that are left out there have
    netspec's defaults. Raises SpecError, naming the option, for what TMVA has no word for.
    """
    sizes = _input_sizes(data.get("input", {}))
    training = data.get("training") or {}
    said = dict(data.get("tmva", {}))
    for name, value in said.items():
        if name in SAID_BY_SPEC or ":" in value:
            raise SpecError("wanted an option that the spec does not say", path=("tmva", name))
    said["InputLayout"] = _layout_of(sizes)
    said["Layout"] = tmva_layout_text.write(data["layers"], sizes)
    said["ErrorStrategy"] = _error_strategy(data)
    if "seed" in data:
        said["RandomSeed"] = str(data["seed"])
    if training:
        said["ValidationSize"] = str(training.get("validation", 0.2))
        said["TrainingStrategy"] = tmva_strategy.write(training)
    order = {name: position for position, name in enumerate(NAMES)}
    return dict(sorted(said.items(), key=lambda entry: order.get(entry[0], -1)))


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
    return {name: word for word, name in LOSSES.items()}[loss]


def write(data: Mapping[str, Any]) -> str:
    """Write the option string of a spec; see `options`."""
    flags = {"True": "", "False": "!"}
    parts = []
    for name, value in options(data).items():
        flag = name in ("V", "H") and value in flags
        parts.append(f"{flags[value]}{name}" if flag else f"{name}={value}")
    return ":".join(parts)
