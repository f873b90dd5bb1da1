"""OpenVINO on the CPU, from the same ONNX model as ONNX Runtime's.

It is told to compute in float32, for it would take bfloat16 on processors that have it. It is
called in its quickest way: the input is a tensor already, and the output lies in its own memory.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ..onnx_graph import graph
from ..packages import package
from . import Engine, up_to

if TYPE_CHECKING:
    from ...formats import Model

NAME = "openvino"

threads = up_to


def version() -> str:
    """Give the version that runs here."""
    package("onnx")
    return str(package(NAME).__version__).partition("-")[0]


@cache
def _core() -> Any:
    return package(NAME).Core()


def engines(model: Model, batch: int, threads: int | None) -> dict[str, Engine]:
    """Give a request for one inference at a time."""
    openvino = package(NAME)
    network = graph(model, batch)
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = _core().compile_model(_core().read_model(network.content, b""), "CPU", settings)
    request = compiled.create_infer_request()

    def take(x: Any) -> Any:
        own = network.take(x)  # kept, for the tensor only looks at its memory
        return openvino.Tensor(own, shared_memory=True), own

    def run(x: Any) -> Any:
        request.set_input_tensor(x[0])
        request.infer()
        return request.get_output_tensor(0).data

    return {"": Engine(run, take, network.give)}
