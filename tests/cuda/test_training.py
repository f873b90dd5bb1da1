"""Training, evaluation and the command line on a GPU: the bits and the words of the processor."""

import numpy as np
import pytest

import netspec
from netspec import Network, NetworkSpec
from netspec.cli import main
from netspec.errors import DataError, TrainingError, WeightsError
from netspec.gradcheck import gradcheck
from netspec.trace import trace
from tests.training.test_same_bits import Watch, interrupt

EVENTS, STEPS = 18, 5


@pytest.fixture
def data():
    rng = np.random.default_rng(4)
    t = rng.integers(3, size=(EVENTS, STEPS))
    return {
        "x": rng.normal(size=(EVENTS, STEPS, 2)) + t[:, :, None],
        "y": t,
        "weights": rng.uniform(0.5, 2, EVENTS),
        "lengths": rng.integers(1, STEPS + 1, EVENTS),
        "state/lstm_1/h": rng.normal(size=(EVENTS, 3)),
    }


def streams(**cells):
    """Ragged streams cut into windows, their state carried on; two phases, all that draws."""
    phase = {"batch_size": 8, "epochs": 2, "clip": {"norm": 0.5, "value": 0.2}}
    phases = [
        {**phase, "optimizer": {"type": "adamw", "learning_rate": 0.02}, "dropout": [0.1, 0.0, 0.2],
         "schedule": {"type": "plateau", "patience": 1, "warmup": 0.5}},
        {**phase, "optimizer": {"type": "rmsprop", "learning_rate": 0.01, "momentum": 0.5},
         "epochs": 1, "regularization": {"type": "l2", "strength": 1e-3}},
    ]  # fmt: skip
    return NetworkSpec(
        seed=11, input={"steps": STEPS, "features": 2},
        layers=[
            {"type": "lstm", "units": 3, "return_sequences": True, **cells},
            {"type": "dropout", "rate": 0.2},
            {"type": "gru", "units": 2, "return_sequences": True, "initial_state": "learned"},
            {"type": "dense", "units": 3},
        ],
        output={"activation": "softmax", "classes": ["a", "b", "c"]},
        training={
            "loss": "softmax_cross_entropy", "class_weights": "balanced", "truncate": 2,
            "phases": phases, "validation": 0.25,
        },
    )  # fmt: skip


def flat():
    """Events and targets that are transformed first, statistics of batches, TMVA's rules."""
    return NetworkSpec(
        seed=3, input={"shape": [2]},
        layers=[{"type": "dense", "units": 4, "activation": "tanh"}, {"type": "batch_norm"},
                {"type": "dense", "units": 1}],
        output={"targets": [{"name": "mass"}]},
        training={
            "loss": "squared_error", "transform": "N+G(_V_)", "rules": "tmva", "batch_size": 4,
            "epochs": 3, "validation": 0.25, "optimizer": {"type": "adam", "learning_rate": 0.01},
            "regularization": {"type": "l1", "strength": 1e-3}, "validate_every": 1,
        },
    )  # fmt: skip


def trained(spec, backend, data, **options):
    """Train from the spec's first weights; give the network and its history."""
    one = Network(spec, netspec.build(spec).weights, backend)
    return one, netspec.train(one, data, **options)


def same(one, other):
    assert one.weights.keys() == other.weights.keys()
    for name, array in one.weights.items():
        assert array.tobytes() == other.weights[name].tobytes(), name
    assert one.spec == other.spec
    assert one.extras.history == other.extras.history


def test_streams_teach_what_they_teach_the_processor_also_when_interrupted(
    cupy, native, data, tmp_path
):
    spec = streams(recurrent_dropout=0.25)
    here, _ = trained(spec, native, data)
    there, history = trained(spec, "cuda", data)
    same(here, there)
    assert there.device == "cuda:0"
    assert "best" in str(history)
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        trained(spec, "cuda", data, checkpoint=kept, watcher=Watch(2, 2, interrupt))
    again, _ = trained(spec, "cuda", data, checkpoint=kept, resume=True)
    same(here, again)


def test_transformations_and_statistics_are_those_of_the_processor(cupy, native, data):
    x = data["x"][:, 0]
    y = x.sum(1) + 1
    here, _ = trained(flat(), native, (x, y))
    there, _ = trained(flat(), "cuda", (x, y))
    same(here, there)
    assert there.spec.layers[0].type == "normalize"


def test_a_loss_that_is_no_number_stops_a_training_with_the_words_of_the_processor(
    cupy, native, data
):
    weights = {**netspec.build(streams()).weights, "lstm_1/b": np.full((4, 3), np.nan)}
    said = []
    for backend in (native, "cuda"):
        network = Network(streams(), weights, backend)
        with pytest.raises(TrainingError, match="batch 1: the loss is nan") as error:
            netspec.train(network, data)
        said.append(str(error.value))
    assert said[0] == said[1]


def test_an_evaluation_says_what_it_says_on_the_processor(cupy, native, data):
    spec = streams()
    here = Network(spec, netspec.build(spec).weights, native)
    said = [str(netspec.evaluate(one, data)) for one in (here, here.to("cuda"))]
    assert said[0] == said[1]


def test_data_that_lie_on_a_gpu_are_refused_where_they_are_to_lie_in_memory(cupy, data):
    network = netspec.build(streams(), device="cuda")
    for name in ("x", "y", "weights", "lengths"):
        given = {**data, name: cupy.asarray(data[name])}
        with pytest.raises(DataError, match=f"^{name}: wanted an array in memory, found one on"):
            netspec.train(network, given)
    weights = {**network.weights, "dense_1/b": cupy.asarray(np.zeros(3))}
    with pytest.raises(WeightsError, match=r"^dense_1/b: wanted an array in memory"):
        network.replace(weights)


def test_a_trace_and_a_check_of_gradients_take_a_network_on_a_gpu(cupy, native, data):
    network = netspec.build(streams(), device="cuda")
    here = Network(network.spec, network.weights, native)
    x = data["x"][:2]
    assert str(trace(network, x, 1)[0]) == str(trace(here, x, 1)[0])
    with pytest.raises(DataError, match=r"^x: .*cupy\.asnumpy"):
        trace(network, cupy.asarray(x), 1)
    small = netspec.build(NetworkSpec(input={"features": 2}, layers=[{"type": "rnn", "units": 2}]))
    assert gradcheck(small.to("cuda"), batch=2, steps=2).ok
    assert gradcheck(small, batch=2, steps=2, backend="cuda").ok


def test_the_command_line_runs_where_it_is_told(cupy, native, data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("data.npz", **{k: v for k, v in data.items() if not k.startswith("state")})
    netspec.build(streams()).save("start.xml")
    for device in ("cpu", "cuda"):
        words = ["--device", device]
        assert main(["train", "start.xml", "-d", "data.npz", "-o", f"{device}.xml", *words]) == 0
        assert main(["predict", f"{device}.xml", "data.npz", "-o", f"{device}.npy", *words]) == 0
        assert main(["evaluate", f"{device}.xml", "-d", "data.npz", *words]) == 0
        assert main(["verify", f"{device}.xml", *words]) == 0
    here, there = netspec.load("cpu.xml"), netspec.load("cuda.xml")
    same(here, there)
    assert there.extras.golden.engine == "cuda"
    assert np.load("cpu.npy").tobytes() == np.load("cuda.npy").tobytes()
    capsys.readouterr()
    assert main(["predict", "cuda.xml", "data.npz", "-o", "y.npy", "--device", "cud"]) == 1
    assert "did you mean 'cuda'?" in capsys.readouterr().err
