"""Writing TMVA's `Layout`: layers in TMVA's words, or a refusal that names what it cannot say.

The words are told in `tmva_layout` and `tmva_layout_images`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ..errors import SpecError, nearest
from .tmva_layout import ACTIVATIONS, CELLS
from .tmva_windows import axes_of

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
FLAGS = ("remember_state", "return_sequences", "reset_after")
SAID: dict[str, tuple[str, ...]] = {  # the options of each layer that stand in a layout
    "batch_norm": ("momentum", "epsilon"),
    "convolution": ("filters", "kernel", "stride", "padding", "activation"),
    "dense": ("units", "activation"),
    "flatten": (),
    "gru": ("units", *FLAGS),
    "lstm": ("units", *FLAGS[:2]),
    "max_pool": ("kernel", "stride"),
    "reshape": ("shape",),
    "rnn": ("units", *FLAGS[:2]),
}

Open = list[int | None]


def with_ones(shape: Sequence[int]) -> list[int] | None:
    """Give a shape as depth, height, width, or None where it has more than three sizes."""
    forms = {1: [1, 1, *shape], 2: [shape[0], 1, *shape[1:]], 3: [*shape]}
    return forms.get(len(shape))


def write(layers: Sequence[Mapping[str, Any]], sizes: Sequence[int | None]) -> str:
    """Write `Layout` for layers that take an input of shape `sizes`.

    Raises SpecError, naming layer and option, for whatever TMVA has no word for.
    """
    words, shape, before = [], list(sizes), ""
    for index, layer in enumerate(layers):
        try:
            word, shape = _word(layer, shape, before)
        except SpecError as error:
            raise error.below("layers", index) from None
        words.append(word)
        before = str(layer.get("type"))
    return ",".join(words)


def _word(layer: Mapping[str, Any], shape: Open, before: str) -> tuple[str, Open]:
    kind = layer.get("type")
    if kind == "dense":
        _only(layer, {"bias": (True,)}, "activation")
        word = f"DENSE|{layer['units']}|{_activation(layer)}"
        return word, [*shape[:-1], layer["units"]]
    if kind == "flatten":
        return "RESHAPE|FLAT", [None if None in shape else prod(n or 0 for n in shape)]
    if kind == "reshape":
        full = with_ones(layer["shape"])
        if full is None:
            raise SpecError("TMVA reshapes to three sizes at most", path=("shape",))
        if len(shape) > 1:
            message = f"TMVA reshapes a row of numbers, found {list(shape)}"
            raise SpecError(f"{message}: put a flatten before it, or in its place", path=("shape",))
        return f"RESHAPE|{'|'.join(map(str, full))}", list(layer["shape"])
    if kind in ("convolution", "max_pool"):
        return _windows_word(layer, shape)
    if kind == "batch_norm":
        return _batch_norm_word(layer, shape, before), shape
    if isinstance(kind, str) and kind.upper() in CELLS:
        return _cell_word(kind.upper(), layer, shape)
    raise SpecError(f"TMVA has no layer {kind!r} (known: {', '.join(SAID)})")


def _activation(layer: Mapping[str, Any]) -> str:
    said = plain_word(layer.get("activation", "linear"))
    names = {name: word for word, name in ACTIVATIONS.items()}
    if not isinstance(said, str) or said not in names:
        raise SpecError(
            f"TMVA has no activation {said!r}{nearest(said, names)}", path=("activation",)
        )
    return names[said]


def _windows_word(layer: Mapping[str, Any], shape: Open) -> tuple[str, Open]:
    convolution = layer["type"] == "convolution"
    _only(layer, {"bias": (True,)}, "filters", "kernel", "stride", "padding", "activation")
    sizes = tuple(n for n in shape if n is not None)
    if len(sizes) != 3:
        message = f"TMVA wants an image of three sizes here, found {list(shape)}"
        raise SpecError(f"{message}: put a reshape before it")
    kernel = tuple(layer["kernel"])
    stride = tuple(layer.get("stride") or ((1, 1) if convolution else kernel))
    padding = tuple(layer.get("padding") or (0, 0))
    axes = axes_of(sizes, kernel, stride, padding)
    for axis in axes:
        if axis.room < 0:
            most = axis.size + 2 * axis.padding
            message = f"wanted at most {most} in {axis.name}, found {axis.kernel}"
            raise SpecError(message, path=("kernel",))
        if axis.rest:
            message = f"TMVA wants windows that reach to the end, {axis.remedy}"
            raise SpecError(message, path=("stride",))
    depth = layer["filters"] if convolution else sizes[0]
    given: Open = [depth, *(axis.windows for axis in axes)]
    if not convolution:
        return "|".join(map(str, ("MAXPOOL", *kernel, *stride))), given
    numbers = ("CONV", depth, *kernel, *stride, *padding)
    return f"{'|'.join(map(str, numbers))}|{_activation(layer)}", given


def _batch_norm_word(layer: Mapping[str, Any], shape: Open, before: str) -> str:
    # Whether ROOT's bands are meant or channels is not said: it is up to who reads the file.
    _only(layer, {}, "momentum", "epsilon", "banded")
    if len(shape) == 2 or before.upper() in CELLS:
        raise SpecError(
            "TMVA says not how it normalises a batch after a recurrent layer: put a flatten between"
        )
    if len(shape) == 3 and before not in ("convolution", "max_pool"):
        raise SpecError(
            "TMVA normalises channels right after a convolution or a max_pool only, found"
            f" {before or 'the input'} before it"
        )
    momentum = layer.get("momentum", 0.9)
    momentum = -1 if momentum == "cumulative" else momentum
    return f"BNORM|{momentum}|{layer.get('epsilon', 1e-5)}"


def _cell_word(word: str, layer: Mapping[str, Any], shape: Open) -> tuple[str, Open]:
    _only(layer, SAYABLE, "units", "merge", "initial_value", *FLAGS)
    if len(shape) != 2 or None in shape:
        raise SpecError("TMVA wants to know steps and features, here the number of steps is open")
    steps, features = shape
    numbers = [layer["units"], features, steps, *(int(bool(layer.get(flag))) for flag in FLAGS)]
    given: Open = [steps, layer["units"]] if layer.get(FLAGS[1]) else [layer["units"]]
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
