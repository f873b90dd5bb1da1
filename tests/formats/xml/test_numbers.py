"""Arrays to text and back: every bit of every number, in lines that a person can read."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from netspec.formats.xml.numbers import lines, read, stored

pytestmark = pytest.mark.usefixtures("way")

ENCODINGS = ("decimal", "base64")


def text_of(array, encoding="decimal"):
    return b"".join(lines(array, encoding)).decode("ascii")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("dtype", "bits"), [(np.float32, np.uint32), (np.float64, np.uint64)])
@given(data=st.data())
def test_an_array_of_any_bits_and_shape_comes_back_bit_for_bit(encoding, dtype, bits, data):
    shape = data.draw(arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    array = data.draw(arrays.arrays(bits, shape)).view(dtype)
    again = read(text_of(array, encoding), shape, np.dtype(dtype), encoding)
    assert again.shape == array.shape
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_hundreds_of_thousands_of_random_bits_come_back(encoding, dtype):
    draw = np.random.Generator(np.random.PCG64(7))
    array = np.frombuffer(draw.bytes(200_000 * np.dtype(dtype).itemsize), dtype).reshape(400, -1)
    again = read(text_of(array, encoding), array.shape, array.dtype, encoding)
    assert again.tobytes() == array.tobytes()


def test_a_row_is_a_line():
    assert text_of(np.array([[1, 2], [3, 4.5]], np.float32)) == "1.0 2.0\n3.0 4.5\n"
    assert text_of(np.zeros((2, 2, 1), np.float32)) == "0.0\n" * 4
    assert text_of(np.float64(0.1).reshape(())) == "0.1\n"
    assert text_of(np.zeros((3, 0))) == ""


@pytest.mark.parametrize("row", [1023, 1024, 1025, 2048, 70_000])
def test_a_long_row_goes_on_in_the_next_line_after_1024_numbers(row):
    array = np.arange(3 * row).reshape(3, row)
    counts = [len(line.split(" ")) for line in text_of(array).splitlines()]
    full, rest = divmod(row, 1024)
    assert counts == ([1024] * full + [rest] * (rest > 0)) * 3
    assert text_of(array).split() == [str(number) for number in range(3 * row)]


def test_base64_is_what_any_other_decoder_reads():
    array = np.arange(1000, dtype=np.float64)
    text = text_of(array, "base64")
    assert base64.b64decode(text) == array.astype("<f8").tobytes()
    assert {len(line) for line in text.splitlines()[:-1]} == {76}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_neither_byte_order_nor_layout_in_memory_shows(encoding):
    array = np.random.default_rng(1).standard_normal((3, 4)).astype(np.float32)
    swapped = array.astype(">f4")
    assert text_of(swapped, encoding) == text_of(array, encoding)
    assert text_of(np.asfortranarray(array), encoding) == text_of(array, encoding)
    assert text_of(array.T, encoding) == text_of(array.T.copy(), encoding)
    assert stored(swapped).tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wanted 12 characters of base64, found 0"),
        ("AAAAAAAAAAA", "wanted 12 characters of base64, found 11"),
        ("AAAAAAAAAAA=AAAA", "wanted 12 characters of base64, found 16"),
        ("AAAAAAAAAAAA", "wanted 8 bytes, found 9"),
        ("AAAAAAAAAA==", "wanted 8 bytes, found 7"),
        ("AAAA=AAAAAA=", "wanted base64"),
        ("AAAAAAAAAA-=", "wanted base64"),
        ("AAAAAAAAAA\u00e9=", "wanted base64"),
    ],
)
def test_what_is_not_the_base64_of_two_float32_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        read(text, (2,), np.dtype(np.float32), "base64")


def test_a_shape_that_no_memory_holds_is_refused_by_the_length_of_its_text():
    for encoding in ENCODINGS:
        with pytest.raises(ValueError, match="wanted"):
            read("AAAA", (10**9, 10**9), np.dtype(np.float32), encoding)
