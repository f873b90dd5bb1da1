"""CONV, MAXPOOL, BNORM and RESHAPE of TMVA's Layout, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import NetworkSpec
from netspec.errors import NetspecWarning, SpecError
from netspec.specfile import tmva_layout, tmva_layout_text, tmva_options, tmva_windows
from tests.specfile.test_tmva_layout import dense, layers

TUTORIAL = (  # of ROOT's TMVA_CNN_Classification
    "InputLayout=1|16|16:Layout=CONV|10|3|3|1|1|1|1|RELU,BNORM,CONV|10|3|3|1|1|1|1|RELU,"
    "MAXPOOL|2|2|1|1,RESHAPE|FLAT,DENSE|100|RELU,DENSE|1|LINEAR:ErrorStrategy=CROSSENTROPY"
)
CONVOLUTION = {"type": "convolution", "filters": 10, "kernel": [3, 3], "padding": [1, 1]}
NORM = {"type": "batch_norm", "momentum": "cumulative", "epsilon": 1e-4}


def test_the_tutorial_of_root_is_a_spec_and_itself_again():
    spec = NetworkSpec.from_file(TUTORIAL)
    assert spec.input.sizes == (1, 16, 16)
    assert [layer.type for layer in spec.layers] == [
        *("convolution", "batch_norm", "convolution", "max_pool", "flatten", "dense", "dense")
    ]
    shapes = [given for _, given in spec.walk()]
    assert shapes[3:6] == [(10, 16, 16), (10, 15, 15), (2250,)]
    assert spec.layers[0].activation.type == "relu"
    assert (spec.layers[1].momentum, spec.layers[1].epsilon) == ("cumulative", 1e-4)
    data = tmva_options.read(TUTORIAL)
    written = tmva_options.options(data)
    assert written["InputLayout"] == "1|16|16"
    assert written["Layout"].startswith("CONV|10|3|3|1|1|1|1|RELU,BNORM|-1|0.0001,CONV|")
    assert tmva_options.read(tmva_options.write(data)) == data
    whole = tmva_options.options(spec.to_data(defaults=True) | {"tmva": {}})
    assert whole["Layout"] == written["Layout"]


@pytest.mark.parametrize(
    ("layout", "sizes", "expected"),
    [
        ("CONV|10|3|3|1|1|1|1|RELU", (1, 9, 9), [CONVOLUTION | {"activation": "relu"}]),
        ("CONV|10|3|3|1|1|1|1", (1, 9, 9), [CONVOLUTION | {"activation": "tanh"}]),
        ("CONV|10|3|3|1|1|1|1|LINEAR", (1, 9, 9), [CONVOLUTION]),
        (
            "CONV|4|2|5|2|1|0|2|FTANH",
            (3, 8, 9),
            [
                {"type": "convolution", "filters": 4, "kernel": [2, 5], "stride": [2, 1]}
                | {"padding": [0, 2], "activation": "fast_tanh"}
            ],
        ),
        (
            "CONV|4|2|5|2|1",
            (3, 8, 9),
            [
                {"type": "convolution", "filters": 4, "kernel": [2, 5], "stride": [2, 1]}
                | {"activation": "tanh"}
            ],
        ),
        ("MAXPOOL|2|3|2|3", (1, 4, 6), [{"type": "max_pool", "kernel": [2, 3]}]),
        (
            "MAXPOOL|2|3|1|1",
            (1, 4, 6),
            [{"type": "max_pool", "kernel": [2, 3], "stride": [1, 1]}],
        ),
        ("BNORM", (7,), [NORM]),
        ("BNORM|0.99", (7,), [NORM | {"momentum": 0.99}]),
        ("BNORM|-3|1e-3", (7,), [NORM | {"epsilon": 1e-3}]),
        ("BNORM|0|1e-3", (7,), [NORM | {"momentum": 0.0, "epsilon": 1e-3}]),
        (
            "RESHAPE|1|2|6,MAXPOOL|1|1|1|1",
            (12,),
            [{"type": "reshape", "shape": [1, 2, 6]}, {"type": "max_pool", "kernel": [1, 1]}],
        ),
        (
            "RESHAPE|1|1|6,MAXPOOL|1|1|1|1",
            (6,),
            [{"type": "reshape", "shape": [1, 1, 6]}, {"type": "max_pool", "kernel": [1, 1]}],
        ),
        (
            "RESHAPE|2|2|3,GRU|4|6|2",
            (12,),
            [{"type": "reshape", "shape": [2, 6]}, {"type": "gru", "units": 4}],
        ),
    ],
)
def test_words_are_layers(layout, sizes, expected):
    assert layers(layout, sizes) == expected


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("InputLayout=3|1|28:Layout=CONV|2|1|3|1|1|0|0|RELU,RESHAPE|FLAT,LINEAR", (3, 1, 28)),
        ("InputLayout=3|28:Layout=CONV|2|1|3|1|1|0|0|RELU,RESHAPE|FLAT,LINEAR", (3, 1, 28)),
        ("InputLayout=28:Layout=MAXPOOL|1|2|1|2,RESHAPE|FLAT,LINEAR", (1, 1, 28)),
        ("InputLayout=1|28|28:Layout=RESHAPE|FLAT,LINEAR", (1, 28, 28)),
        ("InputLayout=3|1|28:Layout=RESHAPE|FLAT,LINEAR", (3, 28)),
        ("InputLayout=2|2|5:Layout=LSTM|3|10|2,LINEAR", (2, 10)),
    ],
)
def test_the_first_layer_says_what_the_sizes_of_the_input_are(text, sizes):
    spec = NetworkSpec.from_file(text)
    assert spec.input.sizes == sizes
    assert NetworkSpec.from_file(tmva_options.write(tmva_options.read(text))) == spec


def test_without_an_input_layout_an_image_is_one_row_of_the_variables():
    text = "Layout=CONV|2|1|3|1|1|0|0|RELU,RESHAPE|FLAT,LINEAR"
    assert tmva_options.read(text, variables=9)["input"] == {"shape": [1, 1, 9]}


def test_a_rest_is_dropped_with_a_warning_that_points_at_the_stride():
    with pytest.warns(NetspecWarning, match=r"^layout:1:14: CONV: newer .* leaves 1: stride 1 wo"):
        found = layers("CONV|4|3|3|1|2|0|0|RELU,RESHAPE|FLAT,DENSE|N", (1, 9, 10))
    assert found[2]["units"] == 90


def test_errors_of_a_layers_own_rules_point_into_the_string_too():
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file("InputLayout=3:Layout=BNORM|0.9|-1,LINEAR")
    (problem,) = caught.value.problems
    assert problem.path[:3] == ("layers", 0, "epsilon")
    assert problem.place.column == 32


ACTIVATIONS = st.sampled_from([None, *set(tmva_layout.ACTIVATIONS.values()) - {"linear"}])


@st.composite
def stacks(draw):
    """Layers of images that TMVA can say, and the shape that they take."""
    sizes = shape = tuple(
        draw(st.integers(1, 3)) if k == 0 else draw(st.integers(1, 9)) for k in range(3)
    )
    rows = []
    for kind in draw(
        st.lists(st.sampled_from(["convolution", "max_pool"]), min_size=1, max_size=3)
    ):
        convolution = kind == "convolution"
        padding = [draw(st.integers(0, 2)) if convolution else 0 for _ in range(2)]
        kernel = [draw(st.integers(1, n + 2 * p)) for n, p in zip(shape[1:], padding, strict=True)]
        rooms = [n + 2 * p - k for n, p, k in zip(shape[1:], padding, kernel, strict=True)]
        stride = [
            draw(st.sampled_from([s for s in range(1, 9) if room % s == 0])) for room in rooms
        ]
        row = {"type": kind, "kernel": kernel} | ({"filters": 2} if convolution else {})
        usual = [1, 1] if convolution else kernel
        row |= {"stride": stride} if stride != usual else {}
        row |= {"padding": padding} if any(padding) else {}
        word = draw(ACTIVATIONS)
        row |= {"activation": word} if convolution and word else {}
        rows.append(row)
        if draw(st.booleans()):
            momentum = draw(st.sampled_from(["cumulative", 0.0, 0.9, 0.123456789]))
            rows.append({"type": "batch_norm", "momentum": momentum, "epsilon": 0.5})
        windows = [room // s + 1 for room, s in zip(rooms, stride, strict=True)]
        shape = (2 if convolution else shape[0], *windows)
    return sizes, [*rows, {"type": "flatten"}, dense(3, "tanh")]


@given(stacks())
def test_reading_what_was_written_gives_the_same_layers(stack):
    sizes, rows = stack
    assert layers(tmva_layout_text.write(rows, sizes), sizes) == rows
    NetworkSpec.from_data({"input": {"shape": list(sizes)}, "layers": rows})


@pytest.mark.parametrize(
    ("rows", "sizes", "sentence"),
    [
        ([CONVOLUTION | {"bias": False}], (1, 9, 9), "layers.0.bias: TMVA knows True only"),
        ([CONVOLUTION | {"activation": "elu"}], (1, 9, 9), "layers.0.activation: TMVA has no act"),
        ([CONVOLUTION], (9, 9), "layers.0: TMVA wants an image of three sizes here, found [9, 9]"),
        (
            [CONVOLUTION | {"kernel": [9, 12]}],
            (1, 9, 9),
            "layers.0.kernel: wanted at most 11 in",
        ),
        ([CONVOLUTION | {"stride": [3, 1]}], (1, 9, 9), "layers.0.stride: TMVA wants windows that"),
        ([NORM], (1, 9, 9), "layers.0: TMVA normalises channels right after a convolution or a"),
        ([{"type": "lstm", "units": 2}, NORM], (4, 3), "layers.1: TMVA says not how it normalises"),
    ],
)
def test_what_tmva_cannot_say_is_refused_by_name(rows, sizes, sentence):
    with pytest.raises(SpecError) as caught:
        tmva_layout_text.write(rows, sizes)
    assert str(caught.value).startswith(sentence)


@given(st.integers(0, 60), st.integers(1, 70))
def test_the_nearest_divisor_divides_and_no_other_is_nearer(number, wanted):
    if number == 0:
        return
    found = tmva_windows.nearest_divisor(number, wanted)
    divisors = [n for n in range(1, number + 1) if number % n == 0]
    assert found in divisors
    assert abs(found - wanted) == min(abs(n - wanted) for n in divisors)
