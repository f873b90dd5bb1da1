"""Initializers, one by one: numbers from plain Python, distributions, bits for ever."""

import math
from itertools import islice
from statistics import NormalDist

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from netspec import initializers
from netspec.errors import SpecError
from netspec.initializers import Initializer, Starts
from netspec.randomness import Stream
from tests import philox

SHAPE = (2, 30, 20)  # two gates of 30 outputs and 20 inputs
NORMAL = NormalDist()
CUT = NORMAL.cdf(-2)

FLAT = {  # the largest number
    "glorot_uniform": math.sqrt(6 / 50),
    "he_uniform": math.sqrt(6 / 20),
    "uniform": 0.05,
}
BELL = {  # the standard deviation
    "glorot_normal": math.sqrt(2 / 50),
    "he_normal": math.sqrt(2 / 20),
    "lecun_normal": math.sqrt(1 / 20),
    "normal": 0.05,
    "tmva_gauss": math.sqrt(2 / 20),
}
CUT_BELL = {"truncated_normal": 0.05, "tmva_xavier": math.sqrt(6 / 50)}
FLAT_BY_COLUMNS = {"tmva_xavier_uniform": math.sqrt(6 / 50), "tmva_uniform": math.sqrt(2 / 20)}


def made(start):
    return TypeAdapter(Starts).validate_python({"W": start})["W"]


def drawn(start, shape=SHAPE, dtype="float64", blocks=(), name="5/weights/x/W"):
    return initializers.draw(made(start), Stream(name), shape, dtype, blocks)


def words(count, name="5/weights/x/W"):
    """Give the numbers in (0, 1) that bells are made of, from plain Python's Philox."""
    return [((word >> 12) + 0.5) / 2**52 for word in islice(philox.words(name), count)]


def test_no_initializer_has_gone_missing_and_each_is_asked_for_here():
    others = {"array", "constant", "zeros", "identity", "orthogonal", "ramps"}
    assert set(initializers.known()) == {*FLAT, *BELL, *CUT_BELL, *FLAT_BY_COLUMNS, *others}


@pytest.mark.parametrize("word", FLAT)
def test_flat_numbers_are_those_of_plain_python(word):
    wanted = [(2 * u - 1) * FLAT[word] for u in islice(philox.uniform("5/weights/x/W"), 1200)]
    np.testing.assert_allclose(drawn(word).ravel(), wanted, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("word", FLAT_BY_COLUMNS)
def test_tmvas_flat_numbers_go_down_the_columns(word):
    wanted = [
        (2 * u - 1) * FLAT_BY_COLUMNS[word] for u in islice(philox.uniform("5/weights/x/W"), 1200)
    ]
    found = [
        drawn(word)[gate, row, col] for gate in (0, 1) for col in range(20) for row in range(30)
    ]
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("word", BELL)
def test_bells_are_those_of_plain_python(word):
    wanted = [BELL[word] * NORMAL.inv_cdf(u) for u in words(1200)]
    np.testing.assert_allclose(drawn(word).ravel(), wanted, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize("word", CUT_BELL)
def test_cut_bells_are_those_of_plain_python(word):
    wanted = [CUT_BELL[word] * NORMAL.inv_cdf(CUT + (1 - 2 * CUT) * u) for u in words(1200)]
    found = drawn(word).ravel()
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-16)
    assert 1.9 < np.abs(found).max() / CUT_BELL[word] <= 2 + 1e-12


def furthest(values, share_below):
    """Give Kolmogorov's distance between values and a distribution, times sqrt(count)."""
    count = len(values)
    shares = [share_below(value) for value in sorted(values)]
    gaps = [max((k + 1) / count - p, p - k / count) for k, p in enumerate(shares)]
    return max(gaps) * math.sqrt(count)


def test_the_distributions_are_the_ones_that_are_named():
    # Beyond 1.95 one sample in a thousand of the distribution itself would be.
    shape = (1, 200, 100)
    for word, largest in ({**FLAT, **FLAT_BY_COLUMNS}).items():
        if word != "uniform":
            largest *= {"he_uniform": 20 / 100, "tmva_uniform": 20 / 100}.get(word, 50 / 300) ** 0.5
        found = drawn(word, shape).ravel().tolist()
        assert furthest(found, lambda x, r=largest: (x + r) / (2 * r)) < 1.95, word
    for word, deviation in BELL.items():
        if word != "normal":
            deviation *= (50 / 300 if word == "glorot_normal" else 20 / 100) ** 0.5
        found = drawn(word, shape).ravel().tolist()
        assert furthest(found, NormalDist(0, deviation).cdf) < 1.95, word


def test_mean_deviation_and_ends_are_options():
    bell = {"mean": 2.0, "std": 0.25}
    assert np.array_equal(
        drawn({"type": "normal", **bell}), 2 + 0.25 * (drawn({"type": "normal", "std": 1.0}))
    )
    cut = drawn({"type": "truncated_normal", **bell})
    assert cut.min() >= 1.5 - 1e-12
    assert cut.max() <= 2.5 + 1e-12
    flat = drawn({"type": "uniform", "low": 1.0, "high": 3.0})
    assert 1 <= flat.min() < 1.02
    assert 2.98 < flat.max() < 3


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 5, 9), (2, 9, 5), (1, 1, 7), (7, 1), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_an_orthogonal_matrix_is_the_q_of_the_bell_it_was_drawn_from(shape, gain):
    found = drawn({"type": "orthogonal", "gain": gain}, shape)
    bells = drawn({"type": "normal", "std": 1.0}, shape)
    rows, columns = shape[-2:]
    pairs = zip(found.reshape(-1, rows, columns), bells.reshape(-1, rows, columns), strict=True)
    for matrix, bell in pairs:
        q, r = np.linalg.qr(bell if columns < rows else bell.T)
        q = q * np.sign(np.diag(r))
        np.testing.assert_allclose(matrix, gain * (q if columns < rows else q.T), atol=1e-10)


def test_an_orthogonal_matrix_is_so_to_the_last_digits():
    for shape in ((1, 150, 150), (1, 40, 200), (1, 200, 40)):
        (q,) = drawn("orthogonal", shape)
        q = q if len(q) <= q.shape[1] else q.T
        assert np.abs(q @ q.T - np.eye(len(q))).max() < 4e-15


def test_gates_are_matrices_of_their_own():
    for word in ("orthogonal", "identity"):
        for matrix in drawn(word, (4, 6, 6)):
            np.testing.assert_allclose(matrix @ matrix.T, np.eye(6), atol=1e-14)
    one, two = drawn("orthogonal", (2, 6, 6))
    assert np.abs(one - two).max() > 0.1


def test_the_identity_has_ones_where_row_and_column_meet():
    assert drawn("identity", (2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert drawn("identity", (3, 2)).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_constants_zeros_and_given_numbers():
    assert drawn("zeros", (2, 2)).tolist() == [[0, 0], [0, 0]]
    assert drawn(1.5, (3,)).tolist() == [1.5] * 3
    assert drawn({"type": "constant", "value": -2}, (1, 2)).tolist() == [[-2, -2]]
    given = [[0.1, 2], [3, -0.0]]
    assert drawn({"type": "array", "values": given}, (2, 2)).tolist() == given
    assert drawn({"type": "array", "values": 7}, ()).tolist() == 7


def test_a_block_starts_apart_and_the_others_keep_their_numbers():
    plain = drawn("glorot_uniform", (4, 3, 2), blocks="ifco")
    start = {"type": "glorot_uniform", "blocks": {"f": "identity", "o": 0.5}}
    found = drawn(start, (4, 3, 2), blocks="ifco")
    assert found[[0, 2]].tobytes() == plain[[0, 2]].tobytes()
    assert found[1].tolist() == [[1, 0], [0, 1], [0, 0]]
    assert found[3].tolist() == [[0.5, 0.5]] * 3
    random = {"type": "zeros", "blocks": {"f": "normal"}}
    found = drawn(random, (4, 3, 2), blocks="ifco")
    assert found[1].tobytes() == drawn("normal", (3, 2), name="5/weights/x/W/f").tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_are_rounded_once(dtype):
    for word in ("he_normal", "orthogonal", "truncated_normal", "tmva_uniform"):
        assert drawn(word, dtype=dtype).tobytes() == drawn(word).astype(dtype).tobytes()


def test_these_bits_are_meant_for_ever():
    found = {
        word: [float(x).hex() for x in drawn(word, (2, 2)).ravel()[1:3]]
        for word in initializers.known()
        if word not in ("array", "constant", "zeros", "identity", "ramps")
    }
    assert found == BITS


@pytest.mark.parametrize(
    ("start", "shape", "blocks", "sentence"),
    [
        (
            "orthogonal",
            (3,),
            (),
            "orthogonal wants a matrix, found an array of 3 numbers: say",
        ),
        ("he_normal", (4, 3), "ifco", "he_normal wants a matrix, found an array of 3 numbers"),
        (
            {"type": "zeros", "blocks": {"g": 1}},
            (2, 3),
            "ru",
            "blocks.g: there is no block 'g' ",
        ),
        ({"type": "zeros", "blocks": {"f": 1}}, (2, 3), (), "blocks.f: there is no block 'f': lea"),
        (
            {"type": "zeros", "blocks": {"r": "identity"}},
            (2, 3),
            "ru",
            "blocks.r: identity wants a matrix",
        ),
        ({"type": "array", "values": [1, 2]}, (3,), (), "values: wanted 3 numbers, found 2"),
        (
            {"type": "array", "values": [[1], [2]]},
            (1, 2),
            (),
            "values: wanted 1 x 2 numbers, fo",
        ),
        (1e300, (3,), (), "wanted a number that float32 can hold, found 1e+300"),
        (
            {"type": "zeros", "blocks": {"r": {"type": "tmva_uniform", "stream": "trandom3"}}},
            (2, 3, 3),
            "ru",
            "blocks.r.stream: a block has no part in the one stream of a network",
        ),
    ],
    ids=str,
)
def test_what_an_array_cannot_start_as_is_refused(start, shape, blocks, sentence):
    with pytest.raises(SpecError) as caught:
        drawn(start, shape, "float32", blocks)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "wrong",
    [
        *["glorot", True, None, {"type": "constant"}, {"type": "normal", "std": 0}],
        *[{"type": "uniform", "low": 1, "high": 1}, {"type": "orthogonal", "gain": -1}],
        *[
            {"type": "array", "values": v}
            for v in ([[1], [1, 2]], "x", [True], [math.inf], [10**400])
        ],
        {"type": "array", "values": [[[[[[[[[1]]]]]]]]]},
        {"type": "tmva_uniform", "stream": "trandom3", "blocks": {"f": 1}},
        {"type": "zeros", "blocks": {"f": "zero"}},
    ],
    ids=str,
)
def test_what_is_no_initializer_is_refused(wrong):
    with pytest.raises(ValidationError):
        made(wrong)


def test_a_word_that_wants_options_is_refused_alone():
    with pytest.raises(SpecError, match="the initializer 'constant' wants `value`, found nothing"):
        initializers.named("constant")


@pytest.mark.parametrize("kind", sorted(Initializer.kinds))
def test_an_initializer_reads_back_from_its_own_words(kind):
    needs = {
        "constant": {"value": 2.0},
        "array": {"values": [[1, 2], [3, 4]]},
        "ramps": {"sizes": [3, 2]},
    }
    blocks = {"blocks": {"f": {"type": "normal", "std": 2.0}, "o": 1}}
    for options in ({}, blocks):
        start = made({"type": kind} | needs.get(kind, {}) | options)
        words = TypeAdapter(Starts).dump_python({"W": start}, mode="json")["W"]
        assert made(words) == start
        assert hash(made(words)) == hash(start)


BITS = {
    "glorot_normal": ["0x1.826e9884a4bd4p-3", "-0x1.1a45569b80f9fp-1"],
    "glorot_uniform": ["0x1.07e27915e9471p-2", "-0x1.61ed6c7d85758p-1"],
    "he_normal": ["0x1.113faaad9a87fp-2", "-0x1.8f30f6f4da4e8p-1"],
    "he_uniform": ["0x1.753073afddcaap-2", "-0x1.f4876b4d561aap-1"],
    "lecun_normal": ["0x1.826e9884a4bd4p-3", "-0x1.1a45569b80f9fp-1"],
    "normal": ["0x1.b532aaaf5da65p-7", "-0x1.3f5a5f2a483edp-5"],
    "orthogonal": ["0x1.a6b9283a053dcp-1", "-0x1.a6b9283a053ddp-1"],
    "tmva_gauss": ["0x1.113faaad9a87fp-2", "-0x1.8f30f6f4da4e8p-1"],
    "tmva_uniform": ["-0x1.20fb04cc08586p-1", "0x1.aeebfe10f74c0p-3"],
    "tmva_xavier": ["0x1.3f17744c46838p-2", "-0x1.ce0089c9aee56p-1"],
    "tmva_xavier_uniform": ["-0x1.61ed6c7d85758p-1", "0x1.07e27915e9470p-2"],
    "truncated_normal": ["0x1.a0dc0b1cf314ap-7", "-0x1.2dc74c686c2e3p-5"],
    "uniform": ["0x1.58bccb40c5d68p-7", "-0x1.ce5e6e13408d8p-6"],
}
