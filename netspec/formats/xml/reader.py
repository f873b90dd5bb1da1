"""From the tree to a model, every value held against the spec and its digest.

    read -> _spec, _weights, digest, extras.read

The spec is read first; an array is then read only where the spec wants one of this name and shape,
and no memory is taken for it before its text is known to be long enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import numpy as np

from ...errors import FormatError, Place, SpecError, nearest
from ...spec import NetworkSpec
from ...specfile import upgraded
from ..model import CONTRACT, Model
from . import digests, elements, extras, options
from .layout import Slot, slots
from .lines import positions
from .numbers import ENCODINGS, Array, Encoding
from .tree import Node

Path = tuple[str | int, ...]
SHOWN: Final = 20  # problems of a spec: a hostile file could have millions
LONGEST: Final = 1000  # characters of one


def read(root: Node, data: bytes, name: str) -> Model:
    """Give the model that the tree of a file holds; `data` is the file, for lines in errors.

    Raises Wrong at the element that is to blame, or FormatError with every problem of the spec.
    """
    encoding = cast(Encoding, elements.word(root, "encoding", ENCODINGS))
    contract = root.attributes["contract"]
    if contract != CONTRACT:
        raise root.wrong(
            f"wanted contract {CONTRACT}, found {contract[:20]!r}: a newer netspec wrote this file,"
            " and it takes one to compute what it says"
        )
    spec, plain = _spec(root, data, name)
    for key, wanted in (("dtype", spec.dtype), ("name", spec.name)):
        if root.attributes[key] != wanted:
            header = root.attributes[key][:80]
            raise root.wrong(f"the spec inside says {key} {wanted!r}, the header {header!r}")
    weights, found = _weights(root, spec, encoding)
    digest = elements.only(root, "digest")
    made = digests.of_model(plain, found)
    if digest.attributes["sha256"] != made:
        raise digest.wrong(
            "the spec or the weights are not those that were written: wanted the SHA-256"
            f" {digest.attributes['sha256'][:64]}, found {made}"
        )
    return Model(spec, weights, extras.read(root, spec, encoding))


def _spec(root: Node, data: bytes, name: str) -> tuple[NetworkSpec, dict[str, Any]]:
    """Read the spec: itself, and the plain data that the file holds of it, for the digest."""
    top, layers = elements.only(root, "spec"), elements.only(root, "layers")
    nodes: dict[Path, Node] = {(): top, ("layers",): layers}
    plain = _options(top, (), ("layers",), nodes)
    rows = plain["layers"] = []
    for index, layer in enumerate(layers.children):
        path = ("layers", index)
        nodes[path] = layer
        head = {key: layer.attributes[key] for key in ("type", "name")}
        rows.append(head | _options(layer, path, tuple(head), nodes))
    place = _places(nodes, data, name)
    try:
        return NetworkSpec.from_data(upgraded(plain, place), place), plain
    except SpecError as error:
        shown = [str(problem)[:LONGEST] for problem in error.problems[:SHOWN]]
        more = len(error.problems) - SHOWN
        raise FormatError("\n".join(shown + [f"and {more} more problems"] * (more > 0))) from None


def _options(
    parent: Node, path: Path, taken: tuple[str, ...], nodes: dict[Path, Node]
) -> dict[str, Any]:
    """Read the options of one element and enter each in the table of places."""
    plain = {}
    for key, node in elements.named(parent, "option").items():
        if key in taken:
            raise node.wrong("is said in another place of the file, not by an option")
        try:
            plain[key] = options.read(node.take())
        except ValueError as error:
            raise node.wrong(str(error)) from None
        nodes[(*path, key)] = node
    return plain


def _places(nodes: Mapping[Path, Node], data: bytes, name: str) -> Callable[[Path], Place]:
    """Tell where a path of the spec stands: at its own element or the nearest around it."""
    found: dict[int, tuple[int, int]] = {}

    def place(path: Path) -> Place:
        if not found:
            found.update(positions(data, (node.ordinal for node in nodes.values())))
        while path not in nodes:
            path = path[:-1]
        return Place(name, *found[nodes[path].ordinal])

    return place


def _weights(
    root: Node, spec: NetworkSpec, encoding: Encoding
) -> tuple[dict[str, Array], list[tuple[Slot, str]]]:
    """Read the weights, and the digest of each element."""
    blocks: dict[str, list[Array]] = {}
    digests_found = []
    for layer, row in zip(elements.only(root, "layers").children, slots(spec), strict=True):
        nodes = _arrays_of(layer, row)
        for slot in row:
            node = nodes[slot.name, slot.part]
            found = elements.array(node, slot.dtype or spec.dtype, encoding, slot.shape)
            blocks.setdefault(slot.full, []).append(found.array)
            digests_found.append((slot, found.digest))
    weights = {}
    for name, param in spec.parameters().items():
        arrays = blocks.pop(name)
        weights[name] = np.stack(arrays) if param.blocks else arrays[0]
    return weights, digests_found


def _arrays_of(layer: Node, row: list[Slot]) -> dict[tuple[str, str], Node]:
    """Find the array elements of a layer: all that its options want, each once, and no other."""
    wanted = {(slot.name, slot.part): slot for slot in row}
    names = [_shown(slot.name, slot.part) for slot in row]
    nodes: dict[tuple[str, str], Node] = {}
    for node in layer.all("array"):
        key = node.attributes["name"], node.attributes.get("part", "")
        if key in nodes:
            raise node.wrong("is there twice")
        if key not in wanted:
            hint = nearest(_shown(*key)[:80], names) if wanted else ", which has none"
            raise node.wrong(f"is no array of {layer}{hint}")
        own, found = wanted[key].dtype, node.attributes.get("dtype", "")
        if found and not own:
            raise node.wrong(
                "found the attribute 'dtype': all weights have that of the file but those of"
                " which the layer says otherwise"
            )
        if found != own:
            raise node.wrong(f"wanted the dtype {own!r}, found {found[:80] or 'none'!r}")
        nodes[key] = node
    for key in wanted:
        if key not in nodes:
            raise layer.wrong(f"wanted the array {_shown(*key)!r}, found none")
    return nodes


def _shown(name: str, part: str) -> str:
    return f"{name}/{part}" if part else name
