"""TMVA's Layout: layers, formulas, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.errors import SpecError
from netspec.specfile import tmva_layout, tmva_layout_text
from netspec.specfile.tmva_formula import formula
from netspec.specfile.tmva_words import Piece, Reading


def layers(layout: str, sizes: tuple[int, ...] = (6,), outputs: int = 1) -> list[dict]:
    reading = Reading(layout, "layout")
    found = tmva_layout.read(Piece(layout, 0), reading, sizes, outputs)
    if reading.problems:
        raise SpecError(*reading.problems)
    return found


def dense(units: int, activation: str | None = None) -> dict:
    return {"type": "dense", "units": units} | ({"activation": activation} if activation else {})


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("DENSE|64|TANH", [dense(64, "tanh")]),
        ("DENSE|TANH|64", [dense(64, "tanh")]),
        ("DENSE|64", [dense(64, "tanh")]),
        ("TANH|128,LINEAR", [dense(128, "tanh"), dense(2)]),
        ("128|TANH", [dense(128, "tanh")]),
        ("DENSE|0|LINEAR", [dense(2)]),
        ("LINEAR", [dense(2)]),
        ("DENSE", [dense(2, "tanh")]),
        ("TANH|100,", [dense(100, "tanh")]),
        (" DENSE | 3 | RELU ,LINEAR", [dense(3, "relu"), dense(2)]),
        ("DENSE|(N+50)*2|SOFTSIGN", [dense(112, "softsign")]),
        ("DENSE|n/4|GAUSS", [dense(1, "gauss")]),
        ("DENSE|3|FTANH,DENSE|3|SYMMRELU", [dense(3, "fast_tanh"), dense(3, "symmrelu")]),
        ("DENSE|3|SIGMOID", [dense(3, "sigmoid")]),
    ],
)
def test_dense_layers_in_all_their_spellings(layout, expected):
    assert layers(layout, outputs=2) == expected


def cell(kind: str, units: int, **options: bool) -> dict:
    return {"type": kind, "units": units, **options}


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("LSTM|10|3|2|0|1", cell("lstm", 10, return_sequences=True)),
        ("LSTM|10|3|2|1|0", cell("lstm", 10, remember_state=True)),
        ("LSTM|10|3|2", cell("lstm", 10)),
        ("LSTM|10", cell("lstm", 10)),
        ("RNN|4|3|2|1|1", cell("rnn", 4, return_sequences=True, remember_state=True)),
        ("GRU|4|3|2|0|0|1", cell("gru", 4, reset_after=True)),
        ("GRU|4|3|2|0|1|0", cell("gru", 4, return_sequences=True)),
    ],
)
def test_recurrent_layers_state_first_then_features_then_steps(layout, expected):
    assert layers(layout, (2, 3)) == [expected]


def test_stacks_hand_on_what_they_give():
    found = layers("GRU|5|3|2|0|1,LSTM|4|5|2|0|1,RNN|3|4|2,DENSE|N|RELU", (2, 3))
    assert [layer["units"] for layer in found] == [5, 4, 3, 6]


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("RESHAPE|FLAT", {"type": "flatten"}),
        ("RESHAPE|1|1|6|FLAT", {"type": "flatten"}),
        ("RESHAPE|FLAT|1|1|6", {"type": "flatten"}),
        ("RESHAPE|2|1|3", {"type": "reshape", "shape": [2, 3]}),
        ("RESHAPE|1|1|6", {"type": "reshape", "shape": [6]}),
        ("RESHAPE|1|2|3", {"type": "reshape", "shape": [1, 2, 3]}),
    ],
)
def test_reshape_flattens_or_gives_a_shape(layout, expected):
    assert layers(layout) == [expected]


@pytest.mark.parametrize(
    ("layout", "sizes", "column", "sentence"),
    [
        ("TANH|3,CONV|1|2", (6,), 13, "layers.1: wanted CONV|filters|height|width|stride|stride|"),
        ("CONV", (6,), 1, "layers.0: wanted CONV|filters|height|width|stride|stride|"),
        ("CONV|4|3|3|0|1|1|1|RELU", (1, 9, 9), 12, "layers.0: wanted a number from 1, found '0'"),
        ("CONV|4|3|3|1|1|x|1|RELU", (1, 9, 9), 16, "layers.0: wanted a number from 0, found 'x'"),
        ("CONV|4|3|3|1|1|1|1|RELLU", (1, 9, 9), 20, "layers.0.activation: wanted an activation"),
        ("CONV|4|3|3|1|1|1|1|RELU|1", (1, 9, 9), 25, "layers.0: wanted CONV|filters|height"),
        ("CONV|4|3|3|1|1", (6,), 1, "CONV wants an image, found 6 numbers: put RESHAPE|depth"),
        ("CONV|4|3|8|1|1|1|0", (1, 9, 7), 10, "wanted a window of at most 7 in width, found 8"),
        ("MAXPOOL|2", (1, 6, 6), 9, "wanted MAXPOOL|height|width|stride|stride, found MAXPOOL|2"),
        ("MAXPOOL|9|2|1|1", (1, 6, 6), 9, "wanted a window of at most 6 in height, found 9"),
        ("MAXPOOL|2|2|1|1|7", (1, 6, 6), 17, "wanted MAXPOOL|height|width|stride|stride, found 5"),
        ("MAXPOOL|2|2|1|1", (6, 6), 1, "MAXPOOL wants an image, found 6 x 6 numbers"),
        ("MAXPOOL|2|2|2|2,TANH|3", (1, 6, 6), 17, "wants a row of numbers, found 1 x 3 x 3: put"),
        ("TANH|3,BNORM|x", (6,), 14, "layers.1.momentum: wanted a number, found 'x'"),
        ("TANH|3,BNORM|1|1|1", (6,), 18, "layers.1: wanted BNORM|momentum|epsilon, found 3"),
        ("LSTM|4|3|2|0|1,BNORM", (2, 3), 16, "BNORM after a recurrent layer: TMVA says not"),
        ("BNORM", (1, 6, 6), 1, "BNORM of 1 x 6 x 6 numbers, found nothing before it: wanted CONV"),
        ("RESHAPE|1|3|12", (1, 6, 6), 1, "wants a row of numbers, found 1 x 6 x 6: put RESHAPE"),
        ("DENS|64|TANH", (6,), 1, "did you mean 'DENSE'?"),
        ("dense|64", (6,), 1, "did you mean 'DENSE'?"),
        ("DENSE|64|tanh", (6,), 10, "did you mean 'TANH'?"),
        ("DENSE|6 4|TANH", (6,), 7, "wanted a width or an activation, found '6 4'"),
        ("DENSE|-3|TANH", (6,), 7, "wanted a width from 0"),
        ("DENSE|N|TANH", (), 7, "give InputLayout"),
        ("LSTM|10|4|2", (2, 3), 9, "wanted 3 features as the layer is given, found 4"),
        ("LSTM|10|3|5", (2, 3), 11, "wanted 2 steps as the layer is given, found 5"),
        ("LSTM|4|3|2|0|1,GRU|4|3|2", (2, 3), 22, "wanted 4 features as the layer is given"),
        ("LSTM|4|3|2,GRU|4|4|2", (2, 3), 12, "GRU wants a sequence, found 4 numbers"),
        ("LSTM|x|3|2", (2, 3), 6, "wanted a number, found 'x'"),
        ("LSTM", (2, 3), 1, "found no units above 0"),
        ("LSTM|1|3|2|0|0|1", (2, 3), 16, "LSTM takes at most 5 numbers, found 6"),
        ("RESHAPE|2|3", (6,), 9, "wanted RESHAPE|FLAT or RESHAPE|depth|height|width, found 2|3"),
        ("RESHAPE", (6,), 1, "found nothing"),
    ],
)
def test_errors_name_the_layer_and_point_into_the_string(layout, sizes, column, sentence):
    with pytest.raises(SpecError) as caught:
        layers(layout, sizes)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"layout:1:{column}: layers.")
    assert sentence in first


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 9))
def test_formulas_are_what_python_computes(n, a, b):
    text = f"(N+{a})*{b}-n/{b}"
    assert formula(text, n) == int((n + a) * b - n / b)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "N**N", "9**9**9**9", "N.real", "[N]", "N if N else 1", "1//0", "N/0",
        "(" * 90, "1e400", "N;N", "N,N", "0x10", "", "1" * 101, "()", "+N",
    ],
)  # fmt: skip
def test_a_formula_runs_no_code(text):
    with pytest.raises(SpecError, match="wanted a width"):
        formula(text, 5)


sizes_of_inputs = st.tuples(st.integers(1, 9), st.integers(1, 9))
flags = st.booleans()


@st.composite
def stacks(draw):
    """A sequence of layers that TMVA can say, and the shape that it takes."""
    sizes = draw(sizes_of_inputs)
    rows = []
    for kind in draw(st.lists(st.sampled_from(["rnn", "lstm", "gru"]), max_size=3)):
        row = {"type": kind, "units": draw(st.integers(1, 9)), "return_sequences": True}
        row |= {"remember_state": True} if draw(flags) else {}
        row |= {"reset_after": True} if kind == "gru" and draw(flags) else {}
        rows.append(row)
    if rows and draw(flags):
        rows[-1].pop("return_sequences")
    else:
        rows.append({"type": "flatten"})
    words = st.sampled_from([None, *set(tmva_layout.ACTIVATIONS.values()) - {"linear"}])
    for _ in range(draw(st.integers(1, 3))):
        rows.append(dense(draw(st.integers(1, 9)), draw(words)))
    return sizes, rows


@given(stacks())
def test_reading_what_was_written_gives_the_same_layers(stack):
    sizes, rows = stack
    assert layers(tmva_layout_text.write(rows, sizes), sizes) == rows


def test_options_that_say_what_tmva_does_anyway_are_fine():
    row = {
        "type": "lstm",
        "name": "reader",
        "units": 4,
        "direction": "forward",
        "merge": "concat",
        "activation": {"type": "tanh"},
        "gate_activation": "sigmoid",
        "cell_activation": None,
        "bias": True,
        "state_bias": False,
        "initial_state": "zeros",
        "initial_value": 0.0,
        "forget_bias": 0.0,
        "remember_state": False,
    }
    assert tmva_layout_text.write([row], (2, 3)) == "LSTM|4|3|2|0|0"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"direction": "both"}, "layers.0.direction: TMVA knows 'forward' only, found 'both'"),
        ({"forget_bias": 1.0}, "layers.0.forget_bias: TMVA knows 0 only, found 1.0"),
        ({"bias": False}, "layers.0.bias: TMVA knows True only, found False"),
        ({"state_bias": True}, "layers.0.state_bias: TMVA knows False only, found True"),
        ({"activation": "relu"}, "layers.0.activation: TMVA knows 'tanh' only, found 'relu'"),
        ({"gate_activation": {"type": "hard_sigmoid", "slope": 0.2}}, "layers.0.gate_activation"),
        ({"initial_state": "learned"}, "layers.0.initial_state: TMVA knows 'zeros' only"),
        ({"cell_activation": "relu"}, "layers.0.cell_activation: TMVA knows None or 'tanh' only"),
        ({"type": "dropout", "rate": 0.5}, "layers.0: TMVA has no layer 'dropout'"),
        ({"type": "bidirectional"}, "layers.0: TMVA has no layer 'bidirectional'"),
        ({"type": "dense", "activation": "gelu"}, "layers.0.activation: TMVA has no activation"),
        ({"type": "dense", "activation": {"type": "elu", "alpha": 2}}, "layers.0.activation: TMVA"),
        ({"type": "dense", "bias": False}, "layers.0.bias: TMVA knows True only"),
        ({"type": "reshape", "shape": [1, 1, 2, 3]}, "layers.0.shape: TMVA reshapes to three"),
    ],
)
def test_what_tmva_cannot_say_is_refused_by_name(row, sentence):
    with pytest.raises(SpecError) as caught:
        tmva_layout_text.write([{"type": "lstm", "units": 4} | row], (2, 3))
    assert str(caught.value).startswith(sentence)


def test_a_sequence_of_any_length_is_refused():
    with pytest.raises(SpecError, match=r"layers.0: TMVA wants to know steps and features"):
        tmva_layout_text.write([{"type": "gru", "units": 4}], (None, 3))
