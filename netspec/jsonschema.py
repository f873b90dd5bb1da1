"""The JSON Schema of specs, for editors that complete and check while one types.

It is made from the classes of the spec, and `schemas/network.schema.json` is a copy of what `text`
gives. To the classes it adds what a file may hold beside values: a word for an activation (a loss
...) without options, `define:` with `${name}` in the place of any value, `$schema`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from .initializers import Initializer
from .layers import Layer
from .layers.activations import Function
from .losses import Loss
from .optimizers import Optimizer
from .schedules import Schedule
from .spec import NetworkSpec

REFERENCE: Final = {"$ref": "#/$defs/Reference"}
# What stands in many places, or is a word as well as a record.
SHARED: Final[dict[str, Any]] = {
    "Activation": Function,
    "Initializer": Initializer,
    "Layer": Layer,
    "Loss": Loss,
    "Optimizer": Optimizer,
    "Schedule": Schedule,
}
EXAMPLE: Final = {
    "netspec": 1,
    "name": "jets",
    "input": {"steps": 10, "features": 30},
    "layers": [
        {"type": "lstm", "units": 10, "return_sequences": True},
        {"type": "flatten"},
        {"type": "dense", "units": 64, "activation": "tanh"},
        {"type": "dense", "units": 1},
    ],
    "output": {"activation": "sigmoid", "classes": ["Signal", "Background"]},
}


def text() -> str:
    """Give the schema as JSON text, the same for the same classes."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """Give the schema, JSON Schema draft 2020-12."""
    found = NetworkSpec.model_json_schema()
    shared: dict[str, Any] = {}
    records = {name: _record(record, shared) for name, record in found.pop("$defs").items()}
    top = _record(found, shared)
    for name in shared.keys() - {"Layer"}:
        kinds = [records[ref["$ref"].rpartition("/")[2]] for ref in shared[name]["oneOf"]]
        words = [k["properties"]["type"]["const"] for k in kinds if k["required"] == ["type"]]
        shared[name] = {"anyOf": [{"enum": words}, shared[name]]}
    top["properties"] = {
        "$schema": {"type": "string", "description": "Where an editor finds this schema."},
        "define": {
            "type": "object",
            "description": "Values by name; elsewhere ${name} stands for one of them.",
        },
        **top["properties"],
    }
    shared["Reference"] = {
        "type": "string",
        "pattern": r"^\$\{[^{}]*\}$",
        "description": "A value that stands under define.",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:netspec:network:1",
        **top,
        "title": "A netspec network",
        "examples": [EXAMPLE],
        "$defs": dict(sorted((records | shared).items())),
    }


def _record(record: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Finish the schema of one class: its type is required, its values may be references."""
    options = {name: _value(value, shared) for name, value in record["properties"].items()}
    tag = options.get("type", {}).get("const")
    if tag is not None:
        record["required"] = ["type", *record.get("required", [])]
        record["examples"] = [{"type": tag, **case} for case in record.get("examples", [{}])]
    record["properties"] = {
        name: value if "const" in value else _or_reference(value) for name, value in options.items()
    }
    if "description" in record:
        record["description"] = " ".join(record["description"].replace("`", "").split())
    return record


def _or_reference(value: dict[str, Any]) -> dict[str, Any]:
    """Let a value be a reference instead; what explains it stays outside, where editors look."""
    words = ("default", "description")
    outside: dict[str, Any] = {word: value.pop(word) for word in words if word in value}
    return {"anyOf": [value, REFERENCE], **outside}


def _value(value: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Finish the schema of one value, and of what is inside a list or beside `or nothing`.

    What is a kind of something, "any layer", "any activation", is moved to `shared`.
    """
    value.pop("title", None)
    kinds = value.pop("discriminator", {}).get("mapping", {}).keys()
    for name, base in SHARED.items():
        if kinds and kinds <= base.kinds.keys():
            shared[name] = {"oneOf": value.pop("oneOf")}
            return {"$ref": f"#/$defs/{name}", **value}
    for key in ("items", "additionalProperties"):
        if isinstance(value.get(key), dict):
            value[key] = _or_reference(_value(value[key], shared))
    for key in value.keys() & {"anyOf", "oneOf"}:
        value[key] = [_value(member, shared) for member in value[key]]
    if value.get("type") == "array" and "minLength" in value:
        value["minItems"] = value.pop("minLength")
    return value
