"""<Weights> of method MLP, the older multilayer perceptron: weights by the neuron they leave.

    <Weights>
      <Layout NLayers="3">
        <Layer Index="0" NNeurons="7">
          <Neuron NSynapses="11"> 1.8147143868743933e+00 ... </Neuron> ...
        </Layer> ...
      </Layout>
      <InverseHessian .../>           for the errors of an output: left out
    </Weights>

A neuron holds its weight to each neuron of the next layer. The last one of a layer stands for the
biases of the next, except in the layer of the outputs. (The first files have no <Layout> between.)

    z = sum_j w_j y_j + b           y = f(z) in the hidden layers

f is NeuronType: tanh, sigmoid, linear, or radial, e^(-z^2 / 2), which is `gauss` of z / sqrt(2): W
and b are divided so. With EstimatorType CE (cross entropy: every classification, but those of the
first releases) the output is 1 / (1 + e^-z), with MSE z itself; several classes go through softmax,
targets back through their transformations. How the network was trained (BP, BFGS, GA, a regulator)
changes no output.

TMVA computes this in double, with weights that it reads as float: the spec has dtype float64.

Of tanh there are two forms, and they differ by up to 2e-4. Below TMVA 4.2.1 it is exact, as ROOT's
own reading has it. After that the sources have a switch between the rational form and the exact
one which, in those of 2019, nothing sets to begin with, so that which one comes is an
accident of the machine. Outputs that were stored show the rational form up to ROOT 6.26 and the
exact one in 6.33/01. So: rational before 6.33/01 and exact from there on, with a warning between.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy

from ...errors import FormatError, LossWarning, NetspecWarning, nearest
from .elements import Element, Piece, shown
from .header import Header, release_of
from .matrices import Array, read_numbers
from .weights import Read

NEURONS = ("tanh", "sigmoid", "radial", "linear")
ESTIMATORS = {"CE": "sigmoid", "MSE": "linear"}
WHEN_ABSENT = {"NeuronType": "sigmoid", "EstimatorType": "MSE", "NeuronInputType": "sum"}
FAST_FROM = (4 << 16) + (2 << 8) + 1  # TMVA 4.2.1
FAST_SEEN_TO = (6 << 16) + (26 << 8) + 255  # ROOT 6.26
EXACT_FROM = (6 << 16) + (33 << 8) + 1  # ROOT 6.33/01


def read(node: Element, header: Header) -> Read:
    """Read a <Weights> element of method MLP. Raises FormatError with file and line."""
    options = WHEN_ABSENT | dict(header.options)
    if (how := options["NeuronInputType"]) != "sum":
        raise node.error(
            f"NeuronInputType {shown(how)} is not supported: netspec knows sums of weighted inputs,"
            " `sum`; evaluate this file with TMVA itself"
        )
    if (kind := options["NeuronType"]) not in NEURONS:
        raise node.error(f"wanted a NeuronType, found {shown(kind)}{nearest(kind, NEURONS)}")
    if (estimator := options["EstimatorType"]) not in ESTIMATORS:
        raise node.error(f"wanted an EstimatorType of CE or MSE, found {shown(estimator)}")
    matrices = matrices_of(node)
    last = len(matrices) - 1
    hidden = activation(kind, node, header) if last else "linear"
    output = ESTIMATORS[estimator]
    pieces = []
    for number, (W, b) in enumerate(matrices):
        if number < last and kind == "radial":
            W, b = W * sqrt(0.5), b * sqrt(0.5)
        own = hidden if number < last else "linear"
        if number == last and header.analysis != "classification":
            own = output
        row = {"type": "dense", "units": len(b), "activation": own}
        pieces.append(Piece(row, {"W": W, "b": b}, (len(b),)))
    function = {"classification": output, "multiclass": "softmax", "regression": "linear"}
    dims = (1, 1, matrices[0][0].shape[1])
    return Read(dims, pieces, function[header.analysis], {}, dtype="float64")


def settings(options: Mapping[str, str]) -> dict[str, Any]:
    """Give the options as a spec keeps them: as they stand, since no other section says them."""
    return {"tmva": dict(options)} if options else {}


def matrices_of(node: Element) -> list[tuple[Array, Array]]:
    """Give W (units, inputs) and b (units,) of each layer but the input's. Raises FormatError."""
    children = {child.tag: child for child in node.children()}
    layout = children.get("Layout", node)
    layers = [child for child in layout.children() if child.tag != "InverseHessian"]
    if "InverseHessian" in children:
        warnings.warn(
            f"{children['InverseHessian'].place}: <InverseHessian>: left out, since netspec gives"
            " no errors of an output",
            LossWarning,
            stacklevel=3,
        )
    if len(layers) != (count := layout.integer("NLayers", 2)):
        raise layout.error(f"NLayers says {count} layers, found {len(layers)}")
    for number, layer in enumerate(layers):
        if layer.tag != "Layer" or layer.integer("Index") != number:
            raise layer.error(f"wanted <Layer> with the Index {number} here, found another")
    found = []
    for number, (layer, following) in enumerate(pairwise(layers)):
        # The bias that stands in a hidden layer is no output of the one before.
        units = following.integer("NNeurons", 1) - (number < count - 2)
        if units < 1:
            raise following.error("wanted a neuron beside that of the biases, found none")
        rows = [synapses(n, units) for n in layer.counted("Neuron", "NNeurons")]
        if len(rows) < 2:
            raise layer.error("wanted a neuron beside that of the biases, found none")
        table = numpy.stack(rows).astype(numpy.float64)
        found.append((numpy.ascontiguousarray(table[:-1].T), table[-1]))
    for neuron in layers[-1].counted("Neuron", "NNeurons"):
        synapses(neuron, 0)
    return found


def synapses(neuron: Element, count: int) -> Array:
    """Give the weights of a neuron to the next layer, as float32. Raises FormatError."""
    if (said := neuron.integer("NSynapses")) != count:
        raise neuron.error(f"wanted {count} synapses, one for each that follows, found {said}")
    return read_numbers(neuron, count) if count else numpy.empty(0, numpy.float32)


def activation(kind: str, node: Element, header: Header) -> Any:
    """Give the activation of the hidden layers as a spec says it."""
    if kind == "radial":
        return "gauss"
    if kind != "tanh":
        return kind
    tmva = release_of(header.facts, "TMVA Release")
    root = release_of(header.facts, "ROOT Release")
    if tmva is not None and tmva < FAST_FROM:
        return "tanh"
    if root is not None and root >= EXACT_FROM:
        return "tanh"
    if root is not None and root > FAST_SEEN_TO:
        warnings.warn(
            f"{node.place}: <Weights>: an MLP of tanh of a ROOT between 6.26 and 6.33: its tanh is"
            " taken to be the rational one of 6.26, which differs from the exact one by up to 2e-4",
            NetspecWarning,
            stacklevel=3,
        )
    return {"type": "tanh", "form": "rational"}


def refuse_writing(method: str) -> FormatError:
    """Give the error for a model that came from a file of this method and is to be written."""
    return FormatError(
        f"a model of TMVA's {method.partition('::')[0]} method is only read: TMVA's files of"
        " method DL have no float64 and not all of its functions: write netspec's own XML"
    )
