"""Lower precision on a GPU: what it permits, what is promised of it, and where it is refused."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import netspec
from netspec.cli import app
from netspec.errors import UnavailableError
from netspec.precision import KNOWN
from netspec.promise import ROUNDED
from netspec.verify import verify

from ..contract.drawing import uniform

LAYERS = [
    {"type": "lstm", "units": 20, "return_sequences": True},
    {"type": "flatten"},
    {"type": "dense", "units": 96, "activation": "tanh"},
    {"type": "dense", "units": 80, "activation": "relu"},
    {"type": "dense", "units": 3},
]
both = pytest.mark.parametrize("precision", ["tf32", "bf16"])


def a_spec(**more: Any) -> netspec.NetworkSpec:
    return netspec.NetworkSpec.from_data(
        {"netspec": 1, "name": "jets", "input": {"steps": 4, "features": 100}, "layers": LAYERS}
        | more
    )


def events(count: int = 24, dtype: str = "float32") -> Any:
    return uniform("events", (count, 4, 100), dtype)


@both
def test_outputs_are_near_those_of_full_precision_and_promise_no_bits(cupy, precision):
    network = netspec.build(a_spec(), seed=1, device="cuda", precision=precision)
    exact = netspec.build(a_spec(), seed=1)
    found, wanted = network(events()), exact(events())
    apart = float(np.max(np.abs(found - wanted) / np.maximum(1, np.abs(wanted))))
    assert 0 < apart <= network.tolerance == ROUNDED[precision]
    assert network.exact is False
    assert set(network.inexact_layers) == {layer.name for layer in network.spec.layers}
    assert (network.precision, exact.precision) == (precision, "full")
    assert repr(network).endswith(f"float32 on cuda:0 in {precision}>")


def test_a_backend_that_promises_bits_does_not_where_precision_is_lower(device_model, monkeypatch):
    from netspec.backends.cuda import CudaBackend

    monkeypatch.setattr(CudaBackend, "exact", True)
    network = netspec.build(a_spec(), seed=1, device="cuda")
    assert (network.exact, network.tolerance) == (True, 0.0)
    lower = network.to("cuda", precision="tf32")
    assert (lower.exact, lower.tolerance) == (False, ROUNDED["tf32"])
    assert lower.inexact_layers


def test_full_precision_is_the_contract(device_model):
    networks = [
        netspec.build(a_spec(), seed=1, device="cuda", precision=said) for said in (None, "full")
    ]
    names = []
    for network in networks:
        network(events())
        names += [name for name, _ in device_model.machine.launches]
    assert "mma_product" not in names
    assert networks[0].tolerance == 1e-5


def test_a_network_keeps_its_precision_from_gpu_to_gpu(device_model):
    network = netspec.build(a_spec(), seed=1, device="cuda", precision="bf16")
    for other in (
        network.to("cuda:1"),
        network.replace({}),
        pickle.loads(pickle.dumps(network)),
        copy.deepcopy(network),
    ):
        assert other.precision == "bf16"
    assert network.to("cpu").precision == "full"
    assert network.to("cuda", precision="full").precision == "full"
    assert network.to("cuda:1", precision="tf32").precision == "tf32"


def test_it_is_refused_in_a_sentence_where_it_cannot_be(device_model):
    with pytest.raises(UnavailableError, match=r"precision 'tf32': wanted a GPU.*device 'cpu'"):
        netspec.build(a_spec(), precision="tf32")
    with pytest.raises(UnavailableError, match="no precision 'tf23', did you mean 'tf32'"):
        netspec.build(a_spec(), device="cuda", precision="tf23")
    with pytest.raises(UnavailableError, match="no precision 16, did you mean 'bf16'"):
        netspec.build(a_spec(), device="cuda", precision=16)
    with pytest.raises(UnavailableError, match="wanted a spec of float32, found float64"):
        netspec.build(a_spec(dtype="float64"), device="cuda", precision="bf16")
    assert netspec.build(a_spec(), precision="full").precision == "full"


@both
def test_golden_outputs_carry_a_tolerance_by_which_an_exact_engine_verifies_them(
    device_model, tmp_path, precision
):
    network = netspec.build(a_spec(), seed=1, device="cuda", precision=precision)
    network.save(tmp_path / "lower.xml", golden=events())
    kept = netspec.load(tmp_path / "lower.xml").extras.golden
    assert (kept.tolerance, kept.engine) == (ROUNDED[precision], f"cuda {precision}")
    answers = verify(tmp_path / "lower.xml")
    assert answers.ok
    assert "within the tolerance" in str(answers)


def test_exact_golden_outputs_are_held_to_the_precisions_tolerance_and_it_is_said(
    device_model, tmp_path
):
    netspec.build(a_spec(), seed=1).save(tmp_path / "exact.xml", golden=events())
    answers = verify(tmp_path / "exact.xml", device="cuda", precision="tf32")
    assert answers.ok
    assert "the tolerance is that of cuda tf32, which promises no bits" in str(answers)
    network = netspec.load(tmp_path / "exact.xml", device="cuda", precision="bf16")
    assert "that of cuda bf16" in str(verify(network))


@both
def test_a_step_of_training_has_slopes_near_those_of_full_precision(cupy, precision):
    x, y = events(64), np.zeros((64, 3), np.float32)
    y[np.arange(64), np.arange(64) % 3] = 1
    training = {"loss": "softmax_cross_entropy", "optimizer": {"type": "sgd"}, "batch_size": 64}
    spec = a_spec(training=training | {"epochs": 2}, output={"activation": "softmax"})
    lower = netspec.build(spec, seed=1, device="cuda", precision=precision)
    full = netspec.build(spec, seed=1)
    losses = [
        netspec.train(network, (x, y), progress=False).columns()["loss"]
        for network in (lower, full)
    ]
    np.testing.assert_allclose(*losses, rtol=0.1 * ROUNDED[precision])
    for name, array in full.weights.items():
        found = lower.weights[name]
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, array, atol=0.1 * ROUNDED[precision])


def test_the_command_line_takes_it_and_names_it(device_model, tmp_path):
    netspec.build(a_spec(), seed=1).save(tmp_path / "model.xml", golden=events())
    np.save(tmp_path / "x.npy", events())
    out = str(tmp_path / "y.npy")
    words = ["predict", str(tmp_path / "model.xml"), str(tmp_path / "x.npy"), "-o", out, "--json"]
    run = CliRunner().invoke
    told = run(app, [*words, "--device", "cuda", "--precision", "tf32"])
    facts = json.loads(told.stdout)
    assert (facts["precision"], facts["exact"], facts["device"]) == ("tf32", False, "cuda:0")
    assert json.loads(run(app, words).stdout)["precision"] == "full"
    refused = run(app, [*words, "--precision", "tf32"])
    assert refused.exit_code != 0
    told = run(
        app, ["verify", str(tmp_path / "model.xml"), "--device", "cuda", "--precision", "bf16"]
    )
    assert told.exit_code == 0
    assert "cuda bf16" in told.stdout
    assert (
        "--precision tf32 or bf16 may be asked for, and promises no bits"
        in run(app, ["info"]).stdout
    )
    assert json.loads(run(app, ["info", "--json"]).stdout)["cuda"]["precisions"] == list(KNOWN)


def test_a_recurrent_layer_of_many_units_is_trained_by_the_matrix_units(device_model):
    layers = [{"type": "gru", "units": 96, "reset_after": True}, {"type": "dense", "units": 1}]
    training = {"loss": "squared_error", "optimizer": {"type": "sgd"}, "batch_size": 40}
    spec = a_spec(layers=layers, training=training | {"epochs": 1, "validation": 0})
    x, y = events(40), np.ones((40, 1), np.float32)
    lower, full = (
        netspec.build(spec, seed=1, **said)
        for said in ({"device": "cuda", "precision": "tf32"}, {})
    )
    before = dict(full.weights)
    for network in (lower, full):
        netspec.train(network, (x, y), progress=False)
    launched = {name for name, _ in device_model.machine.launches}
    assert launched >= {"mma_product", "mma_sweep", "mma_sweep_back", "mma_outer_sum"}
    for name in before:
        moved, wanted = (weights[name] - before[name] for weights in (lower.weights, full.weights))
        size = np.abs(wanted).max()
        assert size > 0
        assert np.abs(moved - wanted).max() < ROUNDED["tf32"] * size, name
