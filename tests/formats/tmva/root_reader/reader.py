"""A file, read as `BookMVA` reads it, and evaluated event by event.

Source: MethodBase.cxx, MethodDL.cxx and TransformationHandler.cxx of ROOT.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from . import images, old_methods, options, recurrent
from .activations import output
from .text import FLOAT, attribute, cut, f32, integer, number, rows_of
from .transformations import Transformation

FIELDS = ["Expression", "Label", "Title", "Unit", "Internal", "Type", "Min", "Max"]
CHILDREN = [
    "GeneralInfo", "Options", "Variables", "Spectators", "Classes", "Targets", "Transformations",
    "MVAPdfs", "Weights",
]  # fmt: skip
PARTS = [
    ("Variable", "Variables", "NVar", "VarIndex"),
    ("Spectator", "Spectators", "NSpec", "SpecIndex"),
    ("Target", "Targets", "NTrgt", "TargetIndex"),
]
LAYERS = {
    "DenseLayer": images.dense,
    "ReshapeLayer": images.reshape,
    "ConvLayer": images.convolution,
    "MaxPoolLayer": images.max_pool,
}


class Reader:
    """A file that has been read; `variables` are the expressions to be registered."""

    def __init__(self, text, right=False):
        root = ElementTree.fromstring(text)
        assert root.tag == "MethodSetup"
        self.method, self.right = attribute(root, "Method").split("::")[0], right
        tags = [child.tag for child in root]
        assert tags == [tag for tag in CHILDREN if tag in tags]
        part = {child.tag: child for child in root}
        facts = {attribute(n, "name"): attribute(n, "value") for n in part["GeneralInfo"]}
        assert re.search(r"\[\d+\]", facts["ROOT Release"])
        self.analysis = facts["AnalysisType"].lower()
        self.options = options.read(part["Options"])
        self.known = [row for names in PARTS for row in self.read_variables(part, *names)]
        self.variables = [row[3] for row in self.known if row[0] == "Variable"]
        nodes = rows_of(part["Classes"], "NClass", "Class")
        self.classes = [attribute(node, "Name") for node in nodes]
        assert [integer(node, "Index") for node in nodes] == list(range(len(nodes)))
        assert ("Targets" in part) == (self.analysis == "regression")
        self.transforms = [
            Transformation(node, self.known, len(self.classes), right)
            for node in rows_of(part["Transformations"], "NTransformations", "Transform")
        ]
        self.run = {"DL": self.read_network, "MLP": self.read_mlp, "DNN": self.read_dnn}[
            self.method
        ](part["Weights"])

    def read_variables(self, part, kind, parent, count, index):
        nodes = rows_of(part[parent], count, kind) if parent in part else []
        for k, node in enumerate(nodes):
            assert integer(node, index) == k
            row = {field: attribute(node, field) for field in FIELDS}
            assert all(FLOAT.fullmatch(row[limit]) for limit in ("Min", "Max"))
            yield kind, k, row["Label"], row["Expression"]

    def read_mlp(self, node):
        run = old_methods.mlp(node, self.options)
        if self.analysis == "multiclass":
            return lambda x: old_methods.softmax_of(run(x))
        return run

    def read_dnn(self, node):
        return old_methods.dnn(node)

    def read_network(self, node):
        options.check(self.options)
        depth, height, width = (integer(node, f"Input{d}") for d in ("Depth", "Height", "Width"))
        assert integer(node, "BatchSize") == 1
        for name in ("BatchDepth", "BatchHeight", "BatchWidth"):
            assert integer(node, name) > 0
        assert attribute(node, "LossFunction") in list("CRS")
        assert attribute(node, "Initialization") in list("GUIZXF")
        assert attribute(node, "Regularization") in list("012")
        number(attribute(node, "WeightDecay"))
        letter = attribute(node, "OutputFunction")
        assert depth * height * width == len(self.variables)
        shape, layers, before = (depth, height, width), [], ""
        for child in node:
            layer, shape = self.read_layer(child, shape, before)
            layers.append(layer)
            before = child.tag
        assert len(layers) == integer(node, "NetDepth")

        def run(event):
            x = cut(event, height * width)
            for layer in layers:
                x = layer(x)
            (y,) = x
            return output(letter, y)

        return run

    def read_layer(self, node, shape, before):
        if node.tag == "BatchNormLayer":
            return images.batch_norm(node, shape, before, banded=not self.right)
        if node.tag in LAYERS:
            return LAYERS[node.tag](node, shape)
        layer = recurrent.read(node)
        steps = integer(node, "TimeSteps") if integer(node, "ReturnSequence") else 1
        return layer, (steps, 1, integer(node, "StateSize"))

    def evaluate(self, event, spectators=None):
        """Give what EvaluateMVA, EvaluateMulticlass or EvaluateRegression gives for one event."""
        count = sum(kind == "Spectator" for kind, *_ in self.known)
        values = {
            "Variable": [f32(v) for v in event],
            "Spectator": [f32(v) for v in spectators or [0.0] * count],
            "Target": [],
        }
        for transform in self.transforms:
            values = transform.forward(values)
        y = self.run(values["Variable"])
        if self.analysis == "classification":
            return y[:1]
        return self.undo(values | {"Target": y}) if self.analysis == "regression" else y

    def undo(self, event):
        """Undo transformations of targets: in ROOT each begins anew, so the first stays."""
        found = event = {kind: [f32(v) for v in values] for kind, values in event.items()}
        for transform in reversed(self.transforms):
            if transform.selection.targets:
                found = transform.inverse(found if self.right else event)
        return found["Target"]
