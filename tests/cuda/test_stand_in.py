"""What stands in for CuPy refuses what CuPy refuses, and has no word that CuPy has not."""

from __future__ import annotations

import importlib
import operator
import sys
import warnings
from typing import Any

import numpy as np
import pytest

from .model import KernelFault, LaunchError
from .model.compiler import KERNELS
from .model.cupy import stand_in
from .model.cupy.modules import RawKernel

pytestmark = pytest.mark.usefixtures("compiler")
SOURCE = """
#include "device.h"
namespace netspec { namespace NETSPEC_PATH {
KERNEL shift(const float* x, float* y, int64_t n, double by) {
    for (int64_t i = threadIdx.x; i < n; i += blockDim.x) y[i] = (x ? x[i] : 0) + float(by);
}
KERNEL big() {
    DYNAMIC_SHARED(memory);
    memory[49999] = 0;
}
}}
"""


@pytest.fixture
def cupy() -> Any:
    return stand_in()


def shift(cupy: Any) -> Any:
    folders = (f"-I{KERNELS}", f"-I{KERNELS / 'cuda'}")
    module = cupy.RawModule(code=SOURCE, options=("--std=c++17", "-DNETSPEC_PATH=cuda", *folders))
    return module.get_function("shift")


# Arrays


def test_no_array_comes_from_numpy_or_goes_there_by_itself(cupy):
    x, n = cupy.ones(3, "float32"), np.ones(3, "float32")
    for mixed in (
        lambda: x + n,
        lambda: n + x,
        lambda: x < n,
        lambda: cupy.where(x > 0, x, n),
        lambda: cupy.maximum(x, n),
        lambda: cupy.concatenate([x, n]),
        lambda: operator.add(x, [1.0] * 3),
        lambda: x.__setitem__(slice(None), n),
        lambda: np.asarray(x),
        lambda: np.concatenate([n, x]),
        lambda: np.array([x]),
    ):
        with pytest.raises(TypeError):
            mixed()
    assert cupy.asnumpy(x + np.float32(1) + 1.0).tolist() == [3.0] * 3
    assert (cupy.asarray(n) + x).get().tolist() == [2.0] * 3


def test_an_array_does_what_numpys_does(cupy):
    n = np.arange(24, dtype="float32").reshape(2, 3, 4)
    x = cupy.asarray(n)
    for same in (
        lambda a: a[1, ..., ::2],
        lambda a: a[None, :, 1],
        lambda a: a.T.swapaxes(0, 1)[2],
        lambda a: a.reshape(-1, 6) * 2 - a.reshape(4, 6),
        lambda a: -(1 / (a + 1)),
        lambda a: a[a > 7],
        lambda a: (a[0, 0] >= 2) & (a[0, 0] < 3),
        lambda a: a.astype("int64") % 5,
        lambda a: a[1, 2, 3],
    ):
        got, wanted = same(x), same(n)
        assert got.dtype == wanted.dtype
        assert got.shape == wanted.shape
        assert got.get().tolist() == wanted.tolist()
    x[:, 1] = x[:, 0]
    x[0, 2, 1:3] = -1
    n[:, 1], n[0, 2, 1:3] = n[:, 0], -1
    assert x.get().tolist() == n.tolist()
    assert float(x[0, 2, 1]) == -1
    assert bool(x[0, 0, 1] == 1)


def test_a_view_shares_memory_and_tells_where(cupy):
    x = cupy.zeros((4, 6), "float32")
    row = x[1:, 2:]
    row[...] = 5.0
    assert x.get()[1:, 2:].tolist() == [[5.0] * 4] * 3
    assert row.data.ptr == x.data.ptr + 4 * 8
    assert x.data.ptr % 256 == 0
    assert not row.flags.c_contiguous
    assert row.copy().flags.c_contiguous
    told = row.__cuda_array_interface__
    assert (told["shape"], told["strides"], told["data"][0]) == ((3, 4), (24, 4), row.data.ptr)
    assert cupy.from_dlpack(row).data.ptr == row.data.ptr
    borrowed = cupy.asarray(type("Foreign", (), {"__cuda_array_interface__": told})())
    assert (borrowed.data.ptr, borrowed.strides) == (row.data.ptr, row.strides)


def test_operators_make_zeros_of_subnormal_numbers_and_copies_do_not(cupy):
    x = cupy.asarray(np.array([1e-40, -1e-40, 1e-30], "float32"))
    assert (x + 0).get().tolist() == [0.0, 0.0, np.float32(1e-30)]
    assert (x * np.float32(1e-10)).get().tolist() == [0.0, 0.0, 0.0]
    assert (x > 0).get().tolist() == [False, False, True]
    assert x.astype("float64").get().tolist() == [0.0, 0.0, np.float32(1e-30)]
    assert x.copy().get().tolist() == x.get().tolist() != (x + 0).get().tolist()


def test_memory_that_nobody_wrote_is_nan(cupy):
    assert np.isnan(cupy.empty(5, "float32").get()).all()
    assert np.isnan(cupy.empty(5).get()).all()


def test_what_cupy_computes_in_an_order_of_its_own_is_not_there(cupy):
    with pytest.raises(TypeError):
        cupy.ones(3).sum()
    assert not hasattr(cupy, "exp")
    assert int(cupy.arange(4).sum()) == 6


# Devices


def test_memory_is_counted_and_ends(cupy):
    gpu = cupy.machine.gpus[0]
    gpu.memory = 4096
    x = cupy.empty(512, "float32")
    with pytest.raises(cupy.cuda.memory.OutOfMemoryError, match="Out of memory"):
        cupy.empty(1024, "float32")
    assert cupy.cuda.runtime.memGetInfo() == (2048, 4096)
    y = x[3:]
    del x
    assert gpu.lent == 2048
    del y
    assert gpu.lent == 0
    assert gpu.most_lent == 2048


def test_an_array_lies_on_the_device_that_was_current(cupy):
    with cupy.cuda.Device(1):
        x = cupy.ones(2, "float32")
        assert (x + x).get().tolist() == [2.0, 2.0]
    assert x.device.id == 1
    assert x.__dlpack_device__() == (2, 1)
    with pytest.raises(ValueError, match="Array device must be same"):
        x + x
    with pytest.raises(LaunchError, match="an array of device 1 on 0"):
        shift(cupy)((1,), (32,), (x, x, 2, 1.0))
    with pytest.raises(cupy.cuda.runtime.CUDARuntimeError, match="InvalidDevice"):
        cupy.cuda.Device(2).use()


def test_a_machine_may_have_no_gpu(cupy):
    cupy.machine.gpus.clear()
    with pytest.raises(cupy.cuda.runtime.CUDARuntimeError, match="NoDevice"):
        cupy.cuda.runtime.getDeviceCount()
    assert cupy.cuda.runtime.driverGetVersion() == 0


# Kernels


def test_a_kernel_takes_arrays_of_the_device_null_and_numbers(cupy):
    x, y = cupy.arange(5, dtype="float32"), cupy.empty(5, "float32")
    kernel = shift(cupy)
    kernel((1,), (32,), (x, y, 5, 0.5))
    assert y.get().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    kernel((1,), (32,), (0, y[1:], 4, np.float64(2.0)))
    assert y.get().tolist() == [0.5, 2.0, 2.0, 2.0, 2.0]
    kernel((1,), (32,), (x.data.ptr, y, np.int64(1), 7.0))
    assert y.get().tolist() == [7.0, 2.0, 2.0, 2.0, 2.0]
    assert cupy.machine.launches == [("shift", (1,))] * 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({0: None}, "null pointer of None"),
        ({0: np.ones(5, "float32")}, "wanted an array or None"),
        ({2: 5.0}, "wanted an int"),
        ({3: 1}, "wanted a float"),
        ({3: np.float32(1)}, "8 bytes"),
        ({0: 12345}, "no memory of the device"),
    ],
)
def test_an_argument_that_cupy_would_send_wrongly_is_refused(cupy, change, told):
    args = [cupy.zeros(5, "float32"), cupy.zeros(5, "float32"), 5, 1.0]
    for place, arg in change.items():
        args[place] = arg
    with pytest.raises(LaunchError, match=told):
        shift(cupy)((1,), (32,), tuple(args))


def test_much_shared_memory_must_be_asked_for(cupy):
    folders = (f"-I{KERNELS}", f"-I{KERNELS / 'cuda'}")
    options = ("-DNETSPEC_PATH=cuda", *folders)
    kernel = cupy.RawModule(code=SOURCE, options=options).get_function("big")
    with pytest.raises(cupy.cuda.driver.CUDADriverError, match="INVALID_VALUE"):
        kernel((1,), (1,), (), shared_mem=50000)
    kernel.max_dynamic_shared_size_bytes = 50000
    kernel((1,), (1,), (), shared_mem=50000)
    with pytest.raises(cupy.cuda.driver.CUDADriverError):
        kernel.max_dynamic_shared_size_bytes = 232449


# Streams


def test_a_stream_works_when_it_is_waited_for(cupy):
    locked = np.frombuffer(cupy.cuda.alloc_pinned_memory(20), "float32", 5)
    out = np.frombuffer(cupy.cuda.alloc_pinned_memory(20), "float32", 5)
    locked[...] = 1.0
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        x = cupy.empty(5, "float32")
        x.set(locked, stream=stream)
        shift(cupy)((1,), (32,), (x, x, 5, 2.0))
        x.get(stream=stream, out=out, blocking=False)
        event = stream.record()
    assert np.isnan(out).all()
    assert not event.done
    locked[...] = 3.0  # too early
    event.synchronize()
    assert out.tolist() == [5.0] * 5


def test_a_stream_waits_for_what_it_is_told_of_another(cupy):
    one, two = cupy.cuda.Stream(non_blocking=True), cupy.cuda.Stream(non_blocking=True)
    x, y = cupy.zeros(5, "float32"), cupy.zeros(5, "float32")
    kernel = shift(cupy)
    for waits, wanted in ((False, 1.0), (True, 3.0)):
        x[...] = 0.0
        with one:
            kernel((1,), (32,), (x, x, 5, 2.0))
            event = one.record()
        with two:
            if waits:
                two.wait_event(event)
            kernel((1,), (32,), (x, y, 5, 1.0))
            assert y.get().tolist() == [wanted] * 5
        cupy.cuda.Device().synchronize()


def test_page_locked_memory_that_goes_before_its_copy_is_told(cupy):
    stream, x = cupy.cuda.Stream(non_blocking=True), cupy.empty(5, "float32")
    x.set(np.frombuffer(cupy.cuda.alloc_pinned_memory(20), "float32", 5), stream=stream)
    with pytest.raises(KernelFault, match="given back before a copy"):
        stream.synchronize()


# Words


def test_every_word_is_one_of_cupys(cupy):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            real = importlib.import_module("cupy")
    except ImportError:
        pytest.skip("cupy is not installed")
    assert real is sys.modules["cupy"]
    own = {"machine", "seen", "of", "host", "buffer", "values", "later", "until", "told", "did"}
    for ours, theirs in (
        (cupy, real),
        (cupy.cuda, real.cuda),
        (cupy.cuda.runtime, real.cuda.runtime),
        (cupy.cuda.nvrtc, real.cuda.nvrtc),
        (cupy.cuda.driver, real.cuda.driver),
        (cupy.cuda.memory, real.cuda.memory),
        (cupy.cuda.Device, real.cuda.Device),
        (cupy.cuda.Stream, real.cuda.Stream),
        (cupy.cuda.Event, real.cuda.Event),
        (cupy.cuda.MemoryPointer, real.cuda.MemoryPointer),
        (cupy.ndarray, real.ndarray),
        (cupy.RawModule, real.RawModule),
        (RawKernel, real.RawKernel),
    ):
        words = {word for word in dir(ours) if not word.startswith("_")}
        assert words - own <= set(dir(theirs)), theirs
