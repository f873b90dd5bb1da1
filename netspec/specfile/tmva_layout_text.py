"""Writing TMVA's `Layout`: layers in TMVA's words, or a refusal that names what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ..errors import SpecError, nearest
from .tmva_layout import ACTIVATIONS, CELLS

# What each option of a recurrent layer must be for TMVA, where it cannot be chosen.
SAYABLE: dict[str, tuple[Any, ...]] = {
    "direction": ("forward",),
    "bias": (True,),
    "state_bias": (False,),
    "initial_state": ("zeros",),
    "activation": ("tanh",),
    "gate_activation": ("sigmoid",),
    "cell_activation": (None, "tanh"),
    "forget_bias": (0,),
    "recurrent_dropout": (0,),
}


def with_ones(shape: Sequence[int]) -> list[int] | None:
    """Give a shape as depth, height, width, or None where it has more than three sizes."""
    forms = {1: [1, 1, *shape], 2: [shape[0], 1, *shape[1:]], 3: [*shape]}
    return forms.get(len(shape))


def write(layers: Sequence[Mapping[str, Any]], sizes: Sequence[int | None]) -> str:
    """Write `Layout` for layers that take an input of shape `sizes`.

    Raises SpecError, naming layer and option, for whatever TMVA has no word for.
    """
    words, shape = [], list(sizes)
    for index, layer in enumerate(layers):
        try:
            word, shape = _word(layer, shape)
        except SpecError as error:
            raise error.below("layers", index) from None
        words.append(word)
    return ",".join(words)


def _word(layer: Mapping[str, Any], shape: list[int | None]) -> tuple[str, list[int | None]]:
    kind = layer.get("type")
    if kind == "dense":
        _only(layer, {"bias": (True,)}, "activation")
        said = plain_word(layer.get("activation", "linear"))
        names = {name: word for word, name in ACTIVATIONS.items()}
        if not isinstance(said, str) or said not in names:
            raise SpecError(
                f"TMVA has no activation {said!r}{nearest(said, names)}", path=("activation",)
            )
        return f"DENSE|{layer['units']}|{names[said]}", [*shape[:-1], layer["units"]]
    if kind == "flatten":
        return "RESHAPE|FLAT", [None if None in shape else prod(n or 0 for n in shape)]
    if kind == "reshape":
        full = with_ones(layer["shape"])
        if full is None:
            raise SpecError("TMVA reshapes to three sizes at most", path=("shape",))
        return f"RESHAPE|{'|'.join(map(str, full))}", list(layer["shape"])
    if isinstance(kind, str) and kind.upper() in CELLS:
        return _cell_word(kind.upper(), layer, shape)
    raise SpecError(f"TMVA has no layer {kind!r} (known: dense, flatten, gru, lstm, reshape, rnn)")


def _cell_word(
    word: str, layer: Mapping[str, Any], shape: list[int | None]
) -> tuple[str, list[int | None]]:
    flags = ("remember_state", "return_sequences", "reset_after")
    _only(layer, SAYABLE, "units", "merge", "initial_value", *flags)
    if len(shape) != 2 or None in shape:
        raise SpecError("TMVA wants to know steps and features, here the number of steps is open")
    steps, features = shape
    numbers = [layer["units"], features, steps, *(int(bool(layer.get(flag))) for flag in flags)]
    given: list[int | None] = [steps, layer["units"]] if layer.get(flags[1]) else [layer["units"]]
    return "|".join([word, *map(str, numbers[: CELLS[word]])]), given


def _only(layer: Mapping[str, Any], sayable: Mapping[str, tuple[Any, ...]], *free: str) -> None:
    """Raise SpecError where an option is not one of those TMVA can say."""
    for option, value in layer.items():
        if option in ("type", "name", "units", "initializers", *free):
            continue
        if plain_word(value) not in sayable.get(option, ()):
            only = " or ".join(map(repr, sayable.get(option, ("nothing",))))
            raise SpecError(f"TMVA knows {only} only, found {value!r}", path=(option,))


def plain_word(value: Any) -> Any:
    """Give the word of an activation that is written `{type: word}`."""
    return value["type"] if isinstance(value, Mapping) and list(value) == ["type"] else value
