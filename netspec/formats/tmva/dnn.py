"""<Weights> of method DNN, the deprecated deep network before DL: dense layers alone.

    <Weights InputWidth="5" Depth="4" LossFunction="C" OutputFunction="S">
      <Layer ActivationFunction="3">
        <Weights rows="100" cols="5"> -6.4478003978729248e-01 ... </Weights>
        <Biases rows="100" cols="1"> ... </Biases>
      </Layer> ...
    </Weights>

Numbers of activations and letters of output functions are those of DL. TMVA computes in double;
where all weights are floats, as a training on a CPU or GPU of most releases left them, the spec has
dtype float32 and can be written as a file of method DL, else float64.

The options are those of DL where they have the same name; XAVIER and XAVIERUNIFORM are DL's GAUSS
and UNIFORM, and the optimizer is SGD, whatever the strategy says: the method has no other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from . import activations
from .elements import Element, Piece, shown
from .header import Header
from .matrices import FLOAT32, FLOAT64, read_matrix
from .weights import OUTPUTS, Read

NAMED = ("rows", "cols")
STARTS = {"XAVIER": "GAUSS", "XAVIERUNIFORM": "UNIFORM"}


def read(node: Element, header: Header) -> Read:
    """Read a <Weights> element of method DNN. Raises FormatError with file and line."""
    width = node.integer("InputWidth", 1)
    if (output := node.attribute("OutputFunction").strip()[:1]) not in OUTPUTS:
        raise node.error(f"wanted an OutputFunction of I, S or M, found {shown(output)}")
    dims = (1, 1, width)
    pieces = []
    for layer in node.counted("Layer", "Depth"):
        weights = layer.child("Weights")
        units = weights.integer(NAMED[0], 1)
        arrays = {
            "W": read_matrix(weights, units, width, NAMED, FLOAT64),
            "b": read_matrix(layer.child("Biases"), units, 1, NAMED, FLOAT64)[:, 0],
        }
        row = {"type": "dense", "units": units, "activation": activations.read(layer)}
        pieces.append(Piece(row, arrays, (units,)))
        width = units
    if not pieces:
        raise node.error("wanted at least one <Layer>, found none")
    with numpy.errstate(over="ignore"):
        floats = [{k: a.astype(FLOAT32) for k, a in piece.weights.items()} for piece in pieces]
    narrow = all(
        (own[k] == array).all()
        for own, piece in zip(floats, pieces, strict=True)
        for k, array in piece.weights.items()
    )
    if narrow:
        pieces = [p._replace(weights=own) for p, own in zip(pieces, floats, strict=True)]
    return Read(dims, pieces, OUTPUTS[output], {}, dtype="float32" if narrow else "float64")


def as_dl(options: Mapping[str, str]) -> dict[str, str]:
    """Give the options as those of DL that mean the same.

    >>> as_dl({"TrainingStrategy": "BatchSize=5|BatchSize=6", "WeightInitialization": "XAVIER"})
    {'TrainingStrategy': 'Optimizer=SGD,BatchSize=5|Optimizer=SGD,BatchSize=6', \
'WeightInitialization': 'GAUSS'}
    """
    said = dict(options)
    if "WeightInitialization" in said:
        said["WeightInitialization"] = STARTS.get(said["WeightInitialization"], "GAUSS")
    if "TrainingStrategy" in said:
        # Of a key that comes twice TMVA takes the first.
        phases = said["TrainingStrategy"].split("|")
        said["TrainingStrategy"] = "|".join(f"Optimizer=SGD,{phase}" for phase in phases)
    return said
