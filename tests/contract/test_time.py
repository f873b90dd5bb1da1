"""Cuts, lengths and padding: how a sequence comes changes no bit of what comes out."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from tests.specimens import every_layer_of_sequences

from .asking import PATHS, Plain, bits, every_dtype, named, only_where_compiled, same, trained
from .drawing import ANY_STEPS, drawn, network, of_row, part

pytestmark = only_where_compiled

STEPS = 9
STREAMS = {
    **{key: [row] for key, row in ANY_STEPS.items()},
    "stack": [
        {"type": "lstm", "units": 9, "return_sequences": True, "forget_bias": 1.0},
        {"type": "dense", "units": 17, "activation": "gelu"},
        {"type": "gru", "units": 16, "return_sequences": True, "initial_state": "learned"},
        {"type": "rnn", "units": 33, "return_sequences": True},
        {"type": "dense", "units": 5, "activation": "softmax"},
    ],
    "end": [{"type": "gru", "units": 7, "return_sequences": True}, {"type": "lstm", "units": 6}],
}
CONTENTS = [np.nan, np.inf, -0.0, 3e38, 1.0]

every_backend = pytest.mark.parametrize("kind", [NativeBackend, Plain], ids=["twins", "formulas"])


def streaming(rows):
    return not any(layer.reverses for layer in drawn(rows, (STEPS, 3), 1, "float32").layers)


FORWARD_ONLY = {key: rows for key, rows in STREAMS.items() if streaming(rows)}


def test_what_streams_is_most_of_what_there_is():
    assert {"lstm-0", "gru-0", "rnn-0", "dense-0", "stack", "end"} <= FORWARD_ONLY.keys()


def in_pieces(own, x, ends):
    """Run a sequence in pieces that end at these steps; give y of each joined, and the states."""
    ys, state, begin = [], None, 0
    for end in ends:
        y, state = own(x[:, begin:end], state=state, return_state=True)
        ys.append(y)
        begin = end
    keeps = own.spec.layers[-1].keeps_steps
    return bits({"y": np.concatenate(ys, 1) if keeps else ys[-1], **state})


@every_dtype
@pytest.mark.parametrize("rows", FORWARD_ONLY.values(), ids=FORWARD_ONLY.keys())
def test_a_sequence_cut_anywhere_and_carried_on_gives_the_same_bits(rows, dtype):
    one = drawn(rows, (STEPS, 3), 5, dtype)
    cuts = [[k, STEPS] for k in range(1, STEPS)] + [[2, 3, 7, STEPS], [*range(1, STEPS + 1)]]
    wanted = None
    for path in PATHS:
        for b in (NativeBackend(1, path), Plain(1, path)):
            own = network(one, b, any_steps=True)
            wanted = wanted or in_pieces(own, one.x, [STEPS])
            for ends in cuts:
                same(in_pieces(own, one.x, ends), wanted, f"{ends}, {path}, {type(b).__name__}")


@every_dtype
@every_backend
def test_a_long_sequence_in_cuts_gives_the_same_bits_for_one_event_and_for_many(kind, dtype):
    one = drawn(FORWARD_ONLY["stack"], (300, 3), 11, dtype)
    own = network(one, kind(2), any_steps=True)
    for events in (1, 11):
        x = one.x[:events]
        wanted = in_pieces(own, x, [300])
        for ends in ([128, 300], [1, 300], [299, 300], [7, 64, 65, 200, 300]):
            same(in_pieces(own, x, ends), wanted, f"{ends}")


def filled(one, lengths, content):
    """Give a question with other padding, in its slopes too."""
    steps = one.x.shape[1]
    padding = np.arange(steps) >= lengths[:, None]
    x, dy = one.x.copy(), one.dy.copy()
    x[padding] = content
    if one.dy.ndim == 3 and one.layers[-1].keeps_steps:
        dy[padding] = content
    return one._replace(x=x, dy=dy)


def everything(one, b, lengths):
    """Give what a call gives and what training gives."""
    y, final = network(one, b)(one.x, lengths=lengths, return_state=True)
    arrays = {f"called {k}": v for k, v in {"y": y, **final}.items()}
    return arrays | named(trained(one, b, lengths))


@every_dtype
@every_backend
@every_layer_of_sequences
def test_what_a_batch_is_padded_with_changes_no_bit(row, kind, dtype):
    one = of_row(row, dtype, 5)
    lengths = np.array([2, 0, 4, 1, 3])
    for path in PATHS:
        b = kind(1, path)
        wanted = bits(everything(one, b, lengths))
        for content in CONTENTS:
            same(bits(everything(filled(one, lengths, content), b, lengths)), wanted, f"{content}")


def longer(one, steps, content, keeps):
    """Give a question with more steps of padding."""

    def more(a):
        rest = np.full((len(a), steps, a.shape[2]), content, a.dtype)
        return np.concatenate([a, rest], 1)

    return one._replace(x=more(one.x), dy=more(one.dy) if keeps else one.dy)


@every_dtype
@every_backend
@pytest.mark.parametrize("row", ANY_STEPS.values(), ids=ANY_STEPS.keys())
def test_how_far_a_batch_is_padded_changes_no_bit(row, kind, dtype):
    one = of_row(row, dtype, 5)
    keeps = one.layers[0].keeps_steps
    for lengths in (np.array([2, 0, 4, 1, 3]), np.full(5, 4)):
        for path in PATHS:
            b = kind(1, path)
            wanted = bits(everything(one, b, lengths))
            if np.all(lengths == 4):
                same(bits(everything(one, b, None)), wanted, "no lengths")
            for steps, content in ((1, np.nan), (14, np.inf), (30, 0.0)):
                found = everything(longer(one, steps, content, keeps), b, lengths)
                for name in ["slope of x"] + ["y", "called y"] * keeps:
                    assert not found[name][:, 4:].view(np.uint8).any(), name
                    found[name] = np.ascontiguousarray(found[name][:, :4])
                same(bits(found), wanted, f"{steps} steps of {content}")


@every_dtype
@pytest.mark.parametrize("row", ANY_STEPS.values(), ids=ANY_STEPS.keys())
def test_a_padded_event_has_the_bits_that_it_has_alone_and_whole(row, dtype):
    one = of_row(row, dtype, 5)
    keeps = one.layers[0].keeps_steps
    lengths = np.array([2, 3, 4, 1, 3])
    for path in PATHS:
        b = NativeBackend(1, path)
        batch = everything(one, b, lengths)
        for n, length in enumerate(lengths):
            own = part(one, slice(n, n + 1))
            own = own._replace(x=own.x[:, :length], dy=own.dy[:, :length] if keeps else own.dy)
            alone = {k: v for k, v in everything(own, b, None).items() if "slope " not in k}
            for name, array in alone.items():
                wanted = batch[name][n : n + 1]
                if keeps and name in ("y", "called y"):
                    wanted = wanted[:, :length]
                assert array.tobytes() == wanted.tobytes(), (path, n, name)
