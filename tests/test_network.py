"""A network: what it takes at the door, what it gives back, and what it never changes."""

import copy
import os
import pickle
import subprocess
import sys
import tracemalloc
from types import MappingProxyType

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build, load
from netspec.backends import Backend, known
from netspec.backends.numpy import NumpyBackend
from netspec.errors import DataError, SpecError, UnavailableError, WeightsError
from netspec.layers.gru import GRU
from netspec.randomness import Stream
from tests.specimens import agree

ROWS = [
    {"type": "gru", "units": 3, "return_sequences": True},
    {"type": "lstm", "units": 2},
    {"type": "dense", "units": 4},
]


def spec_of(rows=ROWS, **options):
    return NetworkSpec(input={"features": 5}, layers=rows, **options)


@pytest.fixture
def network():
    return build(spec_of(), seed=1)


def on(b, spec):
    """Make a network of this spec on a backend."""
    return Network(spec, build(spec, seed=1).weights, b)


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((6, 7, 5)).astype("float32")


# Building


def test_weights_are_taken_from_a_mapping_an_other_network_and_a_file(network, x, tmp_path):
    path = tmp_path / "model.xml"
    network.save(path)
    for weights in (dict(network.weights), network.weights, path, str(path), path.read_bytes()):
        again = build(network.spec, weights=weights)
        assert again(x).tobytes() == network(x).tobytes()


def test_a_saved_network_loads_with_every_bit_of_its_outputs(network, x, tmp_path):
    network.save(tmp_path / "model.xml", golden=x[:2], metadata={"author": "someone"})
    again = load(tmp_path / "model.xml")
    assert again.spec == network.spec
    assert again(x).tobytes() == network(x).tobytes()
    assert again.extras.metadata == {"author": "someone"}
    assert again.extras.golden.outputs.tobytes() == network(x[:2]).tobytes()


def test_a_spec_without_weights_is_not_loaded_as_a_network():
    text = b"netspec: 1\ninput: {features: 2}\nlayers: [{type: dense, units: 1}]\n"
    with pytest.raises(WeightsError, match="without weights"):
        load(text, format="yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("lstm_1/U"), r"lstm_1/U: the spec wants \(4, 2, 2\)"),
        (lambda w: w.update({"lstm_1/w": w["lstm_1/W"]}), "lstm_1/w: .* did you mean 'lstm_1/W'"),
        (lambda w: w.update({"gru_1/b": np.zeros((3, 2))}), r"\(3, 3\), the weights hold \(3, 2\)"),
        (lambda w: w.update({"dense_1/b": [[1], [1, 2]]}), "dense_1/b: .* uneven rows"),
        (lambda w: w.update({"dense_1/b": np.zeros(4, complex)}), "dense_1/b: wanted real numbers"),
        (lambda w: w.update({"dense_1/b": np.array(list("abcd"))}), "dense_1/b: wanted real"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(network, change, message):
    weights = dict(network.weights)
    change(weights)
    with pytest.raises(WeightsError, match=message):
        build(network.spec, weights=weights)


def test_every_array_that_does_not_fit_is_named_at_once(network):
    with pytest.raises(WeightsError) as error:
        build(network.spec, weights={"gru_1/W": np.zeros((1, 1)), "other": 1.0})
    assert all(name in str(error.value) for name in (*network.weights, "other"))


def test_an_unknown_device_is_refused_with_the_nearest():
    with pytest.raises(UnavailableError, match="did you mean 'cpu'"):
        build(spec_of(), device="cpus")


def test_an_unknown_backend_is_refused_with_the_nearest(network):
    with pytest.raises(UnavailableError, match="did you mean 'numpy'"):
        Network(network.spec, network.weights, backend="nunpy")


# Weights


def test_weights_are_read_only_and_the_networks_own(network, x):
    given = {name: array.copy() for name, array in network.weights.items()}
    again = Network(network.spec, given)
    before = again(x)
    for array in given.values():
        array += 1
    assert again(x).tobytes() == before.tobytes()
    assert isinstance(again.weights, MappingProxyType)
    with pytest.raises(ValueError, match="read-only"):
        again.weights["gru_1/W"][0] = 0
    with pytest.raises(TypeError):
        again.weights["gru_1/W"] = 0


def test_weights_come_in_the_order_and_the_dtype_of_the_spec(network):
    backwards = {name: network.weights[name].astype("float64") for name in [*network.weights][::-1]}
    again = Network(network.spec, backwards)
    assert list(again.weights) == list(network.spec.parameters())
    assert {array.dtype.name for array in again.weights.values()} == {"float32"}


def test_replace_gives_another_network_and_leaves_this_one(network, x):
    before = network(x)
    bias = np.array([1, 2, 3, 4])
    other = network.replace({"dense_1/b": bias})
    np.testing.assert_allclose(other(x), before + bias, rtol=1e-6)
    assert network(x).tobytes() == before.tobytes()
    with pytest.raises(WeightsError, match="dense_1/c"):
        network.replace({"dense_1/c": bias})


def test_replaced_weights_leave_golden_outputs_behind(network, x):
    kept = Network(
        network.spec, network.weights, extras=network.extras.replace(golden=network.golden(x))
    )
    assert kept.replace({"dense_1/b": np.zeros(4)}).extras.golden is None


# What comes out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_and_states_are_of_the_specs_dtype(dtype, x, b):
    y, state = on(b, spec_of(dtype=dtype))(x.astype("float64"), return_state=True)
    assert {array.dtype.name for array in (y, *state.values())} == {dtype}


def test_the_output_activation_is_applied_and_only_the_first_outputs_returned(x, b):
    output = {"activation": "sigmoid", "first": 2, "classes": ["signal", "background"]}
    network, classifier = on(b, spec_of()), on(b, spec_of(output=output))
    wanted = 1 / (1 + np.exp(-network(x).astype("float64")))[:, :2]
    found = classifier(x)
    assert found.shape == (6, *classifier.spec.output_shape) == (6, 2)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_padded_outputs_are_zero_after_the_output_activation_too(x, b):
    network = on(b, spec_of(ROWS[:1], output={"activation": "sigmoid"}))
    y = network(x, lengths=[7, 1, 2, 3, 4, 0])
    assert not np.any(y[1, 1:])
    assert not np.any(y[5])
    assert np.all(y[0] > 0)


def test_forward_gives_the_numbers_before_the_output_activation(x, b):
    network, classifier = on(b, spec_of()), on(b, spec_of(output={"activation": "sigmoid"}))
    assert classifier.forward(x).y.tobytes() == network(x).tobytes()


def test_forward_gives_the_slopes_of_all_weights(network, x):
    step = network.forward(x, lengths=[7, 1, 2, 3, 4, 5])
    slopes = step.back(np.ones_like(step.y))
    assert {k: v.shape for k, v in slopes.weights.items()} == {
        k: v.shape for k, v in network.weights.items()
    }
    assert slopes.x.shape == x.shape


def test_forward_with_a_stream_is_training_and_repeats_itself(x, b):
    network = on(b, spec_of([{"type": "dropout", "rate": 0.5}, *ROWS]))
    once, again, other = (network.forward(x, rng=Stream(seed)).y for seed in (1, 1, 2))
    assert once.tobytes() == again.tobytes() != other.tobytes()
    assert network.forward(x).y.tobytes() == network(x).tobytes()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, 1e-45, -0.0])
def test_extreme_inputs_pass_in_silence(x, value, b):
    y = on(b, spec_of())(np.full_like(x, value))
    assert y.dtype == np.float32
    assert np.isnan(y).any() == (not np.isfinite(value))  # inf - inf is one


def test_a_layer_that_an_exact_backend_gives_no_promise_for_is_named():
    layers = [
        {"type": "bidirectional", "layers": [{"type": "gru", "units": 2}]},
        {"type": "dense", "units": 1},
    ]
    spec = NetworkSpec(input={"features": 3}, layers=layers)
    network = build(spec)
    for promised, unkept, named in [
        (True, set(), []),
        (True, {"gru"}, ["bidirectional_1/gru_1"]),
        (True, {"dense"}, ["dense_1"]),
        (False, set(), ["bidirectional_1", "bidirectional_1/gru_1", "dense_1"]),
    ]:
        said = {"exact": promised, "inexact": frozenset(unkept)}
        backend = type("Promising", (NumpyBackend,), said)()
        found = Network(spec, network.weights, backend)
        assert (found.exact, found.inexact_layers) == (not named, named)


@pytest.mark.parametrize(("name", "exact"), [("numpy", False), ("native", True)])
def test_a_network_says_whether_it_promises_exact_bits(name, exact, network):
    if name == "native" and "native" not in known():
        with pytest.raises(UnavailableError, match=r"^the backend 'native' is not here: "):
            Network(network.spec, network.weights, name)
        return
    assert Network(network.spec, network.weights, name).exact is exact


def test_the_representation_says_what_the_network_is(b):
    found = repr(on(b, spec_of()))
    assert all(word in found for word in ("'network'", "(None, 5)", "(4,)", "float32", b.name))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_network_survives_fork():
    # In a process of its own: a fork of one with threads is what Python warns of.
    story = """
import os, numpy, netspec
spec = netspec.NetworkSpec(input={"features": 3}, layers=[{"type": "lstm", "units": 2}])
network, x = netspec.build(spec), numpy.ones((2, 4, 3))
wanted = network(x).tobytes()
child = os.fork()
if not child:
    os._exit(network(x).tobytes() != wanted)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", story], check=False).returncode == 0


def test_what_is_no_spec_is_refused_with_the_remedy(network):
    for wrong in ({"layers": []}, "jets.yaml", None):
        for make in (build, lambda spec: build(spec, weights={}), lambda spec: Network(spec, {})):
            with pytest.raises(SpecError, match=r"^wanted a NetworkSpec, found .*from_file"):
                make(wrong)


@pytest.mark.parametrize("wrong", [None, 3, [1], b"abc"])
def test_weights_that_are_no_mapping_are_refused(network, wrong):
    for use in (lambda: Network(network.spec, wrong), lambda: network.replace(wrong)):
        with pytest.raises(WeightsError, match=r"^weights: wanted a mapping of arrays by name"):
            use()


class Named(Network):
    """A network of a user's own, made in a way of its own."""

    def __init__(self, title):
        whole = build(NetworkSpec(input={"shape": [5]}, layers=[{"type": "dense", "units": 2}]))
        super().__init__(whole.spec, whole.weights)
        self.title = title


def test_a_class_of_ones_own_pickles_and_copies_with_what_it_holds():
    named = Named("mine")
    for again in (pickle.loads(pickle.dumps(named)), copy.copy(named), copy.deepcopy(named)):
        assert type(again) is Named
        assert again.title == "mine"
        assert again(np.ones((1, 5))).tobytes() == named(np.ones((1, 5))).tobytes()
        assert not again.weights["dense_1/W"].flags.writeable


def test_golden_inputs_are_kept_as_they_were(network, x):
    golden = network.golden(x)
    before = golden.inputs.copy()
    x += 1
    assert golden.inputs.tobytes() == before.tobytes()


def test_a_stream_of_another_kind_is_refused(network, x):
    for wrong in (3, np.random.default_rng(3)):
        with pytest.raises(DataError, match=r"^rng: wanted a randomness.Stream, found "):
            network.forward(x, rng=wrong)


def test_lengths_of_no_golden_inputs_are_refused(network, tmp_path):
    with pytest.raises(DataError, match=r"^lengths: wanted golden inputs"):
        network.save(tmp_path / "x.xml", lengths=[1])
    assert not (tmp_path / "x.xml").exists()


# Many events


@pytest.mark.parametrize("events", [0, 1, 4, 5, 9, 12])
def test_events_go_through_the_layers_a_few_at_a_time_with_lengths_and_states(
    events, b, monkeypatch
):
    monkeypatch.setattr(type(b), "plan", Backend.plan)
    network = on(b, spec_of(dtype="float64"))
    draw = np.random.default_rng(2)
    x, lengths = draw.standard_normal((events, 3, 5)), draw.integers(0, 4, events)
    state = {"gru_1/h": draw.standard_normal((events, 3))}
    whole, last = network(x, lengths=lengths, state=state, return_state=True)
    ran, apply = [], GRU.apply

    def watched(self, b, p, x, **options):
        ran.append(len(x))
        return apply(self, b, p, x, **options)

    monkeypatch.setattr(GRU, "apply", watched)
    monkeypatch.setattr(type(b), "rows", 4)
    y, final = network(x, lengths=lengths, state=state, return_state=True)
    assert ran == {0: [0], 1: [1], 4: [4], 5: [4, 1], 9: [4, 4, 1], 12: [4, 4, 4]}[events]
    for name, array in {"y": whole, **last}.items():
        agree(b, {"y": y, **final}[name], array, 1e-14, name)


def test_a_large_batch_takes_little_more_memory_than_its_input(b):
    network = on(b, NetworkSpec(input={"steps": 4, "features": 2}, layers=ROWS))
    x = np.zeros((100_000, 4, 2), np.float32)
    network(x[:1])
    tracemalloc.start()
    network(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * x.nbytes


@pytest.mark.parametrize("dstate", [3, 0, []])
def test_slopes_of_states_are_a_mapping(x, dstate, b):
    step = on(b, spec_of()).forward(x)
    with pytest.raises(DataError, match="dstate: wanted a mapping of arrays by name"):
        step.back(np.zeros_like(step.y), dstate)
