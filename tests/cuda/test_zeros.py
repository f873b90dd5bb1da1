"""Zeros that nobody has seen are in no memory; from then on they are an array like others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from netspec.backends import choose
from netspec.backends.cuda.arrays import Zeros


def unseen(b: Any, *shape: int, dtype: str = "float32") -> Any:
    zeros = b.zeros(shape, dtype)
    assert type(zeros) is Zeros
    assert zeros.unseen
    return zeros


def test_what_is_known_of_zeros_is_known_without_a_look(cupy: Any) -> None:
    b = choose("cuda")
    with b.computing():
        zeros = unseen(b, 2, 3, dtype="float64")
        assert (zeros.shape, zeros.ndim, zeros.size, len(zeros)) == ((2, 3), 2, 6, 2)
        assert zeros.dtype == np.float64


@pytest.mark.parametrize(
    "look",
    [
        lambda b, z: z[1:],
        lambda b, z: z.reshape(6),
        lambda b, z: z.T,
        lambda b, z: z.swapaxes(0, 1),
        lambda b, z: z.astype("float64"),
        lambda b, z: -z,
        lambda b, z: b.product(z, z),
        lambda b, z: b.stack([z, z], 0),
        lambda b, z: z + z,
    ],
)
def test_whoever_looks_finds_zeros(cupy: Any, look: Any) -> None:
    b, numpy = choose("cuda"), choose("numpy")
    with b.computing():
        found = b.numpy(look(b, b.zeros((2, 3), "float32")))
        wanted = look(numpy, numpy.zeros((2, 3), "float32"))
        assert found.tobytes() == np.ascontiguousarray(wanted).tobytes()
        assert found.shape == wanted.shape


def test_what_is_written_to_zeros_stays(cupy: Any) -> None:
    b = choose("cuda")
    with b.computing():
        zeros = b.zeros((3,), "float32")
        zeros[1] = 2.0
        assert not zeros.unseen
        assert b.told(zeros) is zeros.bare
        assert b.numpy(zeros).tolist() == [0, 2, 0]
        with pytest.raises(AttributeError):
            _ = zeros.nothing_of_that_name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_beside_an_array_of_their_shape_zeros_are_a_number(cupy: Any, dtype: str) -> None:
    b = choose("cuda")
    x = np.array([[-0.0, 1.5, np.inf]], dtype)
    with b.computing():
        for op in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__lt__"):
            zeros = unseen(b, 1, 3, dtype=dtype)
            found = b.numpy(getattr(zeros, op)(b.array(x)))
            assert zeros.unseen
            with np.errstate(invalid="ignore"):
                wanted = getattr(np.zeros((1, 3), dtype), op)(x)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))
            np.testing.assert_array_equal(found, wanted)
        wide = b.zeros((2, 3), dtype) + b.array(x[0])  # of another shape
        assert b.numpy(wide).tolist() == [[0.0, 1.5, np.inf]] * 2


def test_a_twin_is_told_nothing_of_them(cupy: Any) -> None:
    b = choose("cuda")
    with b.computing():
        seen = b.array(np.ones(2, "float32"))
        told = b.told({"h": b.zeros((2,), "float32"), "c": (seen, 3, None)})
        assert told == {"h": None, "c": (seen.bare, 3, None)}


def test_zeros_that_are_only_read_are_the_same_for_all_threads(cupy: Any) -> None:
    b = choose("cuda")

    def ask(n: int) -> Any:
        with b.computing():
            return b.nothing((n % 7 + 1, 3), np.dtype("float32"))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(40)))
    assert len({array.data.ptr for array in found}) <= 4  # one for each power of 2
    with b.computing():
        assert all(not b.numpy(b.own(array)).any() for array in found)
        large = [b.nothing((2**18 + 1,), np.dtype("float32")) for _ in range(2)]
    assert large[0].data.ptr != large[1].data.ptr
