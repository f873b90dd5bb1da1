"""Layers of images in TMVA's files: what comes back, and what TMVA cannot say or does otherwise."""

from __future__ import annotations

import re

import numpy
import pytest

import netspec
from netspec import NetworkSpec
from netspec.errors import FormatError, LossWarning, NetspecWarning
from netspec.formats import Extras, read, tmva
from tests.formats.tmva import fixtures

BANDS = "that batch_norm_1 normalises channels: ROOT's Reader on a CPU takes bands"
CONVOLUTION = {"type": "convolution", "filters": 3, "kernel": [3, 2], "activation": "relu"}
POOL = {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]}
NORM = {"type": "batch_norm", "momentum": "cumulative", "epsilon": 1e-4}
REST = [{"type": "flatten"}, {"type": "dense", "units": 1}]


def spec_of(layers, shape=(2, 6, 5), rest=REST):
    return NetworkSpec(
        input={"shape": list(shape)}, layers=[*layers, *rest], output={"activation": "sigmoid"}
    )


def file_of(spec, weights=None):
    weights = weights or drawn(spec)
    return b"".join(tmva.write(spec, weights, Extras()))


def drawn(spec):
    draw = numpy.random.Generator(numpy.random.PCG64(3))

    def numbers(name, shape):
        part = name.partition("/")[2]
        if part in ("variance", "maximum"):
            return draw.uniform(2, 3, shape).astype("float32")
        return draw.uniform(-0.5, 0.5, shape).astype("float32") * (part != "batches")

    return {name: numbers(name, param.shape) for name, param in spec.parameters().items()}


@pytest.mark.parametrize(
    "layers",
    [
        [CONVOLUTION],
        [CONVOLUTION | {"padding": [1, 0], "stride": [1, 3]}, POOL],
        [POOL | {"stride": None, "kernel": [3, 5]}],
        [CONVOLUTION, {"type": "max_pool", "kernel": [2, 1]}, CONVOLUTION | {"kernel": [1, 1]}],
        [CONVOLUTION | {"activation": "linear"}, {"type": "activation", "activation": "gauss"}],
        [CONVOLUTION | {"bias": False}, {"type": "dropout", "rate": 0.5}],
    ],
)
@pytest.mark.filterwarnings("ignore:a TMVA file does not hold")
def test_an_image_becomes_a_row_of_variables_and_gives_the_same_bits(layers):
    spec = spec_of(layers)
    weights = drawn(spec)
    network, again = netspec.build(spec, weights=weights), netspec.load(file_of(spec, weights))
    (variable,) = again.spec.input.variables
    assert (variable.name, variable.type, variable.size) == ("vars", "F[]", 60)
    assert again.spec.layers[0].shape == (2, 6, 5)
    x = numpy.arange(180, dtype="float32").reshape(3, 2, 6, 5) % 17 / 7
    assert numpy.ptp(network(x)) > 0
    assert again(x.reshape(3, 60)).tobytes() == network(x).tobytes()


@pytest.mark.filterwarnings("ignore:a TMVA file does not hold")
def test_normalised_pixels_are_a_transformation_of_variables_with_names_of_their_own():
    front = [{"type": "flatten"}, {"type": "normalize"}, {"type": "reshape", "shape": [2, 6, 5]}]
    spec = spec_of([*front, CONVOLUTION, POOL])
    weights = drawn(spec) | {"normalize_1/minimum": numpy.full(60, -2, "float32")}
    again = netspec.load(file_of(spec, weights))
    assert [layer.type for layer in again.spec.layers][:3] == [
        "normalize",
        "reshape",
        "convolution",
    ]
    x = numpy.arange(180, dtype="float32").reshape(3, 2, 6, 5) % 17 / 7
    wanted = netspec.build(spec, weights=weights)(x)
    assert again(x.reshape(3, 60)).tobytes() == wanted.tobytes()


def test_windows_that_leave_a_rest_are_refused_with_what_would_fit():
    for change, words in (
        ({"stride": [2, 1]}, "convolution_1/stride: .* a height of 6 with kernel 3, stride 2, pad"
         "ding 0, which leaves 1: stride 1 would fit, or a height of 5"),
        ({"stride": [1, 2]}, "a width of 5 with kernel 2, stride 2, .* leaves 1: stride 1 would"),
        ({"kernel": [2, 2], "stride": [3, 1]}, "leaves 1: stride 2 would fit, or a height of 5"),
    ):  # fmt: skip
        with pytest.raises(FormatError, match=words):
            file_of(spec_of([CONVOLUTION | change]))
    with pytest.raises(FormatError, match="max_pool_1/stride: TMVA wants windows that reach to"):
        file_of(spec_of([POOL | {"stride": [3, 1]}]))


def test_windows_that_leave_a_rest_are_read_as_older_releases_read_them():
    # Of 7 rows with a filter of 3 there are 5 windows, and 2 at a stride of 3: one row is left.
    text = file_of_quietly(spec_of([CONVOLUTION], shape=(2, 7, 5)))
    text = text.replace('StrideRows="1"', 'StrideRows="3"')
    text = text.replace('Width="60"', 'Width="24"').replace('Columns="60"', 'Columns="24"')
    line = text.split('Columns="24">\n')[1].split("\n")[0]
    text = text.replace(line, "  ".join(line.split()[:24]) + "  ")
    with pytest.warns(NetspecWarning, match=r":\d+: <ConvLayer>: newer releases of ROOT refuse"):
        spec = read(text.encode()).spec
    assert [tuple(given) for _, given in spec.walk()][2] == (3, 2, 4)


def file_of_quietly(spec):
    with pytest.warns(LossWarning, match="becomes a row of variables"):
        return file_of(spec).decode()


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([NORM], "batch_norm_1: TMVA wants a row or a sequence here"),
        (
            [CONVOLUTION, NORM, NORM],
            "batch_norm_2: .* right after a convolution or a max",
        ),
        ([CONVOLUTION | {"activation": {"type": "tanh", "form": "rational"}}], "without options"),
        ([CONVOLUTION | {"activation": "softmax"}], "convolution_1/activation: TMVA has no 'softm"),
        ([CONVOLUTION, {"type": "dense", "units": 2}], "dense_1: .* found an image of shape"),
        ([CONVOLUTION, {"type": "reshape", "shape": [3, 16]}], "reshape_1: TMVA reshapes a row of"),
        ([CONVOLUTION, {"type": "activation", "activation": "relu"}], "cannot say 'activation'"),
    ],
)
def test_what_tmva_cannot_say_is_refused_by_name(layers, words):
    with pytest.raises(FormatError, match=words):
        file_of(spec_of(layers))


def test_a_batch_norm_after_a_cell_is_refused_both_ways():
    for row in ({"return_sequences": True}, {}):
        spec = spec_of([{"type": "gru", "units": 2, **row}, NORM], shape=(4, 3))
        with pytest.raises(FormatError, match="batch_norm_1: TMVA says not how it normalises"):
            file_of(spec)
    text = fixtures.text("lstm_square_last_step")
    layer = re.search(r" *<DenseLayer.*?</DenseLayer>\n", text, re.DOTALL)[0]
    text = text.replace('NetDepth="2"', 'NetDepth="3"')
    with pytest.raises(FormatError, match="a BatchNormLayer after a recurrent layer is not suppo"):
        read(text.replace(layer, f"<BatchNormLayer/>{layer}").encode())


def test_a_reshape_to_a_row_is_written_as_what_it_is_and_one_to_the_same_shape_not_at_all():
    row = {"type": "reshape", "shape": [60]}
    spec = spec_of([{"type": "reshape", "shape": [2, 6, 5]}, row], rest=REST[1:])
    weights = drawn(spec)
    with pytest.warns(LossWarning) as caught:
        data = file_of(spec, weights)
    for words in ("reshape_1: changes nothing and is left out", "reshape_2: written as a flatten"):
        assert words in str(caught[0].message)
    again = netspec.load(data)
    assert [layer.type for layer in again.spec.layers] == ["reshape", "flatten", "dense"]
    x = numpy.arange(120, dtype="float32").reshape(2, 2, 6, 5) % 17 / 7
    wanted = netspec.build(spec, weights=weights)(x)
    assert again(x.reshape(2, 60)).tobytes() == wanted.tobytes()


def test_channels_or_bands_is_up_to_who_reads():
    data = fixtures.path("batch_norm_of_an_image").read_bytes()
    with pytest.warns(NetspecWarning, match=r":\d+: <BatchNormLayer>: a batch norm of") as said:
        usual = read(data)
    assert len(said) == 1
    roots = read(data, compat="root")
    banded = [layer.banded for layer in usual.spec.layers if layer.type == "batch_norm"]
    assert banded == [False, False]
    assert all(layer.banded for layer in roots.spec.layers if layer.type == "batch_norm")
    unlike = usual.extras.metadata["tmva/unlike ROOT"]
    assert unlike.endswith("channels, where ROOT's Reader takes bands of pixels for them")
    assert "tmva/unlike ROOT" not in roots.extras.metadata
    x = fixtures.inputs("batch_norm_of_an_image")
    one, other = (netspec.Network(model.spec, model.weights)(x) for model in (usual, roots))
    assert numpy.abs(one - other).max() > 1e-3
    with pytest.warns(LossWarning, match=BANDS):
        first = b"".join(tmva.write(*usual))
    with pytest.warns(LossWarning, match="batch_norm_1/banded: read the file with compat root"):
        second = b"".join(tmva.write(*roots))
    assert first == second


@pytest.mark.parametrize(("shape", "filters"), [((2, 4, 4), 1), ((1, 2, 2), 3)])
@pytest.mark.filterwarnings("ignore:a TMVA file does not hold. input")
def test_where_bands_are_channels_nothing_is_said(shape, filters):
    kernel = [2, 2]
    spec = spec_of([CONVOLUTION | {"filters": filters, "kernel": kernel}, NORM], shape)
    data = file_of(spec)
    for compat in (None, "root"):
        model = read(data, compat=compat)
        assert "tmva/unlike ROOT" not in model.extras.metadata
        assert not model.spec.layers[2].banded


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ('Momentum="1.0"', "wanted a Momentum below 1, found 1.0"),
        ('Epsilon="0"', "wanted an Epsilon above 0, found 0.0"),
        ('Epsilon="nan"', "wanted finite decimal numbers, found 'nan'"),
    ],
)
def test_a_batch_norm_that_means_nothing_is_refused(attribute, words):
    name = attribute.partition("=")[0]
    text = re.sub(rf'{name}="[^"]*"', attribute, fixtures.text("batch_norm"), count=1)
    with pytest.raises(FormatError, match=rf":\d+: <BatchNormLayer>: {words}"):
        read(text.encode())


def test_a_huge_convolution_takes_no_memory():
    text = fixtures.text("convolution")
    text = text.replace('<ConvLayer Depth="3"', '<ConvLayer Depth="2000000000"')
    text = text.replace(
        '<Weights Rows="3" Columns="12">', '<Weights Rows="2000000000" Columns="12">'
    )
    with pytest.raises(FormatError, match="<Weights>: wanted 24000000000 numbers"):
        read(text.encode())


@pytest.mark.parametrize("name", ["FilterHeight", "StrideRows", "PaddingWidth"])
def test_an_attribute_that_is_missing_is_named(name):
    text = re.sub(rf' {name}="\d+"', "", fixtures.text("convolution"), count=1)
    with pytest.raises(FormatError, match=f"<ConvLayer>: wanted the attribute {name}, found none"):
        read(text.encode())


def test_a_filter_larger_than_its_image_is_refused():
    text = re.sub('FilterHeight="3"', 'FilterHeight="8"', fixtures.text("convolution"), count=1)
    with pytest.raises(FormatError, match="<ConvLayer>: wanted a filter of at most 7 in height"):
        read(text.encode())
