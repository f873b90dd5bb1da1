"""What a step of training keeps of its batch, running means, has the bits of the model."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.layers import stack
from netspec.randomness import Stream
from tests.specimens import LENGTHS, SHAPE, shape_of

from .asking import PATHS, Plain, bits, every_dtype, only_where_compiled, same
from .drawing import drawn, strewn
from .images import kept
from .model import cleared, counts

pytestmark = only_where_compiled

OPTIONS = [{}, {"momentum": "cumulative"}, {"momentum": 0.3, "epsilon": 0.01}, {"banded": True}]


def asked(options, dtype, events, batches, special=False):
    row = {"type": "batch_norm"} | options
    one = drawn([row], shape_of(row), events, dtype)
    one.weights["batch_norm_1/batches"][:] = batches
    return one._replace(x=strewn(one.x, "kept")) if special else one


def as_on_every_path(one, lengths=None):
    own = {name.partition("/")[2]: array for name, array in one.weights.items()}
    valid = counts(lengths)
    with np.errstate(all="ignore"):
        wanted = kept(one.layers[0], own, cleared(one.x, valid), valid)
    for path in PATHS:
        b = Plain(2, path)
        with b.computing():
            step, _ = stack.forward(
                one.layers, b, one.weights, one.x, rng=Stream("kept"), lengths=lengths
            )
        found = {name.partition("/")[2]: b.canonical(v) for name, v in step.updates.items()}
        same(bits(found), bits({name: b.canonical(v) for name, v in wanted.items()}), path)


@every_dtype
@pytest.mark.parametrize("batches", [0, 1, 7])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_running_means_have_the_bits_of_the_model(options, batches, dtype):
    for events in (1, 2, 130):
        as_on_every_path(asked(options, dtype, events, batches))


@every_dtype
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_special_numbers_are_kept_alike(options, dtype):
    as_on_every_path(asked(options, dtype, 3, 2, special=True))


@every_dtype
@pytest.mark.parametrize("lengths", list(LENGTHS.values())[1:], ids=list(LENGTHS)[1:])
def test_running_means_of_valid_steps_have_the_bits_of_the_model(lengths, dtype):
    one = asked({}, dtype, 2, 3)
    assert one.x.shape[1:] == SHAPE
    as_on_every_path(one, lengths)
