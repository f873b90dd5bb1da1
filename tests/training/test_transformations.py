"""Transformations that training fits and puts around the network."""

import re

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec, train
from netspec.errors import DataError, SpecError
from tests.training.transformed import classifier, energies, events, normalized, spec_of


def trained(spec, data, **options):
    network = netspec.build(spec)
    history = train(network, data, **options)
    return network, history


def own(network):
    """The weights of the network proper."""
    return {k: w for k, w in network.weights.items() if k.startswith(("dense", "gru", "conv"))}


def same(one, two):
    assert own(one).keys() == own(two).keys()
    for name, array in own(one).items():
        assert array.tobytes() == own(two)[name].tobytes(), name


def test_what_is_badly_scaled_is_learned_with_them_and_not_without():
    settings = {"epochs": 30, "optimizer": {"type": "adam", "learning_rate": 0.01}}
    found = {}
    for transform in ("", "N"):
        network, _ = trained(classifier(transform, **settings), events(1000))
        evaluation = netspec.evaluate(network, events(1000, seed=1))
        found[transform] = evaluation["accuracy"]["value"]
    assert found["N"] > 0.95
    assert found[""] < 0.8


def test_the_network_is_left_with_layers_and_asks_for_no_others():
    network, _ = trained(classifier("N"), events())
    assert [layer.type for layer in network.spec.layers] == ["normalize", "dense", "dense"]
    assert network.spec.training.transform == ""
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    assert (low < high).all()
    before = {k: w.tobytes() for k, w in network.weights.items()}
    train(network, events())
    assert [layer.type for layer in network.spec.layers] == ["normalize", "dense", "dense"]
    assert network.weights["normalize_1/minimum"].tobytes() == before["normalize_1/minimum"]
    assert network.weights["dense_1/W"].tobytes() != before["dense_1/W"]


@pytest.mark.parametrize("rules", ["netspec", "tmva"])
def test_ranges_are_those_of_the_events_that_count(rules):
    x, y = events()
    x[-1] = 1e6  # under the rules of TMVA the last events are those to validate with
    network, _ = trained(classifier("N", rules=rules, validation=0.2), (x, y))
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    if rules == "tmva":
        assert (low == x.min(0)).all()
        assert (high == x.max(0)).all()
    else:
        others = set(range(300)) - set(kept_rows(300, 60))
        rows = sorted(others)
        assert (low == x[rows].min(0)).all()
        assert (high == x[rows].max(0)).all()


def kept_rows(count, kept):
    """The events that the spec's seed keeps for validation."""
    from netspec.randomness import Stream
    from netspec.training.split import order

    return order(Stream(3, "training", "split"), count)[:kept].tolist()


@pytest.mark.parametrize("rules", ["netspec", "tmva"])
def test_weights_are_those_of_a_training_on_events_transformed_by_hand(rules):
    x, y = events()
    network, history = trained(classifier("N", rules=rules), (x, y))
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    plain, known = trained(classifier("", rules=rules), (normalized(x, low, high), y))
    same(network, plain)
    assert history.columns() == known.columns()
    assert (network(x) == plain(normalized(x, low, high))).all()


def test_targets_are_learned_as_they_are_transformed_and_come_back_in_their_units():
    x, y = energies()
    network, history = trained(spec_of((3,), 2, "N"), (x, y))
    names = [layer.name for layer in network.spec.layers]
    assert names == ["normalize_1", "dense_1", "dense_2", "normalize_2"]
    assert network.spec.layers[-1].inverse
    w = network.weights
    tx = normalized(x, w["normalize_1/minimum"], w["normalize_1/maximum"])
    low, high = w["normalize_2/minimum"], w["normalize_2/maximum"]
    plain, known = trained(spec_of((3,), 2, ""), (tx, normalized(y, low, high)))
    same(network, plain)
    assert history.columns() == known.columns()
    f = np.float32
    back = low + (plain(tx) + f(1)) / (f(2) * (f(1) / (high - low)))
    assert network(x).tobytes() == back.tobytes()


def test_residuals_are_in_the_units_of_the_targets():
    x, y = energies(600)
    network, _ = trained(spec_of((3,), 2, "N", training={"epochs": 40}), (x, y))
    found = netspec.evaluate(network, (x, y))["residuals"]["targets"]
    away = network(x).astype("float64") - y
    for k, sizes in enumerate([(20, 800), (2e-4, 1e-2)]):
        assert np.isclose(found[str(k)]["mae"], np.abs(away[:, k]).mean(), rtol=1e-6)
        assert sizes[0] < found[str(k)]["mae"] < sizes[1]


def test_a_part_of_the_variables_and_of_the_targets():
    x, y = energies()
    network, _ = trained(spec_of((3,), 2, "N(_V2_,_V0_,_T1_)"), (x, y))
    front, back = network.spec.layers[0], network.spec.layers[-1]
    assert (front.inputs, back.inputs) == ((0, 2), (1,))
    assert network.weights["normalize_1/minimum"].shape == (2,)
    w = network.weights
    tx, ty = x.copy(), y.copy()
    tx[:, [0, 2]] = normalized(x[:, [0, 2]], w["normalize_1/minimum"], w["normalize_1/maximum"])
    ty[:, [1]] = normalized(y[:, [1]], w["normalize_2/minimum"], w["normalize_2/maximum"])
    plain, _ = trained(spec_of((3,), 2, ""), (tx, ty))
    same(network, plain)
    assert (network(x)[:, 0] == plain(tx)[:, 0]).all()


def test_a_classification_has_no_targets_to_transform():
    network, _ = trained(classifier("N(_V_,_T_)"), events())
    assert [layer.type for layer in network.spec.layers] == ["normalize", "dense", "dense"]
    with pytest.raises(SpecError, match=r"training.transform: G\(_T_\): wanted targets that are"):
        trained(classifier("G(_T_)"), events())


def test_targets_behind_an_activation_are_refused():
    spec = spec_of((3,), 2, "N", output={"activation": "tanh"})
    with pytest.raises(SpecError, match=r"wanted a linear output .* found tanh: say N\(_V_\)"):
        trained(spec, energies())
    network, _ = trained(spec_of((3,), 2, "N(_V_)", output={"activation": "tanh"}), energies())
    assert network.spec.layers[-1].type == "dense"


@pytest.mark.parametrize(("of", "sign"), [("Signal", 1), ("Background", 0)])
def test_a_class_alone_gives_the_ranges(of, sign):
    x, y = events()
    network, _ = trained(classifier(f"N_{of}", validation=0), (x, y))
    assert (network.weights["normalize_1/minimum"] == x[y == sign].min(0)).all()
    assert (network.weights["normalize_1/maximum"] == x[y == sign].max(0)).all()


def test_a_class_of_several_by_its_number():
    x, _ = events()
    y = np.arange(300) % 3
    output = {"activation": "softmax", "classes": ["a", "b", "c"]}
    settings = {"loss": "softmax_cross_entropy", "validation": 0}
    spec = spec_of((3,), 3, "N_c", output=output, training=settings)
    network, _ = trained(spec, (x, y))
    assert (network.weights["normalize_1/minimum"] == x[y == 2].min(0)).all()


def test_sequences_are_pooled_over_their_valid_steps():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 5, 2)).astype("float32") * np.array([100, 0.1], "float32")
    lengths = rng.integers(1, 6, 80)
    valid = np.arange(5) < lengths[:, None]
    y = (x[:, 0, 0] > 0).astype(int)
    rows = [{"type": "gru", "units": 4}, {"type": "dense", "units": 1}]
    spec = classifier("N", (None, 2), rows, validation=0)
    network, _ = trained(spec, (x, y), lengths=lengths)
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    assert (low == x[valid].min(0)).all()
    assert (high == x[valid].max(0)).all()
    padded = np.where(valid[:, :, None], x, np.nan)
    again, _ = trained(spec, (padded, y), lengths=lengths)
    same(network, again)
    plain = classifier("", (None, 2), rows, validation=0)
    by_hand, _ = trained(plain, (normalized(x, low, high), y), lengths=lengths)
    same(network, by_hand)
    outputs = by_hand(normalized(x, low, high), lengths=lengths)
    assert network(padded, lengths=lengths).tobytes() == outputs.tobytes()


def test_targets_of_every_step_and_windows_in_time():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 7, 2)).astype("float32") * 50
    y = (1000 * np.cumsum(x, 1)[:, :, :1]).astype("float32")
    lengths = rng.integers(2, 8, 60)
    rows = [{"type": "gru", "units": 4, "return_sequences": True}, {"type": "dense", "units": 1}]
    settings = {"truncate": 3, "validation": 0}
    spec = spec_of((None, 2), 1, "N", rows, training=settings)
    network, _ = trained(spec, (x, y), lengths=lengths)
    valid = np.arange(7) < lengths[:, None]
    w = network.weights
    assert w["normalize_2/minimum"] == y[valid].min()
    assert w["normalize_2/maximum"] == y[valid].max()
    tx = normalized(x, w["normalize_1/minimum"], w["normalize_1/maximum"])
    ty = normalized(y, w["normalize_2/minimum"], w["normalize_2/maximum"])
    plain, _ = trained(
        spec_of((None, 2), 1, "", rows, training=settings), (tx, ty), lengths=lengths
    )
    same(network, plain)


def test_an_image_is_made_flat_and_brought_back():
    rng = np.random.default_rng(2)
    x = (rng.normal(size=(60, 2, 3, 4)) * np.arange(1, 25).reshape(2, 3, 4)).astype("float32")
    y = (x.mean((1, 2, 3)) > 0).astype(int)
    rows = [{"type": "flatten"}, {"type": "dense", "units": 1}]
    network, _ = trained(classifier("N", (2, 3, 4), rows, validation=0), (x, y))
    types = [layer.type for layer in network.spec.layers]
    assert types == ["flatten", "normalize", "reshape", "flatten", "dense"]
    assert [layer.name for layer in network.spec.layers][-2:] == ["flatten_1", "dense_1"]
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    assert (low == x.reshape(60, -1).min(0)).all()
    by_hand = normalized(x.reshape(60, -1), low, high).reshape(x.shape)
    plain, _ = trained(classifier("", (2, 3, 4), rows, validation=0), (by_hand, y))
    same(network, plain)
    assert network(x).tobytes() == plain(by_hand).tobytes()


def test_dropout_counts_the_layers_of_the_network_alone():
    x, y = events()
    network, _ = trained(classifier("N", dropout=[0.0, 0.5]), (x, y))
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    plain, _ = trained(classifier("", dropout=[0.0, 0.5]), (normalized(x, low, high), y))
    same(network, plain)
    # Trained further, the layer in front is there from the beginning, and the rates mean the same.
    train(network, (x, y))
    train(plain, (normalized(x, low, high), y))
    same(network, plain)


def test_events_to_validate_with_go_through_the_same():
    x, y = events()
    other = events(80, seed=9)
    network, history = trained(classifier("N"), (x, y), validation=other)
    low, high = (network.weights[f"normalize_1/{k}"] for k in ("minimum", "maximum"))
    assert (low == x.min(0)).all()
    by_hand = (normalized(other[0], low, high), other[1])
    plain, known = trained(classifier(""), (normalized(x, low, high), y), validation=by_hand)
    same(network, plain)
    assert history.columns() == known.columns()


def test_names_that_a_table_brings_can_be_chosen(tmp_path):
    x, y = events()
    table = tmp_path / "a.csv"
    rows = [",".join(map(repr, [*map(float, row), int(t)])) for row, t in zip(x, y, strict=True)]
    table.write_text("\n".join(["a,b,c,target", *rows]) + "\n")
    network, _ = trained(classifier("N(c)", validation=0), table)
    assert network.spec.layers[0].inputs == (2,)
    assert network.weights["normalize_1/minimum"] == x[:, 2].min()
    with pytest.raises(SpecError, match=r"training.transform: N\(d\): wanted a variable or a tar"):
        trained(classifier("N(d)", validation=0), table)


@pytest.mark.parametrize("transform", ["N", "N+N(_V0_)"])
def test_data_in_files_give_the_same_bits(transform, tmp_path, monkeypatch):
    x, y = energies()
    for name, array in (("x", x), ("y", y)):
        np.save(tmp_path / f"{name}.npy", array)
    one, _ = trained(spec_of((3,), 2, transform), (x, y))
    monkeypatch.setattr("netspec.dataset.events.LARGEST_PASS", 300)  # a hundred events at a time
    two, _ = trained(spec_of((3,), 2, transform), tmp_path)
    assert one.spec == two.spec
    for name, array in one.weights.items():
        assert array.tobytes() == two.weights[name].tobytes()


def test_an_option_string_trains_with_them():
    text = (
        "InputLayout=3:Layout=DENSE|8|TANH,DENSE|1|LINEAR:ValidationSize=20%:VarTransform=N:"
        "TrainingStrategy=LearningRate=1e-2,BatchSize=20,MaxEpochs=3,TestRepetitions=1"
    )
    network, _ = trained(NetworkSpec.from_file(text), events())
    assert [layer.type for layer in network.spec.layers] == ["normalize", "dense", "dense"]


def test_settings_given_beside_the_spec_count():
    spec = classifier("")
    network, _ = trained(spec, events(), settings={"transform": "N", "epochs": 1})
    assert network.spec.layers[0].type == "normalize"
    with pytest.raises(SpecError, match=r"training.transform: wanted a network that has none yet"):
        train(network, events(), settings={"transform": "N", "epochs": 1})


def test_a_constant_variable_is_refused_by_name_and_the_network_stays_as_it_was():
    x, y = events()
    x[:, 1] = 7
    spec = classifier("N").to_data()
    spec["input"] = {"variables": [{"name": name} for name in ("pt", "eta", "phi")]}
    network = netspec.build(NetworkSpec.from_data(spec))
    sentence = "transform: N: wanted variables that vary, found 'eta', which is 7 in every event"
    with pytest.raises(DataError, match=re.escape(sentence)):
        train(network, (x, y))
    assert [layer.type for layer in network.spec.layers] == ["dense", "dense"]
