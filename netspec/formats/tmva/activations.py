"""Activation functions by number, as the attribute `ActivationFunction` of a layer has them.

    0 linear   1 relu   2 sigmoid   3 tanh   4 symmrelu   5 softsign   6 gauss   7 fast_tanh

Methods DL and DNN have the same numbers; `fast_tanh` came last, with DL.
"""

from __future__ import annotations

from typing import Any

from ...errors import FormatError, nearest
from .elements import Element

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "symmrelu", "softsign", "gauss", "fast_tanh")


def read(node: Element) -> str:
    """Give the activation of a layer's element. Raises FormatError for a number of none."""
    number = node.integer("ActivationFunction")
    if number >= len(ACTIVATIONS):
        raise node.error(
            f"wanted an ActivationFunction from 0 to {len(ACTIVATIONS) - 1}, found {number}"
        )
    return ACTIVATIONS[number]


def number_of(layer: Any) -> str:
    """Give the number of a layer's activation. Raises FormatError where TMVA has none."""
    activation = layer.activation
    if activation.type not in ACTIVATIONS:
        raise FormatError(
            f"{layer.name}/activation: TMVA has no {activation.type!r}"
            f"{nearest(activation.type, ACTIVATIONS)}"
        )
    # Its number says the function in its usual form and nothing else.
    if activation != type(activation)():
        raise FormatError(
            f"{layer.name}/activation: TMVA has {activation.type!r} without options, found"
            f" {activation.model_dump(exclude={'type'})}"
        )
    return str(ACTIVATIONS.index(activation.type))
