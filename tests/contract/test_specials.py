"""Infinities, NaN, -0.0, subnormal and very large numbers, weights included."""

from __future__ import annotations

import numpy as np

from netspec.backends.native import NativeBackend
from tests.specimens import RAGGED, every_layer, every_layer_at_every_length, shape_of

from .asking import (
    PATHS,
    Plain,
    as_on_every_path,
    bits,
    called,
    every_dtype,
    modelled,
    named,
    only_where_compiled,
    same,
    trained,
)
from .drawing import drawn, network, of_row, strewn
from .rounding import NAN

pytestmark = only_where_compiled

SHARES = [0.2, 0.05, 0.05, 0.01]


def special(row, dtype, number):
    """Give a question of which a share of all numbers, weights included, is special."""
    name = f"{row} {number}"
    return drawn([row], shape_of(row), 2, dtype, name=name, special=SHARES[number])


@every_dtype
@every_layer_at_every_length
def test_special_numbers_anywhere_give_the_bits_of_the_model(row, lengths, dtype):
    for number in range(len(SHARES)):
        as_on_every_path(special(row, dtype, number), lengths, of=f"{number}")


@every_dtype
@every_layer
def test_special_inputs_alone_give_the_bits_of_the_model(row, dtype):
    one = of_row(row, dtype)
    x = one.x if one.layers[0].id_count else strewn(one.x, "x")  # an id is a whole number
    as_on_every_path(one._replace(x=x, dy=strewn(one.dy, "dy")))


@every_dtype
@every_layer
def test_every_nan_that_comes_out_is_the_canonical_one(row, dtype):
    one = special(row, dtype, 0)
    other = np.array(NAN[dtype] + 5, f"u{one.x.itemsize}").view(dtype)
    for array in one.weights.values() if one.layers[0].id_count else [one.x]:
        array[:] = other
    one.dy[:] = -other
    seen = 0
    for path in PATHS:
        arrays = named(trained(one, Plain(1, path)))
        arrays["called"], _ = network(one, Plain(1, path))(one.x, return_state=True)
        for array in arrays.values():
            unsigned = np.ascontiguousarray(array).view(f"u{array.itemsize}")
            assert set(unsigned[np.isnan(array)].tolist()) <= {NAN[dtype]}
            seen += np.isnan(array).sum()
    assert seen


@every_dtype
@every_layer
def test_a_call_carries_special_numbers_alike_planned_or_not(row, dtype):
    for number in range(len(SHARES)):
        one = special(row, dtype, number)
        wanted = {}
        for path in PATHS:
            for b in (Plain(1, path), NativeBackend(1, path)):
                for lengths in (None, RAGGED)[: 2 if one.x.ndim == 3 else 1]:
                    found = called(network(one, b), one.x, lengths=lengths)
                    same(found, wanted.setdefault(lengths is None, found), f"{type(b)}, {path}")


@every_dtype
def test_an_infinite_weight_makes_nothing_of_padding(dtype):
    """0 times infinity is NaN, in steps that are not there: no slope may see it."""
    rows = [{"type": "dense", "units": 1, "activation": "tanh"}]
    one = drawn(rows, (5, 3), 1, dtype)
    one.x[:] = 1
    one.weights["dense_1/W"][0, 0] = np.inf
    as_on_every_path(one, np.array([4]))
    assert np.isfinite(modelled(one, np.array([4])).weights["dense_1/W"]).all()


@every_dtype
def test_subnormal_numbers_are_not_flushed(dtype):
    """Products of subnormal numbers with weights near 1 stay subnormal, and are told apart."""
    one = drawn([{"type": "dense", "units": 5}], (7,), 9, dtype)
    tiny = np.finfo(dtype).tiny
    one = one._replace(
        x=(one.x * tiny / 4).astype(dtype),
        weights={"dense_1/W": one.weights["dense_1/W"], "dense_1/b": np.zeros(5, dtype)},
    )
    answer = modelled(one)
    assert np.all((answer.y != 0) & (np.abs(answer.y) < tiny))
    assert len(set(answer.y.ravel().tolist())) > 40
    for path in PATHS:
        y = network(one, Plain(1, path))(one.x)
        same(bits({"y": y}), bits({"y": answer.y}), path)
