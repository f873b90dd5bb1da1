"""Spec files as formats: a model of which only the spec is written down.

YAML, JSON, TOML and TMVA's option string share what is here; each has a file of its own that says
its name and its suffixes. What is read has no weights; what is written leaves weights and extras
out, and says so in one warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ..errors import FormatError, LossWarning, SpecError
from ..spec import NetworkSpec
from ..specfile import gather, tmva_options, write
from .files import Source
from .model import Extras, Model


def read_spec(source: Source, language: str) -> Model:
    """Read a spec file in `language`. Raises SpecError with the place of every problem."""
    document = gather(source.data, format=language, name=source.name)
    return Model(NetworkSpec.from_document(document), None, Extras())


def write_spec(
    spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras, language: str
) -> list[bytes]:
    """Give the bytes of a spec file; LossWarning lists what it leaves out.

    Raises FormatError where the language has no word for the network.
    """
    lost = ["weights"] if weights else []
    lost += [
        name
        for name, part in (
            ("metadata", extras.metadata),
            ("golden outputs", extras.golden),
            ("history", extras.history),
        )
        if part
    ]
    try:
        if language == "tmva":
            text, unsaid = _option_string(spec)
            lost += unsaid
        else:
            text = write(spec.to_data(), language)
    except SpecError as error:
        raise FormatError(f"{error} (in a file of the format {language!r})") from None
    if lost:
        warnings.warn(f"a spec file leaves out: {', '.join(lost)}", LossWarning, stacklevel=3)
    return [text.encode()]


def _option_string(spec: NetworkSpec) -> tuple[str, list[str]]:
    """Give a TMVA option string, and which parts of the spec it does not give back."""
    if spec.dtype != "float32":
        raise SpecError(f"TMVA computes in float32, found {spec.dtype}", path=("dtype",))
    if spec.output.first is not None:
        raise SpecError("an option string keeps all outputs", path=("output", "first"))
    text = write(spec.to_data(defaults=True), "tmva") + "\n"
    again = NetworkSpec.from_data(tmva_options.read(text))
    if again.output.activation != spec.output.activation:
        raise SpecError(
            f"with the loss {again.training.loss if again.training else ''!r} TMVA ends in"
            f" {again.output.activation.type}, found {spec.output.activation.type}",
            path=("output", "activation"),
        )
    names = {"name": "name", "input": "names of variables", "layers": "names of layers"}
    names |= {"output": "classes and targets"}
    unsaid = [
        word for field, word in names.items() if getattr(again, field) != getattr(spec, field)
    ]
    return text, unsaid
