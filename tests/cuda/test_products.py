"""Products on the GPU: every kernel and every tile gives the bits of rule 1 of `kernels/README.md`.

On a model of a GPU, against `native` and against the contract's plain Python model; large ones on a
real GPU, where there is one.
"""

from __future__ import annotations

from itertools import cycle
from math import gcd
from typing import Any

import numpy as np
import pytest

from netspec.backends import choose
from netspec.backends.cuda import products
from netspec.kernels import compiled
from netspec.layers.activations import Function

from ..contract import sums
from ..contract.drawing import strewn, uniform
from ..contract.rounding import canonical, words
from .model import KernelFault, run
from .model.compiler import KERNELS

only_where_compiled = pytest.mark.skipif(compiled() is None, reason="there are no compiled kernels")
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
SIZE = {"float32": 4, "float64": 8}
SHARED = 232448  # bytes of a block, on an H100
TERMS = [1, 2, 127, 128, 129, 257, 300]
ROWS_AND_OUTPUTS = [(1, 1), (3, 5), (100, 16), (1, 130), (3, 16), (100, 130), (0, 5)]


@pytest.fixture
def gpu(device_model: Any) -> Any:
    return choose("cuda")


def drawn(rows: int, m: int, k: int, dtype: str) -> tuple[Any, Any, dict[str, Any]]:
    x, W = (
        strewn(uniform(f"{n}{k}", s, dtype), n, 0.002) for n, s in (("x", (rows, k)), ("W", (m, k)))
    )
    start = uniform("start", (rows, m), dtype)
    start[:1], start[:, :1] = -0.0, -0.0
    return x, W, {"none": None, "one": strewn(start[:1].ravel(), "one"), "each": start}


def equal(found: Any, wanted: Any) -> None:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    wrong = np.argwhere(words(found) != words(wanted))
    assert not len(wrong), f"{len(wrong)} of {found.size} differ, first at {wrong[:4].tolist()}"


def on_device(b: Any, x: Any, W: Any, start: Any = None, **chosen: Any) -> Any:
    """Run `product` on NumPy's arrays."""
    arrays = [b.cupy.asarray(array) if array is not None else None for array in (x, W, start)]
    return canonical(products.product(b, *arrays, **chosen).get())


def natively(x: Any, W: Any, start: Any = None) -> Any:
    b = choose("native")
    with b.computing():
        return canonical(b.product(x, W, start))


@only_where_compiled
@every_dtype
@pytest.mark.parametrize("number", range(len(products.TILES[4])))
def test_every_tile_gives_the_bits_of_native(gpu, number, dtype):
    tile = products.TILES[SIZE[dtype]][number]
    starts = cycle(("none", "one", "each"))
    for (rows, m), k in zip(ROWS_AND_OUTPUTS, TERMS, strict=True):
        x, W, of = drawn(rows, m, k, dtype)
        start = of[next(starts)]
        # Copies of 16 bytes only for some of them: each kind of copy is a kernel to compile.
        copy = gcd(16, k * SIZE[dtype]) if number in (0, 6) else SIZE[dtype]
        launch = products.tiled(tile, rows, m, SIZE[dtype], copy)
        equal(on_device(gpu, x, W, start, launch=launch), natively(x, W, start))


@only_where_compiled
@every_dtype
def test_many_rows_of_few_numbers_give_the_bits_of_native(gpu, dtype):
    starts = cycle(("none", "one", "each"))
    shapes = [(1, 1, 1), (700, 16, 2), (33, 5, 3), (100, 40, 30), (97, 20, 7), (150, 130, 17)]
    for rows, m, k in [*shapes, (257, 34, 64 if dtype == "float32" else 32), (65, 8, 16)]:
        x, W, of = drawn(rows, m, k, dtype)
        start = of[next(starts)]
        copy = gcd(16, k * SIZE[dtype])
        launch = products.narrow(rows, m, k, SIZE[dtype], copy, 1, SHARED)
        equal(on_device(gpu, x, W, start, launch=launch), natively(x, W, start))


@every_dtype
@pytest.mark.parametrize("k", [1, 3, 128, 129, 257])
def test_products_have_the_bits_of_the_contracts_plain_model(gpu, k, dtype):
    x, W = (strewn(uniform(n, (3, k), dtype), n, 0.05 / k) for n in "xW")
    start = np.array([-0.0, 0.5, np.inf], dtype)
    size = SIZE[dtype]
    copy = gcd(16, k * size)
    launches = [None, products.tiled(products.TILES[size][0], 3, 3, size, copy)]
    if k <= 32:
        launches.append(products.narrow(3, 3, k, size, copy, 2, SHARED))
    for given in (None, start):
        with np.errstate(all="ignore"):
            wanted = canonical(np.array([sums.product(row, W, given) for row in x]))
        for launch in launches:
            equal(on_device(gpu, x, W, given, launch=launch), wanted)


@only_where_compiled
@every_dtype
def test_arrays_of_any_layout_and_place_in_memory_give_the_same_bits(gpu, dtype):
    x, W = uniform("x", (4, 6, 20), dtype), uniform("W", (20, 5), dtype)
    wanted = natively(x, W.T)
    turned = gpu.cupy.asarray(W).T
    for moved in (0, 1, 3):
        place = gpu.cupy.asarray(np.concatenate([np.zeros(moved, dtype), x.ravel()]))
        own = place[moved:].reshape(x.shape)
        equal(products.product(gpu, own, turned).get(), wanted)
    start = uniform("start", (6, 5), dtype)
    equal(on_device(gpu, x, W.T, start), natively(x, W.T, np.broadcast_to(start, (4, 6, 5)).copy()))


@every_dtype
def test_a_chain_that_ends_at_minus_zero_leaves_the_plus_zero_that_is_added_to_it(gpu, dtype):
    size = SIZE[dtype]
    x = np.full((3, 1), np.finfo(dtype).tiny, dtype)
    launches = [products.tiled(tile, 3, 2, size, size) for tile in products.TILES[size]]
    for launch in (*launches, products.narrow(3, 2, 1, size, size, 2, SHARED)):
        equal(on_device(gpu, x, -x[:2], launch=launch), np.zeros((3, 2), dtype))


def test_products_of_no_terms_are_their_start_however_many_rows(gpu):
    start = np.array([1.5, -2.0], "float32")
    x, W = np.zeros((products.BUSY_ROWS, 0), "float32"), np.zeros((2, 0), "float32")
    equal(on_device(gpu, x, W, start), np.tile(start, (len(x), 1)))


@only_where_compiled
@pytest.mark.parametrize("word", ["tanh", "elu", "softmax", "linear"])
def test_an_activation_may_follow_in_the_same_kernel(gpu, word):
    f = Function.kinds[word](type=word)
    x, W, of = drawn(40, 9, 20, "float32")
    b = choose("native")
    with b.computing():
        wanted = canonical(f.apply(b, b.product(x, W, of["one"])))
    narrow = products.narrow(40, 9, 20, 4, 16, 1, SHARED)
    for launch in (None, narrow):
        equal(on_device(gpu, x, W, of["one"], function=f, launch=launch), wanted)
    launched = {name for name, _ in gpu.cupy.machine.launches}
    assert launched == {"product", "narrow_product"} | ({word} & {"softmax"})


FAULTS = {
    "a chain that descends": ("products.h", "int p = 0; p < PACK; p++", "int p = PACK; p-- > 0;"),
    "a chain cut at 64 terms": ("products.cu", "(done + TERMS) % BLOCK", "(done + TERMS) % 64"),
    "no fma": ("products.h", "fma(a[i], b, c[i][j])", "a[i] * b + c[i][j]"),
    "no barrier": ("products.cu", "__syncthreads();  // the slab", "// the slab"),
    "no waiting for copies": ("products.cu", "copies_wait<STAGES - 2>", "copies_wait<STAGES>"),
}  # fmt: skip


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_a_planted_fault_is_found(fault, tmp_path):
    for name in ("products.cu", "products.h"):
        text = (KERNELS / "cuda" / name).read_text()
        if fault and FAULTS[fault][0] == name:
            before, after = FAULTS[fault][1:]
            assert text.count(before) == 1
            text = text.replace(before, after)
        (tmp_path / name).write_text(text)
    x, W = uniform("x", (3, 150), "float32"), uniform("W", (33, 150), "float32")
    wanted = np.array([sums.product(row, W) for row in x])
    y = np.zeros_like(wanted)
    tile = next(tile for tile in products.TILES[4] if tile.rows == 32)
    launch = products.tiled(tile, 3, 33, 4, 8)
    macros = launch.macros | {"NUMBER": "float", "ACTIVATION": 0}

    def found() -> bool:
        try:
            run(
                tmp_path / "products.cu", macros, "product", (launch.grid, 1, 1),
                (launch.threads, 1, 1), [x, W, None, 0, y, 3, 33, 150, 0.0], launch.shared,
            )  # fmt: skip
        except KernelFault:
            return True
        return bool((words(y) != words(wanted)).any())

    assert found() is (fault is not None)


NARROW_FAULTS = {
    "nobody waits for copies": ("copies_wait<1>();\n        __syncwarp();", "__syncwarp();"),
    "nobody waits for others": ("copies_wait<1>();\n        __syncwarp();", "copies_wait<1>();"),
    "rows are overwritten": ("__syncwarp();  // nobody reads", "// nobody reads"),
    "the last rows are too many": ("first + row < rows", "first < rows"),
}  # fmt: skip


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("fault", [None, *NARROW_FAULTS])
def test_a_planted_fault_is_found_in_the_kernel_for_few_numbers(fault, tmp_path):
    text = (KERNELS / "cuda" / "narrow_products.cu").read_text()
    if fault:
        assert text.count(NARROW_FAULTS[fault][0]) == 1
        text = text.replace(*NARROW_FAULTS[fault])
    (tmp_path / "narrow_products.cu").write_text(text)
    rows = 1700  # four turns of a warp
    x, W = uniform("x", (101, 5), "float32"), uniform("W", (9, 5), "float32")
    y, start = np.zeros((rows, 9), "float32"), uniform("start", (9,), "float32")
    wanted = np.resize(np.array([sums.product(row, W, start) for row in x]), (rows, 9))
    x = np.resize(x, (rows, 5))
    launch = products.narrow(rows, 9, 5, 4, 4, 1, SHARED)
    macros = launch.macros | {"NUMBER": "float", "ACTIVATION": 0, "EACH": 0}

    def found() -> bool:
        try:
            run(
                tmp_path / "narrow_products.cu", macros, "narrow_product", (launch.grid, 1, 1),
                (launch.threads, 1, 1), [x, W, start, y, rows, 9, 0.0], launch.shared,
            )  # fmt: skip
        except KernelFault:
            return True
        return bool((words(y) != words(wanted)).any())

    assert found() is (fault is not None)


def test_each_shape_of_product_gets_a_kernel_that_fits():
    """What is expected of a plan: all outputs covered, no more shared memory than there is."""
    h100 = (132, SHARED)
    sizes = [1, 2, 10, 16, 30, 64, 100, 128, 512, 1000]
    for size in (4, 8):
        for rows in (1, 3, 16, 100, 5000, 10**6):
            for m in sizes:
                for k in sizes:
                    for facts in (h100, (46, 101376)):
                        launch = products.plan(rows, m, k, size, gcd(16, k * size), *facts)
                        assert launch.shared <= facts[1]
                        own = launch.macros
                        if launch.file == "products.cu":
                            across = -(-m // own["OUTPUTS"])
                            assert launch.grid == across * -(-rows // own["ROWS"])
                            continue
                        across = -(-m // (8 * own["OWN_OUTPUTS"]))
                        assert launch.grid % across == 0
                        assert own["OWN_OUTPUTS"] * 8 * size <= 256
                        assert own["OWN_OUTPUTS"] % own["TOGETHER"] == 0 == m % own["TOGETHER"]
    wide = products.plan(10**5, 2048, 512, 4, 16, *h100)
    assert (wide.macros["ROWS"], wide.macros["OUTPUTS"]) == (128, 128)
    assert products.plan(10**6, 40, 30, 4, 8, *h100).file == "narrow_products.cu"
    assert products.plan(1, 1000, 1000, 4, 16, *h100).macros["ROWS"] == 1


@pytest.mark.gpu
@only_where_compiled
@every_dtype
@pytest.mark.parametrize(
    ("rows", "m", "k"),
    [
        (100_000, 2048, 512), (100_003, 40, 30), (65_537, 256, 64), (1, 4096, 4096),
        (16, 1000, 1001), (5000, 10, 1000), (999, 333, 777), (100_000, 1, 64), (4097, 7, 33),
    ],
)  # fmt: skip
def test_on_a_gpu_large_products_give_the_bits_of_native(rows, m, k, dtype):
    b, period = choose("cuda"), 1009
    x, W = (uniform(n, (min(size, period), k), dtype) for n, size in (("x", rows), ("W", m)))
    start = uniform("start", (m,), dtype)
    wanted = np.resize(natively(x, np.resize(W, (m, k)), start), (rows, m))
    with b.computing():
        found = on_device(b, np.resize(x, (rows, k)), np.resize(W, (m, k)), start)
    equal(found, wanted)


@pytest.mark.gpu
@only_where_compiled
@every_dtype
@pytest.mark.parametrize("k", TERMS)
def test_on_a_gpu_every_kernel_gives_the_bits_of_native(k, dtype):
    b, size = choose("cuda"), SIZE[dtype]
    rows, m = 300, 130
    x, W, starts = drawn(rows, m, k, dtype)
    copy = gcd(16, k * size)
    launches = [products.tiled(tile, rows, m, size, copy) for tile in products.TILES[size]]
    if k * size <= products.NARROW:
        launches.append(products.narrow(rows, m, k, size, copy, 2, SHARED))
    with b.computing():
        for start in starts.values():
            wanted = natively(x, W, start)
            for launch in launches:
                if launch.shared <= b.kernels.shared_per_block:
                    equal(on_device(b, x, W, start, launch=launch), wanted)
