"""Fitted transformations in checkpoints, model files and further training."""

import json
import re
import signal

import numpy as np
import pytest

import netspec
from netspec import train
from netspec.errors import DataError, FormatError
from netspec.network import Network
from netspec.training import checkpoint
from tests.training.test_checkpoint import changed, npy
from tests.training.test_same_bits import Watch, crash, file_of, interrupt
from tests.training.transformed import classifier, energies, events, normalized, spec_of


def network_of(spec, b=None):
    return Network(spec, netspec.build(spec).weights, b)


def spec(**training):
    return spec_of((3,), 2, "N", training={"epochs": 3, **training})


# Interruptions


@pytest.mark.parametrize(("epoch", "batch"), [(1, 1), (2, 3), (3, 11)])
def test_an_interrupted_training_goes_on_to_the_same_file(epoch, batch, b, tmp_path, monkeypatch):
    whole, parts, kept = network_of(spec(), b), network_of(spec(), b), tmp_path / "kept"
    train(whole, energies())
    with pytest.raises(KeyboardInterrupt):
        train(parts, energies(), checkpoint=kept, watcher=Watch(epoch, batch, interrupt))
    monkeypatch.setattr("netspec.training.transformations.fit", None)  # it is not fitted again
    again = network_of(spec(), b)
    train(again, energies(), checkpoint=kept, resume=True)
    assert file_of(again) == file_of(whole)


@pytest.mark.parametrize("settings", [None, spec().training])
def test_the_network_that_was_interrupted_goes_on_itself(settings, tmp_path):
    whole, parts, kept = network_of(spec()), network_of(spec()), tmp_path / "kept"
    train(whole, energies())
    said = {"checkpoint": kept, "settings": settings}
    with pytest.raises(KeyboardInterrupt):
        train(parts, energies(), **said, watcher=Watch(2, 5, interrupt))
    assert parts.spec.layers[0].type == "normalize", "what was learned is not lost"
    train(parts, energies(), **said, resume=True)
    assert file_of(parts) == file_of(whole)


def test_a_crash_costs_no_bit_and_more_epochs_go_on(tmp_path):
    kept = tmp_path / "kept"
    one, whole = network_of(spec()), network_of(spec(epochs=5))
    with pytest.raises(RuntimeError, match="lights"):
        train(one, energies(), checkpoint=kept, watcher=Watch(2, 2, crash))
    train(network_of(spec()), energies(), checkpoint=kept, resume=True)
    more = network_of(spec(epochs=5))
    train(more, energies(), checkpoint=kept, resume=True)
    train(whole, energies())
    assert file_of(more) == file_of(whole)


def test_a_transformation_of_nothing_is_kept_as_well(tmp_path):
    given = {"input": {"shape": [3], "spectators": [{"name": "run"}]}}
    nothing, kept = spec_of((3,), 2, "N(_S_)", **given), tmp_path / "kept"
    for resume in (False, True):
        network = network_of(nothing)
        train(network, energies(), checkpoint=kept, resume=resume)
        assert [layer.type for layer in network.spec.layers] == ["dense", "dense"]
        assert network.spec.training.transform == ""


def test_another_transformation_is_another_training(tmp_path):
    kept = tmp_path / "kept"
    train(network_of(spec()), energies(), checkpoint=kept)
    for transform in ("", "N(_V_)"):
        other = network_of(spec_of((3,), 2, transform, training={"epochs": 3}))
        with pytest.raises(DataError, match="wanted the checkpoint of this spec, found that of an"):
            train(other, energies(), checkpoint=kept, resume=True)


def fitted(**changes):
    """The text of what was fitted, with some changes."""

    def change(text):
        return json.dumps({**json.loads(text), **changes})

    return change


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("fitted", None),
        ("fitted", fitted(before=[])),
        ("fitted", fitted(before=[{"type": "dense", "units": 9, "name": "normalize_1"}])),
        ("fitted", fitted(before=[{"type": "nothing"}])),
        ("fitted", fitted(after=3)),
        ("fitted", fitted(text="G")),
        ("fitted", lambda text: "[" * 9),
        ("fitted/normalize_1/minimum", None),
        ("fitted/normalize_1/minimum", np.zeros(4, "float32")),
        ("fitted/normalize_1/minimum", np.zeros(3, "float64")),
    ],
)
def test_a_checkpoint_whose_transformations_are_broken_is_refused(member, change, tmp_path):
    kept = tmp_path / "kept"
    train(network_of(spec()), energies(), checkpoint=kept)
    data = None
    if callable(change):
        text = np.load(kept)["fitted"].tobytes().decode()
        data = npy(np.frombuffer(change(text).encode(), "uint8"))
    elif change is not None:
        data = npy(change)
    changed(kept, f"{member}.npy", data)
    with pytest.raises(FormatError, match=re.escape(f"{kept}")):
        train(network_of(spec()), energies(), checkpoint=kept, resume=True)


def test_a_checkpoint_of_a_network_without_any_holds_none(tmp_path):
    kept = tmp_path / "kept"
    plain = spec_of((3,), 2, "")
    train(network_of(plain), energies(), checkpoint=kept)
    assert not [name for name in np.load(kept).files if name.startswith("fitted")]
    found = checkpoint.read(kept, plain, _told(kept), 3, _engine(kept))
    assert not found.fitted.before


def _told(kept):
    return np.load(kept)["data"].tobytes().decode()


def _engine(kept):
    return json.loads(np.load(kept)["state"].tobytes())["engine"]


# Machines


@pytest.mark.parametrize("transform", ["G+D", "P(_V_)+N", "U"])
def test_threads_and_instruction_sets_fit_and_train_to_the_same_file(transform, native):
    from netspec.backends.native import NativeBackend
    from netspec.kernels import compiled

    backends = [NativeBackend(1, path) for path in compiled().paths()]
    backends += [NativeBackend(threads) for threads in (2, 3)]
    files = set()
    for backend in backends:
        network = network_of(spec_of((3,), 2, transform), backend)
        train(network, energies())
        files.add(file_of(network))
    assert len(files) == 1


# Further training


def test_a_network_is_trained_further_on_data_as_it_sees_them():
    x, y = energies()
    network = network_of(spec())
    train(network, (x, y))
    w = network.weights
    tx = normalized(x, w["normalize_1/minimum"], w["normalize_1/maximum"])
    ty = normalized(y, w["normalize_2/minimum"], w["normalize_2/maximum"])
    plain = network_of(spec_of((3,), 2, "", training={"epochs": 3}))
    train(plain, (tx, ty))
    history, known = train(network, (x, y)), train(plain, (tx, ty))
    assert history.columns() == known.columns()
    for name, array in plain.weights.items():
        assert array.tobytes() == network.weights[name].tobytes()
    assert [layer.type for layer in network.spec.layers] == [
        *["normalize", "dense", "dense", "normalize"]
    ]


def test_further_training_is_interrupted_and_goes_on(tmp_path):
    one, two, kept = network_of(spec()), network_of(spec()), tmp_path / "kept"
    for network in (one, two):
        train(network, energies())
    train(one, energies(seed=1))
    with pytest.raises(KeyboardInterrupt):
        train(two, energies(seed=1), checkpoint=kept, watcher=Watch(2, 2, interrupt))
    train(two, energies(seed=1), checkpoint=kept, resume=True)
    assert file_of(two) == file_of(one)


def test_layers_in_front_that_a_user_wrote_are_not_trained_either():
    x, y = events()
    rows = [
        {"type": "normalize", "inputs": [2, 0], "outputs": [0, 2]},
        {"type": "dense", "units": 4, "activation": "tanh"},
        {"type": "dense", "units": 1},
    ]
    written = netspec.build(classifier("", rows=rows))
    train(written, (x, y))
    by_hand = x.copy()
    by_hand[:, [0, 2]] = normalized(x[:, [2, 0]], np.float32(-1), np.float32(1))
    plain = netspec.build(classifier("", rows=rows[1:]))
    train(plain, (by_hand, y))
    for name, array in plain.weights.items():
        assert array.tobytes() == written.weights[name].tobytes()


def test_an_end_that_brings_targets_to_other_places_is_turned_round():
    x, y = energies()
    rows = [{"type": "dense", "units": 2}]
    end = {"type": "normalize", "inverse": True, "inputs": [1, 0], "outputs": [0, 1]}
    turned = spec_of((3,), 2, "", [*rows, end], training={"validation": 0})
    network = netspec.build(turned)
    low, high = np.array([0, -1], "float32"), np.array([5000, 1], "float32")
    ranges = {"normalize_1/minimum": low, "normalize_1/maximum": high}
    network = network.replace(ranges)
    train(network, (x, y))
    plain = netspec.build(spec_of((3,), 2, "", rows, training={"validation": 0}))
    train(plain, (x, normalized(y, low, high)[:, ::-1]))
    assert plain.weights["dense_1/W"].tobytes() == network.weights["dense_1/W"].tobytes()


# Files


def test_a_saved_model_gives_the_same_bits(tmp_path):
    x, _ = energies()
    network = network_of(spec())
    train(network, energies())
    network.save(tmp_path / "a.xml", golden=x[:5])
    again = netspec.load(tmp_path / "a.xml")
    assert again.spec == network.spec
    assert again(x).tobytes() == network(x).tobytes()


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_a_model_goes_to_a_tmva_file_and_back(kind, tmp_path):
    x, _ = energies()
    one = kind == "classification"
    network = network_of(classifier("N", rules="tmva") if one else spec(rules="tmva"))
    train(network, events() if one else energies())
    path = tmp_path / "a.weights.xml"
    network.save(tmp_path / "a.xml")
    with pytest.warns(netspec.errors.LossWarning):  # of the history, at the least
        netspec.write(path, *netspec.read(tmp_path / "a.xml"), format="tmva")
    again = netspec.load(path)
    assert again.spec.layers == network.spec.layers
    for name, array in network.weights.items():
        assert array.tobytes() == again.weights[name].tobytes()
    assert again(x).tobytes() == network(x).tobytes()


def test_the_command_line_trains_interrupts_and_goes_on(tmp_path, monkeypatch):
    from netspec.cli import main

    monkeypatch.chdir(tmp_path)
    x, y = energies()
    np.savez("a.npz", x=x, y=y)
    (tmp_path / "a.json").write_text(json.dumps(spec().to_data()))
    assert main(["train", "a.json", "-d", "a.npz", "-o", "whole.xml"]) == 0

    def stop(self, batch, loss, rate):
        if batch == 3:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr("netspec.training.watching.Nobody.step", stop)
        patch.setattr("netspec.training.on_stderr", netspec.training.watching.Nobody)
        assert main(["train", "a.json", "-d", "a.npz", "-o", "part.xml"]) != 0
    assert main(["train", "a.json", "-d", "a.npz", "-o", "part.xml", "--resume"]) == 0
    assert (tmp_path / "part.xml").read_bytes() == (tmp_path / "whole.xml").read_bytes()
    assert main(["verify", "part.xml"]) == 0
    assert main(["evaluate", "part.xml", "-d", "a.npz"]) == 0
