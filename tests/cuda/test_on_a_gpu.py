"""What a model of a GPU cannot show: streams that overlap, other libraries, memory that stays."""

import threading

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build
from netspec.backends.cuda import copying, grid

pytestmark = pytest.mark.gpu

SPEC = NetworkSpec(
    input={"features": 30},
    layers=[
        {"type": "lstm", "units": 32, "return_sequences": True},
        {"type": "gru", "units": 16},
        {"type": "dense", "units": 4},
    ],
)


@pytest.fixture
def here(native):
    return Network(SPEC, build(SPEC, seed=1).weights, native)


@pytest.fixture
def there(here):
    return here.to("cuda")


@pytest.fixture
def cupy():
    return pytest.importorskip("cupy")


def events(count, seed=1):
    return np.random.default_rng(seed).standard_normal((count, 10, 30)).astype("float32")


def busy(cupy, milliseconds=50):
    """Keep the current stream occupied, so that what does not wait for it is too early."""
    source = r"""extern "C" __global__ void wait(long long cycles) {
        const long long start = clock64();
        while (clock64() - start < cycles) {}
    }"""
    cycles = cupy.cuda.Device().attributes["ClockRate"] * milliseconds  # the rate is in kHz
    cupy.RawKernel(source, "wait")((1,), (1,), (np.int64(cycles),))


def test_a_result_follows_the_stream_on_which_x_is_made(cupy, here, there):
    x = events(500)
    wanted, source = here(x).tobytes(), cupy.asarray(x)
    there(source)  # compiled
    cupy.cuda.Device().synchronize()
    for stream in (cupy.cuda.Stream(non_blocking=True), cupy.cuda.Stream(), cupy.cuda.Stream.null):
        with stream:
            made = cupy.zeros_like(source)
            busy(cupy)
            cupy.copyto(made, source)
            y = there(made)
            made[...] = 0  # comes after the work that reads it
            found = y.get(stream=stream)
        assert found.tobytes() == wanted


def test_a_call_does_not_wait(cupy, there):
    x = cupy.asarray(events(500))
    done = cupy.cuda.Event()
    with cupy.cuda.Stream(non_blocking=True) as stream:
        for milliseconds in (0, 500):  # the first call compiles, and takes the stream's memory
            busy(cupy, milliseconds)
            there(x, lengths=np.full(500, 7))
            done.record(stream)
            waited = done.done
            stream.synchronize()
    assert not waited


def test_sweeps_by_all_blocks_together_take_turns_on_two_streams(cupy, native):
    spec = NetworkSpec(input={"features": 30}, layers=[{"type": "lstm", "units": 512}])
    here = Network(spec, build(spec, seed=1).weights, native)
    there, x = here.to("cuda"), events(64)
    on = there.backend.kernels
    assert grid.plan_for(on, spec.layers[0], 64, 4).grid[0] > 1
    wanted, given = here(x).tobytes(), cupy.asarray(x)
    assert there(given).get().tobytes() == wanted
    streams = [cupy.cuda.Stream(non_blocking=True) for _ in range(2)]
    found = []
    for turn in range(40):
        with streams[turn % 2]:
            found.append(there(given))
    cupy.cuda.Device().synchronize()
    assert {y.get().tobytes() for y in found} == {wanted}


def test_networks_of_one_kernel_do_not_take_each_other_s_shared_memory(cupy, native):
    """Two backends hold one function of the driver, of which each asks for memory of its own."""
    spec = NetworkSpec(input={"features": 30}, layers=[{"type": "lstm", "units": 512}])
    here = Network(spec, build(spec, seed=1).weights, native)
    large, small = here.to("cuda"), here.to("cuda")
    for network, count in ((large, 1024), (small, 513), (large, 1024)):
        x = events(count)
        assert network(cupy.asarray(x)).get().tobytes() == here(x).tobytes()


def test_a_network_that_goes_leaves_its_weights_to_work_that_is_on_its_way(cupy, here, there):
    x = events(500)
    given, wanted, going = cupy.asarray(x), here(x).tobytes(), here.to("cuda")
    there(given)
    with cupy.cuda.Stream(non_blocking=True) as stream:
        busy(cupy)
        y = going(given)
    del going
    others = [cupy.full(2**18, np.nan, "float32") for _ in range(32)]
    stream.synchronize()
    assert y.get().tobytes() == wanted
    assert len(others) == 32


def test_arrays_of_pytorch_come_and_go_without_a_copy(cupy, here, there):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("PyTorch has no CUDA here")
    x = torch.randn((64, 10, 30), device="cuda")
    assert there.backend.taken(x, "x").bare.data.ptr == x.data_ptr()
    y = there(x, lengths=torch.full((64,), 7, device="cuda"))
    back = torch.from_dlpack(y)
    assert back.data_ptr() == y.data.ptr
    wanted = here(x.cpu().numpy(), lengths=[7] * 64)
    assert back.cpu().numpy().tobytes() == wanted.tobytes()
    with torch.cuda.stream(torch.cuda.Stream()):
        torch.cuda._sleep(10**8)
        late = x + 0
        y = there(late)
    assert y.get().tobytes() == here(x.cpu().numpy()).tobytes()
    with pytest.raises(Exception, match=r"^x: wanted an array that CuPy can share"):
        there(x.requires_grad_())


def test_a_million_events_come_through_in_chunks_with_the_bits_of_the_processor(here, there):
    x = np.tile(events(1000), (100, 1, 1))
    assert x.nbytes > copying.STRAIGHT
    y = there(x)
    part = here(x[:1000]).tobytes()
    for first in range(0, len(x), 1000):
        assert y[first : first + 1000].tobytes() == part


def test_two_threads_call_one_network(cupy, here, there):
    x, wrong = [events(3000, seed) for seed in (1, 2)], []
    wanted = [here(some).tobytes() for some in x]

    def call(number):
        with cupy.cuda.Stream(non_blocking=True):
            for turn in range(30):
                given = x[number] if turn % 2 else cupy.asarray(x[number])
                y = there(given)
                found = y if turn % 2 else y.get()
                if found.tobytes() != wanted[number]:
                    wrong.append((number, turn))

    threads = [threading.Thread(target=call, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("where", ["in memory", "on the GPU"])
def test_ten_thousand_calls_take_no_memory(cupy, there, where):
    x = events(5)
    given = x if where == "in memory" else cupy.asarray(x)
    pool = cupy.get_default_memory_pool()

    def calls(count):
        for _ in range(count):
            there(given)
        cupy.cuda.Device().synchronize()
        return pool.used_bytes(), pool.total_bytes()

    first = calls(100)
    assert calls(10_000) == first


def test_an_array_larger_than_the_memory_goes_through_in_parts(cupy, here, there):
    pool = cupy.get_default_memory_pool()
    given = cupy.asarray(np.tile(events(1000), (50, 1, 1)))
    pool.free_all_blocks()
    before = pool.get_limit()
    pool.set_limit(size=pool.used_bytes() + 2**26)
    try:
        y = there(given)
    finally:
        pool.set_limit(size=before)
    assert y[-1000:].get().tobytes() == here(events(1000)).tobytes()
