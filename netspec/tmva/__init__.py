"""TMVA's own words: its pair of verbs on a `<Weights>` element, and its Reader.

    node = netspec.tmva.add_weights_xml_to(parent, spec, weights)     element.py
    spec, weights, extras = netspec.tmva.read_weights_from_xml(node)
    reader = netspec.tmva.Reader("!Color:!Silent")                    reader.py

In a PyROOT script `from netspec import tmva as TMVA` takes the place of `from ROOT import TMVA`.
"""

from __future__ import annotations

from .element import add_weights_xml_to, read_weights_from_xml
from .reader import Reader
from .tools import Tools

__all__ = ["Reader", "Tools", "add_weights_xml_to", "read_weights_from_xml"]
