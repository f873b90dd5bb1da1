"""TMVA's files of method DL (`*.weights.xml`), read and written without ROOT; MLP and DNN, read.

Root element `MethodSetup`, `Method="DL::title"`; the parts in their order, a file each here:

    GeneralInfo Options Classes        header
    Variables Spectators Targets       variables
    Transformations                    transformations, selections
    Weights                            weights; methods, mlp, dnn of the older ones

    layers    dense, images, batch_norm, shapes, cells with order; activations, matrices

`plan` says which layer of a spec goes where. The form is in `schemas/tmva.xsd`.

A. Hoecker et al., TMVA: Toolkit for Multivariate Data Analysis, arXiv:physics/0703039.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from ...errors import FormatError, LossWarning
from ...spec import NetworkSpec
from ..files import Source
from ..model import Extras, Model, exactly
from . import elements, reading, writing

NAME = "tmva"
COMPATS = ("root",)
SUFFIXES: tuple[str, ...] = ()  # .xml is netspec's own: TMVA's is asked for by format="tmva"

FIRST_NAME = re.compile(rb"<(?:!DOCTYPE\s+)?([A-Za-z_][\w.:-]*)")


def recognises(head: bytes, suffix: str) -> bool:
    """Say whether a file whose first bytes are `head` has the root element MethodSetup."""
    at = head.find(b"<")
    while at >= 0:
        if found := FIRST_NAME.match(head, at):
            return found[1] == b"MethodSetup"
        end = head.find(b"-->", at + 4) if head.startswith(b"<!--", at) else at
        at = head.find(b"<", end + 1) if end >= 0 else -1
    return False


def read(source: Source, strict: bool = False, compat: str | None = None) -> Model:
    """Read a TMVA file: the spec takes (events, variables) as TMVA's Reader takes them.

    Weights are float32, each decimal rounded once. With `strict` what is left out or in doubt is
    refused instead of warned of. Where ROOT's own Reader is known to compute something else than
    the network that was trained, the network is what is read, unless `compat` says "root". Raises
    FormatError with file and line.
    """
    root = elements.parse(source.name, source.data)
    if not strict:
        return reading.read(root, compat)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return reading.read(root, compat)
        except Warning as warning:
            raise FormatError(str(warning)) from None


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterable[bytes]:
    """Give the bytes of a TMVA file; the same model gives the same bytes.

    Raises FormatError, naming layer and option, for what would change an output, WeightsError
    where the weights do not fit. Warns once (LossWarning) of all that is lost.
    """
    if spec.dtype == "float32":
        weights = exactly(spec, weights)
    try:
        root, lost = writing.document(spec, weights or {}, extras)
    except ValueError as error:
        # lxml's own, for a control character in a name or an option.
        raise FormatError(f"a TMVA file cannot hold a text of the spec: {error}") from None
    if lost:
        warnings.warn(f"a TMVA file does not hold: {'; '.join(lost)}", LossWarning, stacklevel=3)
    text = etree.tostring(root, encoding="utf-8", xml_declaration=False)
    return [b'<?xml version="1.0"?>\n', text, b"\n"]
