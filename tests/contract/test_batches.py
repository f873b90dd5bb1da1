"""The size of a batch, the place in it and what stands beside an event change no bit of it."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from tests.specimens import every_layer

from .asking import PATHS, Plain, bits, every_dtype, named, only_where_compiled, same, trained
from .drawing import drawn, network, of_row, part

pytestmark = only_where_compiled

SIZES = [1, 2, 3, 7, 64, 1000]
EVENTS = 1000
LENGTHS = np.arange(EVENTS) * 7 % 5  # 0 to 4


def in_batches(size, events, call):
    """Run events a batch of some size at a time; give every array joined again."""
    found = [call(slice(k, min(k + size, events))) for k in range(0, events, size)]
    return bits({name: np.concatenate([each[name] for each in found]) for name in found[0]})


@every_dtype
@every_layer
def test_batches_of_every_size_give_the_same_bits(row, dtype):
    one = of_row(row, dtype, EVENTS)
    own = network(one, NativeBackend(2))
    sequences = one.x.ndim == 3

    def call(which, lengths=None):
        y, final = own(one.x[which], return_state=True, lengths=lengths)
        return {"y": y, **final}

    def ragged(which):
        return call(which, LENGTHS[which])

    wanted = bits(call(slice(None)))
    wanted_ragged = bits(ragged(slice(None))) if sequences else None
    for size in SIZES:
        same(in_batches(size, EVENTS, call), wanted, f"{size} at a time")
        if sequences:
            same(in_batches(size, EVENTS, ragged), wanted_ragged, f"{size} at a time, ragged")
        alone = in_batches(size, EVENTS, lambda which: {"y": own(one.x[which])})
        same(alone, {k: v for k, v in wanted.items() if k.startswith("y ")}, f"{size}, y alone")


@every_dtype
@every_layer
def test_every_place_in_a_batch_gives_the_same_bits(row, dtype):
    """Events go round in the batch: each has stood at each place."""
    one = of_row(row, dtype, 64)
    for path in PATHS:
        for b, turns in ((NativeBackend(1, path), range(64)), (Plain(1, path), (1, 9, 31))):
            own = network(one, b)
            wanted = own(one.x)
            for turn in turns:
                found = own(np.roll(one.x, turn, 0))
                assert found.tobytes() == np.roll(wanted, turn, 0).tobytes(), (path, turn)


@every_dtype
@every_layer
def test_slopes_of_an_event_are_the_same_in_batches_of_every_size(row, dtype):
    """Those in inputs and states; the slopes in weights are sums over the batch."""
    one = of_row(row, dtype, EVENTS)

    def per_event(which):
        lengths = LENGTHS[which] if one.x.ndim == 3 else None
        answer = trained(part(one, which), NativeBackend(2), lengths)
        return named(answer._replace(weights={}))

    wanted = bits({name: array[:130] for name, array in per_event(slice(None)).items()})
    for size in (1, 2, 3, 7, 64):
        same(in_batches(size, 130, per_event), wanted, f"{size} at a time")


@every_dtype
@every_layer
def test_events_that_say_nothing_change_no_slope_in_a_weight(row, dtype):
    """Without a slope of their own, or without a valid step, at the end of the batch."""
    one = of_row(row, dtype, 200)
    few = part(one, slice(0, 3))
    lengths = np.full(200, 4)
    lengths[3:] = 0

    def quiet(slopes):
        slopes = slopes.copy()
        slopes[3:] = 0
        return slopes

    silent = one._replace(dy=quiet(one.dy), dfinal={k: quiet(v) for k, v in one.dfinal.items()})
    b = NativeBackend(2)
    wanted = bits(trained(few, b).weights)
    same(bits(trained(silent, b).weights), wanted, "no slopes")
    if one.x.ndim != 3:
        return
    ragged = trained(few, b, lengths[:3])
    same(bits(trained(silent, b, lengths).weights), bits(ragged.weights), "no steps")


@every_dtype
def test_more_events_than_a_backend_takes_at_a_time_give_the_same_bits(dtype):
    rows = [{"type": "gru", "units": 3, "return_sequences": True}, {"type": "lstm", "units": 2}]
    one = drawn(rows, (2, 2), 9000, dtype)
    wanted = network(one, NativeBackend(2))(one.x)
    assert network(one, Plain(2))(one.x).tobytes() == wanted.tobytes()
    few = [network(one, NativeBackend(2))(one.x[k : k + 900]) for k in range(0, 9000, 900)]
    assert np.concatenate(few).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@every_dtype
def test_a_large_cell_gives_the_same_bits_in_batches_of_every_size(cell, dtype):
    rows = [{"type": cell, "units": 37, "return_sequences": True}, {"type": cell, "units": 21}]
    one = drawn(rows, (3, 19), 200, dtype)
    for path in PATHS:
        own = network(one, NativeBackend(2, path))
        wanted = own(one.x).tobytes()
        for size in SIZES:
            found = [own(one.x[k : k + size]) for k in range(0, 200, size)]
            assert np.concatenate(found).tobytes() == wanted, (path, size)
