"""Ranges of variables."""

import re

import numpy as np
import pytest

from netspec.errors import DataError
from netspec.fitting import normalize
from tests.fitting.samples import B, correlated, sample


def test_it_is_the_smallest_and_the_largest_number_of_each():
    x = correlated()
    options, arrays = normalize.fit(B, sample(x), "float32")
    assert options == {"type": "normalize", "working_type": "float32"}
    for k in range(3):
        column = x[:, k].tolist()
        assert (arrays["minimum"][k], arrays["maximum"][k]) == (min(column), max(column))


def test_weights_count_for_nothing_and_only_what_is_chosen_is_looked_at():
    x = np.array([[1, 5, -3], [2, 5, 4], [9, 5, 0]], "float32")
    _, arrays = normalize.fit(B, sample(x, weights=[1, 1, -0.5], positions=(0, 2)), "float32")
    assert arrays["minimum"].tolist() == [1, -3]
    assert arrays["maximum"].tolist() == [9, 4]


def test_a_zero_has_no_sign():
    x = np.array([[0.0], [-0.0], [1.0]], "float32")
    for rows in (x, x[[1, 0, 2]]):
        _, arrays = normalize.fit(B, sample(rows), "float32")
        assert not np.signbit(arrays["minimum"]).any()
        _, arrays = normalize.fit(B, sample(-rows), "float32")
        assert not np.signbit(arrays["maximum"]).any()


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ([2.5, 2.5], "wanted variables that vary, found variable 1, which is 2.5 in every event"),
        ([1e-40, 2e-40], "wanted ranges whose inverse is a number of float32, found variable 1"),
        ([-3e38, 3e38], "wanted ranges whose inverse is a number of float32, found variable 1"),
    ],
)
def test_what_cannot_be_divided_by_is_refused_by_name(column, sentence):
    x = np.array([[0, 1], column], "float32").T
    with pytest.raises(DataError, match=re.escape(f"transform: X: {sentence}")):
        normalize.fit(B, sample(x), "float32")


def test_one_event_is_refused():
    with pytest.raises(DataError, match="wanted variables that vary, found variable 0"):
        normalize.fit(B, sample(np.array([[3.0]], "float32")), "float32")
