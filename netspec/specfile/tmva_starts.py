"""TMVA's `WeightInitialization`: one word for how all matrices of a network start.

    XAVIER  XAVIERUNIFORM  GAUSS  UNIFORM  IDENTITY  ZERO

Every other word means XAVIERUNIFORM to TMVA; biases start at zero. Where the numbers are flat,
TMVA's own are reproduced, from ROOT's generator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .tmva_layout import CELLS
from .tmva_names import word_of

WHEN_ABSENT = "XAVIER"
OTHERWISE = "XAVIERUNIFORM"
STARTS: dict[str, str | dict[str, str]] = {
    "XAVIER": "tmva_xavier",
    "XAVIERUNIFORM": {"type": "tmva_xavier_uniform", "stream": "trandom3"},
    "GAUSS": "tmva_gauss",
    "UNIFORM": {"type": "tmva_uniform", "stream": "trandom3"},
    "IDENTITY": "identity",
    "ZERO": "zeros",
}
MEANING = {word_of(start): word for word, start in STARTS.items()}
MEANING["glorot_uniform"] = OTHERWISE  # the same numbers from another generator
MATRICES = ("W", "U")


def read(word: str) -> dict[str, Any]:
    """Give the `initializers` of a spec for what TMVA's option says."""
    start = STARTS.get(word.upper(), STARTS[OTHERWISE])
    return dict.fromkeys(MATRICES, start)


def fitting(starts: Mapping[str, Any], layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Leave out the arrays that none of the layers has: only a cell has U."""
    words = {str(layer.get("type")) for layer in layers}
    cells = {word.lower() for word in CELLS}
    there = {"W": bool(words & (cells | {"convolution", "dense"})), "U": bool(words & cells)}
    return {name: start for name, start in starts.items() if there[name]}


def write(data: Mapping[str, Any]) -> str | None:
    """Give TMVA's word for the `initializers` of a spec, None where it has none."""
    starts, layers = dict(data.get("initializers") or {}), list(data.get("layers", ()))
    if any(layer.get("initializers") for layer in layers):
        return None
    used = [n for n in MATRICES if n in starts or n in fitting(dict.fromkeys(MATRICES), layers)]
    words = {_word(starts.pop(name, "glorot_uniform")) for name in used} or {OTHERWISE}
    others = {_word(start) for start in starts.values()} - {"ZERO"}
    return words.pop() if len(words) == 1 and not others else None


def _word(start: Any) -> str | None:
    if isinstance(start, dict) and start.get("blocks"):
        return None
    zero = start in (0, 0.0) or (word_of(start) == "constant" and start.get("value") == 0)
    return "ZERO" if zero else MEANING.get(word_of(start))
