"""The cut of a sweep by all blocks together is looked for where it can be the quicker way alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from netspec.backends.cuda import grid, grid_plan, grid_work
from netspec.spec import NetworkSpec

H100 = SimpleNamespace(multiprocessors=132, shared_per_block=232_448)


def layer(cell: str, units: int) -> Any:
    row = {"type": cell, "units": units}
    return NetworkSpec.from_data({"input": {"features": 2}, "layers": [row]}).layers[0]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_no_cut_counts_fewer_cycles_than_the_fewest(cell: str, back: bool) -> None:
    for units in (1, 10, 100):
        for batch in (1, 64):
            plan = grid.plan_for(H100, layer(cell, units), batch, 4, back=back)
            assert plan is not None
            assert plan.cycles >= grid_work.FEWEST


def test_none_is_looked_for_where_others_take_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    found = grid.plan_for(H100, layer("lstm", 64), 1, 4, below=grid_work.FEWEST + 1)
    assert found is not None
    monkeypatch.setattr(grid_plan, "plan", None)
    assert grid.plan_for(H100, layer("lstm", 64), 1, 4, below=grid_work.FEWEST) is None
