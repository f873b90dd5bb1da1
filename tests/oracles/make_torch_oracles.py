"""Make the stored numbers of this folder: `python -m tests.oracles.make_torch_oracles`.

Imports torch and numpy, and nothing of netspec. A *question* is a stack of spec rows with sizes,
lengths and a seed; its *answer* adds weights, input, outputs, final states and, for gradients
injected on outputs and final states, every gradient, in float64. Sizes are all different, no
bias is zero, no two are alike, and weights are large enough to spread the gates.

Made with torch 2.13.0 (CPU) and NumPy 2.4. Numbers are written as the shortest decimals that
read back to the same float64.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

from .questions import QUESTIONS, Question
from .torch_layers import BLOCKS, RECURRENT, STATES, Row, Tensors
from .torch_stacks import named, prefixes, stack, torch_stack

HERE = Path(__file__).parent
Shape = tuple[int, ...]


def parameters(row: Row, features: int) -> dict[str, Shape]:
    """Give the shapes of a layer's weights, in netspec's names and layout."""
    if row["type"] == "dense":
        shapes = {"W": (row["units"], features), "b": (row["units"],)}
        return shapes if row.get("bias", True) else {"W": shapes["W"]}
    if row["type"] == "embedding":
        return {"W": (row["ids"], row["units"])}
    if row["type"] == "bidirectional":
        return {
            f"{way}/{name}/{key}": shape
            for way in ("forward", "reverse")
            for name, key, shape in stack_parameters(row["layers"], (None, features))
        }
    if row["type"] not in RECURRENT:
        return {}
    units, blocks = row["units"], (BLOCKS[row["type"]],)
    blocks = () if blocks == (1,) else blocks
    cell = {"W": (*blocks, units, features), "U": (*blocks, units, units)}
    if row.get("bias", True):
        cell["b"] = (*blocks, units)
    if row.get("state_bias", False):
        cell["b_state"] = (*blocks, units)
    if row.get("initial_state", "zeros") != "zeros":
        cell |= {f"{name}0": (units,) for name in STATES[row["type"]]}
    return {prefix + key: s for prefix in prefixes(row).values() for key, s in cell.items()}


def states(row: Row) -> dict[str, Shape]:
    """Give the shapes of a layer's states, without the batch."""
    if row["type"] == "bidirectional":
        return {
            f"{way}/{name}/{key}": shape
            for way in ("forward", "reverse")
            for name, inner in named(row["layers"])
            for key, shape in states(inner).items()
        }
    if row["type"] not in RECURRENT:
        return {}
    return {p + key: (row["units"],) for p in prefixes(row).values() for key in STATES[row["type"]]}


def output_shape(row: Row, given: Shape) -> Shape:
    """Give the shape after a layer."""
    if row["type"] == "dense":
        return (*given[:-1], row["units"])
    if row["type"] == "embedding":
        return (given[0], math.prod(given[1:]) * row["units"])
    if row["type"] == "flatten":
        return (math.prod(given),)
    if row["type"] == "reshape":
        return tuple(row["shape"])
    if row["type"] == "last_step":
        return given[1:]
    if row["type"] == "bidirectional":
        inner = given
        for below in row["layers"]:
            inner = output_shape(below, inner)
        return (*inner[:-1], inner[-1] * (2 if row.get("merge", "concat") == "concat" else 1))
    if row["type"] in RECURRENT:
        wide = row.get("direction") == "both" and row.get("merge", "concat") == "concat"
        last = row["units"] * (2 if wide else 1)
        return (given[0], last) if row.get("return_sequences", False) else (last,)
    return given


def stack_parameters(rows: list[Row], given: Shape) -> list[tuple[str, str, Shape]]:
    """Give (layer, parameter, shape) of a whole stack."""
    found = []
    for name, row in named(rows):
        found += [(name, key, shape) for key, shape in parameters(row, given[-1]).items()]
        given = output_shape(row, given)
    return found


def frozen(rows: list[Row], name: str) -> bool:
    """Say whether a full name is a table that stays, or a start value that is not learned."""
    row = dict(named(rows))[name.split("/")[0]]
    if name.rsplit("/", 1)[-1] not in ("h0", "c0"):
        return not row.get("trainable", True)
    return row.get("initial_state") == "constant"


def draw(question: Question) -> dict[str, object]:
    """Draw weights, input, states and injected gradients: PCG64 bits, made uniform here."""
    bits = np.random.PCG64(question["seed"])

    def uniform(*shape: int) -> torch.Tensor:
        """Numbers from 0.1 to 1 of either sign, in whole 1024ths; where few, no two alike."""
        while True:
            raw = (bits.random_raw(math.prod(shape)) >> np.uint64(53)).astype(np.int64) - 1024
            whole = np.where(raw < 0, -100, 100) + raw * 923 // 1024
            if whole.size > 20 or len(np.unique(whole)) == whole.size:
                return torch.from_numpy(whole / 1024.0).reshape(shape)

    def ids(*shape: int) -> torch.Tensor:
        """Ids of the first layer's table."""
        raw = bits.random_raw(math.prod(shape)) % np.uint64(question["layers"][0]["ids"])
        return torch.from_numpy(raw.astype("float64")).reshape(shape)

    rows, batch, shape = question["layers"], question["batch"], tuple(question["shape"])
    weights = {f"{n}/{k}": uniform(*s) for n, k, s in stack_parameters(rows, shape)}
    for name in weights:
        if frozen(rows, name) and name.endswith("0"):
            value = dict(named(rows))[name.split("/")[0]].get("initial_value", 0.0)
            weights[name] = torch.full_like(weights[name], value)
    entry = {f"{n}/{k}": s for n, row in named(rows) for k, s in states(row).items()}
    out = shape
    for row in rows:
        out = output_shape(row, out)
    return {
        "weights": weights,
        "x": ids(batch, *shape) if "ids" in rows[0] else 1.5 * uniform(batch, *shape),
        "state": {k: uniform(batch, *s) for k, s in entry.items()} if question["state"] else {},
        "dy": uniform(batch, *out),
        "dfinal": {k: uniform(batch, *s) for k, s in entry.items()},
    }


def answer(question: Question) -> dict[str, object]:
    """Ask torch: outputs, final states and all gradients of one question."""
    rows, drawn = question["layers"], draw(question)
    lengths = torch.tensor(question["lengths"]) if question["lengths"] else None
    leaves: list[Tensors] = [drawn["weights"], {"x": drawn["x"]}, drawn["state"]]
    for leaf in (value for group in leaves for value in group.values()):
        leaf.requires_grad_()
    run = torch_stack if question.get("together") else stack
    y, final = run(rows, drawn["weights"], drawn["x"], lengths, drawn["state"])
    loss = (y * drawn["dy"]).sum()
    loss = loss + sum((final[k] * drawn["dfinal"][k]).sum() for k in final)
    loss.backward()
    slopes = [
        {k: torch.zeros_like(v) if v.grad is None else v.grad for k, v in group.items()}
        for group in leaves
    ]
    slopes[0] = {k: v for k, v in slopes[0].items() if not frozen(rows, k)}
    return {
        **{k: question[k] for k in ("layers", "shape", "batch", "lengths")},
        **drawn,
        "y": y,
        "final": final,
        "gradients": {"weights": slopes[0], "x": slopes[1]["x"], "state": slopes[2]},
    }


def plain(value: object) -> object:
    """Give tensors as nested lists of Python floats."""
    if isinstance(value, torch.Tensor):
        return value.detach().tolist()
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def main() -> None:
    """Write one file for each kind of layer."""
    torch.set_num_threads(1)
    for kind, questions in QUESTIONS.items():
        answers = {name: plain(answer(question)) for name, question in questions.items()}
        lines = [
            f"{json.dumps(name)}: {json.dumps(case, allow_nan=False, separators=(',', ':'))}"
            for name, case in answers.items()
        ]
        (HERE / f"torch_{kind}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
