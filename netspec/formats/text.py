"""Spec files as formats: a model of which only the spec is written down.

YAML, JSON, TOML and TMVA's option string share what is here; each has a file of its own that says
its name and its suffixes. What is read has no weights; what is written leaves weights and extras
out, and says so in one warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import FormatError, LossWarning, SpecError
from ..spec import NetworkSpec
from ..specfile import gather, write
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
    try:
        text = write(spec.to_data(), language)
    except SpecError as error:
        raise refusal(error, language) from None
    return alone(text, weights, extras)


def alone(
    text: str, weights: Mapping[str, Any] | None, extras: Extras, unsaid: Sequence[str] = ()
) -> list[bytes]:
    """Give the bytes of a spec's text; LossWarning lists what stays behind, `unsaid` included."""
    beside = {
        "weights": weights,
        "metadata": extras.metadata,
        "golden outputs": extras.golden,
        "history": extras.history,
    }
    lost = [*(name for name, part in beside.items() if part), *unsaid]
    if lost:
        warnings.warn(f"a spec file leaves out: {', '.join(lost)}", LossWarning, stacklevel=4)
    return [text.encode()]


def refusal(error: SpecError, name: str) -> FormatError:
    """Give the error of a format that has no word for a part of the spec."""
    return FormatError(f"{error} (in a file of the format {name!r})")
