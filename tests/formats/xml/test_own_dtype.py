"""An array that is kept in float64 in a network of float32: drawn, held, written, read, refused."""

import hashlib
import io
import json
import re
import struct

import numpy as np
import pytest
from lxml import etree

import netspec
from netspec import NetworkSpec, formats, resources, weights
from netspec.errors import FormatError, WeightsError
from netspec.formats import Extras
from netspec.layers.base import Param
from netspec.layers.normalize import Normalize

XSD = etree.XMLSchema(etree.parse(str(resources.schema("model.xsd"))))
NAMES = {"m": "urn:netspec:model:1"}
THIRD, TENTH = 1 / 3, 0.1  # which float32 cannot hold


@pytest.fixture(autouse=True)
def double_minimum(monkeypatch):
    """Let the layer normalize keep one of its two arrays in float64."""

    def parameters(self, given):
        return {
            "minimum": Param((given[-1],), -1.0, trainable=False, dtype="float64"),
            "maximum": Param((given[-1],), 1.0, trainable=False),
        }

    monkeypatch.setattr(Normalize, "parameters", parameters)


def spec_of(dtype="float32"):
    return NetworkSpec(dtype=dtype, input={"shape": [2]}, layers=[{"type": "normalize"}])


def model(dtype="float32"):
    spec = spec_of(dtype)
    ranges = {
        "normalize_1/minimum": np.array([THIRD, TENTH]),
        "normalize_1/maximum": np.array([2, 3], dtype),
    }
    return spec, ranges


def written(encoding="decimal", dtype="float32"):
    target = io.BytesIO()
    formats.write(target, *model(dtype), Extras(encoding=encoding))
    XSD.assertValid(etree.fromstring(target.getvalue()))
    return target.getvalue()


def test_it_is_drawn_and_held_in_its_own_dtype():
    spec, ranges = model()
    assert [a.dtype for a in weights.draw(spec).values()] == ["float64", "float32"]
    network = netspec.Network(spec, ranges, "numpy")
    assert network.weights["normalize_1/minimum"].tolist() == [THIRD, TENTH]
    assert network.weights["normalize_1/maximum"].dtype == "float32"
    assert network.weights["normalize_1/minimum"].dtype == "float64"


@pytest.mark.parametrize("encoding", ["decimal", "base64"])
def test_a_file_keeps_every_bit_of_it(encoding):
    file = written(encoding)
    assert file.count(b'name="minimum" dtype="float64"') == 1
    assert b'name="maximum" shape' in file
    again = netspec.read(file)
    assert again.weights["normalize_1/minimum"].tobytes() == struct.pack("<2d", THIRD, TENTH)
    target = io.BytesIO()
    formats.write(target, *again)
    assert target.getvalue() == file


def test_a_file_of_float64_has_nothing_to_say_of_it():
    file = written(dtype="float64")
    assert file.count(b"dtype=") == 1
    assert netspec.read(file).weights["normalize_1/minimum"].tolist() == [THIRD, TENTH]


def test_the_digest_of_the_model_knows_its_dtype():
    root = etree.fromstring(written())
    options = {o.get("name"): json.loads(o.text) for o in root.findall("m:spec/m:option", NAMES)}
    layer = root.find("m:layers/m:layer", NAMES)
    own = {o.get("name"): json.loads(o.text) for o in layer.findall("m:option", NAMES)}
    rows = [options | {"layers": [dict(layer.attrib) | own]}]
    packed = {"minimum": struct.pack("<2d", THIRD, TENTH), "maximum": struct.pack("<2f", 2, 3)}
    for name, more in (("minimum", ["float64"]), ("maximum", [])):
        digest = hashlib.sha256(packed[name]).hexdigest()
        rows.append([f"normalize_1/{name}", "", [2], digest, *more])
    lines = (json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows)
    wanted = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert root.find("m:digest", NAMES).get("sha256") == wanted


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name="minimum" dtype="float64"', 'name="minimum"', "wanted the dtype 'float64'"),
        (
            'name="minimum" dtype="float64"',
            'name="minimum" dtype="int64"',
            "wanted the dtype 'float64', found 'int64'",
        ),
        (
            'name="maximum"',
            'name="maximum" dtype="float64"',
            "all weights have that of the file but",
        ),
    ],
)
def test_another_dtype_is_refused(old, new, message):
    file = written().decode()
    assert old in file
    with pytest.raises(FormatError, match=re.escape(message)):
        netspec.read(file.replace(old, new, 1).encode())


def test_only_what_its_own_dtype_cannot_hold_is_refused():
    spec, ranges = model()
    large = {"normalize_1/minimum": np.array([-1e300, 0]), "normalize_1/maximum": np.ones(2)}
    assert weights.fitting(spec, large)["normalize_1/minimum"][0] == -1e300
    with pytest.raises(WeightsError, match="that float32 can hold"):
        weights.fitting(spec, ranges | {"normalize_1/maximum": np.array([1e300, 0])})
    with pytest.raises(WeightsError, match="the spec says float32, and the float64"):
        formats.write(io.BytesIO(), spec, ranges | {"normalize_1/maximum": np.array([TENTH, 1])})
