"""How the caller has set rounding and flushing changes no bit, and stays as it was."""

from __future__ import annotations

import platform
from contextlib import contextmanager

import numpy as np
import pytest

import netspec
from netspec import Network
from netspec.backends.native import NativeBackend
from netspec.errors import DataError
from netspec.kernels import compiled
from tests.specimens import every_layer
from tests.training.problems import classifier, sequences

from .asking import PATHS, Plain, called, every_dtype, only_where_compiled, same
from .drawing import drawn, network, of_row, strewn

pytestmark = only_where_compiled

X86 = {"flushing": 0x9FC0, "down": 0x3F80, "up": 0x5F80, "to zero": 0x7F80, "all": 0xFFC0}
ARM = {"flushing": 1 << 24, "up": 1 << 22, "down": 2 << 22, "to zero": 3 << 22, "all": 7 << 22}
IS_ARM = platform.machine().lower() in ("aarch64", "arm64")
MODES = ARM if IS_ARM else X86
SETTINGS = 7 << 22 if IS_ARM else 0xFFC0  # the rest are flags of what has happened

every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES.keys())


@contextmanager
def set_to(mode):
    """Run with a processor set otherwise; find it as it was set after the work inside."""
    kernels = compiled()
    found = kernels.float_mode()
    kernels.set_float_mode(mode)
    try:
        yield
        left = kernels.float_mode()
    finally:
        kernels.set_float_mode(found)
    assert left & SETTINGS == mode & SETTINGS, f"{left:x} and not {mode:x}"


def hard(row, dtype, batch=9):
    """Give a question in which roundings, subnormal results and infinities all occur."""
    one = of_row(row, dtype, batch)
    if one.layers[0].id_count:
        return one
    tiny = np.finfo(dtype).tiny
    x = one.x.copy()
    x[::3] *= tiny
    return one._replace(x=strewn(x, "hard", 0.1))


def there_and_back(own, one, lengths):
    """Train through the public door; slopes only where the layers read forward."""
    if any(layer.reverses for layer in one.layers):
        step = own.forward(one.x, lengths=lengths)
        slopes = step.back(one.dy)
    else:
        step = own.forward(one.x, lengths=lengths, state=one.state)
        slopes = step.back(one.dy, one.dfinal)
    arrays = {"y": step.y, "x": slopes.x}
    arrays |= {f"final {k}": v for k, v in step.state.items()}
    arrays |= {f"slope {k}": v for k, v in {**slopes.weights, **slopes.state}.items()}
    return {k: v.tobytes() for k, v in arrays.items()}


def test_these_modes_do_change_what_is_computed_elsewhere():
    """Else the tests below would ask for nothing."""
    third = np.full(64, 1 / 3)
    tiny = np.full(64, np.finfo("float64").tiny)
    plain = (third * third).tobytes(), (tiny / 3).tobytes()
    changed = {}
    for name, mode in MODES.items():
        with set_to(mode), np.errstate(all="ignore"):
            changed[name] = (third * third).tobytes(), (tiny / 3).tobytes()
    assert all(found != plain for found in changed.values())


@every_dtype
@every_mode
@every_layer
def test_calls_and_training_give_the_same_bits_in_any_mode(row, mode, dtype):
    one = hard(row, dtype)
    lengths = np.arange(9) % 5 if one.x.ndim == 3 else None
    for path in PATHS:
        for b in (NativeBackend(1, path), Plain(1, path)):
            own = network(one, b)
            wanted = [called(own, one.x), called(own, one.x, lengths=lengths)]
            slopes = there_and_back(own, one, lengths)
            quick = own(one.x).tobytes()
            with set_to(mode):
                found = [called(own, one.x), called(own, one.x, lengths=lengths)]
                found_slopes = there_and_back(own, one, lengths)
                found_quick = own(one.x).tobytes()
            for mine, ours in zip(found, wanted, strict=True):
                same(mine, ours, path)
            same(found_slopes, slopes, path)
            assert found_quick == quick


@every_mode
def test_threads_give_the_same_bits_in_any_mode_of_the_caller(mode):
    """Threads that were started before the mode was set, and threads that were started in it."""
    one = drawn([{"type": "lstm", "units": 64}], (9, 33), 65, "float32", scale=0.3)
    one = one._replace(x=(one.x * np.float32(1e-38)).astype("float32"))
    old = network(one, NativeBackend(3))
    wanted, slopes = called(old, one.x), there_and_back(old, one, None)
    with set_to(mode):
        new = network(one, NativeBackend(3))
        for own in (old, new):
            same(called(own, one.x), wanted)
            same(there_and_back(own, one, None), slopes)


@every_mode
@every_layer
def test_numbers_of_another_type_are_converted_alike_in_any_mode(row, mode):
    """Inputs, states and weights in float64 for a network in float32."""
    one = of_row(row, "float64", 3)
    if not one.layers[0].id_count:
        one.x[0] *= 1e-40
    spec = network(of_row(row, "float32"), None).spec
    own = Network(spec, one.weights, NativeBackend(1))
    options = {} if any(layer.reverses for layer in one.layers) else {"state": one.state}
    wanted = called(own, one.x, **options)
    with set_to(mode):
        built = Network(spec, one.weights, NativeBackend(1))
        found = called(own, one.x, **options)
        found_built = called(built, one.x, **options)
    same(found, wanted)
    same(found_built, wanted)
    assert {k: v.tobytes() for k, v in own.weights.items()} == {
        k: v.tobytes() for k, v in built.weights.items()
    }


@every_mode
def test_a_call_that_is_refused_leaves_the_mode_as_it_was(mode):
    own = network(of_row({"type": "lstm", "units": 3}, "float32"), NativeBackend(1))
    with set_to(mode):
        for x in (np.zeros((2, 4, 9)), "text", np.zeros((2, 0, 3))):
            with pytest.raises(DataError, match=r"^x: wanted"):
                own(x)


def learned(weights):
    """Train on float64 data, with rates and weights of classes that plain Python computes."""
    settings = {
        "class_weights": "balanced",
        "optimizer": {"type": "adamw", "learning_rate": 0.01},
        "schedule": {"type": "cosine", "warmup": 0.7},
        "regularization": {"type": "l2", "strength": 0.01},
    }
    one = netspec.build(classifier(**settings))
    x, y = sequences(100)
    history = netspec.train(one, (x.astype("float64") * 1.1, y), weights=weights)
    found = netspec.evaluate(one, (x, y)).to_data()
    return {name: array.tobytes() for name, array in one.weights.items()}, str(history), found


@every_mode
def test_a_training_is_the_same_however_the_caller_rounds(mode):
    weights = np.linspace(0.1, 2, 100)
    expected = learned(weights)
    with set_to(mode):
        found = learned(weights)
    assert found == expected
