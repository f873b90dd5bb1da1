"""A network on a GPU as a user meets it: devices, arrays that lie there, what comes back."""

import copy
import gc
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build, load, verify
from netspec.backends.cuda.passage import CudaPassage
from netspec.errors import DataError, UnavailableError

ROWS = [
    {"type": "gru", "units": 3, "return_sequences": True},
    {"type": "lstm", "units": 2},
    {"type": "dense", "units": 4},
]


def spec_of():
    return NetworkSpec(input={"features": 5}, layers=ROWS)


@pytest.fixture
def network(native):
    """The same network in memory, where the bits are known."""
    return Network(spec_of(), build(spec_of(), seed=1).weights, native)


@pytest.fixture
def on_gpu(cupy, network):
    return network.to("cuda")


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((6, 7, 5)).astype("float32")


class Foreign:
    """An array of another library: it speaks DLPack, or tells its address."""

    def __init__(self, array, dlpack):
        self.array = array
        if dlpack:
            self.__dlpack__, self.__dlpack_device__ = array.__dlpack__, array.__dlpack_device__
        else:
            self.__cuda_array_interface__ = array.__cuda_array_interface__


# Where it runs


def test_a_network_runs_where_its_device_says(cupy, network, x):
    for device, name in [("cuda", "cuda:0"), ("cuda:0", "cuda:0")]:
        there = build(network.spec, weights=network.weights, device=device)
        assert there.device == there.backend.device_name == name
        assert repr(there).endswith(f"float32 on {name}>")
        assert not there.exact
        assert there(x).tobytes() == network(x).tobytes()
    assert network.device == "cpu"


def test_a_file_loads_on_a_gpu_with_what_it_keeps(cupy, network, x, tmp_path):
    network.save(tmp_path / "model.xml", golden=x[:2], metadata={"author": "someone"})
    there = load(tmp_path / "model.xml", device="cuda")
    assert there(x).tobytes() == network(x).tobytes()
    assert there.extras.metadata == {"author": "someone"}
    assert there.to("cpu").extras is there.extras
    assert verify.verify(tmp_path / "model.xml", device="cuda").ok
    assert verify.verify(there).ok


def test_golden_inputs_that_lie_on_a_gpu_are_kept_in_the_file(cupy, on_gpu, network, x, tmp_path):
    on_gpu.save(tmp_path / "model.xml", golden=cupy.asarray(x), lengths=cupy.asarray([7, 1] * 3))
    golden = load(tmp_path / "model.xml").extras.golden
    assert golden.inputs.tobytes() == x.tobytes()
    assert golden.lengths.tolist() == [7, 1] * 3
    assert golden.outputs.tobytes() == network(x, lengths=[7, 1] * 3).tobytes()
    assert (golden.engine, golden.tolerance > 0) == ("cuda", True)
    assert verify.verify(tmp_path / "model.xml").ok


def test_a_network_that_goes_waits_for_work_that_may_still_read_its_weights(
    cupy, network, monkeypatch
):
    waited = []
    monkeypatch.setattr(CudaPassage, "settle", lambda backend: waited.append(backend))
    there = network.to("cuda")
    backend = there.backend
    assert waited == []
    del there
    gc.collect()
    assert waited == [backend]


def test_a_network_on_the_second_gpu_stays_there(network, x, second_gpu, cupy):
    there = Network(network.spec, network.weights, second_gpu)
    for again in (there, copy.copy(there), copy.deepcopy(there), pickle.loads(pickle.dumps(there))):
        assert again.device == second_gpu
        y = again(cupy_on(cupy, 1, x))
        assert y.device.id == 1
        assert y.get().tobytes() == network(x).tobytes()


def test_a_network_that_arrives_where_there_is_no_such_gpu_says_so(cupy, network, second_gpu):
    travelling = pickle.dumps(network.to(second_gpu))
    if not hasattr(cupy, "machine"):
        pytest.skip("a GPU cannot be taken out for a moment")
    cupy.machine.gpus.pop()
    with pytest.raises(UnavailableError, match="'cuda:1'") as error:
        pickle.loads(travelling)
    assert "\n" not in str(error.value)


def test_a_gpu_that_is_not_there_is_refused_by_its_number(cupy, network):
    with pytest.raises(UnavailableError, match=r"'cuda:77': wanted .* found 77"):
        network.to("cuda:77")


# Arrays that lie there


def cupy_on(cupy, number, array):
    with cupy.cuda.Device(number):
        return cupy.asarray(array)


def test_arrays_of_a_gpu_give_arrays_of_it_with_the_bits_of_memory(cupy, on_gpu, network, x):
    wanted, end = network(x, lengths=[7, 0, 3, 1, 7, 2], return_state=True)
    lengths = np.array([7, 0, 3, 1, 7, 2], "int32")
    for valid in (lengths, lengths.tolist(), cupy.asarray(lengths)):
        y, state = on_gpu(cupy.asarray(x), lengths=valid, return_state=True)
        assert isinstance(y, cupy.ndarray)
        assert y.get().tobytes() == wanted.tobytes()
        assert {k: v.get().tobytes() for k, v in state.items()} == {
            k: v.tobytes() for k, v in end.items()
        }
    half, middle = on_gpu(cupy.asarray(x[:, :3]), return_state=True)
    assert half.shape == (6, 4)
    for state in (middle, {k: v.get() for k, v in middle.items()}):
        y = on_gpu(cupy.asarray(x[:, 3:]), state=state)
        assert y.get().tobytes() == network(x).tobytes()


def test_memory_gives_memory_also_where_lengths_and_states_lie_on_the_gpu(cupy, on_gpu, network, x):
    state = {"gru_1/h": np.full((6, 3), 0.5, "float32")}
    wanted = network(x, lengths=[7] * 6, state=state)
    there = {k: cupy.asarray(v) for k, v in state.items()}
    y, end = on_gpu(x, lengths=cupy.asarray([7] * 6), state=there, return_state=True)
    assert type(y) is np.ndarray
    assert {type(array) for array in end.values()} == {np.ndarray}
    assert y.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dlpack", [True, False])
def test_arrays_of_other_libraries_are_shared_and_not_copied(cupy, on_gpu, network, x, dlpack):
    there = cupy.asarray(x)
    foreign = Foreign(there, dlpack)
    taken = on_gpu.backend.taken(foreign, "x")
    assert taken.bare.data.ptr == there.data.ptr
    y = on_gpu(foreign, lengths=Foreign(cupy.asarray([7] * 6), dlpack))
    assert y.get().tobytes() == network(x).tobytes()


def test_what_is_packed_and_of_the_right_type_is_not_copied(cupy, on_gpu, network, x, monkeypatch):
    seen = []
    run = type(on_gpu.backend).by_parts
    monkeypatch.setattr(
        type(on_gpu.backend),
        "by_parts",
        lambda b, work, arrays, *rest: seen.append(arrays["x"]) or run(b, work, arrays, *rest),
    )
    there = cupy.asarray(x)
    on_gpu(there)
    assert seen.pop().bare.data.ptr == there.data.ptr
    wide = cupy.asarray(np.repeat(x, 2, axis=2))[:, :, ::2]
    assert on_gpu(wide).get().tobytes() == network(x).tobytes()
    assert on_gpu(there[1:]).get().tobytes() == network(x[1:]).tobytes()
    assert on_gpu(there[3:4, 2:]).get().tobytes() == network(x[3:4, 2:]).tobytes()


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int16", "int64", "uint64", "bool", "float16", "float64"]
)
def test_real_numbers_of_any_kind_are_rounded_where_they_lie(cupy, on_gpu, network, x, kind):
    given = x.astype("float64") * 3 if kind == "float64" else np.round(np.abs(x) * 3).astype(kind)
    assert on_gpu(cupy.asarray(given)).get().tobytes() == network(given).tobytes()


def test_subnormal_numbers_are_rounded_and_kept(cupy):
    spec = NetworkSpec(input={"shape": [2, 5]}, layers=[{"type": "flatten"}])
    given = np.geomspace(1e-46, 1e-37, 10).reshape(1, 2, 5)
    there = build(spec, device="cuda")
    assert there(cupy.asarray(given)).get().tobytes() == given.astype("float32").tobytes()


def test_a_result_shares_no_memory_with_what_was_given(cupy):
    spec = NetworkSpec(input={"shape": [2, 5]}, layers=[{"type": "flatten"}])
    there, x = build(spec, device="cuda"), cupy.asarray(np.ones((3, 2, 5), "float32"))
    y = there(x)
    y[...] = 0
    assert (x.get() == 1).all()


def test_no_events_give_no_outputs(cupy, on_gpu, network, x):
    assert on_gpu(x[:0]).shape == (0, 4)
    y, state = on_gpu(cupy.asarray(x[:0]), return_state=True)
    assert isinstance(y, cupy.ndarray)
    assert y.shape == (0, 4)
    assert state["lstm_1/c"].shape == (0, 2)


def test_an_array_of_another_gpu_is_refused_and_the_remedy_named(cupy, on_gpu, x, second_gpu):
    there = cupy_on(cupy, 1, x)
    for foreign in (there, Foreign(there, True), Foreign(there, False)):
        with pytest.raises(
            DataError, match=r"^x: wanted an array on cuda:0 or in memory, found one"
        ):
            on_gpu(foreign)
    with pytest.raises(DataError, match=r"^lengths: .*network\.to\('cuda:1'\)"):
        on_gpu(cupy.asarray(x), lengths=cupy_on(cupy, 1, [7] * 6))


def test_an_array_that_its_library_does_not_share_is_refused_in_its_words(on_gpu):
    def refuses(**_):
        raise BufferError("an array that requires a gradient, use x.detach()")

    kept = SimpleNamespace(__dlpack_device__=lambda: (2, 0), __dlpack__=refuses)
    with pytest.raises(DataError, match=r"^x: wanted .* CuPy can share, found .*use x\.detach\(\)"):
        on_gpu(kept)


def test_the_device_of_the_caller_is_what_it_was(cupy, network, x, second_gpu):
    there = network.to(second_gpu)
    with cupy.cuda.Device(0):
        there(x)
        there(cupy_on(cupy, 1, x))
        there.forward(x)
        assert cupy.cuda.Device().id == 0
