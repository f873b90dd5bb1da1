"""Files of TMVA's methods MLP and DNN, typed as ROOT writes them, and what they give, in loops.

Imports nothing of the package.
"""

from __future__ import annotations

import math

from tests.formats.tmva.by_hand import ACTIVATIONS as DNN_ACTIVATIONS
from tests.formats.tmva.by_hand import column, float32, output, plus, sigmoid, times
from tests.formats.tmva.documents import plain, variable

RELEASES = {"6.24": 399364, "6.12": 396295, "6.30": 400896, "6.33": 401665, "5.34": 336414}
MLP_OPTIONS = {
    "NCycles": "60",
    "HiddenLayers": "N+5",
    "NeuronType": "tanh",
    "RandomSeed": "1",
    "EstimatorType": "CE",
    "NeuronInputType": "sum",
    "V": "False",
    "VarTransform": "None",
    "H": "True",
    "TrainingMethod": "BFGS",
    "UseRegulator": "True",
}
DNN_OPTIONS = {
    "V": "True",
    "VarTransform": "None",
    "H": "False",
    "Layout": "TANH|4,LINEAR",
    "ValidationSize": "20%",
    "ErrorStrategy": "CROSSENTROPY",
    "WeightInitialization": "XAVIERUNIFORM",
    "Architecture": "CPU",
    "TrainingStrategy": "LearningRate=1e-2,Momentum=0.9,BatchSize=128,MaxEpochs=30,Optimizer=ADAM",
}


def document(
    method, weights, labels, options, *, analysis="Classification",
    classes=("Signal", "Background"), targets=(), tmva="4.2.1 [262657]", root="6.24",
):  # fmt: skip
    facts = {
        "TMVA Release": tmva,
        "ROOT Release": f"{root}/00 [{RELEASES[root]}]",
        "AnalysisType": analysis,
    }
    text = f'<?xml version="1.0"?>\n<MethodSetup Method="{method}">\n  <GeneralInfo>\n'
    text += "".join(f'    <Info name="{k}" value="{v}"/>\n' for k, v in facts.items())
    text += "  </GeneralInfo>\n  <Options>\n"
    text += "".join(
        f'    <Option name="{k}" modified="No">{v}</Option>\n' for k, v in options.items()
    )
    rows = "".join(plain(*labels)).replace('Type="F"', 'Type="D"')
    text += f'  </Options>\n  <Variables NVar="{len(labels)}">\n{rows}  </Variables>\n'
    text += f'  <Spectators NSpec="0"/>\n  <Classes NClass="{len(classes)}">\n'
    text += "".join(f'    <Class Name="{n}" Index="{k}"/>\n' for k, n in enumerate(classes))
    text += "  </Classes>\n"
    if targets:
        rows = "".join(variable(k, t, tag="Target") for k, t in enumerate(targets))
        text += f'  <Targets NTrgt="{len(targets)}">\n{rows}  </Targets>\n'
    text += '  <Transformations NTransformations="0"/>\n  <MVAPdfs/>\n'
    return text + weights + "</MethodSetup>\n"


def mlp_weights(layers, *, between=True):
    """Type the weights of `layers`, each (W, b): by the neuron that they leave, sixteen digits."""
    sizes = [len(layers[0][0][0]) + 1, *(len(W) + 1 for W, _ in layers[:-1]), len(layers[-1][0])]
    text = ""
    for number, size in enumerate(sizes):
        text += f'      <Layer Index="{number}" NNeurons="{size}">\n'
        for neuron in range(size):
            if number == len(layers):
                text += '        <Neuron NSynapses="0"/>\n'
                continue
            W, b = layers[number]
            leaving = b if neuron == size - 1 else [row[neuron] for row in W]
            line = "".join(f"{w:.16e} " for w in leaving)
            text += f'        <Neuron NSynapses="{len(leaving)}">\n          {line}\n'
            text += "        </Neuron>\n"
        text += "      </Layer>\n"
    count = f'NLayers="{len(sizes)}"'
    if not between:
        return f"  <Weights {count}>\n{text}  </Weights>\n"
    return f"  <Weights>\n    <Layout {count}>\n{text}    </Layout>\n  </Weights>\n"


def rational(z):
    if abs(z) > 4.97:
        return math.copysign(1.0, z)
    x2 = float32(z * z)

    def f(value):
        return float32(value)

    a = f(z * f(135135 + f(x2 * f(17325 + f(x2 * f(378 + x2))))))
    b = f(135135 + f(x2 * f(62370 + f(x2 * f(3150 + f(x2 * 28))))))
    return f(a / b)


NEURONS = {
    "rational": rational,
    "tanh": math.tanh,
    "sigmoid": sigmoid,
    "radial": lambda z: math.exp(-z * z / 2),
    "linear": lambda z: z,
}


def mlp(layers, x, neuron, estimator):
    """Give the outputs for one event; weights are read as float, sums are done in double."""
    y = [float32(v) for v in x]
    for number, (W, b) in enumerate(layers):
        z = [
            sum(float32(w) * v for w, v in zip(row, y, strict=True)) + float32(bias)
            for row, bias in zip(W, b, strict=True)
        ]
        last = number == len(layers) - 1
        f = NEURONS[neuron if not last else {"CE": "sigmoid", "MSE": "linear"}[estimator]]
        y = [f(v) for v in z]
    return y


def softmax(y):
    return [1 / (1 + sum(math.exp(v - own) for v in y) - 1) for own in y]


def dnn_weights(layers, activations, letter="S", loss="C"):
    text = f'  <Weights InputWidth="{len(layers[0][0][0])}" Depth="{len(layers)}"'
    text += f' LossFunction="{loss}" OutputFunction="{letter}">\n'
    for (W, b), number in zip(layers, activations, strict=True):
        text += f'    <Layer ActivationFunction="{number}">\n'
        for tag, matrix in (("Weights", W), ("Biases", [[v] for v in b])):
            line = "".join(f"{v:.16e} " for row in matrix for v in row)
            text += f'      <{tag} rows="{len(matrix)}" cols="{len(matrix[0])}">\n'
            text += f"        {line}\n      </{tag}>\n"
        text += "    </Layer>\n"
    return text + "  </Weights>\n"


def dnn(layers, activations, letter, x):
    for (W, b), number in zip(layers, activations, strict=True):
        z = plus(times(W, x), column([[v] for v in b]))
        x = [DNN_ACTIVATIONS[number](v) for v in z]
    return output(letter, x)
