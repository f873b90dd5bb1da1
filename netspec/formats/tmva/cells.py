"""The recurrent elements: RNNLayer, LSTMLayer, GRULayer.

What the elements do not say is fixed in TMVA: tanh and sigmoid, one bias for each gate, a
first state of zeros, forward in time. A file without `ReturnSequence` is older than the
attribute and means every step.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy
from lxml import etree

from ...errors import FormatError, NetspecWarning
from ...layers.gru import GRU
from ...layers.lstm import LSTM
from ...layers.recurrent import Recurrent
from ...layers.rnn import RNN
from ...specfile.tmva_layout_text import plain_word
from . import order
from .elements import Around, Element, Piece, sizes_text
from .matrices import Array, add_matrix, read_matrix

ORDERS = {"RNNLayer": order.RNN, "LSTMLayer": order.LSTM, "GRULayer": order.GRU}
TAGS: dict[type[Recurrent], str] = {RNN: "RNNLayer", LSTM: "LSTMLayer", GRU: "GRULayer"}
TYPES = {tag: kind.model_fields["type"].default for kind, tag in TAGS.items()}
GATES = {tag: kind.gates for kind, tag in TAGS.items()}
TOLD = {  # options that attributes tell, those that the matrices do, and those of training alone
    *("type", "name", "units", "return_sequences", "remember_state", "reset_after"),
    *("bias", "state_bias", "initial_state", "initial_value"),
    *("initializers", "recurrent_dropout"),
}


def read(node: Element, around: Around) -> Piece:
    """Read one cell, given (steps, features). Raises FormatError."""
    units = node.integer("StateSize", 1)
    steps, features = node.integer("TimeSteps", 1), node.integer("InputSize", 1)
    if around.given != (steps, features):
        raise node.error(
            f"wanted TimeSteps and InputSize {sizes_text(around.given)} as what comes in,"
            f" found {steps} x {features}"
        )
    if node.tag == "LSTMLayer" and (cell := node.integer("CellSize", 1)) != units:
        raise node.error(f"wanted a CellSize of {units} as StateSize, found {cell}")
    row: dict[str, Any] = {
        "type": TYPES[node.tag],
        "units": units,
        "return_sequences": "ReturnSequence" not in node.node.attrib or node.flag("ReturnSequence"),
        "remember_state": node.flag("RememberState"),
    }
    if node.tag == "GRULayer":
        row["reset_after"] = node.flag("ResetGateAfter")
    holds = order.order_of(node, ORDERS[node.tag], units, features)
    if message := order.doubt(node, units, features, around.release):
        warnings.warn(f"{node.place}: <{node.tag}>: {message}", NetspecWarning, stacklevel=2)
    columns = {"W": features, "U": units, "b": 1}
    found = {
        what: read_matrix(child, units, columns[what[0]])
        for what, child in zip(holds, node.children(), strict=True)
    }
    shape = (steps, units) if row["return_sequences"] else (units,)
    return Piece(row, gathered(found, GATES[node.tag]), shape)


def gathered(found: Mapping[str, Array], gates: tuple[str, ...]) -> dict[str, Array]:
    """Put the gates' matrices (units, columns) side by side on a first axis."""
    if not gates:
        return {"W": found["W"], "U": found["U"], "b": found["b"][:, 0]}
    weights = {k: numpy.stack([found[f"{k}_{gate}"] for gate in gates]) for k in "WUb"}
    return weights | {"b": weights["b"][:, :, 0]}


def add(
    parent: Any, layer: Recurrent, given: tuple[int, ...], weights: Mapping[str, Array], indent: str
) -> None:
    """Write one cell as the last child of `parent`. Raises FormatError for what TMVA lacks."""
    refuse_what_tmva_lacks(layer, weights)
    tag, (steps, features) = TAGS[type(layer)], given
    attributes = {"StateSize": layer.units}
    if tag == "LSTMLayer":
        attributes["CellSize"] = layer.units
    attributes |= {
        "InputSize": features,
        "TimeSteps": steps,
        "RememberState": int(layer.remember_state),
        "ReturnSequence": int(layer.return_sequences),
    }
    if isinstance(layer, GRU):
        attributes["ResetGateAfter"] = int(layer.reset_after)
    node = etree.SubElement(parent, tag, {k: str(v) for k, v in attributes.items()})
    zeros = numpy.zeros((*weights["U"].shape[:-2], layer.units), numpy.float32)
    whole = {"b": zeros, **weights}
    for slot in ORDERS[tag]:
        letter, _, gate = slot.releases.partition("_")
        matrix = whole[letter][layer.gates.index(gate)] if gate else whole[letter]
        add_matrix(node, slot.tag, matrix.reshape(layer.units, -1), indent)


def refuse_what_tmva_lacks(layer: Recurrent, weights: Mapping[str, Array]) -> None:
    """Raise FormatError unless TMVA gives the outputs that this cell gives."""
    # TMVA's fixed choices are the defaults here, and it knows no option that came later.
    fixed = type(layer).model_validate({"units": layer.units}).model_dump(mode="json")
    options = layer.model_dump(mode="json")
    if plain_word(options.get("cell_activation")) == "tanh":
        options["cell_activation"] = None
    for option, value in options.items():
        if option not in TOLD and value != fixed[option]:
            raise FormatError(
                f"{layer.name}/{option}: a TMVA file can only say {fixed[option]!r},"
                f" found {value!r}"
            )
    for name, what in (("b_state", "second bias"), ("h0", "first state"), ("c0", "first state")):
        if name in weights and numpy.any(weights[name] != 0):
            raise FormatError(
                f"{layer.name}/{name}: TMVA has no {what}: wanted zeros, found other numbers"
            )
