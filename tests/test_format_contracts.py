"""What every file format keeps. A new format is tested by being there."""

import io
import warnings
from inspect import signature

import numpy as np
import pytest

import netspec
from netspec import Network
from netspec.errors import FormatError, LossWarning, NetspecError
from netspec.formats import known
from tests.specimens import every_layer, network_of, specimen

every_format = pytest.mark.parametrize("name", list(known()))


def written(network, name):
    """Write a network; give the bytes, or the refusal."""
    target = io.BytesIO()
    try:
        netspec.write(target, network.spec, dict(network.weights), format=name)
    except FormatError as error:
        assert target.getvalue() == b"", "refused after the first byte"
        return error
    return target.getvalue()


@every_format
def test_every_format_is_asked_the_same_questions(name):
    module = known()[name]
    assert name == module.NAME
    assert list(signature(module.recognises).parameters) == ["head", "suffix"]
    wanted = ["source", "strict"] + ["compat"] * hasattr(module, "COMPATS")
    assert list(signature(module.read).parameters) == wanted
    assert list(signature(module.write).parameters) == ["spec", "weights", "extras"]
    assert all(suffix.startswith(".") for suffix in module.SUFFIXES)


@every_format
@every_layer
def test_every_layer_comes_back_or_is_refused_by_name(row, name):
    network = network_of(row, "float32")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = written(network, name)
    if isinstance(data, FormatError):
        assert name != "xml", "netspec's own format holds every layer"
        assert "layers.0" in str(data) or row["type"] in str(data)
        assert "\n" not in str(data)
        return
    assert all(issubclass(warning.category, LossWarning) for warning in caught)
    model = netspec.read(data, format=name)
    if model.weights is None:
        assert caught or not network.weights, "weights were left out without a word"
        assert [layer.type for layer in model.spec.layers] == [row["type"]]
        return
    again = Network(model.spec, model.weights)
    x = specimen(row, "float32").x
    flat = x.reshape(len(x), *again.spec.input.sizes)
    assert again(flat).tobytes() == network(x).tobytes()
    assert {array.tobytes() for array in network.weights.values()} <= {
        array.tobytes() for array in again.weights.values()
    }


@every_format
@every_layer
def test_the_same_model_gives_the_same_bytes(row, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        one, two = (written(network_of(row, "float32"), name) for _ in range(2))
        assert str(one) == str(two)


@every_format
def test_what_a_format_writes_no_other_format_takes_for_its_own(name):
    row = {"type": "lstm", "units": 2, "name": "only"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        data = written(network_of(row, "float32"), name)
    if isinstance(data, bytes):
        takers = [other for other, module in known().items() if module.recognises(data[:4096], "")]
        assert takers in ([name], [])


@every_format
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"\xff\xfe\x00\xd8",
        b"<",
        b"{",
        b"[" * 3000,
        b"]" * 10,
        b"<a/>",
        b"a: [",
        b"netspec = ",
        b"Layout=",
        b"%PDF-1.7",
        np.random.default_rng(0).bytes(500),
    ],
    ids=lambda data: repr(data[:10]),
)
def test_what_is_no_model_ends_in_one_clear_error(name, data):
    with pytest.raises(NetspecError) as error:
        netspec.read(data, format=name)
    assert str(error.value)


@every_format
def test_a_format_asked_for_by_a_wrong_name_is_refused_with_the_nearest(name):
    with pytest.raises(FormatError, match=f"'{name}'"):
        netspec.read(b"", format=name + "x")
