"""Products by the matrix units: sums of rounded factors, on a model of a GPU and on a real one."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
import pytest

from netspec.backends import choose, on
from netspec.backends.cuda import mma_products, products
from netspec.layers.activations import Function

from ..contract.drawing import strewn, uniform
from . import rounding
from .model import KernelFault, run
from .model.compiler import KERNELS

H100 = (132, 232448)
SHAPES = [(70, 65, 33), (33, 130, 100), (1, 1, 1), (140, 20, 66), (17, 40, 8)]  # rows, m, k
CASES = [("tf32", 0), ("bf16", 0), ("bf16", 1), ("tf32", 2)]


def drawn(rows: int, m: int, k: int, special: float = 0.0) -> tuple[Any, Any, Any]:
    x, W = (uniform(f"{n}{k}", s, "float32") for n, s in (("x", (rows, k)), ("W", (m, k))))
    return strewn(x, "x", special), strewn(W, "W", special), uniform("start", (m,), "float32")


def launched(
    source: Any, precision: str, tile: mma_products.Tile, x: Any, W: Any, start: Any
) -> Any:
    (rows, k), m = x.shape, len(W)
    y = np.full((rows, m), 7.0, np.float32)
    macros = {
        "NUMBER": "float", "BF16": int(precision == "bf16"), "ROWS": tile.rows,
        "OUTPUTS": tile.outputs, "WARPS_DOWN": tile.down, "WARPS_ACROSS": tile.across,
        "COPY": gcd(16, 4 * k), "ACTIVATION": 0,
    }  # fmt: skip
    blocks = -(-rows // tile.rows) * -(-m // tile.outputs)
    args = [x, W, start, 0, y, rows, m, k, 0.0]
    run(source, macros, "mma_product", (blocks, 1, 1), (tile.threads, 1, 1), args, tile.shared)
    return y


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize(("precision", "number"), CASES)
def test_every_tile_gives_the_sums_of_rounded_factors(precision, number):
    for rows, m, k in SHAPES:
        x, W, start = drawn(rows, m, k, special=0.1 / k)
        start = start if m > 1 else None
        found = launched("mma_products.cu", precision, mma_products.TILES[number], x, W, start)
        rounding.near(found, *rounding.product(precision, x, W, start), steps=2 + k / 8)


@pytest.fixture
def gpu(device_model: Any, request: Any) -> Any:
    return on("cuda", precision=request.param)


@pytest.mark.parametrize("gpu", ["tf32", "bf16"], indirect=True)
def test_a_backend_of_lower_precision_takes_the_matrix_units_where_they_pay(gpu):
    for rows, m, k, units in ((64, 64, 64, True), (64, 64, 30, False), (8, 200, 200, False)):
        x, W, _ = drawn(rows, m, k)
        start = uniform("each", (rows, m), "float32")
        del gpu.cupy.machine.launches[:]
        x_there, W_there, start_there = map(gpu.cupy.asarray, (x, W, start))
        found = products.product(gpu, x_there, W_there, start_there).get()
        assert [name for name, _ in gpu.cupy.machine.launches] == [
            "mma_product" if units else "product"
        ]
        if units:
            rounding.near(found, *rounding.product(gpu.precision, x, W, start), steps=2 + k / 8)
        else:
            assert found.tobytes() == products.product(
                choose("cuda"), x_there, W_there, start_there
            ).get().tobytes()  # fmt: skip


@pytest.mark.parametrize("gpu", ["tf32"], indirect=True)
@pytest.mark.parametrize("word", ["tanh", "softmax"])
def test_an_activation_may_follow(gpu, word):
    f = Function.kinds[word](type=word)
    x, W, start = drawn(64, 64, 64)
    there = map(gpu.cupy.asarray, (x, W, start))
    found = products.product(gpu, *there, function=f).get()
    wanted = f.apply(choose("numpy"), rounding.product("tf32", x, W, start)[0])
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("gpu", ["tf32"], indirect=True)
def test_float64_has_full_precision_alone(gpu):
    x, W, _ = (array.astype("float64") for array in drawn(64, 64, 64))
    arrays = [gpu.cupy.asarray(array) for array in (x, W)]
    found = products.product(gpu, *arrays).get()
    np.testing.assert_allclose(found, x @ W.T, rtol=0, atol=1e-12)


def test_a_product_that_waits_for_memory_stays_as_it_is():
    many = 10**6
    assert mma_products.worth_it("tf32", "float32", many, 2048, 256)
    assert not mma_products.worth_it("tf32", "float32", many, 40, 30)
    assert not mma_products.worth_it("tf32", "float32", 1, 2048, 256)
    assert not mma_products.worth_it("full", "float32", many, 2048, 256)
    for shape in ((100_000, 2048, 512), (16, 64, 64), (256, 2048, 512)):
        chosen = mma_products.tile("bf16", *shape, *H100)
        assert chosen.shared <= H100[1]
    assert mma_products.tile("tf32", 100_000, 2048, 512, *H100).rows == 128


FAULTS = {
    "the fragments of x in the wrong order": ("row * STRIDE + lane / 16 * 4", "row * STRIDE"),
    "those of W, too": ("lane / 16 * 8 + lane % 8", "lane / 8 % 2 * 8 + lane % 8"),
    "sums of another place": ("lane % 4 * 2;", "lane % 4;"),
    "numbers beyond the last term": ("i < left;", "i < left + 4;"),
}  # fmt: skip


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("fault", [None, *FAULTS, "nobody waits"])
def test_a_planted_fault_is_found(fault, tmp_path):
    for name in ("mma_products.cu", "mma_tile.h"):
        text = (KERNELS / "cuda" / name).read_text()
        if fault in FAULTS and name == "mma_tile.h":
            assert text.count(FAULTS[fault][0]) == 1
            text = text.replace(*FAULTS[fault])
        if fault == "nobody waits" and name == "mma_products.cu":
            assert text.count("__syncthreads();") == 1
            text = text.replace("__syncthreads();", "")
        (tmp_path / name).write_text(text)
    x, W, _ = drawn(20, 33, 44)

    def found() -> bool:
        try:
            y = launched(tmp_path / "mma_products.cu", "tf32", mma_products.TILES[2], x, W, None)
            rounding.near(y, *rounding.product("tf32", x, W), steps=8)
        except (KernelFault, AssertionError):
            return True
        return False

    assert found() is (fault is not None)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["tf32", "bf16"])
@pytest.mark.parametrize(
    ("rows", "m", "k"), [(51_200, 2048, 256), (4097, 333, 777), (64, 64, 64), (256, 2048, 512)]
)
def test_on_a_gpu_large_products_are_the_sums_of_rounded_factors(rows, m, k, precision):
    b, period = on("cuda", precision=precision), 509
    x, W, start = drawn(min(rows, period), m, k)
    wanted, size = rounding.product(precision, x, W, start)
    with b.computing():
        there = map(b.cupy.asarray, (np.resize(x, (rows, k)), W, start))
        found = products.product(b, *there).get()
    # The units cut off what a sum has no room for, once in 8 or 16 terms.
    near = np.resize(wanted, found.shape), np.resize(size, found.shape)
    rounding.near(found, *near, steps=8 + k / 4)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["tf32", "bf16"])
@pytest.mark.parametrize("tile", mma_products.TILES)
def test_on_a_gpu_every_tile_gives_the_sums_of_rounded_factors(precision, tile):
    b = on("cuda", precision=precision)
    for rows, m, k in SHAPES:
        x, W, start = drawn(rows, m, k, special=0.1 / k)
        with b.computing():
            y = b.cupy.full((rows, m), 7, "float32")
            there = (b.cupy.asarray(x), b.cupy.asarray(W), b.cupy.asarray(start))
            args = [*there, 0, y, rows, m, k, 0.0]
            mma_products.launch(b, gcd(16, 4 * k), 0, args, tile)
            found = y.get()
        rounding.near(found, *rounding.product(precision, x, W, start), steps=8 + k / 4)


def test_rounding_by_hand():
    assert rounding.to_tf32(np.float32(1 + 2**-11)) == 1 + 2**-10  # a tie, away from zero
    assert rounding.to_tf32(np.float32(-1 - 2**-12)) == -1
    assert rounding.to_bf16(np.float32(1 + 2**-8)) == 1  # a tie, to even
    assert rounding.to_bf16(np.float32(1 + 3 * 2**-8)) == 1 + 2**-6
    assert np.isnan(rounding.to_bf16(np.float32(np.nan)))
