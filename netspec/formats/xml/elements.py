"""Questions that every part of the reader asks of an element."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy.typing as npt

from ...errors import nearest
from . import digests, numbers
from .numbers import DTYPES, Encoding
from .tree import Node

SHAPE: Final = re.compile(r"(?:[0-9]{1,10}(?: [0-9]{1,10}){0,7})?")


class Found(NamedTuple):
    """An array as it was read, and the digest of its values."""

    array: npt.NDArray[Any]
    digest: str


def only(parent: Node, tag: str) -> Node:
    """Give a child that the grammar wants once."""
    child = parent.one(tag)
    assert child is not None
    return child


def word(node: Node, attribute: str, known: Iterable[str]) -> str:
    """Give an attribute that is one of a few words."""
    found = node.attributes[attribute]
    if found not in known:
        hint = nearest(found[:80], known)
        raise node.wrong(f"found the {attribute} {found[:80]!r}, which is not in the format{hint}")
    return found


def named(parent: Node | None, tag: str) -> dict[str, Node]:
    """Give the children by name; two of one name are refused."""
    children: dict[str, Node] = {}
    for child in parent.all(tag) if parent else ():
        if child.attributes["name"] in children:
            raise child.wrong("is there twice")
        children[child.attributes["name"]] = child
    return children


def array(
    node: Node, dtype: str, encoding: Encoding, shape: tuple[int, ...] | None = None
) -> Found:
    """Read an array of this dtype (and shape), whose digest must be right."""
    said = node.attributes["shape"]
    if not SHAPE.fullmatch(said):
        raise node.wrong(f"wanted a shape such as '10 30', found {said[:80]!r}")
    found = tuple(map(int, said.split()))
    if shape is not None and found != shape:
        raise node.wrong(f"the spec wants the shape {shape}, the file holds {found}")
    try:
        values = numbers.read(node.take_numbers(), found, DTYPES[dtype], encoding)
    except (ValueError, OverflowError) as error:
        raise node.wrong(str(error)) from None
    digest = digests.of_array(values)
    if digest != node.attributes["sha256"]:
        raise node.wrong(
            "the values are not those that were written: wanted the SHA-256"
            f" {node.attributes['sha256'][:64]}, found {digest}"
        )
    return Found(values, digest)


def typed_array(node: Node, dtypes: Iterable[str], encoding: Encoding) -> Found:
    """Read an array that is no weight: it says its own dtype, one of `dtypes`."""
    if "part" in node.attributes:
        raise node.wrong("found the attribute 'part', which only weights have")
    if "dtype" not in node.attributes:
        raise node.wrong("wanted the attribute 'dtype', found none")
    return array(node, word(node, "dtype", dtypes), encoding)
