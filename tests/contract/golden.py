"""Questions whose answers are kept, bit by bit, in `golden.json`, and how both sides answer them.

A question is plain data, so that the file stands by itself. What it is asked with is drawn by name
(`drawing.py`). An answer holds the bits of each array, or the SHA-256 of them where they are many.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from netspec.layers.activations import Function

from . import activations, functions, model, sums
from .asking import modelled, named, trained
from .drawing import Question, drawn, network, specials, strewn, uniform
from .rounding import canonical, words

FILE = Path(__file__).with_name("golden.json")
MOST = 100  # numbers of an array that are kept as they are
IN_A_LINE = {4: 10, 8: 5}


def stored() -> dict[str, Any]:
    """Read the questions and answers that are kept."""
    return json.loads(FILE.read_text(encoding="ascii"))["cases"]


def kept(array: Any) -> Any:
    """Give the bits of an array as the file holds them."""
    size, shape = array.dtype.itemsize, "x".join(map(str, array.shape))
    flat = words(array).ravel()
    if flat.size > MOST:
        return f"{shape} sha256 {sha256(flat.astype(f'<u{size}').tobytes()).hexdigest()}"
    digits = [f"{word:0{2 * size}x}" for word in flat.tolist()]
    rows = range(0, len(digits), IN_A_LINE[size])
    return [shape, *(" ".join(digits[k : k + IN_A_LINE[size]]) for k in rows)]


def of_stack(question: Mapping[str, Any]) -> tuple[Question, Any]:
    """Draw what a stack of layers is run with; give its lengths too."""
    keys = ("rows", "shape", "batch", "dtype")
    rest = {k: question[k] for k in ("scale", "special") if k in question}
    one = drawn(*(question[k] for k in keys), name=json.dumps(question["rows"]), **rest)
    if not question.get("state", True):
        one = one._replace(state={})
    lengths = question.get("lengths")
    return one, None if lengths is None else np.array(lengths)


def of_chance(question: Mapping[str, Any]) -> tuple[str] | None:
    """Give the name of the stream of a step of training, where the question is one."""
    return ("golden",) if question.get("trained") else None


def of_rows(question: Mapping[str, Any]) -> list[Any]:
    """Draw the arrays that a primitive is given."""
    name, dtype = json.dumps(question["shapes"]), question["dtype"]
    arrays = [uniform(f"{name} {k}", s, dtype) for k, s in enumerate(question["shapes"])]
    return [strewn(a, f"{name} {k}", question.get("special", 0)) for k, a in enumerate(arrays)]


def of_function(question: Mapping[str, Any]) -> tuple[Any, Any]:
    """Draw what a function or an activation is given, and slopes."""
    dtype = question["dtype"]
    near, far = uniform("near", (8, 4), dtype), uniform("far", (7, 4), dtype)
    wide = np.array([[0.01], [0.1], [0.5], [1], [2], [4], [8], [16]], dtype)
    ends = np.resize(specials(dtype), (10, 4))
    x = np.concatenate([near * wide, far * np.array(110, dtype), ends])
    return x, uniform("slopes", x.shape, dtype)


def by_model(question: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a question by the model."""
    with np.errstate(all="ignore"):
        return {k: kept(canonical(v)) for k, v in _by_model(question).items()}


def _by_model(question: Mapping[str, Any]) -> dict[str, Any]:
    what = question["what"]
    if what == "stack":
        one, lengths = of_stack(question)
        spec = network(one, "numpy", question.get("output")).spec
        y, _ = model.run(spec, one.weights, one.x, lengths, one.state)
        return {"called": y, **named(modelled(one, lengths, of_chance(question)))}
    if what == "function":
        return {"y": getattr(functions, question["name"])(of_function(question)[0])}
    if what == "activation":
        f = a_function(question)
        x, dy = of_function(question)
        y = np.array([activations.apply(f, row) for row in x])
        back = [activations.back(f, *row) for row in zip(x, y, dy, strict=True)]
        return {"y": y, "slope": np.array(back)}
    arrays = of_rows(question)
    if what == "product":
        x, W, start = arrays
        return {"y": np.array([sums.product(row, W, start) for row in x])}
    if what == "outer_sum":
        return {"y": sums.outer_sum(*arrays)}
    assert what == "sum"
    return {"y": sums.long_sum(*arrays)}


def by_backend(question: Mapping[str, Any], b: Any) -> dict[str, Any]:
    """Answer a question by a backend."""
    with b.computing():
        return {k: kept(b.canonical(v)) for k, v in _by_backend(question, b).items()}


def _by_backend(question: Mapping[str, Any], b: Any) -> dict[str, Any]:
    what = question["what"]
    if what == "stack":
        one, lengths = of_stack(question)
        y = called(network(one, b, question.get("output")), one, lengths)
        return {"called": y, **named(trained(one, b, lengths, of_chance(question)))}
    if what == "function":
        return {"y": getattr(b, question["name"])(of_function(question)[0])}
    if what == "activation":
        f = a_function(question)
        x, dy = of_function(question)
        y = f.apply(b, x)
        return {"y": y, "slope": f.back(b, x, y, dy)}
    arrays = of_rows(question)
    return {"y": b.sum(*arrays, (0, 1)) if what == "sum" else getattr(b, what)(*arrays)}


def called(own: Any, one: Question, lengths: Any) -> Any:
    """Call a network from the question's states; nets that reverse take none from a caller."""
    return own(one.x, lengths=lengths, state=one.state or None)


def a_function(question: Mapping[str, Any]) -> Any:
    """Make the activation of a question."""
    return Function.kinds[question["options"]["type"]](**question["options"])
