"""A spec as TMVA's option string: `InputLayout=10|30:Layout=LSTM|10|30|10,...`"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..errors import SpecError
from ..spec import NetworkSpec
from ..specfile import tmva_options, tmva_starts
from .files import Source
from .model import Extras, Model
from .text import alone, read_spec, refusal
from .tmva.lost import settings_lost

NAME: Final = "options"
SUFFIXES: Final = (".tmva",)
BEGINNING: Final = re.compile(rb"\s*(!?\w+(=[^:<]*)?:)*layout=", re.IGNORECASE)


def recognises(head: bytes, suffix: str) -> bool:
    """Say yes to the suffix, and without one to options with `Layout=` among them."""
    return suffix in SUFFIXES or (not suffix and bool(BEGINNING.match(head)))


def read(source: Source, strict: bool) -> Model:
    """Read a spec; there are no weights. Raises SpecError."""
    return read_spec(source, "tmva")


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterable[bytes]:
    """Give the text of a spec. Raises FormatError."""
    try:
        text, unsaid = _option_string(spec)
    except SpecError as error:
        raise refusal(error, NAME) from None
    return alone(text, weights, extras, unsaid)


def _option_string(spec: NetworkSpec) -> tuple[str, list[str]]:
    """Give a TMVA option string, and which parts of the spec it does not give back."""
    if spec.dtype != "float32":
        raise SpecError(f"TMVA computes in float32, found {spec.dtype}", path=("dtype",))
    if spec.output.first is not None:
        raise SpecError("an option string keeps all outputs", path=("output", "first"))
    text = tmva_options.write(spec.to_data(defaults=True)) + "\n"
    again = NetworkSpec.from_data(tmva_options.read(text))
    if again.output.activation != spec.output.activation:
        raise SpecError(
            f"with the loss {again.training.loss.type if again.training else ''!r} TMVA ends in"
            f" {again.output.activation.type}, found {spec.output.activation.type}",
            path=("output", "activation"),
        )
    names = {"name": "name", "input": "names of variables", "layers": "names of layers"}
    names |= {"output": "classes and targets"}
    unsaid = [
        word for field, word in names.items() if getattr(again, field) != getattr(spec, field)
    ]
    if spec.training and again.training:
        unsaid += settings_lost(spec.training, again.training)
    return text, unsaid + ([] if tmva_starts.write(spec.to_data()) else ["initializers"])
