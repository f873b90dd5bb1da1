"""The <Weights> element: what the network is, in its attributes and its children.

    <Weights NetDepth="4" InputDepth="10" InputHeight="1" InputWidth="30" BatchSize="1"
             BatchDepth="100" BatchHeight="10" BatchWidth="30" LossFunction="C"
             Initialization="F" Regularization="0" OutputFunction="S" WeightDecay="1.0...e-02">

The input is steps, 1, features for a sequence, channels, height, width for an image and
1, 1, variables for a row. `OutputFunction` is applied after the last layer: I nothing, S sigmoid,
M softmax. The rest says how the network was trained and changes no output. `BatchSize` is 1: what
is stored is the network for one event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import numpy
from lxml import etree

from ...errors import FormatError
from ...settings import Training
from ...spec import NetworkSpec
from ...specfile import tmva_names, tmva_starts
from . import layers
from .elements import Element, Piece, shown, sizes_text
from .matrices import Array, attribute_float, seventeen_digits
from .plan import OUTPUTS as LETTERS
from .plan import Plan

OUTPUTS = {letter: activation for activation, letter in LETTERS.items()}
LOSSES = {"C": "CROSSENTROPY", "R": "SUMOFSQUARES", "S": "MUTUALEXCLUSIVE"}
PENALTIES = {"0": "none", "1": "l1", "2": "l2"}
INITIALIZATIONS = {
    "G": "GAUSS",
    "U": "UNIFORM",
    "I": "IDENTITY",
    "Z": "ZERO",
    "X": "XAVIER",
    "F": "XAVIERUNIFORM",
}
LOSS_OF_ANALYSIS = {"classification": "C", "multiclass": "S", "regression": "R"}
SAID_ELSEWHERE = (
    "BatchDepth",
    "BatchHeight",
    "BatchWidth",
    "LossFunction",
    "Initialization",
    "Regularization",
    "WeightDecay",
)


class Read(NamedTuple):
    """A <Weights> element: the sizes of its input, its pieces, the activation of its output.

    `attributes` are those that say how the network was trained, as text; the older methods have
    none. `shaping` counts the pieces before those of the first element.
    """

    dims: tuple[int, int, int]
    pieces: list[Piece]
    output: str
    attributes: dict[str, str]
    shaping: int = 0
    dtype: str = "float32"

    @property
    def width(self) -> int:
        """The number of outputs."""
        return self.pieces[-1].shape[-1]

    @property
    def unlike(self) -> list[str]:
        """What ROOT's own Reader computes otherwise, a sentence each."""
        return list(dict.fromkeys(piece.unlike for piece in self.pieces if piece.unlike))


def read(node: Element, release: int | None = None, compat: str | None = None) -> Read:
    """Read a <Weights> element of method DL. Raises FormatError with file and line."""
    dims = (
        node.integer("InputDepth", 1),
        node.integer("InputHeight", 1),
        node.integer("InputWidth", 1),
    )
    if (size := node.integer("BatchSize")) != 1:
        raise node.error(f"wanted the network of one event, BatchSize 1, found {size}")
    if (output := node.attribute("OutputFunction").strip()[:1]) not in OUTPUTS:
        raise node.error(f"wanted an OutputFunction of I, S or M, found {shown(output)}")
    attribute_float(node, "WeightDecay")
    attributes = {name: node.attribute(name) for name in SAID_ELSEWHERE}
    pieces = layers.read(node, dims, release, compat)
    if len(shape := pieces[-1].shape) != 1:
        raise node.error(
            f"wanted a row of outputs, found {sizes_text(shape)}:"
            " a ReshapeLayer with Flattening=1 is missing at the end"
        )
    shaping = len(pieces) - len(node.children())
    return Read(dims, pieces, OUTPUTS[output], attributes, shaping)


def named(pieces: list[Piece], spec: NetworkSpec) -> dict[str, Array]:
    """Give the pieces' arrays by the full names that they have in the spec."""
    return {
        f"{layer.name}/{name}": array
        for layer, piece in zip(spec.layers, pieces, strict=True)
        for name, array in piece.weights.items()
    }


def training_of(read: Read) -> dict[str, Any] | None:
    """Give what the attributes alone say of the training, or None where they say nothing known."""
    said = read.attributes
    batch = said["BatchHeight"] if read.dims[:2] == (1, 1) else said["BatchDepth"]
    if said["LossFunction"] not in LOSSES or not re.fullmatch("0*[1-9][0-9]{0,8}", batch):
        return None
    return {
        "loss": tmva_names.LOSSES[LOSSES[said["LossFunction"]]],
        "rules": "tmva",
        "batch_size": int(batch),
        "regularization": {
            "type": PENALTIES.get(said["Regularization"], "none"),
            "strength": max(float(said["WeightDecay"]), 0.0),
        },
    }


def said_elsewhere(spec: NetworkSpec, dims: tuple[int, int, int], analysis: str) -> dict[str, str]:
    """Give the attributes that follow from the spec's training section."""
    training = spec.training
    phase = (training.phases or (training,))[-1] if training else Training()
    sizes = (dims[0], prod(dims[1:]))
    batch = (1, phase.batch_size, prod(dims)) if dims[:2] == (1, 1) else (phase.batch_size, *sizes)
    letters = {tmva_names.word_of(tmva_names.LOSSES[word]): k for k, word in LOSSES.items()}
    loss = letters.get(training.loss.type) if training else None
    start = start_of(spec).upper()
    penalty = phase.regularization
    values = (
        *map(str, batch),
        loss or LOSS_OF_ANALYSIS[analysis],
        # Any other word means the uniform one to TMVA.
        {v: k for k, v in INITIALIZATIONS.items()}.get(start, "F"),
        {v: k for k, v in PENALTIES.items()}[penalty.type],
        seventeen_digits(float(numpy.float32(penalty.strength))),
    )
    return dict(zip(SAID_ELSEWHERE, values, strict=True))


def start_of(spec: NetworkSpec) -> str:
    """Give TMVA's word for how the weights start, or its usual one where it has none."""
    said = spec.tmva.get("WeightInitialization")
    if said and not spec.initializers:  # as older specs say it
        return said
    return tmva_starts.write(spec.to_data()) or tmva_starts.WHEN_ABSENT


def element(
    plan: Plan, weights: Mapping[str, Array], attributes: Mapping[str, str], depth: int
) -> Any:
    """Give the <Weights> element of a planned network, to stand `depth` levels below the root.

    `attributes` are those of `said_elsewhere`. Raises FormatError for what TMVA cannot say.
    """
    node = etree.Element("Weights")
    values = {"NetDepth": str(len(plan.rows))}
    values |= dict(
        zip(("InputDepth", "InputHeight", "InputWidth"), map(str, plan.dims), strict=True)
    )
    values |= {"BatchSize": "1"} | {k: attributes[k] for k in SAID_ELSEWHERE}
    decay = values.pop("WeightDecay")
    values |= {"OutputFunction": plan.output, "WeightDecay": decay}
    for name, value in values.items():
        node.set(name, value)
    for layer, given in plan.rows:
        layers.add(node, layer, given, own_weights(weights, layer.name), "  " * (depth + 1))
    etree.indent(node, "  ", level=depth)
    return node


def own_weights(weights: Mapping[str, Array], name: str) -> dict[str, Array]:
    """Give one layer's arrays by their own names. Raises FormatError where one is not finite."""
    head = f"{name}/"
    own = {k.removeprefix(head): a for k, a in weights.items() if k.startswith(head)}
    for key, array in own.items():
        if not numpy.all(numpy.isfinite(array)):
            raise FormatError(
                f"{head}{key}: wanted finite numbers, found NaN or infinity, which ROOT cannot read"
            )
    return own
