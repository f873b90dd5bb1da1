"""Every primitive of the backend on a GPU gives the bits of the processor's."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends import PRIMITIVES, choose
from netspec.backends.cuda import CudaBackend, elementwise
from netspec.backends.cuda.arrays import DeviceArray
from netspec.errors import DataError

from .bits import same

BOTH = pytest.mark.parametrize("dtype", ["float32", "float64"])
LENGTHS = [np.array([0, 3, 5]), np.array([5, 5, 1])]


@pytest.fixture
def cuda(cupy):
    return CudaBackend()


def special(dtype):
    """Give zeros, the ends of the numbers, subnormal ones, and some that are drawn, in pairs."""
    t = np.finfo(dtype)
    some = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 3.5, t.max, t.tiny / 4, -t.tiny / 8, t.tiny]
    some = np.array(some, dtype)
    drawn = np.random.default_rng(1).normal(size=(2, 56)).astype(dtype)
    x = np.concatenate([some.repeat(len(some)), drawn[0]]).reshape(4, -1)
    y = np.concatenate([np.tile(some, len(some)), drawn[1]]).reshape(4, -1)
    return x, y


OPERATORS = {
    "x + y": lambda b, x, y: x + y,
    "x - y": lambda b, x, y: x - y,
    "x * y": lambda b, x, y: x * y,
    "x / y": lambda b, x, y: x / y,
    "2 + x": lambda b, x, y: 2 + x,
    "0.1 - x": lambda b, x, y: 0.1 - x,
    "x * 0.1": lambda b, x, y: x * 0.1,
    "1 / x": lambda b, x, y: 1 / x,
    "-x": lambda b, x, y: -x,
    "x < y": lambda b, x, y: x < y,
    "x <= y": lambda b, x, y: x <= y,
    "x > 0": lambda b, x, y: x > 0,
    "x >= y": lambda b, x, y: x >= y,
    "x == y": lambda b, x, y: x == y,
    "x != x": lambda b, x, y: x != x,
    "x < 0 and, or": lambda b, x, y: ((x < 0) & (y < 0)) | (x == y),
    "to float64": lambda b, x, y: x.astype("float64"),
    "to float32": lambda b, x, y: (x * 1.1).astype("float32"),
    "a whole number": lambda b, x, y: b.where(b.abs(x) < 9.0, x, 0.0).astype("int64") * 2 - 1,
    "mixed types": lambda b, x, y: x.astype("float64") * y,
    "joined, of mixed types": lambda b, x, y: b.concatenate([x, y.astype("float64")], 0),
    "a quotient of whole numbers": lambda b, x, y: (x > 0).astype("int64") / 4,
    "turned": lambda b, x, y: x.T + y.T,
    "spread out": lambda b, x, y: x[:, None, :3] + y[None, :, ::2][..., :1],
    "a slice": lambda b, x, y: x[1:, ::-3] * 2,
    "one entry": lambda b, x, y: x[0, -1] + y[3],
    "in another shape": lambda b, x, y: x.T.reshape(2, -1),
    "swapped": lambda b, x, y: x.reshape(2, 2, -1).swapaxes(0, 2) + 1.0,
    "nothing": lambda b, x, y: x[:0] + y[:0],
    "abs": lambda b, x, y: b.abs(x),
    "sqrt": lambda b, x, y: b.sqrt(x),
    "maximum": lambda b, x, y: b.maximum(x, y),
    "minimum": lambda b, x, y: b.minimum(x, y),
    "maximum with a number": lambda b, x, y: b.maximum(x, 0.0),
    "where": lambda b, x, y: b.where(x > y, x, y),
    "where, a number": lambda b, x, y: b.where(x > y, x, 0.5),
    "where, two numbers": lambda b, x, y: b.where(x > y, 2.0, x),
    "largest of rows": lambda b, x, y: b.max(x, -1, keepdims=True),
    "largest of columns": lambda b, x, y: b.max(x, 0),
    "stacked": lambda b, x, y: b.stack([x, y], 1),
    "stacked last": lambda b, x, y: b.stack([x, y], -1),
    "joined": lambda b, x, y: b.concatenate([x, y[:, :3], x[:, :0]], -1),
    "sum": lambda b, x, y: b.sum(x[:, 144:], 0),
    "sum of rows, kept": lambda b, x, y: b.sum(x[:, 144:], -1, keepdims=True),
    "sum of all": lambda b, x, y: b.sum(x[:, 144:].reshape(2, 2, -1), (0, 1)),
    **{
        name: lambda b, x, y, name=name: getattr(b, name)(x)
        for name in ("exp", "expm1", "log", "tanh", "sigmoid", "erf")
    },
}


@BOTH
@pytest.mark.parametrize("name", OPERATORS)
def test_what_is_done_entry_by_entry_is_ieee_s(name, dtype, cuda, native):
    x, y = special(dtype)
    with native.computing():
        want = OPERATORS[name](native, x, y)
    with cuda.computing():
        found = OPERATORS[name](cuda, cuda.array(x), cuda.array(y))
    same(cuda.numpy(found), want, name)


MOVES = {
    "mask": lambda b, x, n: b.mask(n, 5),
    "reverse": lambda b, x, n: b.reverse(x, n),
    "reverse, whole": lambda b, x, n: b.reverse(x, None),
    "pick": lambda b, x, n: b.pick(x, n),
    "pick, whole": lambda b, x, n: b.pick(x, None),
    "place": lambda b, x, n: b.place(x[:, 1], n, 6),
    "place, whole": lambda b, x, n: b.place(x[:, 1], None, 6),
    "gather": lambda b, x, n: b.gather(x.reshape(15, 4), b.stack([n, n + 3], 1)),
    "search": lambda b, x, n: b.search(x[0, :3, 0] * 0.0, x),
    "search, of mixed types": lambda b, x, n: b.search(x[0, 0, :1].astype("float64") + 1e-12, x),
    "scatter_sum": lambda b, x, n: b.scatter_sum(n, x[:, 0], 7),
    "outer_sum": lambda b, x, n: b.outer_sum(x[:, :, :2], x),
    "product": lambda b, x, n: b.product(x, x[0, :3], x[..., 1:]),
    "product of a turned matrix": lambda b, x, n: b.product(x[:, :, :3], x[0, :3].T),
}


@BOTH
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("name", MOVES)
def test_what_runs_along_steps_and_rows_is_the_processor_s(name, lengths, dtype, cuda, native):
    x = np.random.default_rng(2).normal(size=(3, 5, 4)).astype(dtype)
    x[1, 2, 3] = np.nan if name != "search" else x[1, 2, 3]
    with native.computing():
        want = MOVES[name](native, x, lengths)
    with cuda.computing():
        found = MOVES[name](cuda, cuda.array(x), cuda.array(lengths))
    same(cuda.numpy(found), want, name)


@pytest.mark.parametrize("name", ["x + y", "turned", "spread out", "where", "joined", *MOVES])
def test_what_an_int32_does_not_count_an_int64_does(name, cuda, native, monkeypatch):
    monkeypatch.setattr(elementwise, "SMALL", 0)  # as if every array were beyond it
    monkeypatch.setattr(elementwise, "_joined", elementwise._joined.__wrapped__)
    x = np.random.default_rng(3).normal(size=(3, 5, 4)).astype("float32")
    y = LENGTHS[0] if name in MOVES else x[:, ::-1].copy()
    deed = (MOVES | OPERATORS)[name]
    if name in OPERATORS:
        x, y = x[0], y[0]
    with native.computing():
        want = deed(native, x, y)
    with cuda.computing():
        found = deed(cuda, cuda.array(x), cuda.array(y))
    same(cuda.numpy(found), want, name)


@pytest.mark.parametrize(
    ("entries", "index"), [(0, "int32_t"), (2**30, "int32_t"), (2**31, "int64_t")]
)
def test_the_type_that_counts_is_as_short_as_it_may_be(entries, index):
    assert elementwise.index_of(entries) == index


def test_search_counts_all_edges_for_a_nan(cuda, native):
    edges, x = np.array([-1.0, 0.0, 0.0, 2.0]), np.array([[np.nan, -2.0, 0.0], [-0.0, 2.0, np.inf]])
    with cuda.computing():
        found = cuda.numpy(cuda.search(cuda.array(edges), cuda.array(x)))
    np.testing.assert_array_equal(found, [[4, 0, 3], [3, 4, 4]])


def test_an_array_is_written_to_at_an_index(cuda):
    with cuda.computing():
        z = cuda.zeros((3, 4), "float32")
        z[1] = cuda.array(np.arange(4, dtype="float64"))
        z[:, 2] = 5.0
        z[0, :2] = z[1, 1:3]
        found = cuda.numpy(z)
    same(found, np.array([[1, 5, 5, 0], [0, 1, 5, 3], [0, 0, 5, 0]], "float32"))


def test_canonical_makes_every_nan_the_contract_s(cuda):
    for dtype, bits in (("float32", 0x7FC00000), ("float64", 0x7FF8000000000000)):
        whole = np.dtype(dtype.replace("float", "uint"))
        nans = np.array([bits + 5, bits | 1 << (8 * whole.itemsize - 1), 0], whole).view(dtype)
        with cuda.computing():
            found = cuda.numpy(cuda.canonical(cuda.array(nans)))
        assert found.view(whole).tolist() == [bits, bits, 0]


@pytest.mark.parametrize(
    "deed",
    [
        np.asarray,
        np.tanh,
        float,
        bool,
        list,
        hash,
        lambda a: a + np.ones(3),
        lambda a: np.ones(3) + a,
        lambda a: a * np.float64(2),
        lambda a: a < np.ones(3),
        lambda a: a**2,
        lambda a: a @ a,
        lambda a: a.__setitem__(0, np.ones(())),
    ],
)
def test_an_array_of_the_device_does_not_mix_with_numpy_s(deed, cuda):
    with pytest.raises(TypeError):
        deed(cuda.array(np.ones(3)))


def test_a_primitive_gives_what_layers_may_compute_with(cuda):
    assert set(dir(cuda)) >= PRIMITIVES
    with cuda.computing():
        x = cuda.array(np.ones((2, 3), "float32"))
        for found in (x[0], x.T, x + x, x > 0, cuda.sum(x, 0), cuda.tanh(x), cuda.product(x, x)):
            assert isinstance(found, DeviceArray)


def test_an_array_of_more_axes_than_a_kernel_walks_is_refused(cuda):
    x = cuda.array(np.ones((3,) * 7, "float32"))[(slice(None, None, 2),) * 7]
    with cuda.computing(), pytest.raises(DataError, match=r"as 6 or fewer, found .* with 7: use"):
        x + 1.0
    with cuda.computing():
        assert cuda.numpy(x[0] + 1.0).tolist() == np.full((2,) * 6, 2.0).tolist()


def test_a_chosen_backend_is_the_gpu_s(cupy):
    b = choose("cuda")
    assert (b.name, b.device_name, b.exact) == ("cuda", "cuda:0", False)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_zeros_that_nobody_has_seen_are_of_their_own_type_on_either_side(dtype, cuda):
    x = np.array([[0, 1, 1], [1, 0, 1]]).astype(dtype)
    deeds = {
        "+": lambda zero, x: zero + x,
        "-": lambda zero, x: x - zero,
        "<": lambda zero, x: zero < x,
        "==": lambda zero, x: x == zero,
        "|": lambda zero, x: zero | x,
    }
    for word in ("<", "==", "|") if dtype == "bool" else ("+", "-", "<", "=="):
        with cuda.computing():
            found = cuda.numpy(deeds[word](cuda.zeros(x.shape, dtype), cuda.array(x)))
        same(found, deeds[word](np.zeros(x.shape, dtype), x), word)
