"""From bytes to a small tree, safely: what is refused is refused while it is read.

No document type (and so no entities, internal or external), no processing instruction, no network,
UTF-8 only. Every start tag is held against the grammar below, its parent's and its own attributes
included, so that nesting can be no deeper than the grammar is. Comments may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from ...errors import nearest
from .lines import ANYWHERE

NAMESPACE: Final = "urn:netspec:model:1"
VERSION: Final = "1"

MOST: Final = 500_000  # elements of a file: ten thousand layers, and half a kilobyte each in memory
BLANK: Final = " \t\r\n"
DECLARATION: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?<\?xml\s+version\s*=\s*[\"']1\.0[\"']"
    rb"(?:\s+encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'])?"
)


class Wrong(Exception):
    """Something is wrong at the `ordinal`-th start tag of the file, counting from 0."""

    def __init__(self, ordinal: int, message: str) -> None:
        super().__init__(message)
        self.ordinal = ordinal


class Form(NamedTuple):
    """What an element may be: attributes wanted and allowed, children in order, text or none."""

    wanted: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    children: str = ""
    text: bool = False


ARRAY: Final = ("name", "shape", "sha256")
GRAMMAR: Final = {
    "model": Form(
        ("format", "contract", "dtype", "name", "encoding"),
        children="metadata? spec layers history? verification? digest",
    ),
    "metadata": Form(children="entry*"),
    "entry": Form(("name",), text=True),
    "spec": Form(children="option*"),
    "option": Form(("name",), text=True),
    "layers": Form(children="layer*"),
    "layer": Form(("type", "name"), children="option* array*"),
    "history": Form(children="array*"),
    "verification": Form(("engine", "contract", "tolerance", "sha256"), children="array*"),
    "array": Form(ARRAY, ("part", "dtype"), text=True),
    "digest": Form(("sha256",)),
}
CHILDREN: Final = {tag: re.findall(r"\w+", form.children) for tag, form in GRAMMAR.items()}
ORDER: Final = {
    tag: re.compile(re.sub(r"(\w+)([?*]?) ?", r"(?:\1 )\2", form.children))
    for tag, form in GRAMMAR.items()
}


@dataclass(slots=True)
class Node:
    """An element: its text is whole, its children are in the order of the file."""

    tag: str
    attributes: dict[str, str]
    ordinal: int
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    cut: memoryview | None = None

    def all(self, tag: str) -> list[Node]:
        """Give the children of this name."""
        return [child for child in self.children if child.tag == tag]

    def one(self, tag: str) -> Node | None:
        """Give the child of this name, of which the grammar allows one."""
        return next(iter(self.all(tag)), None)

    def take(self) -> str:
        """Give the text and forget it, so that a large one is not kept beside its array."""
        text = "".join(self.pieces)
        self.pieces.clear()
        return text

    def take_numbers(self) -> str | memoryview:
        """Give the text of an array and forget it; one that was cut out is given as it lies."""
        text, self.cut = self.cut, None
        return self.take() if text is None else text

    def wrong(self, message: str) -> Wrong:
        """Make an error that stands at this element."""
        return Wrong(self.ordinal, f"{self}: {message}")

    def __str__(self) -> str:
        """Give `<array name="W" part="i">`."""
        shown = "".join(
            f' {key}="{self.attributes[key][:80]}"'
            for key in ("type", "name", "part")
            if key in self.attributes
        )
        return f"<{self.tag[:80]}{shown}>"


class Builder:
    """What lxml tells of each tag; an exception here ends the reading at once."""

    def __init__(self, texts: dict[str, memoryview]) -> None:
        self.texts = texts
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0

    def start(self, tag: str, attributes: Mapping[str, str], nsmap: Any = None) -> None:
        """Hold a start tag against the grammar and enter it in the tree."""
        namespace, _, name = tag.rpartition("}")
        node = Node(name, dict(attributes), self.count)
        self.count += 1
        if self.count > MOST:
            raise node.wrong(f"wanted at most {MOST} elements in a file, found more")
        if self.open:
            self._check_child(self.open[-1], node, namespace.removeprefix("{"))
            self.open[-1].children.append(node)
        else:
            _check_root(node, namespace.removeprefix("{"))
            self.root = node
        form = GRAMMAR[name]
        for key in node.attributes:
            if key not in form.wanted + form.allowed:
                hint = nearest(key[:80], form.wanted + form.allowed)
                raise node.wrong(
                    f"found the attribute {key[:80]!r}, which is not in the format{hint}"
                )
        for key in form.wanted:
            if key not in node.attributes:
                raise node.wrong(f"wanted the attribute {key!r}, found none")
        self.open.append(node)

    def _check_child(self, parent: Node, node: Node, namespace: str) -> None:
        allowed = CHILDREN[parent.tag]
        if namespace != NAMESPACE:
            raise node.wrong(f"wanted the namespace {NAMESPACE!r}, found {namespace[:80]!r}")
        if node.tag not in allowed:
            wanted = nearest(node.tag[:80], allowed) if allowed else ""
            raise node.wrong(f"is not in the format inside {parent}{wanted}")

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self.open:
            node = self.open[-1]
            if GRAMMAR[node.tag].text:
                node.pieces.append(text)
            elif text.strip(BLANK):
                raise node.wrong(f"wanted elements only, found the text {text.strip()[:40]!r}")

    def end(self, tag: str) -> None:
        """Hold the order and number of an element's children against the grammar."""
        node = self.open.pop()
        form = GRAMMAR[node.tag]
        if node.tag == "array" and self.texts:
            node.cut = self.texts.pop("".join(node.pieces), None)
        if form.children:
            found = "".join(f"{child.tag} " for child in node.children)
            if not ORDER[node.tag].fullmatch(found):
                short = found if len(found) <= 80 else f"{found[:77]}... "
                raise node.wrong(
                    f"wanted the elements {form.children} in this order (? none or one, * any"
                    f" number), found {short.strip() or 'none'}"
                )

    def comment(self, text: str) -> None:
        """Leave comments be: they change bytes and no value."""

    def doctype(self, *_: object) -> None:
        """Refuse a document type, harmless or not."""
        raise Wrong(ANYWHERE, "a document type (DOCTYPE) is not read")

    def pi(self, *_: object) -> None:
        """Refuse a processing instruction."""
        raise Wrong(ANYWHERE, "a processing instruction is not read")

    def close(self) -> Node | None:
        """Give the tree."""
        return self.root


def _check_root(node: Node, namespace: str) -> None:
    """Tell our own file from a newer one and from anybody else's."""
    if node.tag == "model" and namespace.startswith("urn:netspec:model:"):
        version = node.attributes.get("format", VERSION)
        if namespace == NAMESPACE and version == VERSION:
            return
        newer = namespace.rpartition(":")[2] if namespace != NAMESPACE else version
        raise node.wrong(
            f"wanted version {VERSION} of the format, found version {newer[:20]!r}: a newer netspec"
            " wrote this file, and it takes one to read it"
        )
    hint = ": this is a file of TMVA, format='tmva'" if node.tag == "MethodSetup" else ""
    found = f"<{node.tag[:80]}" + (f' xmlns="{namespace[:80]}"' if namespace else "") + ">"
    raise Wrong(node.ordinal, f'wanted <model xmlns="{NAMESPACE}"> at the top, found {found}{hint}')


def parse(data: bytes, texts: dict[str, memoryview] | None = None) -> Node:
    """Read the tree; `texts` were cut out and belong where their marks are.

    Raises Wrong, or lxml's XMLSyntaxError for what is not well formed.
    """
    from lxml import etree

    declared = DECLARATION.match(data)
    if declared and declared[1] and declared[1].upper() != b"UTF-8":
        raise Wrong(0, f"wanted UTF-8, found the encoding {declared[1][:40].decode('ascii')}")
    left = dict(texts or {})
    parser = etree.XMLParser(
        target=cast(Any, Builder(left)),
        encoding="utf-8",
        # Of entities only &amp; and its like are left, once a document type is refused; without
        # this libxml2 hands over `&#38;` for an `&amp;` in an attribute.
        resolve_entities=cast(Any, "internal"),
        load_dtd=False,
        no_network=True,
        huge_tree=True,  # without it no text may be longer than 10 MB
    )
    root = etree.fromstring(data, parser)
    assert isinstance(root, Node)
    if left:
        raise Wrong(ANYWHERE, "a text that was cut out was not that of an array")
    return root
