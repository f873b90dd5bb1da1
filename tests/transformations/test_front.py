"""Which layers stand in front of the network proper, and which bring targets back."""

import pytest

from netspec import NetworkSpec
from netspec.transformations import in_front, of_targets

F, N, D = {"type": "flatten"}, {"type": "normalize"}, {"type": "dense", "units": 4}
R, BACK = {"type": "reshape", "shape": [1, 2, 2]}, {"type": "normalize", "inverse": True}


@pytest.mark.parametrize(
    ("rows", "first", "last"),
    [
        ([D], 0, 0),
        ([F, D], 0, 0),
        ([N, D], 1, 0),
        ([N, N, D, BACK], 2, 1),
        ([D, N], 0, 0),
        ([D, BACK, BACK], 0, 2),
        ([F, N, D], 2, 0),
        ([F, N, R, D], 3, 0),
        ([N, R, F, D], 1, 0),  # the reshape is the network's own
        ([F, R, F, D], 0, 0),
        ([N], 1, 0),
    ],
)
def test_they_are_counted(rows, first, last):
    spec = NetworkSpec(input={"shape": [4]}, layers=rows)
    assert (in_front(spec.layers), of_targets(spec.layers)) == (first, last)
