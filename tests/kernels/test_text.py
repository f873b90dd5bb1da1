"""Compiled text is plain text: the same bytes written, the same numbers read, the same refused."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import netspec
from netspec.formats.tmva import matrices
from netspec.formats.xml import decimals, numbers
from netspec.kernels import compiled, why_not
from tests.formats.xml.test_shortest import random_bits

pytestmark = pytest.mark.skipif(
    not compiled(), reason=f"there are no compiled kernels here: {why_not()}"
)

TYPES = [np.float32, np.float64]
MODULES = (numbers, decimals, matrices)
WORDS = st.text(alphabet="0123456789+-.eEinfa:_x \n\t\x0b", max_size=30)


@pytest.fixture
def plainly(monkeypatch):
    """Call something without the compiled kernels."""

    def call(function, *arguments):
        with monkeypatch.context() as patch:
            for module in MODULES:
                patch.setattr(module, "compiled", lambda: None)
            return function(*arguments)

    return call


def text_of(array, encoding="decimal"):
    return b"".join(numbers.lines(array, encoding))


def found(function, *arguments):
    """Give the numbers as bytes, or the sentence that refuses them."""
    try:
        return function(*arguments).tobytes()
    except ValueError as error:
        return str(error)


def samples(dtype):
    """Draw numbers of every kind: any bits, weights, short decimals, powers of two and ten."""
    draw = np.random.Generator(np.random.PCG64(11))
    info = np.finfo(dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        powers = np.concatenate(
            [
                2.0 ** np.arange(info.minexp - info.nmant, info.maxexp),
                [float(f"1e{k}") for k in range(-330, 309)],
                np.arange(-2000, 2000) / 64,
                [9007199254740993, 123456789012345678, 2.0**63, 5e-324, 0, -0.0],
            ]
        ).astype(dtype)
        return np.concatenate(
            [
                random_bits(dtype, 300_000, 12),
                (draw.standard_normal(200_000) * 0.05).astype(dtype),
                np.round(draw.uniform(-1000, 1000, 100_000), 3).astype(dtype),
                (10 ** draw.uniform(-20, 20, 100_000)).astype(dtype),
                *(np.nextafter(powers, dtype(side)) for side in (-np.inf, np.inf)),
                powers,
            ]
        )


@pytest.mark.parametrize("dtype", TYPES)
def test_hundreds_of_thousands_of_numbers_are_written_as_the_plain_writer_writes_them(
    dtype, plainly
):
    values = samples(dtype)
    text = text_of(values)
    assert text == plainly(text_of, values)
    again = numbers.read(text.decode(), values.shape, values.dtype, "decimal")
    assert again.tobytes() == values.tobytes()


@pytest.mark.parametrize(
    "shape", [(), (1,), (3, 0), (7, 5), (2, 3, 1), (3, 1023), (2, 2050), (70_000,)]
)
@pytest.mark.parametrize("dtype", [*TYPES, np.int64])
@pytest.mark.parametrize("encoding", numbers.ENCODINGS)
def test_lines_end_where_the_plain_writer_ends_them(shape, dtype, encoding, plainly):
    count = int(np.prod(shape))
    array = (np.random.Generator(np.random.PCG64(1)).random(count) * 1e6).astype(dtype)
    array = array.reshape(shape)
    assert text_of(array, encoding) == plainly(text_of, array, encoding)


def test_whole_numbers_from_the_least_to_the_largest(plainly):
    values = np.concatenate(
        [
            [0, 1, -1, 2**63 - 1, -(2**63)],
            10 ** np.arange(19),
            10 ** np.arange(1, 19) - 1,
            random_bits(np.int64, 20_000),
        ]
    )
    assert text_of(values) == plainly(text_of, values)
    assert (decimals.parse(text_of(values).decode(), len(values), values.dtype) == values).all()


@pytest.mark.parametrize("dtype", [*TYPES, np.int64])
@given(text=WORDS, count=st.integers(0, 4))
@example(text="1 2_0 3", count=2)
@example(text="nan: nan:7fc00000", count=2)
@example(text="+ - . e1 1e 1e+", count=1)
@example(text="-nan", count=1)
@example(text="+inf -inf infx", count=3)
@settings(max_examples=1500)
def test_any_text_is_read_or_refused_as_the_plain_reader_does(dtype, text, count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decimals, "compiled", lambda: None)
        plain = found(decimals.parse, text, count, np.dtype(dtype))
    assert found(decimals.parse, text, count, np.dtype(dtype)) == plain


@pytest.mark.parametrize("dtype", TYPES)
@given(
    words=st.lists(
        st.from_regex(
            r"[+-]?([0-9]{1,40}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,4})?",
            fullmatch=True,
        ),
        max_size=5,
    )
)
@settings(max_examples=1500)
def test_any_decimals_are_read_to_the_same_bits(dtype, words):
    text = " ".join(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decimals, "compiled", lambda: None)
        plain = found(decimals.parse, text, len(words), np.dtype(dtype))
    assert found(decimals.parse, text, len(words), np.dtype(dtype)) == plain


def test_exact_middles_of_neighbours_and_what_lies_beside_them(plainly):
    bits = random_bits(np.uint32, 3000, 5) & 0x7FFFFFFF
    values = np.concatenate([bits[bits < 0x7F7FFFFF], np.arange(200, dtype=np.uint32)])
    lower, upper = values.view(np.float32), (values + 1).view(np.float32)
    words = []
    for middle in (lower.astype(np.float64) + upper.astype(np.float64)) / 2:
        full = f"{middle:.200e}"
        digits, exponent = full.split("e")
        words += [full, f"{digits}1e{exponent}", f"{digits[:40]}e{exponent}"]
    text = " ".join(words)
    arguments = (text, len(words), np.dtype(np.float32))
    assert decimals.parse(*arguments).tobytes() == plainly(decimals.parse, *arguments).tobytes()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 113, 114, 57 * 4096 + 1])
def test_base64_of_any_size_comes_back(size, plainly):
    data = random_bits(np.uint8, size)
    text = text_of(data, "base64")
    assert text == plainly(text_of, data, "base64")
    again = numbers.read(text.decode(), (size,), data.dtype, "base64")
    assert again.tobytes() == data.tobytes()


@given(
    text=st.text(alphabet="AQgw+/= \n-", max_size=24),
    count=st.integers(0, 9),
)
@settings(max_examples=3000)
def test_any_base64_is_read_or_refused_as_the_plain_reader_does(text, count):
    arguments = (text, (count,), np.dtype(np.uint8), "base64")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "compiled", lambda: None)
        plain = found(numbers.read, *arguments)
    assert found(numbers.read, *arguments) == plain


@pytest.mark.parametrize("encoding", numbers.ENCODINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_file_has_the_same_bytes_with_and_without_the_kernels(encoding, dtype, plainly):
    spec = netspec.NetworkSpec.from_data(
        {
            "netspec": 1,
            "name": "same",
            "dtype": dtype,
            "input": {"steps": 3, "features": 40},
            "layers": [{"type": "lstm", "units": 30}, {"type": "dense", "units": 2}],
        }
    )
    network = netspec.build(spec, seed=3)

    def file():
        target = io.BytesIO()
        network.save(target, encoding=encoding)
        return target.getvalue()

    data = file()
    assert data == plainly(file)
    for again in (netspec.read(data), plainly(netspec.read, data)):
        for name, array in network.weights.items():
            assert again.weights[name].tobytes() == array.tobytes()


def test_nine_digits_are_those_of_c_on_ties_and_everywhere(plainly):
    draw = np.random.Generator(np.random.PCG64(2))
    whole = draw.integers(-(2**24), 2**24, 50_000)
    values = np.concatenate(
        [
            random_bits(np.float32, 200_000),
            whole / 2.0 ** draw.integers(0, 24, len(whole)),
            whole * 2.0 ** draw.integers(0, 60, len(whole)),
            [0.0, -0.0, 16.00390625, 1e-45, 3.4028235e38, 9.9999999995e9],
        ],
        dtype=np.float32,
    )
    values = values[np.isfinite(values)]
    assert matrices.matrix_text(values, " ") == plainly(matrices.matrix_text, values, " ")


def test_reading_takes_the_memory_of_the_numbers_and_writing_that_of_a_block():
    values = np.random.Generator(np.random.PCG64(3)).standard_normal(1_000_000)
    text = text_of(values).decode()
    tracemalloc.start()
    try:
        for _ in numbers.lines(values, "decimal"):
            pass
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        decimals.parse(text, len(values), values.dtype)
        assert tracemalloc.get_traced_memory()[1] < values.nbytes + 2_000_000
    finally:
        tracemalloc.stop()
