"""The XML schema: what we write passes, what is of another form does not."""

import pytest
from lxml import etree

from netspec import resources

XSD = etree.XMLSchema(etree.parse(str(resources.schema("model.xsd"))))


def test_a_file_with_everything_in_it_passes(small):
    XSD.assertValid(etree.fromstring(small))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"urn:netspec:model:1", b"urn:netspec:model:2"),
        (b'format="1"', b'format="2"'),
        (b'contract="0" dtype', b'contract="new" dtype'),
        (b'dtype="float32" name="small"', b'dtype="float16" name="small"'),
        (b'encoding="decimal"', b'encoding="hex"'),
        (b' name="small"', b""),
        (b'name="small"', b'name="small" novelty="yes"'),
        (b"<spec>", b"<spec>text"),
        (b"  <metadata>", b"  <novelty/><metadata>"),
        (b'<option name="seed">0</option>', b'<option name="seed">0</option>' * 2),
        (b'<option name="seed">0</option>', b"<option>0</option>"),
        (b'<option name="units">1</option>', b'<option name="units">1</option>' * 2),
        (b'<layer type="dense" name="dense_1">', b'<layer type="dense" name="gru_1">'),
        (b'<layer type="dense" ', b"<layer "),
        (b'part="u"', b'part="r"'),
        (b'name="W" shape', b'name="b" shape'),
        (b'part="u"', b'dtype="float32"'),
        (b'shape="1 1"', b'shape="1, 1"'),
        (b'shape="1 1"', b'shape="-1 1"'),
        (b' shape="1 1"', b""),
        (b'tolerance="1e-05"', b'tolerance="small"'),
        (b'name="outputs" dtype="float32"', b'name="inputs" dtype="float32"'),
        (b'dtype="int64"', b'dtype="int32"'),
        (b'sha256="', b'sha256="0'),
        (b"<digest ", b"<digest x='y' "),
    ],
)
def test_another_form_does_not_pass(small, old, new):
    assert old in small
    assert not XSD.validate(etree.fromstring(small.replace(old, new, 1)))
