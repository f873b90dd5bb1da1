"""Arrays that say of themselves what is not so, or do not say it: one sentence, never a fault."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import NetworkSpec, build, devices
from netspec.errors import DataError, NetspecError, UnavailableError

SPEC = NetworkSpec(input={"features": 5}, layers=[{"type": "gru", "units": 3}])
X = np.random.default_rng(1).standard_normal((6, 4, 5)).astype("float32")


class ByInterface:
    """An array that only `__cuda_array_interface__` tells of."""

    def __init__(self, told):
        self.told = told

    @property
    def __cuda_array_interface__(self):
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


class ByDLPack:
    """An array that only DLPack tells of."""

    def __init__(self, device=(2, 0), capsule=None):
        self.device, self.capsule = device, capsule

    def __dlpack_device__(self):
        if isinstance(self.device, Exception):
            raise self.device
        return self.device

    def __dlpack__(self, **_):
        if isinstance(self.capsule, Exception):
            raise self.capsule
        return self.capsule


@pytest.fixture
def network(device_model):
    return build(SPEC, seed=1, device="cuda")


@pytest.fixture
def told(device_model):
    """What an array in the GPU's memory says of itself, and the array."""
    array = device_model.asarray(X)
    return array.__cuda_array_interface__, array


def refusals(network, liar):
    """Give the sentence with which a network refuses the liar as x."""
    with pytest.raises(DataError) as error:
        network(liar)
    sentence = str(error.value)
    assert sentence.startswith("x: wanted ")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("missing", ["shape", "typestr", "data"])
def test_an_interface_that_lacks_something_is_refused_by_its_name(network, told, missing):
    facts = {key: value for key, value in told[0].items() if key != missing}
    found = refusals(network, ByInterface(facts))
    assert found.endswith(f"found ByInterface, of which it says: KeyError '{missing}'")
    with pytest.raises(DataError, match=f"^lengths: .*KeyError '{missing}'"):
        network(told[1], lengths=ByInterface(facts))


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), OSError(2, "gone"), ZeroDivisionError(), RuntimeError("one\ntwo\x1b[31m")],
    ids=repr,
)
def test_whatever_a_library_raises_ends_in_one_sentence(network, error):
    for liar in (ByInterface(error), ByDLPack(capsule=error)):
        assert "wanted an array that CuPy can share" in refusals(network, liar)
    refusals(network, ByDLPack(error))  # of no device that it names: looked at in memory
    with pytest.raises(DataError, match="found one on cuda"):
        build(SPEC)(ByInterface(error))


@pytest.mark.parametrize("device", [None, 2, (2,), (2, 0, 0), ([], 0), ("cuda", 0), (2, "a")])
def test_a_device_that_is_none_is_no_gpu(device):
    assert devices.of(ByDLPack(device)) == "cpu"


def test_an_array_whose_memory_is_short_stays_the_caller_s_error(network):
    with pytest.raises(MemoryError):
        network(ByDLPack(capsule=MemoryError()))


@pytest.mark.parametrize(
    "change", [{"typestr": ">f4"}, {"strides": (80, 20, 2)}, {"shape": (6, 4, 5), "past": 2}]
)
def test_numbers_that_a_kernel_cannot_read_are_refused(device_model, network, change):
    room = device_model.asarray(np.zeros(1024, "float32"))
    facts = room.__cuda_array_interface__ | {"shape": (6, 4, 5), "strides": (80, 20, 4)} | change
    facts["data"] = (facts["data"][0] + facts.pop("past", 0), False)
    fixed = build(NetworkSpec(input={"steps": 4, "features": 5}, layers=SPEC.layers), device="cuda")
    for other in (network, fixed):
        for liar in (ByInterface(facts), device_model.asarray(ByInterface(facts))):
            assert "wanted numbers at multiples of their size" in refusals(other, liar)


def test_a_column_of_rows_with_gaps_is_read(device_model, network):
    wide = device_model.asarray(np.concatenate([X, X], 2))
    y = network(wide[:, :, 5:])
    assert y.get().tobytes() == network(X).tobytes()


def test_what_numpy_refuses_to_read_is_told_in_its_library_s_words(device_model, network):
    given = [device_model.asarray(one) for one in X]
    for other in (network, build(SPEC)):
        with pytest.raises(DataError, match=r"^x: wanted an array in memory, found list.*get\(\)"):
            other(given)
        with pytest.raises(DataError, match=r"^lengths: wanted an array in memory, found list"):
            other(X, lengths=list(device_model.asarray(np.full(6, 2))))


@pytest.mark.parametrize("word", ["gpu", "GPU", "gpu:1"])
def test_a_gpu_by_another_word_is_no_cpu(word):
    with pytest.raises(UnavailableError, match=f"device '{word}', did you mean 'cuda'"):
        devices.gpu(word)


@pytest.mark.parametrize(
    "word", ["CUDA", "cuda:", "cuda:-1", "cuda:1.5", "cuda:99999999999", "", " cuda", None, 0, b"a"]
)
def test_what_is_no_name_of_a_device_is_refused(word):
    with pytest.raises(NetspecError) as error:
        devices.gpu(word)
    assert type(error.value) is UnavailableError
    assert repr(word) in str(error.value)
