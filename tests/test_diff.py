"""What two models do not share, told and counted."""

from __future__ import annotations

import numpy
import pytest

import netspec
from netspec.diff import diff
from netspec.errors import UnavailableError

DATA = {
    "name": "small",
    "input": {"steps": 4, "features": 3},
    "layers": [{"type": "gru", "units": 2}, {"type": "dense", "units": 2, "name": "last"}],
}


def network(**changes):
    return netspec.build(netspec.NetworkSpec.from_data(DATA | changes), seed=5)


def changed(name, at, value):
    one = network()
    array = one.weights[name].copy()
    array[at] = value
    return one.replace({name: array})


def test_a_model_is_the_same_as_itself_in_every_dress(tmp_path):
    one = network()
    one.save(tmp_path / "a.xml")
    one.save(tmp_path / "b.xml", golden=numpy.ones((2, 4, 3)), encoding="base64")
    for other in (
        one,
        tmp_path / "a.xml",
        str(tmp_path / "b.xml"),
        netspec.read(tmp_path / "b.xml"),
    ):
        found = diff(one, other)
        assert found.same
        assert str(found) == "the same network, to the last bit"
        assert found.to_data() == {"same": True, "structure": [], "numbers": []}


def test_one_ulp_in_one_weight_is_found():
    value = numpy.nextafter(network().weights["gru_1/W"][0, 1, 2], numpy.float32(9))
    found = diff(network(), changed("gru_1/W", (0, 1, 2), value))
    [number] = found.numbers
    assert not found.structure
    assert (number.name, number.distance.ulp, number.distance.where) == ("gru_1/W", 1, (0, 1, 2))
    assert str(found).startswith("gru_1/W: 1 of 18 differ, most at [0, 1, 2]: 1 ulp")


def test_a_zero_that_lost_its_sign_is_found():
    found = diff(changed("last/b", 0, 0.0), changed("last/b", 0, -0.0))
    assert found.numbers[0].distance.ulp == 1


def test_options_are_told_by_the_name_of_their_layer():
    layers = [DATA["layers"][0] | {"reset_after": True}, DATA["layers"][1]]
    found = diff(network(), network(layers=layers))
    [change] = found.structure
    assert str(change) == "layers.gru_1.reset_after: false against true"


def test_another_shape_is_structure_and_not_numbers():
    layers = [DATA["layers"][0], DATA["layers"][1] | {"units": 3}]
    found = diff(network(), network(layers=layers))
    assert [change.path for change in found.structure] == ["layers.last.units", "last/W", "last/b"]
    assert found.structure[1].right == "shape (3, 2)"


def test_a_layer_more_is_told_once_and_its_arrays_as_missing():
    layers = [*DATA["layers"], {"type": "dense", "units": 2, "name": "more"}]
    paths = {change.path: change for change in diff(network(), network(layers=layers)).structure}
    assert paths["layers.more"].left == "not there"
    assert paths["more/W"].left == "not there"


def test_layers_in_another_order_are_told():
    two = [{"type": "dense", "units": 3, "name": name} for name in ("a", "b")]
    found = diff(network(layers=two), network(layers=two[::-1]))
    assert str(found.structure[0]) == "layers: a, b against b, a"


def test_another_type_of_numbers_is_told_though_the_values_are_equal():
    wide = network(dtype="float64")
    narrow = netspec.build(
        netspec.NetworkSpec.from_data(DATA),
        weights={name: array.astype("float32") for name, array in wide.weights.items()},
    )
    found = diff(narrow, wide)
    assert [str(change) for change in found.structure] == ['dtype: "float32" against "float64"']
    assert all(number.distance.absolute < 1e-7 for number in found.numbers)


def test_a_spec_without_weights_differs_from_a_model_with_some():
    model = netspec.Model(network().spec, None)
    found = diff(model, network())
    assert str(found) == "weights: none against 5 arrays"


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UnavailableError):
        diff(network(), tmp_path / "nothing.xml")


def test_lists_of_records_are_told_as_they_are_written():
    variables = [{"name": name} for name in "abc"]
    layers = [{"type": "dense", "units": 1}]
    one = network(input={"shape": [3]}, layers=layers)
    other = network(input={"variables": variables}, layers=layers)
    texts = list(map(str, diff(one, other).structure))
    assert texts[0] == "input.shape: [3] against null"
    assert texts[1].startswith('input.variables: [] against [{"name": "a", ')
