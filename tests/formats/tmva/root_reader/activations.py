"""The activations of layers by their number, those of outputs by their letter.

Source: TMVA/DNN/Functions.h and DNN/Architectures/Cpu/{Activation,Output}Functions.hxx of ROOT.
"""

from __future__ import annotations

import math


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


ACTIVATIONS = [
    lambda z: z,
    lambda z: z if z > 0 else 0.0,
    sigmoid,
    math.tanh,
    lambda z: -z if z < 0 else z,
    lambda z: z / (1 + abs(z)),
    lambda z: math.exp(-z * z),
    math.tanh,  # TMVA's fast tanh differs from it in the last places
]


def output(letter, y):
    if letter == "S":
        return [sigmoid(v) for v in y]
    if letter == "M":
        exps = [math.exp(v) for v in y]
        return [e / sum(exps) for e in exps]
    assert letter == "I", letter
    return y
