"""Functions and activations on the GPU, there and back: the bits of `native` and of the contract.

On a model of a GPU; a real one, where there is one, gets more numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.backends import choose
from netspec.backends.cuda import functions
from netspec.kernels import compiled
from netspec.layers.activations import Function
from netspec.randomness import Stream

from ..contract import activations
from ..contract import functions as plainly
from ..contract.drawing import specials, strewn, uniform
from ..contract.functions import OF
from ..contract.rounding import canonical, words
from ..contract.test_primitives import ACTIVATIONS, EDGES, FUNCTIONS

only_where_compiled = pytest.mark.skipif(compiled() is None, reason="there are no compiled kernels")
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
every_activation = pytest.mark.parametrize(
    "options", ACTIVATIONS, ids=lambda o: "-".join(map(str, o.values()))
)
SOFTMAX = Function.kinds["softmax"](type="softmax")
WIDTHS = [1, 2, 7, 32, 33, 127, 128, 129, 300, 2200, 4500]


@pytest.fixture
def gpu(device_model: Any) -> Any:
    return choose("cuda")


def hard(dtype: str, count: int = 3000) -> Any:
    """Draw bit by bit, evenly, and around every number at which a formula changes; specials."""
    unsigned = OF[dtype].unsigned
    bits = Stream("contract", "bits").words((count,)) >> np.uint64(64 - 8 * unsigned().itemsize)
    near, far = uniform("near", (count,), dtype), 120 * uniform("far", (count,), dtype)
    edges = np.array(EDGES, dtype)[:, None]
    edges = (edges + np.arange(-3, 4) * np.spacing(edges)).ravel().astype(dtype)
    return np.concatenate(
        [specials(dtype), bits.astype(unsigned).view(dtype), near, 8 * near, far, edges, -edges]
    )


def equal(found: Any, wanted: Any) -> None:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    wrong = np.argwhere(words(canonical(found)) != words(canonical(wanted)))
    assert not len(wrong), f"{len(wrong)} of {found.size} differ, first at {wrong[:4].tolist()}"


def there_and_back(b: Any, f: Any, x: Any, dy: Any) -> tuple[Any, Any]:
    """Run an activation by kernels of its own."""
    on_device = b.cupy.asarray(x)
    y = functions.apply(b, f, on_device)
    return y.get(), functions.back(b, f, on_device, y, b.cupy.asarray(dy)).get()


def natively(f: Any, x: Any, dy: Any) -> tuple[Any, Any]:
    b = choose("native")
    with b.computing():
        y = f.apply(b, x)
        return y, f.back(b, x, y, dy)


@only_where_compiled
@every_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_the_bits_of_native_for_thousands_of_hard_numbers(gpu, name, dtype):
    x = hard(dtype)
    native = choose("native")
    with native.computing():
        wanted = getattr(native, name)(x)
    equal(functions.activate(gpu, name, gpu.cupy.asarray(x)).get(), wanted)


@every_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_the_bits_of_the_contracts_plain_model(gpu, name, dtype):
    x = np.concatenate([specials(dtype), 8 * uniform("few", (30,), dtype)])
    with np.errstate(all="ignore"):
        wanted = getattr(plainly, name)(x)
    equal(functions.activate(gpu, name, gpu.cupy.asarray(x)).get(), wanted)


@only_where_compiled
@every_dtype
@every_activation
def test_activations_give_the_bits_of_native_there_and_back(gpu, options, dtype):
    f = Function.kinds[options["type"]](**options)
    x = hard(dtype, 500)
    x = x[: len(x) // 9 * 9].reshape(-1, 9)
    dy = strewn(uniform("dy", x.shape, dtype), "dy", 0.1)
    for found, wanted in zip(there_and_back(gpu, f, x, dy), natively(f, x, dy), strict=True):
        equal(found, wanted)


@every_activation
def test_activations_give_the_bits_of_the_contracts_plain_model(gpu, options):
    f = Function.kinds[options["type"]](**options)
    x = np.stack([4 * uniform("x", (12,), "float32"), np.resize(specials("float32"), 12)])
    dy = uniform("dy", x.shape, "float32")
    with np.errstate(all="ignore"):
        y = np.array([activations.apply(f, row) for row in x])
        dx = np.array([activations.back(f, *row) for row in zip(x, y, dy, strict=True)])
    found = there_and_back(gpu, f, x, dy)
    equal(found[0], y)
    equal(found[1], dx)


@only_where_compiled
@every_dtype
def test_softmax_of_rows_of_any_width_gives_the_bits_of_native(gpu, dtype):
    for width in WIDTHS:
        rows = 35 if width < 130 else 3
        x = 4 * uniform(f"x{width}", (rows, width), dtype)
        dy = uniform(f"dy{width}", (rows, width), dtype)
        x[0] = np.resize(np.array([-0.0, 0.0, -3], dtype), width)
        x[1] = np.resize(np.array([0.0, -0.0, -200], dtype), width)
        x[2, width // 2 :] = np.inf if width % 2 else np.nan
        for found, wanted in zip(
            there_and_back(gpu, SOFTMAX, x, dy), natively(SOFTMAX, x, dy), strict=True
        ):
            equal(found, wanted)


@only_where_compiled
@every_dtype
def test_where_an_array_begins_in_memory_changes_no_bit(gpu, dtype):
    f = Function.kinds["gauss"](type="gauss")
    x, dy = uniform("x", (40,), dtype), uniform("dy", (39,), dtype)
    y, dx = natively(f, x[1:], dy)
    moved = gpu.cupy.asarray(x)[1:]
    found = functions.apply(gpu, f, moved)
    equal(found.get(), y)
    equal(functions.back(gpu, f, moved, found, gpu.cupy.asarray(dy)).get(), dx)


@only_where_compiled
@every_dtype
def test_the_way_back_asks_for_the_input_only_where_it_must(gpu, dtype):
    f = Function.kinds["tanh"](type="tanh")
    x, dy = uniform("x", (5, 3), dtype), uniform("dy", (5, 3), dtype)
    y, dx = natively(f, x, dy)
    found = functions.back(gpu, f, None, gpu.cupy.asarray(y), gpu.cupy.asarray(dy))
    equal(found.get(), dx)


@only_where_compiled
def test_an_activation_that_the_kernels_do_not_know_runs_its_formula(gpu):
    class Other:
        type = "other"

        def apply(self, b: Any, x: Any) -> Any:
            return b.exp(x) + x

        def back(self, b: Any, x: Any, y: Any, dy: Any) -> Any:
            return dy * (b.exp(x) + 1)

    x, dy = uniform("x", (5, 3), "float32"), uniform("dy", (5, 3), "float32")
    wanted = natively(Other(), x, dy)
    for mine, other in zip(there_and_back(gpu, Other(), x, dy), wanted, strict=True):
        equal(mine, other)


def test_nothing_is_launched_for_nothing_and_for_a_linear_function(gpu):
    linear, tanh = (Function.kinds[word](type=word) for word in ("linear", "tanh"))
    x, none = gpu.cupy.asarray(uniform("x", (2, 3), "float32")), gpu.cupy.empty((0, 3), "float32")
    assert functions.apply(gpu, linear, x) is x
    assert functions.back(gpu, linear, None, x, x) is x
    for f in (tanh, SOFTMAX):
        assert functions.apply(gpu, f, none).shape == (0, 3)
        assert functions.back(gpu, f, none, none, none).shape == (0, 3)
    assert gpu.cupy.machine.launches == []


@pytest.mark.gpu
@only_where_compiled
@every_dtype
@every_activation
def test_on_a_gpu_activations_give_the_bits_of_native(options, dtype):
    b = choose("cuda")
    f = Function.kinds[options["type"]](**options)
    x = hard(dtype, 100_000)
    x = x[: len(x) // 10 * 10].reshape(-1, 10)
    dy = strewn(uniform("dy", x.shape, dtype), "dy", 0.1)
    with b.computing():
        found = there_and_back(b, f, x, dy)
    for mine, wanted in zip(found, natively(f, x, dy), strict=True):
        equal(mine, wanted)


@pytest.mark.gpu
@only_where_compiled
@every_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_on_a_gpu_functions_give_the_bits_of_native(name, dtype):
    b, native, x = choose("cuda"), choose("native"), hard(dtype, 500_000)
    with native.computing():
        wanted = getattr(native, name)(x)
    with b.computing():
        found = functions.activate(b, name, b.cupy.asarray(x)).get()
    equal(found, wanted)


@pytest.mark.gpu
@only_where_compiled
@every_dtype
@pytest.mark.parametrize("width", [*WIDTHS, 20_000])
def test_on_a_gpu_softmax_gives_the_bits_of_native(width, dtype):
    b = choose("cuda")
    x = 4 * uniform(f"x{width}", (1000 if width < 500 else 20, width), dtype)
    dy = uniform(f"dy{width}", x.shape, dtype)
    with b.computing():
        found = there_and_back(b, SOFTMAX, x, dy)
    for mine, wanted in zip(found, natively(SOFTMAX, x, dy), strict=True):
        equal(mine, wanted)
