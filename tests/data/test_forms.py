"""Forms of awkward arrays as branches, and their arrays as blocks, against lists."""

from __future__ import annotations

from itertools import pairwise

import pytest

awkward = pytest.importorskip("awkward", reason="awkward is not installed")

from netspec.data.branches import Branch  # noqa: E402
from netspec.data.forms import as_block, branches_of  # noqa: E402
from netspec.data.ragged import Ragged  # noqa: E402

EVENTS = [
    {"jets": [{"pt": 1.5, "n": 2}, {"pt": 0.5, "n": 3}], "met": {"x": 1.0, "y": 2.0}, "id": 7},
    {"jets": [], "met": {"x": 3.0, "y": 4.0}, "id": 8},
    {"jets": [{"pt": 2.5, "n": 4}], "met": {"x": 5.0, "y": 6.0}, "id": 9},
]


def blocks(name):
    """Give what the column `name` holds: each branch with its rows as lists."""
    array = awkward.from_iter([event[name] for event in EVENTS])
    found = {}
    for branch, way in branches_of(name, array.layout.form):
        member = array
        for field in way:
            member = member[field]
        block = as_block(member, branch)
        if isinstance(block, Ragged):
            ends = block.offsets.tolist()
            rows = [block.content[a:b].tolist() for a, b in pairwise(ends)]
        else:
            rows = block.tolist()
        found[branch] = rows
    return found


def test_a_number_is_a_branch():
    assert blocks("id") == {Branch("id", "int64"): [7, 8, 9]}


def test_members_of_a_record_are_branches():
    assert blocks("met") == {
        Branch("met.x", "float64"): [1.0, 3.0, 5.0],
        Branch("met.y", "float64"): [2.0, 4.0, 6.0],
    }


def test_members_of_the_records_of_an_array_of_any_length_are_ragged_branches():
    assert blocks("jets") == {
        Branch("jets.pt", "float64", ragged=True): [[1.5, 0.5], [], [2.5]],
        Branch("jets.n", "int64", ragged=True): [[2, 3], [], [4]],
    }


@pytest.mark.parametrize(
    ("rows", "branch"),
    [
        ([["a", "b"], []], Branch("x", "", what="var * string")),
        ([[[1.0], []], []], Branch("x", "", what="var * var * float64")),
        (["a", "b"], Branch("x", "", texts=True, what="texts")),
    ],
)
def test_what_is_no_number_of_an_event_is_said_by_its_type(rows, branch):
    ((found, way),) = branches_of("x", awkward.from_iter(rows).layout.form)
    assert (found, way) == (branch, ())


def test_arrays_of_one_shape_keep_it():
    array = awkward.to_regular(awkward.from_iter([[[1, 2, 3], [4, 5, 6]]] * 2), axis=None)
    ((branch, _),) = branches_of("x", array.layout.form)
    assert branch == Branch("x", "int64", (2, 3))
    assert as_block(array, branch).tolist() == [[[1, 2, 3], [4, 5, 6]]] * 2
