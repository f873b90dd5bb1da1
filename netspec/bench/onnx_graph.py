"""A network as an ONNX model, which ONNX Runtime and OpenVINO read, with its layouts.

ONNX keeps steps first: x (steps, batch, features); a recurrent layer gives Y (steps, directions,
batch, units) and the final Y_h (directions, batch, units). Gates stand in the order i, o, f, c of
an LSTM and z, r, h of a GRU, where z is our u; the two biases stand one behind the other. Shapes
are fixed, batch included: the rivals plan better for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..layers.convolution import Convolution
from ..layers.dense import Dense
from ..layers.max_pool import MaxPool
from ..layers.recurrent import WAYS, Recurrent
from .packages import package

if TYPE_CHECKING:
    from ..formats import Model

ORDER = {"lstm": [0, 3, 1, 2], "gru": [1, 0, 2], "rnn": [0]}
OPERATORS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}
OPSET, IR = 14, 8


class Graph(NamedTuple):
    """The bytes of a model, and whether its output is (batch, ...) or as a recurrent layer's."""

    content: bytes
    recurrent_output: bool
    steps_first: bool

    def take(self, x: Any) -> Any:
        """Bring x (batch, steps, features) to ONNX's layout; images (batch, ...) have it."""
        return x.swapaxes(0, 1).copy() if self.steps_first else x.copy()

    def give(self, y: Any) -> Any:
        """Bring an output to ours: (batch, steps, width) or (batch, width)."""
        if not self.recurrent_output:
            return y
        *steps, _, batch, _ = y.shape
        return y.transpose((2, 0, 1, 3) if steps else (1, 0, 2)).reshape(batch, *steps, -1)


def graph(model: Model, batch: int) -> Graph:
    """Write layers as ONNX, for this size of batch: those of the networks that are timed."""
    onnx = package("onnx")
    writer = _Writer(onnx, model)
    sizes = model.spec.input.sizes
    steps_first = len(sizes) == 2
    name, recurrent = "x", False
    for layer, given in model.spec.walk():
        if isinstance(layer, Recurrent):
            if recurrent:  # two in a row: the directions go side by side
                side_by_side = writer.node("Transpose", [name], perm=[0, 2, 1, 3])
                name = writer.reshaped(side_by_side, (given[0], batch, given[1]))
            name, recurrent = writer.recurrent(layer, name), True
            continue
        if recurrent:
            perm = [2, 0, 1, 3] if len(given) == 2 else [1, 0, 2]
            name = writer.node("Transpose", [name], perm=perm)
        if isinstance(layer, Convolution | MaxPool):
            name = writer.windows(layer, name)
        elif recurrent or not isinstance(layer, Dense):
            name = writer.reshaped(name, (batch, -1))
        if isinstance(layer, Dense):
            name = writer.dense(layer, name)
        recurrent = False
    shape = [sizes[0], batch, sizes[1]] if steps_first else [batch, *sizes]
    given_value = onnx.helper.make_tensor_value_info("x", writer.type, shape)
    result = onnx.helper.make_tensor_value_info(name, writer.type, None)
    whole = onnx.helper.make_graph(writer.nodes, "netspec", [given_value], [result], writer.arrays)
    opset = onnx.helper.make_opsetid("", OPSET)
    content = onnx.helper.make_model(whole, opset_imports=[opset], ir_version=IR)
    return Graph(
        onnx.shape_inference.infer_shapes(content).SerializeToString(), recurrent, steps_first
    )


class _Writer:
    """The nodes and arrays of a graph, as they come."""

    def __init__(self, onnx: Any, model: Model) -> None:
        self.onnx, self.weights = onnx, model.weights or {}
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []
        self.type = getattr(onnx.TensorProto, {"float32": "FLOAT"}.get(model.spec.dtype, "DOUBLE"))

    def node(self, operator: str, given: list[str], outputs: int = 1, **options: Any) -> str:
        """Add a node; give the name of its last output, the others have none."""
        name = f"y{len(self.nodes)}"
        results = [""] * (outputs - 1) + [name]
        self.nodes.append(self.onnx.helper.make_node(operator, given, results, **options))
        return name

    def array(self, values: Any) -> str:
        name = f"a{len(self.arrays)}"
        self.arrays.append(self.onnx.numpy_helper.from_array(values, name))
        return name

    def reshaped(self, name: str, shape: tuple[int | None, ...]) -> str:
        import numpy

        return self.node("Reshape", [name, self.array(numpy.array(shape, "int64"))])

    def recurrent(self, layer: Recurrent, name: str) -> str:
        import numpy

        order, options = ORDER[layer.type], {}
        ways = [f"{layer.name}/{way}" for way, _ in WAYS[layer.direction]]

        def stacked(part: str) -> Any:
            """Give one array of both directions, its gates in ONNX's order."""
            both = [self.weights[way + part] for way in ways]
            gates = [
                array.reshape(len(order), layer.units, *array.shape[-1:] * (part in "WU"))[order]
                for array in both
            ]
            return numpy.stack([gate.reshape(-1, *gate.shape[2:]) for gate in gates])

        bias = stacked("b")
        second = stacked("b_state") if layer.state_bias else numpy.zeros_like(bias)
        if layer.type == "gru":
            options["linear_before_reset"] = int(getattr(layer, "reset_after", False))
        arrays = [stacked("W"), stacked("U"), numpy.concatenate([bias, second], -1)]
        return self.node(
            layer.type.upper(),
            [name, *map(self.array, arrays)],
            outputs=1 if layer.return_sequences else 2,
            hidden_size=layer.units,
            direction="bidirectional" if layer.direction == "both" else layer.direction,
            **options,
        )

    def dense(self, layer: Dense, name: str) -> str:
        own = [self.array(self.weights[f"{layer.name}/{part}"]) for part in "Wb"]
        return self.activated(layer, self.node("Gemm", [name, *own], transB=1))

    def windows(self, layer: Convolution | MaxPool, name: str) -> str:
        options: dict[str, Any] = {
            "kernel_shape": layer.kernel,
            "strides": layer.stride or layer.kernel,
        }
        if isinstance(layer, MaxPool):
            return self.node("MaxPool", [name], **options)
        own = [self.array(self.weights[f"{layer.name}/{part}"]) for part in "Wb"]
        return self.activated(
            layer, self.node("Conv", [name, *own], pads=layer.padding * 2, **options)
        )

    def activated(self, layer: Dense | Convolution, name: str) -> str:
        kind = layer.activation.type
        return name if kind == "linear" else self.node(OPERATORS[kind], [name])
