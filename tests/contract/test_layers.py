"""Every layer there and back: the engine's bits are the model's, on every path, twins or formulas.

A new layer is asked here by being there. One that the model does not know fails: it is then not yet
said what its bits are.
"""

from __future__ import annotations

import hypothesis
import numpy as np
from hypothesis import strategies as st

from netspec import Network
from netspec.backends.native import NativeBackend
from netspec.layers import Layer
from netspec.layers.activations import Function
from tests.specimens import every_layer, every_layer_at_every_length

from . import model
from .activations import BACK, FORWARD
from .asking import (
    PATHS,
    Plain,
    as_on_every_path,
    bits,
    called,
    every_dtype,
    only_where_compiled,
    same,
)
from .drawing import drawn, network, of_row
from .layers import LAYERS

pytestmark = only_where_compiled


def test_the_model_knows_every_layer_and_every_activation():
    assert LAYERS.keys() == Layer.kinds.keys()
    assert FORWARD.keys() == BACK.keys() == {*Function.kinds, "gelu tanh", "tanh rational"}


@every_layer
def test_what_runs_by_default_is_exact(row):
    one = of_row(row, "float32")
    assert Network(network(one, None).spec, one.weights).exact is True


@every_dtype
@every_layer_at_every_length
def test_every_layer_has_the_bits_of_the_model_there_and_back(row, lengths, dtype):
    as_on_every_path(of_row(row, dtype), lengths)


@every_dtype
@every_layer
def test_every_layer_that_starts_by_itself_has_the_bits_of_the_model(row, dtype):
    as_on_every_path(of_row(row, dtype)._replace(state={}, dfinal={}))


@every_dtype
@every_layer
def test_every_layer_has_the_bits_of_the_model_in_training(row, dtype):
    as_on_every_path(of_row(row, dtype), rng=("training", 7))


@every_dtype
@every_layer_at_every_length
def test_a_call_gives_the_bits_of_the_model_planned_or_not(row, lengths, dtype):
    one = of_row(row, dtype)
    for output in ({}, {"activation": "softmax", "first": 1}):
        spec = network(one, None, output).spec
        y, final = model.run(spec, one.weights, one.x, lengths)
        wanted = bits({"y": y, **final})
        for path in PATHS:
            for b in (NativeBackend(2, path), Plain(2, path)):
                planned = network(one, b, output)
                y, final = planned(one.x, lengths=lengths, return_state=True)
                same(bits({"y": y, **final}), wanted, f"{path}, {type(b).__name__}")
                if lengths is None:
                    assert planned(one.x).tobytes() == y.tobytes()


small = st.integers(1, 4)
functions = st.sampled_from(sorted(Function.kinds)).map(lambda word: {"type": word})
functions |= st.builds(lambda a: {"type": "elu", "alpha": a}, st.floats(-2, 2, width=16))
functions |= st.just({"type": "gelu", "approximate": "tanh"})
functions |= st.just({"type": "tanh", "form": "rational"})


@st.composite
def a_cell(draw, sequences):
    """Give a recurrent layer with any options."""
    row = {"type": draw(st.sampled_from(["rnn", "lstm", "gru"])), "units": draw(small)}
    row["return_sequences"] = sequences
    row["direction"] = draw(st.sampled_from(["forward", "reverse", "both"]))
    row |= {word: draw(st.booleans()) for word in ("bias", "state_bias")}
    row["recurrent_dropout"] = draw(st.sampled_from([0.0, 0.0, 0.4]))
    row["initial_state"] = draw(st.sampled_from(["zeros", "constant", "learned"]))
    if row["initial_state"] != "zeros":
        row["initial_value"] = draw(st.floats(-1, 1, width=16))
    if row["direction"] == "both":
        row["merge"] = draw(st.sampled_from(["concat", "sum", "mean", "mul"]))
    if draw(st.booleans()):
        row["activation"] = draw(functions)
    if row["type"] != "rnn" and draw(st.booleans()):
        row["gate_activation"] = draw(functions)
    if row["type"] == "lstm":
        row |= {"forget_bias": draw(st.sampled_from([0.0, 1.0, -0.3]))}
        if draw(st.booleans()):
            row["cell_activation"] = draw(functions)
    if row["type"] == "gru":
        row["reset_after"] = draw(st.booleans())
    return row


@st.composite
def a_stack(draw):
    """Give a few layers, the first ones on sequences."""
    rows = []
    for _ in range(draw(st.integers(0, 2))):
        dense = {"type": "dense", "units": draw(small), "activation": draw(functions)}
        cell = draw(a_cell(sequences=True))
        inner = [draw(a_cell(sequences=True)) | {"direction": "forward", "merge": "concat"}, dense]
        rows += draw(
            st.sampled_from([[cell], [dense], [{"type": "bidirectional", "layers": inner}]])
        )
    ends = [draw(a_cell(sequences=False)), {"type": "last_step"}, {"type": "flatten"}]
    rows += [draw(st.sampled_from(ends)), {"type": "dense", "units": draw(small)}]
    return rows


@hypothesis.settings(max_examples=100)
@hypothesis.given(
    rows=a_stack(),
    sizes=st.tuples(small, small, small),
    dtype=st.sampled_from(["float32", "float64"]),
    scale=st.sampled_from([0.5, 1.0, 3.0, 20.0]),
    special=st.sampled_from([0.0, 0.0, 0.02]),
    own=st.booleans(),
    data=st.data(),
)
def test_any_stack_of_layers_has_the_bits_of_the_model(
    rows, sizes, dtype, scale, special, own, data
):
    batch, steps, features = sizes
    one = drawn(rows, (steps, features), batch, dtype, scale=scale, special=special)
    own = own or any(layer.reverses for layer in one.layers)
    lengths = data.draw(
        st.none() | st.lists(st.integers(0, steps), min_size=batch, max_size=batch).map(np.array)
    )
    as_on_every_path(one, lengths, rng=data.draw(st.sampled_from([None, ("stack", 3)])))
    called_alike(one._replace(state={}) if own else one, lengths, data.draw(functions))


def called_alike(one, lengths, activation):
    """Assert that a call gives the model's bits, an activation after the last layer included."""
    output = {"activation": activation, "first": 1}
    spec = network(one, None, output).spec
    y, final = model.run(spec, one.weights, one.x, lengths, one.state)
    for path in PATHS:
        own = network(one, NativeBackend(2, path), output)
        found = called(own, one.x, lengths=lengths, state=one.state or None)
        same(found, bits({"y": y, **final}), path)
