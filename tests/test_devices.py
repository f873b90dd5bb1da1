"""Names of devices, and what an array says of where it lies."""

from types import SimpleNamespace

import numpy as np
import pytest

from netspec import NetworkSpec, build, devices
from netspec.backends import choose, on
from netspec.errors import DataError, UnavailableError

SPEC = NetworkSpec(input={"features": 3}, layers=[{"type": "rnn", "units": 2}])


def on_gpu(number, kind=2):
    """Something that says of itself that it lies on a GPU, as arrays of CuPy and PyTorch do."""
    return SimpleNamespace(__dlpack_device__=lambda: (kind, number))


def test_a_device_is_the_processor_the_first_gpu_or_one_by_its_number():
    assert [devices.gpu(name) for name in ("cpu", "cuda", "cuda:0", "cuda:12")] == [None, 0, 0, 12]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cud", "there is no device 'cud', did you mean 'cuda'?"),
        ("cpu:0", "there is no device 'cpu:0', did you mean 'cpu'?"),
        ("tpu", "there is no device 'tpu', did you mean 'cpu'?"),
        ("cuda:x", "wanted a GPU by its number, 'cuda:0', found 'cuda:x'"),
        ("cuda:-1", "wanted a GPU by its number, 'cuda:0', found 'cuda:-1'"),
        ("cuda:", "wanted a GPU by its number, 'cuda:0', found 'cuda:'"),
        ("cuda:1 ", "wanted a GPU by its number, 'cuda:0', found 'cuda:1 '"),
        ("cuda:\N{ARABIC-INDIC DIGIT ONE}", "wanted a GPU by its number"),
        (None, "there is no device None"),
        (0, "there is no device 0"),
    ],
)
def test_what_is_no_device_is_refused_in_one_sentence(name, message):
    for ask in (devices.gpu, on, lambda device: build(SPEC, device=device), build(SPEC).to):
        with pytest.raises(UnavailableError) as error:
            ask(name)
        assert str(error.value).startswith(message)
        assert "\n" not in str(error.value)


def test_an_array_tells_where_it_lies():
    def in_pieces():
        raise BufferError("an array on several devices")

    interface = SimpleNamespace(__cuda_array_interface__={"version": 3})
    for array, where in [
        (np.zeros(3), "cpu"),
        ([1, 2], "cpu"),
        (None, "cpu"),
        (on_gpu(0), "cuda:0"),
        (on_gpu(1, kind=13), "cuda:1"),  # managed memory
        (on_gpu(0, kind=3), "cpu"),  # page-locked memory of the host
        (interface, "cuda"),
        (SimpleNamespace(__dlpack_device__=in_pieces), "cpu"),
    ]:
        assert devices.of(array) == where


@pytest.mark.parametrize("what", ["x", "lengths", "state rnn_1/h"])
def test_a_network_on_the_processor_refuses_an_array_of_a_gpu_and_says_what_helps(what):
    network, x = build(SPEC), np.zeros((2, 4, 3), "float32")
    given = {"x": x, "lengths": [4, 4], "state": {"rnn_1/h": np.zeros((2, 2), "float32")}}
    name, _, inner = what.partition(" ")
    given[name] = {inner: on_gpu(1)} if inner else on_gpu(1)
    message = rf"^{what}: wanted an array in memory, found one on cuda:1: .*network\.to\('cuda'\)"
    for run in (network, network.forward):
        with pytest.raises(DataError, match=message):
            run(given["x"], lengths=given["lengths"], state=given["state"])


def test_a_slope_on_a_gpu_is_refused_by_a_network_on_the_processor():
    step = build(SPEC).forward(np.zeros((2, 4, 3)))
    slope = on_gpu(0)
    slope.shape, slope.dtype = (2, 2), np.dtype("float32")
    with pytest.raises(DataError, match="the slope in y: wanted an array in memory"):
        step.back(slope)


def test_a_network_moves_with_what_its_file_keeps(tmp_path):
    network = build(SPEC, seed=1)
    x = np.random.default_rng(1).normal(size=(3, 4, 3))
    network.save(tmp_path / "model.xml", golden=x, metadata={"author": "someone"})
    from netspec import load

    here = load(tmp_path / "model.xml")
    there = here.to("cpu", threads=1)
    assert there is not here
    assert there.device == "cpu"
    assert there.extras == here.extras
    assert there(x).tobytes() == here(x).tobytes()


def test_a_backend_of_several_gpus_is_named_as_a_device_is():
    with pytest.raises(UnavailableError, match="wanted a GPU by its number"):
        choose("cuda:x")
