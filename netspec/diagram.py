"""A picture of a network's stack: `draw(report) -> SVG text`, a box for each layer, top to bottom.

Blue boxes carry a state from step to step, green ones hold weights, grey ones only change the
shape. Beside every arrow stands the shape that goes along it. A stack that is run both ways is
drawn as two columns in a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from .formats.xml.options import ILLEGAL

if TYPE_CHECKING:
    from .report import Report, Row

SVG = "http://www.w3.org/2000/svg"

WIDTH, HEIGHT = 300, 48  # of a box, in pixels
GAP = 36  # between two boxes, where the arrow stands
PAD = 16  # inside a frame and around the picture
LETTER = 6.6  # width of a letter of the small text, on average

REMEMBERS, WEIGHTS, SHAPES, ENDS = (
    ("#dbe8f8", "#3b6ea8"),
    ("#dff0e0", "#43824a"),
    ("#efefef", "#808080"),
    ("#ffffff", "#404040"),
)
INK, FAINT = "#202020", "#606060"


def draw(report: Report) -> str:
    """Give the picture as the text of an SVG file."""
    width = _width(report.rows) + 2 * PAD
    svg = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})  # type: ignore[dict-item]  # the stubs forbid None
    _add(svg, "title", text=f"{report.spec.name}: {report.parameters:,} parameters")
    marker = _add(
        _add(svg, "defs"), "marker", id="arrow", viewBox="0 0 8 8", refX="7", refY="4",
        markerWidth="8", markerHeight="8", orient="auto",
    )  # fmt: skip
    _add(marker, "path", d="M0 0L8 4L0 8z", fill=FAINT)
    paper = _add(svg, "rect", width="100%", fill="#ffffff")
    middle = width / 2
    y: float = PAD + 20
    _write(svg, middle, y, _fit(report.spec.name, (width - 2 * PAD) / 1.4), size=18, bold=True)
    _write(svg, middle, y + 20, report.heading.rpartition(": ")[2], colour=FAINT)
    y += 38
    sizes = report.spec.input.sizes
    names = ", ".join(variable.name for variable in report.spec.input.variables)
    y = _box(svg, middle, y, "input", names or f"{report.spec.dtype}", ENDS)
    for row in report.rows:
        y = _arrow(svg, middle, y, _shape(row.given))
        y = _layer(svg, middle, y, row)
    y = _arrow(svg, middle, y, _shape(report.rows[-1].output if report.rows else sizes))
    y = _box(svg, middle, y, "output", report.output, ENDS)
    height = y + PAD
    paper.set("height", f"{height:g}")
    svg.set("width", f"{width:g}")
    svg.set("height", f"{height:g}")
    svg.set("viewBox", f"0 0 {width:g} {height:g}")
    svg.set("font-family", "Helvetica, Arial, sans-serif")
    text: str = etree.tostring(svg, encoding="unicode", pretty_print=True)
    return text


def _width(rows: tuple[Row, ...]) -> float:
    """Width of a column of rows; a stack that runs both ways takes two columns."""
    return max(
        (_ways(row) * (_width(row.layers) + PAD) + PAD for row in rows if row.layers),
        default=WIDTH,
    )


def _ways(row: Row) -> int:
    return 2 if row.reverses else 1


def _layer(svg: etree._Element, middle: float, y: float, row: Row) -> float:
    """Draw a layer from y on downwards and give the y of its lower edge."""
    paint = REMEMBERS if row.remembers else WEIGHTS if row.parameters else SHAPES
    count = f"{row.parameters:,}" if row.parameters else ""
    if not row.layers:
        return _box(svg, middle, y, row.name, row.what, paint, count)
    wide = _width((row,))
    frame = _add(
        svg, "rect", x=middle - wide / 2, y=y, width=wide, rx=8, fill="none", stroke=paint[1],
        stroke_width=1.5, stroke_dasharray="5 4",
    )  # fmt: skip
    _write(svg, middle, y + 20, row.name, bold=True)
    _write(svg, middle, y + 37, _fit(f"{row.what}, {count} parameters", wide - PAD), colour=FAINT)
    end = y
    column = _width(row.layers)
    for way in range(_ways(row)):
        centre = middle - wide / 2 + PAD + column / 2 + way * (column + PAD)
        if _ways(row) == 2:
            _write(svg, centre, y + 60, ("forward", "reverse")[way], colour=paint[1])
        below = y + 70
        for number, inner in enumerate(row.layers):
            if number:
                below = _arrow(svg, centre, below, _shape(inner.given))
            below = _layer(svg, centre, below, inner)
        end = below + PAD
    frame.set("height", f"{end - y:g}")
    return end


def _box(
    svg: etree._Element,
    middle: float,
    y: float,
    name: str,
    what: str,
    paint: tuple[str, str],
    count: str = "",
) -> float:
    """Draw one box: name and number of parameters above, what it is below."""
    group = _add(svg, "g")
    _add(group, "title", text=f"{name}: {what}")
    _add(
        group, "rect", x=middle - WIDTH / 2, y=y, width=WIDTH, height=HEIGHT, rx=8, fill=paint[0],
        stroke=paint[1], stroke_width=1.5,
    )  # fmt: skip
    left, right = middle - WIDTH / 2 + 12, middle + WIDTH / 2 - 12
    room = WIDTH - 24 - len(count) * LETTER
    _write(group, left, y + 20, _fit(name, room / 1.5), bold=True, anchor="start")
    _write(group, right, y + 20, count, colour=paint[1], anchor="end")
    _write(group, left, y + 38, _fit(what, WIDTH - 24), colour=FAINT, anchor="start")
    return y + HEIGHT


def _arrow(svg: etree._Element, x: float, y: float, shape: str) -> float:
    """Draw an arrow down from y, with the shape beside it, and give the y of its tip."""
    _add(
        svg, "line", x1=x, y1=y + 2, x2=x, y2=y + GAP - 3, stroke=FAINT, stroke_width=1.5,
        marker_end="url(#arrow)",
    )  # fmt: skip
    _write(svg, x + 12, y + GAP / 2 + 4, shape, colour=FAINT, anchor="start")
    return y + GAP


def _shape(shape: tuple[int | None, ...]) -> str:
    return " × ".join("any" if size is None else str(size) for size in shape)


def _fit(text: str, width: float) -> str:
    """Cut a text so that it takes no more than `width` pixels."""
    room = max(1, int(width / LETTER))
    return text if len(text) <= room else text[: room - 1] + "…"


def _write(
    parent: etree._Element,
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    bold: bool = False,
    colour: str = INK,
    anchor: str = "middle",
) -> None:
    if text:
        weight = {"font_weight": "bold"} if bold else {}
        size = 14 if bold and size == 12 else size
        _add(
            parent, "text", text=text, x=x, y=y, font_size=size, fill=colour, text_anchor=anchor,
            **weight,
        )  # fmt: skip


def _add(
    parent: etree._Element, tag: str, *, text: str = "", **attributes: str | float
) -> etree._Element:
    """Add an element; lxml escapes what must be escaped."""
    node = etree.SubElement(parent, f"{{{SVG}}}{tag}")
    for name, value in attributes.items():
        node.set(name.replace("_", "-"), value if isinstance(value, str) else f"{value:g}")
    node.text = ILLEGAL.sub("\ufffd", text) or None
    return node
