"""How weights start, as a spec says it: of a layer, of all layers, of single gates."""

import json

import numpy as np
import pytest

from netspec import NetworkSpec, build, initializers, load
from netspec.errors import SpecError
from netspec.initializers import Initializer
from netspec.layers import Layer
from netspec.randomness import Stream
from netspec.specfile import write
from tests.specimens import shape_of

LSTM = {"type": "lstm", "units": 3}
FORGET = {"b": {"type": "constant", "value": 0.25, "blocks": {"f": 1}}}


def spec_of(*rows, **options):
    given = {"input": {"steps": 4, "features": 5}, "layers": rows}
    return NetworkSpec.from_data(given | options)


def drawn(spec, seed=3):
    return build(spec, seed=seed).weights


def alone(start, name, shape, seed=3, blocks=(), dtype="float32"):
    """Draw one array outside of any network."""
    stream = Stream(seed, "weights", name)
    return initializers.draw(start, stream, shape, dtype, blocks)


def test_a_layer_says_how_its_arrays_start_and_the_others_start_as_ever():
    weights = drawn(spec_of(LSTM | {"initializers": {"U": "orthogonal", **FORGET}}))
    plain = drawn(spec_of(LSTM))
    assert weights["lstm_1/W"].tobytes() == plain["lstm_1/W"].tobytes()
    assert weights["lstm_1/b"].tolist() == [[0.25] * 3, [1] * 3, [0.25] * 3, [0.25] * 3]
    for gate in weights["lstm_1/U"]:
        np.testing.assert_allclose(gate @ gate.T, np.eye(3), atol=1e-6)
    wanted = alone("orthogonal", "lstm_1/U", (4, 3, 3))
    assert weights["lstm_1/U"].tobytes() == wanted.tobytes()


def test_a_spec_says_it_for_all_layers_and_a_layers_own_wins():
    rows = [LSTM | {"initializers": {"W": "zeros"}}, {"type": "dense", "units": 2}]
    weights = drawn(spec_of(*rows, initializers={"W": "he_normal", "b": 0.5}))
    assert not weights["lstm_1/W"].any()
    assert weights["dense_1/W"].tobytes() == alone("he_normal", "dense_1/W", (2, 3)).tobytes()
    assert (weights["lstm_1/b"] == 0.5).all()
    assert (weights["dense_1/b"] == 0.5).all()


@pytest.mark.parametrize("starts", [{"b": 2, "reverse/b": 3}, {"reverse/b": 3, "b": 2}])
def test_a_name_stands_for_both_directions_and_a_full_name_for_one(starts):
    row = LSTM | {"direction": "both", "initializers": starts}
    weights = drawn(spec_of(row))
    assert (weights["lstm_1/forward/b"] == 2).all()
    assert (weights["lstm_1/reverse/b"] == 3).all()


def test_what_stands_further_inside_wins():
    inside = [LSTM | {"initializers": {"b": 1}}, {"type": "dense", "units": 2}]
    row = {"type": "bidirectional", "layers": inside, "initializers": {"b": 2, "W": 3}}
    weights = drawn(spec_of(row, {"type": "dense", "units": 1}, initializers={"b": 4}))
    for way in ("forward", "reverse"):
        assert (weights[f"bidirectional_1/{way}/lstm_1/b"] == 1).all()
        assert (weights[f"bidirectional_1/{way}/lstm_1/W"] == 3).all()
        assert (weights[f"bidirectional_1/{way}/dense_1/b"] == 2).all()
    assert (weights["dense_1/b"] == 4).all()


def test_a_learned_first_state_starts_as_one_says():
    row = LSTM | {"initial_state": "learned", "initializers": {"c0": "normal"}}
    weights = drawn(spec_of(row))
    assert weights["lstm_1/c0"].tobytes() == alone("normal", "lstm_1/c0", (3,)).tobytes()
    assert not weights["lstm_1/h0"].any()


@pytest.mark.parametrize("kind", sorted(Layer.kinds))
def test_every_array_of_every_layer_can_start_as_one_says(kind):
    examples = Layer.kinds[kind].model_config["json_schema_extra"]["examples"]
    for options in examples:
        row = {"type": kind, **options}
        given = {"shape": shape_of(row)}
        try:
            spec = spec_of(row, input=given)
        except SpecError:  # a layer of ids, which are whole numbers
            continue
        for name, param in spec.parameters().items():
            start = {"type": "uniform", "low": -0.05, "high": 2.0}
            if param.rising:
                start = {"type": "ramps", "low": -0.05, "high": 2.0, "sizes": param.rising}
            again = spec_of(row | {"initializers": {name.partition("/")[2]: start}}, input=given)
            wanted = alone(
                Initializer.kinds[start["type"]](**start),
                name,
                param.shape,
                dtype=param.dtype or "float32",
            )
            assert drawn(again)[name].tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    "spec",
    [
        spec_of(LSTM | {"initializers": {"U": "orthogonal", **FORGET}}),
        spec_of(LSTM, initializers={"W": {"type": "uniform", "low": -1.0}, "b": 0}),
        spec_of({"type": "dense", "units": 1}, initializers={"W": {
            "type": "array", "values": [[0.1, 2, -3, 4, 1e-30]]}}),
    ],
    ids=["layer", "all", "array"],
)  # fmt: skip
def test_every_language_gives_back_the_initializers(spec, tmp_path):
    for defaults in (False, True):
        data = json.loads(json.dumps(spec.to_data(defaults=defaults)))
        assert NetworkSpec.from_data(data) == spec
        for language in ("yaml", "json", "toml"):
            text = write(data, language).encode()
            again = NetworkSpec.from_file(text, format=language)
            assert again == spec
            assert hash(again) == hash(spec)
    network = build(spec)
    network.save(tmp_path / "own.xml")
    assert load(tmp_path / "own.xml").spec == spec


def test_short_data_say_words_where_words_say_it():
    spec = spec_of(LSTM | {"initializers": {"U": {"type": "orthogonal", "gain": 1.0}, "b": 1}})
    (row,) = spec.to_data()["layers"]
    assert row["initializers"] == {"U": "orthogonal", "b": {"type": "constant", "value": 1.0}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"initializers": {"V": 1}},
            "layers.0.initializers.V: there is no array 'V' here (know",
        ),
        ({"initializers": {"b": "orthogonal"}}, "layers.0.initializers.b: orthogonal wants a mat"),
        (
            {"initializers": {"b": {"type": "zeros", "blocks": {"q": 1}}}},
            "layers.0.initializers.b.blocks.q: there is no block 'q' (known: c, f, i, o)",
        ),
        (
            {"initializers": {"W": {"type": "array", "values": [[1]]}}},
            "layers.0.initializers.W.values: wanted 4 x 3 x 5 numbers, found 1 x 1",
        ),
        (
            {"initializers": {"W": {"type": "normal", "sdt": 1.0}}},
            "layers.0.initializers.W.sdt: no such option of a normal initializer, did you mean ",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(change, sentence):
    with pytest.raises(SpecError) as caught:
        spec_of(LSTM | change)
    assert str(caught.value).startswith(sentence)
    if "layers.0.initializers.V" not in sentence:
        return
    with pytest.raises(SpecError, match=r"^initializers.V: there is no array 'V' here \(known: U"):
        spec_of(LSTM, **change)


def test_a_number_that_the_dtype_cannot_hold_is_refused_by_the_arrays_name():
    with pytest.raises(SpecError, match=r"^lstm_1/b: wanted a number that float32 can hold"):
        build(spec_of(LSTM, initializers={"b": 1e300}))
