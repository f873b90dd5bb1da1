"""Numbers that rise in even steps, and begin again."""

import pytest
from pydantic import TypeAdapter, ValidationError

from netspec import initializers
from netspec.errors import SpecError
from netspec.initializers import Starts


def drawn(shape, **options):
    start = TypeAdapter(Starts).validate_python({"W": {"type": "ramps", **options}})["W"]
    return initializers.draw(start, None, shape, "float64")


def test_ramps_rise_and_begin_again():
    assert drawn((9,), low=-1, high=3, sizes=[3, 1, 5]).tolist() == [-1, 1, 3, -1, -1, 0, 1, 2, 3]
    assert drawn((2,), sizes=[2]).tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(4,), (2, 3), ()])
def test_sizes_make_the_array(shape):
    with pytest.raises(SpecError, match=r"^sizes: wanted sizes that make .* numbers, found 5"):
        drawn(shape, sizes=[2, 3])


@pytest.mark.parametrize(
    "options",
    [{}, {"sizes": []}, {"sizes": [0]}, {"sizes": [2.0]}, {"sizes": [2], "low": 1, "high": 1}],
    ids=str,
)
def test_what_are_no_ramps_is_refused(options):
    with pytest.raises(ValidationError):
        drawn((2,), **options)
