"""Stacks of layers on images, of any options: the engine's bits are the model's, on every path."""

from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from netspec.errors import SpecError
from netspec.layers import stack
from tests.asking import layers_of

from .asking import as_on_every_path, only_where_compiled
from .drawing import drawn
from .test_layers import called_alike, functions

pytestmark = only_where_compiled

small = st.integers(1, 3)
pairs = st.lists(small, min_size=2, max_size=2)


@st.composite
def a_layer(draw):
    """Give a layer on images with any options."""
    kind = draw(st.sampled_from(["convolution", "convolution", "max_pool", "batch_norm"]))
    row = {"type": kind}
    if kind == "batch_norm":
        momentum = draw(st.sampled_from([0.0, 0.9, "cumulative"]))
        return row | {"momentum": momentum, "banded": draw(st.booleans())}
    row["kernel"] = draw(pairs)
    if draw(st.booleans()):
        row["stride"] = draw(pairs)
    if kind == "convolution":
        row |= {"filters": draw(st.integers(1, 5)), "bias": draw(st.booleans())}
        row["padding"] = draw(st.lists(st.integers(0, 3), min_size=2, max_size=2))
        row["activation"] = draw(functions)
    return row


@st.composite
def images(draw):
    """Give a shape, and layers that it fits."""
    shape = (draw(small), draw(st.integers(1, 7)), draw(st.integers(1, 9)))
    rows = draw(st.lists(a_layer(), min_size=1, max_size=4))
    if draw(st.booleans()):
        rows += [{"type": "flatten"}, {"type": "dense", "units": draw(small)}]
    try:
        stack.output_shape(layers_of(rows), shape)
    except SpecError:  # a window that does not fit
        hypothesis.reject()
    return shape, rows


@hypothesis.settings(max_examples=60)
@hypothesis.given(
    asked=images(),
    batch=st.sampled_from([1, 2, 5]),
    dtype=st.sampled_from(["float32", "float64"]),
    scale=st.sampled_from([0.5, 3.0]),
    special=st.sampled_from([0.0, 0.0, 0.05]),
    rng=st.sampled_from([None, ("images", 3)]),
    last=functions,
)
def test_any_stack_of_image_layers_has_the_bits_of_the_model(
    asked, batch, dtype, scale, special, rng, last
):
    shape, rows = asked
    one = drawn(rows, shape, batch, dtype, scale=scale, special=special)
    as_on_every_path(one, rng=rng)
    called_alike(one, None, last)


def test_windows_of_more_than_a_block_of_terms_have_the_bits_of_the_model():
    """A window of 150 numbers and 140 filters: sums of two blocks, there and back."""
    row = {"type": "convolution", "filters": 140, "kernel": [5, 5], "padding": [2, 1]}
    for dtype in ("float32", "float64"):
        as_on_every_path(drawn([row], (6, 4, 5), 1, dtype, scale=0.3))


def test_batches_of_more_than_a_block_of_events_have_the_bits_of_the_model():
    rows = [
        {"type": "convolution", "filters": 2, "kernel": [2, 2]},
        {"type": "batch_norm"},
        {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]},
    ]
    one = drawn(rows, (1, 4, 4), 130, "float32")
    assert len(one.x) > 128
    as_on_every_path(one, rng=("images", 4))
    assert np.isfinite(one.x).all()
