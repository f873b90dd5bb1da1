"""What the options of a file say of seed, first weights and training. No output depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import SpecError
from ...spec import NetworkSpec
from ...specfile import tmva_options
from ...specfile.tmva_names import SAID_BY_SPEC
from . import header


def settings_of(options: Mapping[str, str], analysis: str, transformed: bool) -> dict[str, Any]:
    """Give seed, initializers, training and tmva sections; what the file does not say is left out.

    `tmva` has the options that no other section says and that are not as usual; where there are
    transformations, the layers say more than VarTransform. What cannot be read is kept as text.
    """
    try:
        said = tmva_options.settings(options, analysis)
    except SpecError:
        return unsaid(options)
    if "TrainingStrategy" not in options:
        said.pop("training", None)
    passed_over = ("VarTransform",) if transformed else ()
    said["tmva"] = {
        k: v
        for k, v in said.get("tmva", {}).items()
        if v != header.USUAL.get(k) and k not in passed_over
    }
    return said


def spec_of(
    data: dict[str, Any], settings: dict[str, Any], options: Mapping[str, str]
) -> NetworkSpec:
    """Build the spec, without the settings where only they are impossible.

    Raises SpecError.
    """
    try:
        return NetworkSpec.from_data(data | settings)
    except SpecError as error:
        if any(problem.path[:1] not in (("seed",), ("training",)) for problem in error.problems):
            raise
    return NetworkSpec.from_data(data | unsaid(options))


def unsaid(options: Mapping[str, str]) -> dict[str, Any]:
    """Give the tmva section of options that no other section can say."""
    known = {name: text for name, text in options.items() if name not in SAID_BY_SPEC}
    return {"tmva": known} if known else {}
