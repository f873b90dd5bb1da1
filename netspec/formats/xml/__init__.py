"""netspec's own XML, format version 1 (`schemas/model.xsd`, namespace `urn:netspec:model:1`).

    <?xml version="1.0" encoding="UTF-8"?>
    <model xmlns="urn:netspec:model:1" format="1" contract="0" dtype="float32" name="jets"
           encoding="decimal">
      <metadata>                                     optional; free text by name
        <entry name="author">...</entry>
      </metadata>
      <spec>                                         every field of the spec but its layers
        <option name="seed">1234</option>            the value as JSON
      </spec>
      <layers>
        <layer type="lstm" name="lstm_1">
          <option name="units">2</option>            every option of the layer, as JSON
          <array name="W" part="i" shape="2 3" sha256="...">
    0.1 -0.25 1e-05
    0.5 inf nan:ffc00001
          </array>
        </layer>
      </layers>
      <history>...</history>                         optional; float64 arrays by name
      <verification engine="numpy" contract="0" tolerance="1e-05" sha256="...">
        <array name="inputs" dtype="float32" shape="4 10 3" sha256="...">...</array>
        <array name="outputs" dtype="float32" shape="4 1" sha256="...">...</array>
      </verification>                                optional; `lengths` (int64) may stand between
      <digest sha256="..."/>
    </model>
    <!-- sha256: ... -->

What must be: UTF-8; the elements in this order, each name once; every array that the options want,
in the shape that they want, and no other; the digests (`digests`) of each array, of spec and
weights together, and of golden inputs and outputs. What must not be: a document type, a processing
instruction, an element or attribute that is not above, an option said twice, a number beyond the
largest. What may be: comments, other white space, options in another order, decimals in another
form. A file that says the same in other bytes no longer agrees with its last line: it loads with a
ChangedFileWarning, and under `strict` it is refused.

An array made of blocks (gates) is stored as one element for each, the `part`. Numbers are written
as `shortest` and `numbers` say, and read as `decimals` says. In all of it no layer is known by
name: options are the layer's fields, arrays its parameters.

A change that an older reader would misread gets a new number, in `format` and in the namespace; the
reader of version 1 stays, and so does a stored file of it in the tests.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...errors import ChangedFileWarning, FormatError, Place
from ...spec import NetworkSpec
from ..files import Source
from ..model import Extras, Model
from . import cuts, reader, tree, writer
from .digests import compared
from .lines import position

NAME: Final = "xml"
SUFFIXES: Final = (".xml",)
SYNTAX_PLACE: Final = re.compile(r"(, line \d+, column \d+)+$")


def recognises(head: bytes, suffix: str) -> bool:
    """Take every XML but TMVA's: what is not ours is then refused with a sentence."""
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    return (begins or suffix in SUFFIXES) and b"<MethodSetup" not in head


def read(source: Source, strict: bool = False) -> Model:
    """Read a model; arrays are new and writable.

    Raises FormatError with file, line, column and element where the file is not what it should be
    or not what was written. Bytes that changed without any value changing are a
    ChangedFileWarning, under `strict` a FormatError.
    """
    from lxml import etree

    try:
        with compared(source.data) as unchanged:
            model = _read(source)
    except tree.Wrong as error:
        place = Place(source.name, *position(source.data, error.ordinal))
        raise FormatError(f"{place}: {error}") from None
    except etree.XMLSyntaxError as error:
        place = Place(source.name, *(error.position or ()))
        # lxml says the place again, and of some errors ends the line before it.
        reason = SYNTAX_PLACE.sub("", error.msg or "nothing can be read").strip()
        raise FormatError(f"{place}: wanted well-formed XML in UTF-8, found: {reason}") from None
    if not unchanged():
        message = (
            f"{source.name}: the bytes of the file are not those that were written: its last line"
            " does not agree with the rest; spec, weights and golden outputs are as written,"
            " metadata need not be"
        )
        if strict:
            raise FormatError(f"{message}; strict reading refuses it")
        warnings.warn(message, ChangedFileWarning, stacklevel=3)
    return model


def _read(source: Source) -> Model:
    """Read without the long texts first, which lxml need not see, and whole where that fails."""
    from lxml import etree

    rest, texts = cuts.cut(source.data)
    if texts:
        try:
            return reader.read(tree.parse(rest, texts), source.data, source.name)
        except (tree.Wrong, FormatError, etree.XMLSyntaxError):
            pass
    return reader.read(tree.parse(source.data), source.data, source.name)


def write(
    spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras | None = None
) -> Iterator[bytes]:
    """Give the bytes of a model file in pieces; the same model gives the same bytes.

    Raises WeightsError where the weights do not fit the spec without rounding, FormatError where
    the extras hold what XML cannot.
    """
    return writer.write(spec, weights, extras or Extras())
