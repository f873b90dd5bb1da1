"""The picture of a stack is well-formed, whole, and stays inside its frame."""

from __future__ import annotations

import pytest
from lxml import etree

from netspec import NetworkSpec
from netspec.diagram import SVG, draw
from netspec.report import report

BIDIRECTIONAL = {"type": "bidirectional", "layers": [{"type": "gru", "units": 3}]}


def picture(*layers, **more):
    data = {"input": {"steps": 4, "features": 5}, "layers": list(layers), **more}
    text = draw(report(NetworkSpec.from_data(data)))
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))


def texts(svg):
    return [node.text for node in svg.iter(f"{{{SVG}}}text")]


def test_every_layer_has_a_box_with_its_name_and_its_parameters():
    svg = picture({"type": "lstm", "units": 10}, {"type": "dense", "units": 3, "name": "last"})
    shown = texts(svg)
    assert {"input", "lstm_1", "last", "output", "640", "33"} <= set(shown)
    assert [text for text in shown if "×" in text or text in ("10", "3")] == ["4 × 5", "10", "3"]
    assert len(svg.findall(f".//{{{SVG}}}line")) == 3


def test_a_stack_that_runs_both_ways_has_two_columns():
    shown = texts(picture(BIDIRECTIONAL))
    assert shown.count("gru_1") == 2
    assert {"forward", "reverse"} <= set(shown)


def test_names_are_escaped_and_what_xml_cannot_hold_is_replaced():
    classes = ["<b>", "\x00\x1b]&amp;"]
    svg = picture({"type": "dense", "units": 2}, name='a < "b" & c', output={"classes": classes})
    assert 'a < "b" & c' in texts(svg)
    assert any(text.endswith("<b>, \ufffd\ufffd]&amp;") for text in texts(svg))


def test_long_names_are_cut_and_stand_whole_in_the_title():
    name = "a" * 90
    svg = picture({"type": "dense", "units": 2, "name": name})
    assert any(text.endswith("…") for text in texts(svg))
    assert any(node.text.startswith(name) for node in svg.iter(f"{{{SVG}}}title"))


@pytest.mark.parametrize("count", [1, 2, 12])
def test_every_box_is_inside_the_picture(count):
    svg = picture(*[{"type": "dense", "units": 2}] * count, BIDIRECTIONAL)
    width, height = float(svg.get("width")), float(svg.get("height"))
    for box in svg.findall(f".//{{{SVG}}}g/{{{SVG}}}rect"):
        x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
