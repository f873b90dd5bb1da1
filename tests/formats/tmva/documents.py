"""The text of TMVA files, typed as ROOT writes it: elements, tags, order, blanks.

Imports nothing of the package.
"""

from __future__ import annotations

import random

from tests.formats.tmva import by_hand
from tests.formats.tmva.by_hand import (
    ACTIVATIONS,
    column,
    cut,
    float32,
    gru,
    lstm,
    plus,
    rnn,
    times,
)

RELEASES = {"6.22": "6.22/06 [398854]", "6.16": "6.16/00 [397312]", "2019": "6.19/01 [398081]"}
STRATEGY = (  # the missing comma after MaxEpochs stands in ROOT's tutorial, too
    "LearningRate=1e-3,Repetitions=1,ConvergenceSteps=5,BatchSize=50,TestRepetitions=1,"
    "WeightDecay=1e-2,Regularization=None,MaxEpochs=20DropConfig=0.0+0.5,Optimizer=ADAM"
)
UNSET = 'Min="3.40282347e+38" Max="-3.40282347e+38"'


class Draw:
    """Random matrices: their text as it stands in a file, and their numbers."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def matrix(self, rows, columns, width=1.2):
        text = [
            [f"{self.random.uniform(-width, width):.6e}" for _ in range(columns)]
            for _ in range(rows)
        ]
        return text, [[float32(float(t)) for t in row] for row in text]

    def event(self, count):
        return [self.random.randint(-128, 128) / 64 for _ in range(count)]


def element(tag, numbers):
    rows, columns = len(numbers), len(numbers[0])
    line = "".join(f"{t}  " for row in numbers for t in row)
    return f'      <{tag} Rows="{rows}" Columns="{columns}">\n        {line}\n      </{tag}>\n'


# tag, what it holds in every release, what it held in the pre-release of 2019
LSTM = [
    ("InputWeights", "W_i", "W_i"),
    ("InputStateWeights", "W_f", "U_i"),
    ("InputBiases", "b_i", "b_i"),
    ("ForgetWeights", "W_c", "W_f"),
    ("ForgetStateWeights", "W_o", "U_f"),
    ("ForgetBiases", "b_f", "b_f"),
    ("CandidateWeights", "U_i", "W_c"),
    ("CandidateStateWeights", "U_f", "U_c"),
    ("CandidateBiases", "b_c", "b_c"),
    ("OuputWeights", "U_c", "W_o"),
    ("OutputStateWeights", "U_o", "U_o"),
    ("OutputBiases", "b_o", "b_o"),
]
GRU = [
    ("ResetWeights", "W_r", "W_r"),
    ("ResetStateWeights", "W_u", "U_r"),
    ("ResetBiases", "b_r", "b_r"),
    ("UpdateWeights", "W_c", "W_u"),
    ("UpdateStateWeights", "U_r", "U_u"),
    ("UpdateBiases", "b_u", "b_u"),
    ("CandidateWeights", "U_u", "W_c"),
    ("CandidateStateWeights", "U_c", "U_c"),
    ("CandidateBiases", "b_c", "b_c"),
]
RNN = [("InputWeights", "W", "W"), ("StateWeights", "U", "U"), ("Biases", "b", "b")]


def cell(draw, kind, steps, features, units, *, sequence=1, remember=0, after=0, era="6.22"):
    slots = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}[kind]
    columns = {"W": features, "U": units, "b": 1}
    drawn = {holds: draw.matrix(units, columns[holds[0]]) for _, holds, _ in slots}
    m = {holds: numbers for holds, (_, numbers) in drawn.items()}
    text = f'    <{kind}Layer StateSize="{units}"'
    text += f' CellSize="{units}"' if kind == "LSTM" else ""
    text += f' InputSize="{features}" TimeSteps="{steps}" RememberState="{remember}"'
    text += f' ReturnSequence="{sequence}"' if era == "6.22" else ""
    text += f' ResetGateAfter="{after}"' if kind == "GRU" else ""
    text += ">\n"
    for tag, released, early in slots:
        text += element(tag, drawn[early if era == "2019" else released][0])
    text += f"    </{kind}Layer>\n"

    def run(x):
        if kind == "LSTM":
            out = lstm(m, x, units)
        else:
            out = gru(m, x, units, after) if kind == "GRU" else rnn(m, x, units)
        return out if sequence else out[-1]

    return text, run


def dense(draw, columns, width, activation):
    (w_text, W), (b_text, b) = draw.matrix(width, columns), draw.matrix(width, 1)
    text = f'    <DenseLayer Width="{width}" ActivationFunction="{activation}">\n'
    text += element("Weights", w_text) + element("Biases", b_text) + "    </DenseLayer>\n"
    return text, lambda x: [ACTIVATIONS[activation](z) for z in plus(times(W, x), column(b))]


def convolution(draw, channels, filters, kernel, stride, padding, activation):
    columns = channels * kernel[0] * kernel[1]
    (w_text, W), (b_text, b) = draw.matrix(filters, columns), draw.matrix(filters, 1)
    text = f'    <ConvLayer Depth="{filters}" FilterHeight="{kernel[0]}" FilterWidth="{kernel[1]}"'
    text += f' StrideRows="{stride[0]}" StrideCols="{stride[1]}" PaddingHeight="{padding[0]}"'
    text += f' PaddingWidth="{padding[1]}" ActivationFunction="{activation}">\n'
    text += element("Weights", w_text) + element("Biases", b_text) + "    </ConvLayer>\n"
    f = ACTIVATIONS[activation]
    return text, lambda x: by_hand.convolution(W, column(b), x, kernel, stride, padding, f)


def max_pool(kernel, stride):
    text = f'    <MaxPoolLayer FilterHeight="{kernel[0]}" FilterWidth="{kernel[1]}"'
    text += f' StrideRows="{stride[0]}" StrideCols="{stride[1]}"/>\n'
    return text, lambda x: by_hand.max_pool(x, kernel, stride)


def batch_norm(draw, count, *, momentum=-1.0, epsilon=1e-4, image=False):
    tags = ("Training-mu", "Training-variance", "Gamma", "Beta")
    drawn = {tag: draw.matrix(1, count) for tag in tags}
    positive = [f"{abs(v) + 0.25:.6e}" for v in drawn["Training-variance"][1][0]]
    drawn["Training-variance"] = [positive], [[float32(float(t)) for t in positive]]
    epsilon = float32(epsilon)
    text = f'    <BatchNormLayer Momentum="{float32(momentum):.16e}" Epsilon="{epsilon:.16e}">\n'
    text += "".join(element(tag, words) for tag, (words, _) in drawn.items())
    text += "    </BatchNormLayer>\n"
    table = list(zip(*(numbers[0] for _, numbers in drawn.values()), strict=True))

    def run(x):
        if image:
            return [
                [[by_hand.normalised(v, *own, epsilon) for v in row] for row in plane]
                for plane, own in zip(x, table, strict=True)
            ]
        return [by_hand.normalised(v, *own, epsilon) for v, own in zip(x, table, strict=True)]

    return text, run


def flatten(count):
    text = f'    <ReshapeLayer Depth="1" Height="1" Width="{count}" Flattening="1"/>\n'
    return text, by_hand.row_of_any


def reshape_to_image(depth, height, width):
    text = f'    <ReshapeLayer Depth="{depth}" Height="{height}" Width="{width}" Flattening="0"/>\n'
    return text, lambda x: by_hand.image_of(x, depth, height, width)


def reshape(depth, width):
    text = f'    <ReshapeLayer Depth="{depth}" Height="1" Width="{width}" Flattening="0"/>\n'
    return text, lambda x: cut(x, width)


def variable(
    index, label, *, expression=None, title=None, array=None, limits=UNSET, tag="Variable"
):
    mark = {"Variable": "VarIndex", "Spectator": "SpecIndex", "Target": "TargetIndex"}[tag]
    kind = "F" if array is None else "F[]"
    inside = label if array is None else f"{label}[{array}]"
    title = title or (label if array is None else f"[{array}]")
    return (
        f'    <{tag} {mark}="{index}" Expression="{expression or label}" Label="{label}"'
        f' Title="{title}" Unit="" Internal="{inside}" Type="{kind}" {limits}/>\n'
    )


def arrays(steps, features):
    """Variables vars_time0[0], vars_time0[1] ... as ROOT's tutorial adds them."""
    cells = [(t, d) for t in range(steps) for d in range(features)]
    return [variable(k, f"vars_time{t}", array=d) for k, (t, d) in enumerate(cells)]


def plain(*labels):
    return [
        variable(k, label, limits=f'Min="{-k - 1:.8e}" Max="{k + 0.5:.8e}"')
        for k, label in enumerate(labels)
    ]


def selection(entries):
    text = "      <Selection>\n"
    for tag in ("Input", "Output"):
        text += f'        <{tag} N{tag}s="{len(entries)}">\n'
        for kind, label in entries:
            text += f'          <{tag} Type="{kind}" Label="{label}" Expression="{label}"/>\n'
        text += f"        </{tag}>\n"
    return text + "      </Selection>\n"


def normalize(draw, entries, classes, offset=""):
    """A transformation whose last entry counts: its text, and the ranges of that entry."""
    text = f'    <Transform Name="Normalize"{offset}>\n' + selection(entries)
    for c in range(classes):
        low, high = draw.matrix(len(entries), 1)[1], draw.matrix(len(entries), 1)[1]
        ranges = [(a[0] - 2.5, b[0] + 2.5) for a, b in zip(low, high, strict=True)]
        ranges = [(float32(a), float32(b)) for a, b in ranges]
        text += f'      <Class ClassIndex="{c}">\n        <Ranges>\n'
        for k, (a, b) in enumerate(ranges):
            text += f'          <Range Index="{k}" Min="{a:.16e}" Max="{b:.16e}"/>\n'
        text += "        </Ranges>\n      </Class>\n"
    return text + "    </Transform>\n", ranges


def document(
    title,
    dims,
    layers,
    variables,
    *,
    era="6.22",
    letter="S",
    loss="C",
    analysis="Classification",
    classes=("Signal", "Background"),
    targets=(),
    spectators=(),
    transforms=(),
    layout="DENSE|1|LINEAR",
):
    facts = [
        ("TMVA Release", "4.2.1 [262657]"),
        ("ROOT Release", RELEASES[era]),
        ("Creator", "nobody"),
        ("Date", "Thu Jan  1 00:00:00 1970"),
        ("Host", "nowhere"),
        ("Dir", "/"),
        ("Training events", "1000"),
        ("TrainingTime", "1.25000000e+00"),
        ("AnalysisType", analysis),
    ]
    options = [
        ("V", "Yes", "True"),
        ("VerbosityLevel", "No", "Verbose"),
        ("VarTransform", "Yes", "N" if transforms else "None"),
        ("H", "Yes", "False"),
        ("CreateMVAPdfs", "No", "False"),
        ("IgnoreNegWeightsInTraining", "No", "False"),
        ("InputLayout", "Yes", "|".join(map(str, dims))),
        ("BatchLayout", "No", "0|0|0"),
        ("Layout", "Yes", layout),
        ("ErrorStrategy", "Yes", {"C": "CROSSENTROPY", "R": "SUMOFSQUARES"}[loss]),
        ("WeightInitialization", "Yes", "XAVIERUNIFORM"),
        ("RandomSeed", "Yes", "1234"),
        ("ValidationSize", "Yes", "0.2"),
        ("Architecture", "Yes", "CPU"),
        ("TrainingStrategy", "Yes", STRATEGY),
    ]
    text = f'<?xml version="1.0"?>\n<MethodSetup Method="DL::{title}">\n  <GeneralInfo>\n'
    text += "".join(f'    <Info name="{k}" value="{v}"/>\n' for k, v in facts)
    text += "  </GeneralInfo>\n  <Options>\n"
    text += "".join(f'    <Option name="{k}" modified="{m}">{v}</Option>\n' for k, m, v in options)
    text += (
        f'  </Options>\n  <Variables NVar="{len(variables)}">\n{"".join(variables)}  </Variables>\n'
    )
    if spectators:
        text += f'  <Spectators NSpec="{len(spectators)}">\n{"".join(spectators)}  </Spectators>\n'
    else:
        text += '  <Spectators NSpec="0"/>\n'
    text += f'  <Classes NClass="{len(classes)}">\n'
    text += "".join(f'    <Class Name="{name}" Index="{k}"/>\n' for k, name in enumerate(classes))
    text += "  </Classes>\n"
    if targets:
        text += f'  <Targets NTrgt="{len(targets)}">\n{"".join(targets)}  </Targets>\n'
    count = f'NTransformations="{len(transforms)}"'
    if transforms:
        text += f"  <Transformations {count}>\n{''.join(transforms)}  </Transformations>\n"
    else:
        text += f"  <Transformations {count}/>\n"
    depth, height, width = dims
    batch = (1, 50, width) if depth == height == 1 else (50, depth, height * width)
    text += f'  <MVAPdfs/>\n  <Weights NetDepth="{len(layers)}" InputDepth="{depth}"'
    text += f' InputHeight="{height}" InputWidth="{width}" BatchSize="1"'
    text += f' BatchDepth="{batch[0]}" BatchHeight="{batch[1]}" BatchWidth="{batch[2]}"'
    text += f' LossFunction="{loss}" Initialization="F" Regularization="0"'
    text += f' OutputFunction="{letter}" WeightDecay="{float32(0.01):.16e}">\n'
    return text + "".join(layer for layer, _ in layers) + "  </Weights>\n</MethodSetup>\n"
