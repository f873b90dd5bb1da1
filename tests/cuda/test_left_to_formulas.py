"""What the kernels of a step of training do not take is left to the formulas, before any launch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend, elementwise, learning
from netspec.losses.squared_error import SquaredError
from netspec.optimizers.sgd import SGD
from netspec.settings import Regularization
from netspec.training.penalty import Penalty
from tests.contract.asking import only_where_compiled

from .test_learning import DENSE, output_activation

pytestmark = only_where_compiled

Y = np.ones((130, 2, 3), "float32")


@pytest.fixture
def b(device_model: Any) -> Any:
    return CudaBackend()


def objective(b: Any, t: Any, *rest: Any) -> Any:
    spec = SimpleNamespace(output=SimpleNamespace(activation=output_activation("linear")))
    with b.computing():
        given = (None if a is None else b.array(a).bare for a in (Y, t, *rest))
        return learning.objective(b, spec, SquaredError(), *given)


@pytest.mark.parametrize(
    "given",
    [
        (Y[:, :, :1],),
        (Y[:1],),
        (Y.astype("float64"),),
        (Y, np.ones(130)),
        (Y, None, np.zeros(130, "int64")),
    ],
    ids=["other outputs", "one event for all", "other targets", "other weights", "no valid row"],
)
def test_a_loss_of_arrays_that_do_not_fit_each_other_is_the_formula_s(b: Any, given: Any) -> None:
    assert objective(b, *given) is NotImplemented
    assert b.cupy.machine.launches == []


def test_a_loss_of_more_blocks_of_events_than_a_grid_has_is_the_formula_s(
    b: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert objective(b, Y) is not NotImplemented
    monkeypatch.setattr(learning, "MOST_BLOCKS", 1)
    assert objective(b, Y) is NotImplemented


def test_weights_that_do_not_lie_packed_are_moved_by_the_formula(b: Any) -> None:
    penalty, memory = Penalty(DENSE, Regularization(), False), {"w": dict[str, Any]()}
    with b.computing():
        w = b.cupy.asarray(np.ones((2, 3), "float32"))
        for given, known in ((w, True), (w.T, False)):
            found = learning.updated(
                b, SGD(), penalty, None, {"w": given}, {"w": given}, memory, (0.1,)
            )
            assert (found is not NotImplemented) == known


def test_entries_that_lie_further_apart_than_a_short_number_counts_are_counted_by_a_long_one() -> (
    None
):
    for stride, counted_by in ((1, "int32_t"), (2**31, "int64_t"), (-(2**31), "int64_t")):
        assert elementwise._joined((2, 3), ((stride, 1),))[0].counted_by == counted_by
