"""What every layer keeps about steps: padding, lengths, sequences in cuts."""

import numpy as np
import pytest

from netspec import Network, NetworkSpec
from netspec.errors import DataError, SpecError
from netspec.randomness import Stream
from tests.specimens import (
    NONE_AND_ALL,
    RAGGED,
    SEQUENTIAL,
    SHAPE,
    agree,
    all_of,
    every_layer_of_sequences,
    network_of,
    specimen,
)

ragged = pytest.mark.parametrize("lengths", [RAGGED, NONE_AND_ALL], ids=["ragged", "one_empty"])


def takes_any_length(row):
    """Say whether a layer takes sequences of any number of steps."""
    try:
        specimen(row).layer.output_shape((None, *SHAPE[1:]))
    except SpecError:
        return False
    return True


ANY_LENGTH = {key: row for key, row in SEQUENTIAL.items() if takes_any_length(row)}
STREAMING = {key: row for key, row in ANY_LENGTH.items() if not specimen(row).layer.reverses}
every_layer_of_any_length = pytest.mark.parametrize(
    "row", ANY_LENGTH.values(), ids=ANY_LENGTH.keys()
)


def test_of_old_only_two_layers_want_a_known_number_of_steps():
    able = {row["type"] for row in ANY_LENGTH.values()}
    old = "activation bidirectional dense dropout gru last_step lstm normalize rnn"
    assert able >= set(old.split())
    assert able.isdisjoint({"flatten", "reshape"})


@every_layer_of_any_length
def test_sequences_of_any_length_give_what_was_promised_of_them(row, b):
    one = specimen(row, b=b)
    promised = one.layer.output_shape((None, *SHAPE[1:]))
    for steps in (1, 7):
        y, _ = specimen(row, steps=steps, b=b).apply()
        assert y.shape[1:] == tuple(steps if size is None else size for size in promised)
    assert (None in promised) == one.layer.keeps_steps


@ragged
@pytest.mark.parametrize("content", [np.nan, np.inf, 1e300, -1.0])
@every_layer_of_sequences
def test_what_a_batch_is_padded_with_changes_no_bit(row, content, lengths, b):
    one = specimen(row, b=b)
    padding = ~(np.arange(SHAPE[0]) < lengths[:, None])
    x, dy = one.x.copy(), one.dy.copy()
    x[padding] = content
    if one.layer.keeps_steps:
        dy[padding] = content
    other = one._replace(x=x, dy=dy)
    clean, dirty = (s.forward(lengths=lengths) for s in (one, other))
    assert clean.y.tobytes() == dirty.y.tobytes()
    assert {k: v.tobytes() for k, v in clean.state.items()} == {
        k: v.tobytes() for k, v in dirty.state.items()
    }
    wanted, found = (
        all_of(step.back(s.dy, s.dfinal)) for step, s in ((clean, one), (dirty, other))
    )
    for name, array in wanted.items():
        assert array.tobytes() == found[name].tobytes(), name
        assert np.all(np.isfinite(array)), name


@pytest.mark.parametrize("rng", [None, 5], ids=["inference", "training"])
@ragged
@every_layer_of_any_length
def test_how_far_a_batch_is_padded_changes_nothing(row, lengths, rng, b):
    short, long = specimen(row, b=b), specimen(row, steps=9, b=b)
    steps = [
        s.forward(lengths=lengths, rng=None if rng is None else Stream(rng)) for s in (short, long)
    ]
    y = steps[1].y
    if short.layer.keeps_steps:
        assert not np.any(y[:, SHAPE[0] :])
        y = y[:, : SHAPE[0]]
    agree(b, y, steps[0].y, 1e-14)
    for name, array in steps[0].state.items():
        agree(b, steps[1].state[name], array, 1e-14, name)
    wanted, found = (
        all_of(step.back(s.dy, s.dfinal)) for step, s in zip(steps, (short, long), strict=True)
    )
    assert not np.any(found["x"][:, SHAPE[0] :])
    found["x"] = found["x"][:, : SHAPE[0]]
    for name, array in wanted.items():
        agree(b, found[name], array, 1e-13, name)


@every_layer_of_sequences
def test_outputs_are_zero_beyond_the_last_valid_step_and_the_state_is_that_of_it(row, b):
    one = specimen(row, b=b)
    y, final = one.apply(lengths=RAGGED)
    for event, length in enumerate(RAGGED):
        part = slice(event, event + 1)
        if one.layer.keeps_steps:
            assert not np.any(y[event, length:])
        if not takes_any_length(row):
            continue
        alone = one._replace(
            x=one.x[part, :length],
            state={name: array[part] for name, array in one.state.items()},
        )
        own, own_final = alone.apply()
        agree(b, own[0], y[event, :length] if one.layer.keeps_steps else y[event], 1e-14)
        for name, array in own_final.items():
            agree(b, array, final[name][part], 1e-14, name)


@pytest.mark.parametrize("cut", [1, 2, 3])
@pytest.mark.parametrize("row", STREAMING.values(), ids=STREAMING.keys())
def test_a_sequence_in_two_cuts_gives_what_one_call_gives(row, cut, b):
    network, x = network_of(row, b=b), specimen(row).x
    spec = NetworkSpec(dtype="float64", input={"features": SHAPE[1]}, layers=[row])
    network = Network(spec, network.weights, b)
    whole, end = network(x, return_state=True)
    first, state = network(x[:, :cut], return_state=True)
    second, last = network(x[:, cut:], state=state, return_state=True)
    if specimen(row).layer.keeps_steps:
        second = np.concatenate([first, second], axis=1)
    agree(b, second, whole, 1e-14)
    for name, array in end.items():
        agree(b, last[name], array, 1e-14, name)


@every_layer_of_sequences
def test_a_layer_that_reads_in_reverse_refuses_a_state_by_name(row, b):
    one = specimen(row)
    if not (one.layer.reverses and one.state):
        return
    with pytest.raises(DataError, match=one.layer.name):
        network_of(row, b=b)(one.x, state=one.state)
