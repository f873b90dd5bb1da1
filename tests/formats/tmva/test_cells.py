"""Cells and options that TMVA has never heard of, as a layer of tomorrow may be."""

from __future__ import annotations

from typing import Literal

import pytest
from lxml import etree

from netspec.errors import FormatError
from netspec.formats.tmva import layers
from netspec.layers import Layer
from netspec.layers.gru import GRU

GIVEN = (3, 2)  # steps, features


def refusal(layer):
    parent = etree.Element("Weights")
    with pytest.raises(FormatError) as caught:
        layers.add(parent, layer, GIVEN, {}, "")
    assert not len(parent)
    return str(caught.value)


@pytest.fixture(autouse=True)
def _the_table_of_layers_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(Layer, "kinds", dict(Layer.kinds))


def test_a_cell_without_an_element_is_refused_by_name():
    class MinimalGRU(GRU):
        type: Literal["minimal_gru"] = "minimal_gru"

    sentence = refusal(MinimalGRU(units=2, name="first"))
    assert sentence.startswith("first: a TMVA file cannot say 'minimal_gru' here (known: ")


def test_an_option_that_tmva_does_not_know_must_be_as_it_always_was(monkeypatch):
    class ClippedGRU(GRU):
        clip: float | None = None

    monkeypatch.setitem(layers.cells.TAGS, ClippedGRU, "GRULayer")
    sentence = refusal(ClippedGRU(units=2, name="first", clip=3.0))
    assert sentence == "first/clip: a TMVA file can only say None, found 3.0"
