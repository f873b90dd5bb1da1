"""ONNX Runtime, from an ONNX model with steps first; its recurrent cells know float32 alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..onnx_graph import graph
from ..packages import package
from . import Engine, up_to

if TYPE_CHECKING:
    from ...formats import Model

NAME = "onnxruntime"
FATAL = 4  # it raises what it logs of less, and a cell of the table says so

threads = up_to


def version() -> str:
    """Give the version that runs here."""
    package("onnx")
    return str(package(NAME).__version__)


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give a session, and its plainest call: NumPy array in, new NumPy array out."""
    onnxruntime = package(NAME)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL
    network = graph(model, batch)
    session = onnxruntime.InferenceSession(
        network.content, options, providers=["CPUExecutionProvider"]
    )
    outputs = [session.get_outputs()[0].name]

    def run(x: Any) -> Any:
        return session.run(outputs, {"x": x})[0]

    return {"": Engine(run, network.take, network.give)}
