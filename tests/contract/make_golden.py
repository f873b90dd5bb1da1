"""Write `golden.json`: python -m tests.contract.make_golden, in the root of the project.

The answers are the model's alone; no engine is asked. Each change of this file says that the
contract has changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from netspec.formats.model import CONTRACT
from netspec.layers import Layer
from netspec.layers.activations import Function
from tests.specimens import ROWS, SHAPE, shape_of

from .golden import FILE, by_model

FUNCTIONS = ("exp", "expm1", "tanh", "sigmoid", "erf", "log")
OPTIONS = [
    *({"type": word} for word in sorted(Function.kinds)),
    {"type": "elu", "alpha": 0.7},
    {"type": "gelu", "approximate": "tanh"},
    {"type": "hard_sigmoid", "slope": 0.2},
    {"type": "leaky_relu", "slope": 0.3},
    {"type": "tanh", "form": "rational"},
]
SHAPES = {
    "product": [
        [[2, k], [m, k], [m]] for k, m in [(1, 3), (7, 17), (127, 2), (128, 2), (129, 2), (300, 3)]
    ],
    "outer_sum": [
        [[n, s, 2], [n, s, 3]] for n, s in [(1, 1), (128, 1), (129, 2), (260, 3), (3, 17), (2, 40)]
    ],
    "sum": [[[n, s, 3]] for n, s in [(1, 1), (128, 1), (129, 2), (300, 2), (3, 17), (2, 273)]],
}
SEQUENCES = {"return_sequences": True}
STACKS: dict[str, dict[str, Any]] = {
    "classifier": {
        "rows": [
            {"type": "normalize"},
            {"type": "lstm", "units": 6, **SEQUENCES, "direction": "both", "merge": "sum"},
            {"type": "gru", "units": 5, **SEQUENCES, "reset_after": True, "state_bias": True},
            {"type": "rnn", "units": 4, "activation": "gelu"},
            {"type": "dense", "units": 3},
        ],
        "output": {"activation": "softmax"},
        "lengths": [5, 0, 2, 4],
        "state": False,
    },
    "stream": {
        "rows": [
            {"type": "lstm", "units": 3, **SEQUENCES, "forget_bias": 1.0, "state_bias": True},
            {"type": "dense", "units": 4, "activation": "elu"},
            {"type": "gru", "units": 3, **SEQUENCES, "initial_state": "learned"},
        ],
        "output": {"activation": "sigmoid", "first": 2},
        "lengths": [1, 5, 3, 2],
    },
    "flat": {
        "rows": [
            {"type": "flatten"},
            {"type": "dense", "units": 6, "activation": "softsign"},
            {"type": "reshape", "shape": [2, 3]},
            {"type": "last_step"},
            {"type": "activation", "activation": "softmax"},
        ],
        "lengths": [5, 1, 0, 3],
    },
    "image": {
        "rows": [
            {"type": "convolution", "filters": 3, "kernel": [3, 2], "padding": [1, 0]},
            {"type": "batch_norm"},
            {"type": "activation", "activation": "relu"},
            {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]},
            {"type": "convolution", "filters": 2, "kernel": [2, 3], "stride": [2, 1]},
            {"type": "flatten"},
            {"type": "dense", "units": 3},
        ],
        "shape": [2, 6, 5],
        "output": {"activation": "softmax"},
    },
    "ties": {
        "rows": [{"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]}],
        "shape": [2, 5, 4],
        "special": 0.9,
    },
    "transformed": {
        "rows": [
            {"type": "gauss", "bins": [6, 3, 4]},
            {"type": "pca"},
            {"type": "decorrelate", "inputs": [2, 0], "outputs": [1, 1]},
            {"type": "normalize"},
            {"type": "dense", "units": 4, "activation": "sigmoid"},
            {"type": "gauss", "bins": [5, 2], "inputs": [3, 1], "flat": True, "inverse": True},
            {"type": "pca", "inputs": [0, 2], "inverse": True},
        ],
        "lengths": [5, 0, 2, 4],
    },
    "special": {
        "rows": [{"type": "lstm", "units": 3, **SEQUENCES}, {"type": "gru", "units": 3}],
        "special": 0.02,
    },
}
WIDE = {
    "lstm": {"type": "lstm", "units": 33},
    "gru": {"type": "gru", "units": 65},
    "rnn": {"type": "rnn", "units": 130},
}


def questions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every question under its name."""
    for dtype in ("float32", "float64"):
        for name in FUNCTIONS:
            yield f"{name} {dtype}", {"what": "function", "name": name}
        for options in OPTIONS:
            name = " ".join(map(str, options.values()))
            yield f"activation {name} {dtype}", {"what": "activation", "options": options}
        for what, rows in SHAPES.items():
            for shapes in rows:
                name = " ".join("x".join(map(str, shape)) for shape in shapes)
                yield f"{what} {name} {dtype}", {"what": what, "shapes": shapes}
            yield f"{what} special {dtype}", {"what": what, "shapes": rows[1], "special": 0.03}
        for name, row in ROWS.items():
            given = shape_of(row)
            base = {"what": "stack", "rows": [row], "shape": list(given), "batch": 2}
            reverses = Layer.kinds[row["type"]].model_validate(row).reverses
            rest = {"state": False} if reverses else {}
            yield f"{name} {dtype}", base | rest
            if given == SHAPE:
                yield f"{name} ragged {dtype}", base | rest | {"lengths": [1, 3]}
            if row["type"] == "batch_norm":
                yield f"{name} trained {dtype}", base | rest | {"trained": True}
        for name, stack in STACKS.items():
            base = {"what": "stack", "shape": [5, 3], "batch": 4}
            yield f"{name} {dtype}", base | stack
        for name, row in WIDE.items():
            base = {"what": "stack", "rows": [row], "shape": [2, 3], "batch": 1, "scale": 0.5}
            yield f"wide {name} {dtype}", base


def main() -> None:
    """Ask the model everything, and write down what it says."""
    cases = {}
    for name, question in questions():
        question["dtype"] = name.rsplit(" ", 1)[1]
        cases[name] = {"question": question, "answer": by_model(question)}
    text = json.dumps({"contract": CONTRACT, "cases": cases}, indent=1)
    FILE.write_text(f"{text}\n", encoding="ascii")
    print(f"{len(cases)} answers in {FILE.name}, {len(text)} bytes")


if __name__ == "__main__":
    main()
