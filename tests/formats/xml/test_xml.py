"""What is saved is what is loaded, to the bit; and the same model is the same bytes."""

import io
import json

import numpy as np
import pytest
from lxml import etree

import netspec
from netspec import NetworkSpec, formats, resources
from netspec.formats import Extras
from netspec.formats.xml import recognises
from tests.specimens import ROWS, every_layer, network_of, shape_of, specimen

XSD = etree.XMLSchema(etree.parse(str(resources.schema("model.xsd"))))
ENCODINGS = ("decimal", "base64")


def saved(spec, weights, extras=None):
    """Give the bytes of a model file, which pass the schema."""
    target = io.BytesIO()
    formats.write(target, spec, weights, extras)
    document = etree.fromstring(target.getvalue(), etree.XMLParser(huge_tree=True))
    XSD.assertValid(document)
    return target.getvalue()


def bits(weights):
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in weights.items()}


def rising(array, sizes):
    return np.concatenate([np.sort(part) for part in np.split(array, np.cumsum(sizes)[:-1])])


def drawn_bits(spec, seed):
    """Draw any bits for every weight, NaN with payloads included, and put in what is special."""
    draw = np.random.Generator(np.random.PCG64(seed))
    weights = {}
    for name, param in spec.parameters().items():
        dtype = np.dtype(param.dtype or spec.dtype)
        info = np.finfo(dtype)
        special = [0.0, -0.0, info.smallest_subnormal, info.max, -info.tiny]
        special += [np.inf, -np.inf, np.nan]
        count = int(np.prod(param.shape))
        array = np.frombuffer(draw.bytes(count * dtype.itemsize), dtype).copy()
        array[: len(special)] = special[:count]
        if param.rising:  # numbers that are not free to be any
            array = rising(np.nan_to_num(array), param.rising)
        weights[name] = array.reshape(param.shape)
    return weights


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_layer_comes_back_with_every_bit_of_every_weight(row, dtype, encoding):
    spec = NetworkSpec(dtype=dtype, input={"shape": shape_of(row)}, layers=[row])
    weights = drawn_bits(spec, seed=len(row))
    file = saved(spec, weights, Extras(encoding=encoding))
    model = netspec.read(file)
    assert model.spec == spec
    assert list(model.weights) == list(spec.parameters())
    assert bits(model.weights) == bits(weights)
    assert saved(*model) == file


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_gives_the_same_output_bits_after_a_save(row, dtype):
    network = network_of(row, dtype)
    network = netspec.build(network.spec, weights=network.weights)  # on the backend of `load`
    x = specimen(row, dtype).x
    target = io.BytesIO()
    network.save(target, golden=x)
    again = netspec.load(target.getvalue())
    assert again(x).tobytes() == network(x).tobytes()
    assert again.extras.golden.outputs.tobytes() == network(x).tobytes()
    second = io.BytesIO()
    again.save(second)
    assert second.getvalue() == target.getvalue()


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("direction", ["forward", "reverse", "both"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_recurrent_layers_of_random_sizes_come_back(kind, direction, encoding):
    draw = np.random.default_rng([len(kind), len(direction), len(encoding)])
    for trial in range(5):
        features, units, steps = (int(n) for n in draw.integers(1, 9, 3))
        layer = {"type": kind, "units": units, "direction": direction}
        layer |= {"state_bias": bool(trial % 2), "initial_state": ("zeros", "learned")[trial % 2]}
        spec = NetworkSpec(
            dtype=("float32", "float64")[trial % 2],
            input={"steps": steps, "features": features},
            layers=[layer | {"return_sequences": True}, layer],
        )
        weights = drawn_bits(spec, seed=trial)
        model = netspec.read(saved(spec, weights, Extras(encoding=encoding)), strict=True)
        assert model.spec == spec
        assert bits(model.weights) == bits(weights)


def test_a_whole_spec_comes_back():
    spec = NetworkSpec.from_data(
        {
            "name": 'jets <&> "β" \n\t',
            "seed": 2**64 - 1,
            "input": {
                "steps": 3,
                "variables": [
                    {"name": "pt", "unit": "GeV", "minimum": -1.5},
                    {"name": "\ufffeη\x7f"},
                ],
                "spectators": [{"name": "run"}],
            },
            "layers": [{"type": "lstm", "name": "my.lstm-1", "units": 2}, ROWS["dense-1"]],
            "output": {"activation": {"type": "elu", "alpha": 0.1}, "targets": [{"name": "a"}] * 2},
            "training": {"optimizer": {"type": "adam", "learning_rate": 1e-3}, "batch_size": 7},
            "tmva": {"V": "True"},
        }
    )
    network = netspec.build(spec, seed=1)
    model = netspec.read(saved(spec, network.weights))
    assert model.spec == spec
    assert model.spec.canonical() == spec.canonical()


def test_a_network_without_weights_is_a_model():
    spec = NetworkSpec(input={"features": 2}, layers=[{"type": "dropout", "rate": 0.5}])
    assert netspec.read(saved(spec, {})).weights == {}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_text_of_more_than_ten_million_characters_is_read(encoding):
    count = {"decimal": 1_000_000, "base64": 2_000_000}[encoding]
    spec = NetworkSpec(
        input={"features": count}, layers=[{"type": "dense", "units": 1, "bias": False}]
    )
    weights = {"dense_1/W": np.full((1, count), -0.12345678, np.float32)}
    file = saved(spec, weights, Extras(encoding=encoding))
    assert len(file) > 10_000_000
    assert bits(netspec.read(file).weights) == bits(weights)


def test_extras_come_back(small):
    model = netspec.read(small)
    assert model.extras.metadata == {"by": "A & B"}
    assert model.extras.encoding == "decimal"
    loss = model.extras.history["loss"]
    assert loss[0] == 0.5
    assert np.isnan(loss[1])
    golden = model.extras.golden
    assert (golden.engine, golden.contract, golden.tolerance) == ("numpy", "0", 1e-5)
    assert golden.inputs.tolist() == [[[1], [2]]]
    assert np.signbit(golden.outputs).all()
    assert golden.lengths.tolist() == [2]
    assert golden.lengths.dtype == np.int64
    assert saved(*model) == small


def test_any_text_that_xml_can_hold_is_kept_in_metadata():
    spec = NetworkSpec(input={"shape": [1]}, layers=[{"type": "dense", "units": 1}])
    texts = {
        " a\tb\nc\rd\"'<&>": " \r\n]]> &amp; \t<!-- no --> ",
        "": "",
        "Ω": "".join(map(chr, [9, 10, 13, 32, 0x7F, 0x85, 0xA0, 0x2028, 0xD7FF, 0xFFFD, 0x10FFFF])),
    }
    model = netspec.read(saved(spec, netspec.build(spec).weights, Extras(metadata=texts)))
    assert model.extras.metadata == texts


def test_the_same_model_gives_the_same_bytes_however_it_was_put_together(small):
    spec, weights, extras = netspec.read(small)
    turned = dict(reversed(weights.items()))
    turned = {name: np.asfortranarray(array) for name, array in turned.items()}
    metadata = {"z": "1", "a": "2"}
    first = saved(spec, weights, extras.replace(metadata=metadata))
    second = saved(spec, turned, extras.replace(metadata=dict(reversed(metadata.items()))))
    assert first == second


def test_a_file_says_nothing_of_when_where_and_by_whom_it_was_written(small, monkeypatch):
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert saved(*netspec.read(small)) == small


def test_one_gate_is_one_element_with_its_matrix_row_by_row():
    spec = NetworkSpec(input={"features": 3}, layers=[{"type": "lstm", "units": 2}])
    weights = dict(netspec.build(spec).weights)
    weights["lstm_1/W"] = np.arange(24, dtype=np.float32).reshape(4, 2, 3) / 4
    root = etree.fromstring(saved(spec, weights))
    layer = root.find("{*}layers/{*}layer")
    parts = [(a.get("name"), a.get("part"), a.get("shape")) for a in layer.findall("{*}array")]
    gates = "ifco"
    assert parts == [
        *(("W", gate, "2 3") for gate in gates),
        *(("U", gate, "2 2") for gate in gates),
        *(("b", gate, "2") for gate in gates),
    ]
    forget = layer.find("{*}array[@name='W'][@part='f']")
    assert forget.text == "\n1.5 1.75 2.0\n2.25 2.5 2.75\n      "


def test_the_options_in_the_file_are_the_spec_option_by_option(small):
    root = etree.fromstring(small)
    data = {o.get("name"): json.loads(o.text) for o in root.find("{*}spec")}
    data["layers"] = [
        {"type": layer.get("type"), "name": layer.get("name")}
        | {o.get("name"): json.loads(o.text) for o in layer.findall("{*}option")}
        for layer in root.find("{*}layers")
    ]
    assert data == netspec.read(small).spec.to_data(defaults=True)


# Which files are ours


def test_every_xml_is_ours_to_read_or_refuse_but_tmvas():
    assert recognises(b'<?xml version="1.0"?><model xmlns="urn:netspec:model:1">', "")
    assert recognises(b"\xef\xbb\xbf <other/>", ".svg")
    assert recognises(b"", ".xml")
    assert not recognises(b'<?xml version="1.0"?><MethodSetup Method="DL::DNN">', ".xml")
    assert not recognises(b"netspec: 1", ".yaml")
    assert not recognises(b"netspec: 1", "")
