"""What ROOT's Reader does with a `*.weights.xml`: plain loops, as strict as ROOT, or stricter.

Imports nothing of the package. An attribute that ROOT asks for must be there, a number must be one
that a C++ stream reads to its end, an option must survive being joined by colons and cut again, and
a variable of a transformation is the *first* one whose label or expression fits.
"""

from __future__ import annotations

import math
import re
import struct
from xml.etree import ElementTree

INTEGER = re.compile(r"[+-]?\d+")
FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
FIELDS = ["Expression", "Label", "Title", "Unit", "Internal", "Type", "Min", "Max"]
CHILDREN = [
    "GeneralInfo", "Options", "Variables", "Spectators", "Classes", "Targets", "Transformations",
    "MVAPdfs", "Weights",
]  # fmt: skip
OPTIONS = [
    "V", "VerbosityLevel", "VarTransform", "H", "CreateMVAPdfs", "IgnoreNegWeightsInTraining",
    "InputLayout", "BatchLayout", "Layout", "ErrorStrategy", "WeightInitialization", "RandomSeed",
    "ValidationSize", "Architecture", "TrainingStrategy",
]  # fmt: skip
TAGS = {
    "RNNLayer": "InputWeights StateWeights Biases",
    "LSTMLayer": "InputWeights InputStateWeights InputBiases ForgetWeights ForgetStateWeights"
    " ForgetBiases CandidateWeights CandidateStateWeights CandidateBiases OuputWeights"
    " OutputStateWeights OutputBiases",
    "GRULayer": "ResetWeights ResetStateWeights ResetBiases UpdateWeights UpdateStateWeights"
    " UpdateBiases CandidateWeights CandidateStateWeights CandidateBiases",
}


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def attribute(node, name):
    assert name in node.attrib, f"Trying to read non-existing attribute '{name}' of {node.tag}"
    return node.attrib[name]


def integer(node, name):
    text = attribute(node, name)
    assert INTEGER.fullmatch(text), text
    return int(text)


def number(text):
    assert FLOAT.fullmatch(text), text
    return f32(float(text))


def rows_of(parent, count, tag):
    nodes = list(parent)
    assert len(nodes) == integer(parent, count)
    assert {node.tag for node in nodes} <= {tag}
    return nodes


def matrix(node, rows, columns):
    assert (integer(node, "Rows"), integer(node, "Columns")) == (rows, columns), node.tag
    numbers = [number(word) for word in node.text.split()]
    assert len(numbers) == rows * columns
    return [numbers[k * columns : (k + 1) * columns] for k in range(rows)]


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def apply(activation, z):
    if activation == 1:
        return z if z > 0 else 0.0
    if activation == 4:
        return -z if z < 0 else z
    if activation == 5:
        return z / (1 + abs(z))
    if activation == 6:
        return math.exp(-z * z)
    return {0: lambda v: v, 2: sigmoid, 3: math.tanh, 7: math.tanh}[activation](z)


class Reader:
    """A file, read as `BookMVA` reads it; `variables` are the expressions to be registered."""

    def __init__(self, text):
        root = ElementTree.fromstring(text)
        assert root.tag == "MethodSetup"
        assert attribute(root, "Method").split("::")[0] == "DL"
        tags = [child.tag for child in root]
        assert tags == [tag for tag in CHILDREN if tag in tags]
        part = {child.tag: child for child in root}
        facts = {attribute(n, "name"): attribute(n, "value") for n in part["GeneralInfo"]}
        assert re.search(r"\[\d+\]", facts["ROOT Release"])
        self.analysis = facts["AnalysisType"].lower()
        self.read_options(part["Options"])
        self.known = []
        for kind, parent, count, index in (
            ("Variable", "Variables", "NVar", "VarIndex"),
            ("Spectator", "Spectators", "NSpec", "SpecIndex"),
            ("Target", "Targets", "NTrgt", "TargetIndex"),
        ):
            nodes = rows_of(part[parent], count, kind) if parent in part else []
            for k, node in enumerate(nodes):
                assert integer(node, index) == k
                row = {field: attribute(node, field) for field in FIELDS}
                assert all(FLOAT.fullmatch(row[limit]) for limit in ("Min", "Max"))
                self.known.append((kind, k, row["Label"], row["Expression"]))
        self.variables = [row[3] for row in self.known if row[0] == "Variable"]
        nodes = rows_of(part["Classes"], "NClass", "Class")
        self.classes = [attribute(node, "Name") for node in nodes]
        assert [integer(node, "Index") for node in nodes] == list(range(len(nodes)))
        assert ("Targets" in part) == (self.analysis == "regression")
        self.transforms = [
            self.read_transform(node)
            for node in rows_of(part["Transformations"], "NTransformations", "Transform")
        ]
        self.read_network(part["Weights"])

    def read_options(self, parent):
        """Join and parse again, as `ReadOptionsFromXML` and `ParseOptions` do."""
        joined = ":".join(f"{attribute(n, 'name')}={n.text or ''}" for n in parent)
        cut = [option.partition("=") for option in joined.split(":")]
        assert [name for name, _, _ in cut] == [attribute(n, "name") for n in parent]
        assert all(attribute(n, "modified") in ("Yes", "No") for n in parent)
        options = {name: value for name, _, value in cut}
        assert options.keys() <= set(OPTIONS)
        for name in ("V", "H", "CreateMVAPdfs", "IgnoreNegWeightsInTraining"):
            assert options[name] in ("True", "False")
        assert options["ErrorStrategy"] in ("CROSSENTROPY", "SUMOFSQUARES", "MUTUALEXCLUSIVE")
        assert re.fullmatch(r"\d+", options["RandomSeed"])
        assert all(re.fullmatch(r"\d+", n) for n in options["InputLayout"].split("|"))

    def find(self, node):
        kind, label, expression = (attribute(node, a) for a in ("Type", "Label", "Expression"))
        for other, k, its_label, its_expression in self.known:
            if other == kind and (its_label == label or its_expression == expression):
                return kind, k
        raise AssertionError((kind, label, expression))

    def read_transform(self, node):
        assert attribute(node, "Name") == "Normalize"
        assert attribute(node, "UseOffsetOrNot") == "UseOffset"  # from 6.38 on
        selection, *entries = list(node)
        inputs, outputs = list(selection)
        assert (selection.tag, inputs.tag, outputs.tag) == ("Selection", "Input", "Output")
        read = [self.find(n) for n in rows_of(inputs, "NInputs", "Input")]
        written = [self.find(n) for n in rows_of(outputs, "NOutputs", "Output")]
        assert len(read) == len(written)
        classes = len(self.classes)
        assert len(entries) == (classes + 1 if classes > 1 else 1)
        for c, entry in enumerate(entries):
            assert integer(entry, "ClassIndex") == c
            (ranges,) = list(entry)
            assert ranges.tag == "Ranges"
            table = [
                (number(attribute(n, "Min")), number(attribute(n, "Max"))) for n in list(ranges)
            ]
            assert [integer(n, "Index") for n in ranges] == list(range(len(read)))
        return read, written, table  # the last entry: the class of an event is not known

    def read_network(self, node):
        depth, height, width = (integer(node, f"Input{d}") for d in ("Depth", "Height", "Width"))
        assert integer(node, "BatchSize") == 1
        for name in ("BatchDepth", "BatchHeight", "BatchWidth"):
            assert integer(node, name) > 0
        assert attribute(node, "LossFunction") in list("CRS")
        assert attribute(node, "Initialization") in list("GUIZXF")
        assert attribute(node, "Regularization") in list("012")
        self.output = attribute(node, "OutputFunction")
        number(attribute(node, "WeightDecay"))
        assert depth * height * width == len(self.variables)
        self.dims = depth, height * width
        self.layers = [self.read_layer(n) for n in node]
        assert len(self.layers) == integer(node, "NetDepth")

    def read_layer(self, node):
        if node.tag == "DenseLayer":
            width, activation = integer(node, "Width"), integer(node, "ActivationFunction")
            W, b = list(node)
            assert (W.tag, b.tag) == ("Weights", "Biases")
            W, b = matrix(W, width, integer(W, "Columns")), matrix(b, width, 1)
            return lambda x: self.dense(x, W, b, activation)
        if node.tag == "ReshapeLayer":
            sizes = [integer(node, name) for name in ("Depth", "Height", "Width")]
            flat = integer(node, "Flattening")
            return lambda x: self.reshape(x, sizes, flat)
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

    def dense(self, x, W, b, activation):
        assert len(x) == 1, "a dense layer takes a row"
        assert len(W[0]) == len(x[0])
        sums = [
            sum(w * v for w, v in zip(W[k], x[0], strict=True)) + b[k][0] for k in range(len(W))
        ]
        return [[apply(activation, z) for z in sums]]

    def reshape(self, x, sizes, flat):
        numbers = [v for row in x for v in row]
        assert math.prod(sizes) == len(numbers)
        if flat:
            return [numbers]
        assert len(x) == 1
        width = sizes[1] * sizes[2]
        return [numbers[k * width : (k + 1) * width] for k in range(sizes[0])]

    def evaluate(self, event):
        """Give what EvaluateMVA, EvaluateMulticlass or EvaluateRegression gives for one event."""
        event = [f32(v) for v in event]
        for read, written, table in self.transforms:
            values = [event[k] if kind == "Variable" else None for kind, k in read]
            for value, (kind, k), (low, high) in zip(values, written, table, strict=True):
                if kind == "Variable":
                    event[k] = f32(f32(f32(f32(value - low) * f32(1 / f32(high - low))) * 2) - 1)
        depth, width = self.dims
        x = [event[t * width : (t + 1) * width] for t in range(depth)]
        for layer in self.layers:
            x = layer(x)
        (y,) = x
        if self.output == "S":
            y = [sigmoid(v) for v in y]
        if self.output == "M":
            exps = [math.exp(v) for v in y]
            y = [e / sum(exps) for e in exps]
        if self.analysis == "classification":
            return y[:1]
        if self.analysis == "regression":
            for read, written, table in self.transforms:
                back = list(y)
                for (kind, k), (_, to), (low, high) in zip(read, written, table, strict=True):
                    if kind == "Target":
                        back[k] = low + (y[to] + 1) / (2 * (1 / (high - low)))
                if any(kind == "Target" for kind, _ in read):
                    return back
        return y


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
