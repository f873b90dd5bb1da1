"""The cells of recurrent layers, whose matrices a file holds by index, whatever their tags say.

Source: TMVA/DNN/RNN/{RNN,LSTM,GRU}Layer.h of ROOT.
"""

from __future__ import annotations

import math

from .activations import sigmoid
from .text import integer, matrix

TAGS = {
    "RNNLayer": "InputWeights StateWeights Biases",
    "LSTMLayer": "InputWeights InputStateWeights InputBiases ForgetWeights ForgetStateWeights"
    " ForgetBiases CandidateWeights CandidateStateWeights CandidateBiases OuputWeights"
    " OutputStateWeights OutputBiases",
    "GRULayer": "ResetWeights ResetStateWeights ResetBiases UpdateWeights UpdateStateWeights"
    " UpdateBiases CandidateWeights CandidateStateWeights CandidateBiases",
}


def read(node):
    """Give the function of a recurrent layer from rows of features to rows of states."""
    H, D, T = (integer(node, n) for n in ("StateSize", "InputSize", "TimeSteps"))
    assert node.tag != "LSTMLayer" or integer(node, "CellSize") == H
    assert integer(node, "RememberState") in (0, 1)
    sequence = integer(node, "ReturnSequence")
    after = integer(node, "ResetGateAfter") if node.tag == "GRULayer" else 0
    nodes = list(node)
    assert [n.tag for n in nodes] == TAGS[node.tag].split()
    biases = [n for n in nodes if n.tag.endswith("Biases")]
    others = [n for n in nodes if not n.tag.endswith("Biases")]
    gates = len(biases)
    b = [[row[0] for row in matrix(n, H, 1)] for n in biases]
    # By index: first the matrices of the input, then those of the state, whatever the tags.
    W = [matrix(n, H, D) for n in others[:gates]]
    U = [matrix(n, H, H) for n in others[gates:]]
    step = {"RNNLayer": rnn, "LSTMLayer": lstm, "GRULayer": gru}[node.tag]

    def run(x):
        assert (len(x), len(x[0])) == (T, D)
        h, c, out = [0.0] * H, [0.0] * H, []
        for row in x:
            h, c = step(W, U, b, row, h, c, after)
            out.append(h)
        return out if sequence else out[-1:]

    return run


def weighted(W, U, b, x, h):
    return [
        sum(w * v for w, v in zip(W[k], x, strict=True))
        + sum(u * v for u, v in zip(U[k], h, strict=True))
        + b[k]
        for k in range(len(b))
    ]


def rnn(W, U, b, x, h, c, after):
    return [math.tanh(z) for z in weighted(W[0], U[0], b[0], x, h)], c


def lstm(W, U, b, x, h, c, after):
    i, f, g, o = (weighted(W[k], U[k], b[k], x, h) for k in range(4))
    c = [sigmoid(f[k]) * c[k] + sigmoid(i[k]) * math.tanh(g[k]) for k in range(len(c))]
    return [sigmoid(o[k]) * math.tanh(c[k]) for k in range(len(c))], c


def gru(W, U, b, x, h, c, after):
    n = range(len(h))
    r, u = ([sigmoid(z) for z in weighted(W[k], U[k], b[k], x, h)] for k in range(2))
    zero = [0.0 for _ in h]
    inputs = weighted(W[2], U[2], b[2], x, zero)
    if after:
        state = weighted(W[2], U[2], zero, [0.0 for _ in x], h)
        g = [math.tanh(inputs[k] + r[k] * state[k]) for k in n]
    else:
        gated = weighted(W[2], U[2], zero, [0.0 for _ in x], [r[k] * h[k] for k in n])
        g = [math.tanh(inputs[k] + gated[k]) for k in n]
    return [u[k] * h[k] + (1 - u[k]) * g[k] for k in n], c
