"""The networks of the methods before DL: MLP, weights by the neuron they leave, and DNN.

Both give a list of the outputs, before what a multiclass MLP makes of them. The MLP's weights are
read as floats, its sums are done in double; its tanh is a quotient of polynomials in floats.

Source: MethodANNBase.cxx, MethodMLP.cxx, TActivation*.cxx and MethodDNN.cxx of ROOT.
"""

from __future__ import annotations

import math

from .activations import ACTIVATIONS, output, sigmoid
from .text import attribute, cut, doubles, f32, integer


def rational_tanh(z):
    if abs(z) > 4.97:
        return math.copysign(1.0, z)
    z2 = f32(z * z)
    a = f32(z * f32(135135 + f32(z2 * f32(17325 + f32(z2 * f32(378 + z2))))))
    b = f32(135135 + f32(z2 * f32(62370 + f32(z2 * f32(3150 + f32(z2 * 28))))))
    return f32(a / b)


NEURONS = {
    "tanh": rational_tanh,
    "sigmoid": sigmoid,
    "radial": lambda z: math.exp(-z * z / 2),
    "linear": lambda z: z,
}


def mlp(node, options):
    """Give the function of `<Weights>` of an MLP; bias neurons stand last in their layers."""
    layout = node.find("Layout")
    layout = node if layout is None else layout
    layers = list(layout)
    assert integer(layout, "NLayers") == len(layers)
    assert [integer(layer, "Index") for layer in layers] == list(range(len(layers)))
    leaving = []
    for k, layer in enumerate(layers):
        neurons = list(layer)
        assert integer(layer, "NNeurons") == len(neurons)
        following = len(layers[k + 1]) if k + 1 < len(layers) else 0
        count = following - (1 if k + 2 < len(layers) else 0)  # the next bias is reached by none
        assert {integer(neuron, "NSynapses") for neuron in neurons} == {max(count, 0)}
        if count > 0:
            leaving.append([[f32(w) for w in doubles(neuron, count)] for neuron in neurons])
    assert options.get("NeuronInputType", "sum") == "sum"
    hidden = NEURONS[options.get("NeuronType", "sigmoid")]
    last = {"CE": sigmoid, "MSE": NEURONS["linear"]}[options.get("EstimatorType", "MSE")]

    def run(x):
        for k, synapses in enumerate(leaving):
            values = [*x, 1.0]
            sums = [
                sum(v * row[to] for v, row in zip(values, synapses, strict=True))
                for to in range(len(synapses[0]))
            ]
            f = last if k + 1 == len(leaving) else hidden
            x = [f(z) for z in sums]
        return x

    return run


def softmax_of(y):
    """Give the classes' shares as MethodMLP does: 1/(1 + sum over the others of exp(y_j - y_i))."""
    return [1 / (1 + sum(math.exp(w - v) for w in y) - 1) for v in y]


def dnn(node):
    layers = []
    for layer in list(node):
        W, b = list(layer)
        rows, columns = integer(W, "rows"), integer(W, "cols")
        assert (integer(b, "rows"), integer(b, "cols")) == (rows, 1)
        number = integer(layer, "ActivationFunction")
        layers.append((cut(doubles(W, rows * columns), columns), doubles(b, rows), number))
    assert len(layers) == integer(node, "Depth")
    assert len(layers[0][0][0]) == integer(node, "InputWidth")
    letter = attribute(node, "OutputFunction")

    def run(x):
        for W, b, number in layers:
            sums = [
                sum(w * v for w, v in zip(row, x, strict=True)) + bias
                for row, bias in zip(W, b, strict=True)
            ]
            x = [ACTIVATIONS[number](z) for z in sums]
        return output(letter, x)

    return run
