"""The digests, made once more from the printed contract with lxml, json, struct and hashlib."""

import hashlib
import json
import struct

from lxml import etree

from netspec.formats.xml.digests import unchanged

NAMES = {"m": "urn:netspec:model:1"}
SINGLE = {"nan": 0x7FC00000, "inf": 0x7F800000}


def packed(array, dtype):
    """Give the bytes of an array element's numbers, little endian."""
    data = b""
    for word in array.text.split():
        if dtype == "int64":
            data += struct.pack("<q", int(word))
        elif dtype == "float64":
            data += struct.pack("<d", float(word))
        elif word.startswith("nan:"):
            data += struct.pack("<I", int(word[4:], 16))
        elif word in SINGLE:
            data += struct.pack("<I", SINGLE[word])
        else:
            data += struct.pack("<f", float(word))
    return data


def sha(data):
    return hashlib.sha256(data).hexdigest()


def line(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def sizes(array):
    return [int(size) for size in array.get("shape").split()]


def options(node):
    return {o.get("name"): json.loads(o.text) for o in node.findall("m:option", NAMES)}


def test_every_array_has_the_digest_of_its_little_endian_bytes(small):
    root = etree.fromstring(small)
    arrays = root.findall(".//m:array", NAMES)
    assert len(arrays) == 3 * 3 + 2 + 1 + 3
    for array in arrays:
        assert array.get("sha256") == sha(packed(array, array.get("dtype", root.get("dtype"))))


def of_spec_and_weights(root):
    """Give the digest that the element `digest` has to hold."""
    data = options(root.find("m:spec", NAMES))
    data["layers"], lines = [], []
    for layer in root.findall("m:layers/m:layer", NAMES):
        data["layers"].append(dict(layer.attrib) | options(layer))
        for a in layer.findall("m:array", NAMES):
            full = f"{layer.get('name')}/{a.get('name')}"
            lines.append(line([full, a.get("part", ""), sizes(a), a.get("sha256")]))
    return sha(line(data) + b"".join(lines))


def test_spec_and_weights_have_a_digest_together(small):
    root = etree.fromstring(small)
    assert root.find("m:digest", NAMES).get("sha256") == of_spec_and_weights(root)


def test_golden_inputs_and_outputs_have_a_digest_together(small):
    node = etree.fromstring(small).find("m:verification", NAMES)
    head = [node.get("engine"), node.get("contract"), float(node.get("tolerance"))]
    rows = [[a.get("name"), a.get("dtype"), sizes(a), a.get("sha256")] for a in node]
    assert [row[0] for row in rows] == ["inputs", "lengths", "outputs"]
    assert node.get("sha256") == sha(line(head) + b"".join(map(line, rows)))


def test_the_last_line_is_the_digest_of_all_before_it(small):
    *before, last = small.splitlines(keepends=True)
    assert last == f"<!-- sha256: {sha(b''.join(before))} -->\n".encode()
    assert unchanged(small)


def test_an_ending_of_another_form_is_a_change(small):
    for ending in (b"", b"\n", b"<!-- sha256: 0 -->\n"):
        assert not unchanged(ending)
        assert not unchanged(small + ending if ending else small[:-1])
    assert not unchanged(small.upper())
