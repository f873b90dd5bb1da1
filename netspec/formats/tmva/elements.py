"""XML elements that know their file, so that every complaint names file, line and element.

Safe on hostile files: no document type, no entities, no network; the text is only cut into
elements here, and no size that a file states is believed before something was counted.

libxml2 keeps 16 bits of a line number and guesses above 65535. A line is therefore asked for
only when something is wrong, and then counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, NamedTuple

from lxml import etree

from ...errors import FormatError, Place, nearest
from ..xml.lines import position

LARGEST_RELIABLE_LINE = 65534
LARGEST_INTEGER = 2**31 - 1
LAST = 1000  # bytes of a file, in which its last line stands
MOST = 500_000  # elements of a file: each takes half a kilobyte of memory


class File(NamedTuple):
    """The name of what was read and its bytes; `data` is empty for a tree of the user's own."""

    name: str
    data: bytes


class Piece(NamedTuple):
    """What an element comes to: a row of a spec, its arrays, the shape that comes out.

    The arrays go by the layer's own names for them: `W`, `b`. `unlike` says what ROOT's own
    Reader makes of the element, where that is something else.
    """

    row: dict[str, Any]
    weights: dict[str, Any]
    shape: tuple[int, ...]
    unlike: str = ""


class Around(NamedTuple):
    """What an element of a layer stands in.

    `given` is the shape that comes in, `before` and `behind` are the tags of the layers next to
    it ("" where there is none), `release` the number of the ROOT release that wrote the file,
    `compat` is "root" where ROOT's Reader is to be followed in its faults.
    """

    given: tuple[int, ...]
    before: str = ""
    behind: str = ""
    release: int | None = None
    compat: str | None = None


class Element:
    """One element of a file: `node` is lxml's, `tag` its name."""

    def __init__(self, node: Any, file: File) -> None:
        self.node = node
        self.file = file

    @property
    def tag(self) -> str:
        """The element's name."""
        return str(self.node.tag)

    @property
    def text(self) -> str:
        """The text up to the first child element; comments do not cut it."""
        pieces = [self.node.text or ""]
        for child in self.node:
            if isinstance(child.tag, str):
                break
            pieces.append(child.tail or "")
        return "".join(pieces)

    @property
    def place(self) -> Place:
        """File and line of the start tag."""
        return Place(self.file.name, line_of(self.node, self.file.data))

    def error(self, message: str) -> FormatError:
        """Give the error that says `message` of this element."""
        return FormatError(f"{self.place}: <{self.tag}>: {message}")

    def attribute(self, name: str) -> str:
        """Text of an attribute. Raises FormatError where there is none."""
        if name not in self.node.attrib:
            raise self.error(
                f"wanted the attribute {name}, found none{nearest(name, self.node.attrib)}"
                if len(self.node.attrib)
                else f"wanted the attribute {name}, found no attribute at all"
            )
        return str(self.node.attrib[name])

    def get(self, name: str, default: str) -> str:
        """Text of an attribute, or `default`."""
        return str(self.node.attrib.get(name, default))

    def integer(self, name: str, least: int = 0) -> int:
        """Attribute as an integer from `least` up. Raises FormatError."""
        text = self.attribute(name).strip()
        digits = text[1:] if text[:1] in "+-" else text
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
            raise self.error(f"wanted an integer in {name}, found {shown(text)}")
        if not least <= int(text) <= LARGEST_INTEGER:
            raise self.error(f"wanted {name} from {least} to {LARGEST_INTEGER}, found {text}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Attribute as 0 or 1. Raises FormatError."""
        if (text := self.attribute(name).strip()) not in ("0", "1"):
            raise self.error(f"wanted 0 or 1 in {name}, found {shown(text)}")
        return text == "1"

    def children(self) -> list[Element]:
        """Child elements in file order; comments and instructions are passed over."""
        return [Element(node, self.file) for node in self.node if isinstance(node.tag, str)]

    def counted(self, tag: str, count: str) -> list[Element]:
        """Children, all called `tag`, as many as the attribute `count` says."""
        found = self.children()
        for child in found:
            if child.tag != tag:
                raise child.error(f"wanted <{tag}> inside <{self.tag}>, found <{child.tag}>")
        if len(found) != self.integer(count):
            raise self.error(f"{count} says {self.integer(count)}, found {len(found)} <{tag}>")
        return found

    def child(self, tag: str) -> Element:
        """Give the one child called `tag`. Raises FormatError where there is none or are two."""
        found = [child for child in self.children() if child.tag == tag]
        if len(found) != 1:
            raise self.error(f"wanted one <{tag}>, found {len(found) or 'none'}")
        return found[0]


def shown(text: str) -> str:
    """Give a short quotation of a text of any length."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def sizes_text(sizes: Sequence[int]) -> str:
    """Give sizes as a person writes them.

    >>> sizes_text((3, 28, 28))
    '3 x 28 x 28'
    """
    return " x ".join(map(str, sizes))


def parse(name: str, data: bytes) -> Element:
    """Read a document and give its root. Raises FormatError with file and line."""
    try:
        return Element(_root(name, data), File(name, data))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        place = Place(name, line or 0, max(column or 0, 0))
        found = error.msg.split(", line ")[0].strip()  # of some of its errors lxml ends the line
        whole = b"</MethodSetup>" in data[-LAST:]
        remedy = "" if whole else ": the file was cut off before its last line, fetch it again"
        raise FormatError(f"{place}: wanted well-formed XML, found: {found}{remedy}") from None


def _root(name: str, data: bytes) -> Any:
    events = etree.iterparse(
        BytesIO(data),
        events=("start",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,
    )
    root = None
    for count, (_, node) in enumerate(events):
        if count == MOST:
            raise FormatError(f"{name}: wanted at most {MOST} elements, found more")
        if root is None:
            # Entities in its own attributes are behind us: libxml2 bounds what they may become.
            if node.getroottree().docinfo.doctype:
                raise FormatError(f"{name}: wanted no DOCTYPE, found one: it is not read")
            root = node
    return root


def line_of(node: Any, data: bytes) -> int:
    """Line of a start tag, counted from 1, or 0 where it is not known."""
    line = int(node.sourceline or 0)
    if line <= LARGEST_RELIABLE_LINE or not data:
        return line
    elements = node.getroottree().getroot().iter("*")
    return position(data, next(k for k, other in enumerate(elements) if other is node))[0]
