"""Normalize, against the formula written out number by number."""

from __future__ import annotations

import numpy
import pytest
from pydantic import ValidationError

from netspec.errors import SpecError
from netspec.layers.normalize import Normalize

F = numpy.float32


def table(minimum, maximum, dtype=F):
    return {"minimum": numpy.array(minimum, dtype), "maximum": numpy.array(maximum, dtype)}


def test_every_step_of_the_formula_is_rounded_to_float32(b):
    low, high = F(-9.31873512), F(7.53042316)
    x = numpy.random.Generator(numpy.random.PCG64(1)).normal(0, 5, 500).astype(F)
    wanted = [F(F(F(F(v - low) * F(F(1) / F(high - low))) * F(2)) - F(1)) for v in x]
    y, state = Normalize().apply(b, table([low], [high]), x[:, None])
    assert y.dtype == F
    assert y[:, 0].tolist() == wanted
    assert state == {}


def test_a_float64_network_gets_the_same_float32_numbers(b):
    x = numpy.linspace(-3, 3, 77)[:, None]
    p = table([-2.5], [1.3])
    narrow, _ = Normalize().apply(b, p, x.astype(F))
    wide, _ = Normalize().apply(b, {k: v.astype("float64") for k, v in p.items()}, x)
    assert wide.dtype == numpy.float64
    assert wide.tolist() == narrow.astype("float64").tolist()


def test_the_inverse_undoes_it(b):
    x = numpy.array([[-1.0, 0.25, 3.0]], "float64")
    p = table([-2, 0, 1], [2, 0.5, 9], "float64")
    there, _ = Normalize(working_type="float64").apply(b, p, x)
    again, _ = Normalize(working_type="float64", inverse=True).apply(b, p, there)
    assert there.tolist() == [[-0.5, 0.0, -0.5]]
    assert again.tolist() == x.tolist()


def test_nothing_is_cut_off_outside_the_range(b):
    y, _ = Normalize().apply(b, table([0], [2]), numpy.array([[-4.0], [6.0]], F))
    assert y.tolist() == [[-5.0], [5.0]]


def test_positions_are_read_and_written_as_the_table_says(b):
    layer = Normalize(inputs=(3, 1, 2), outputs=(0, 1, 2))
    p = table([0, 10, 20], [2, 14, 28])
    y, _ = layer.apply(b, p, numpy.array([[7.0, 13.0, 22.0, 2.0]], F))
    assert y.tolist() == [[1.0, 0.5, -0.5, 2.0]]


def test_the_way_back_is_the_slope_where_positions_cross_and_repeat(b):
    layer = Normalize(inputs=(2, 2, 0), outputs=(1, 2, 3), working_type="float64")
    draw = numpy.random.Generator(numpy.random.PCG64(2)).normal
    p = table(draw(size=3), draw(size=3) + 4, "float64")
    x, dy = draw(size=(2, 5)), draw(size=(2, 5))
    for inverse in (False, True):
        chosen = layer.model_copy(update={"inverse": inverse})
        dx = chosen.forward(b, p, x).back(dy).x
        for event in range(2):
            for v in range(5):
                step = numpy.zeros_like(x)
                step[event, v] = 1e-5
                up, down = chosen.apply(b, p, x + step)[0], chosen.apply(b, p, x - step)[0]
                assert dx[event, v] == pytest.approx(numpy.sum(dy * (up - down)) / 2e-5, rel=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {"outputs": [0]},
        {"inputs": [0, 1], "outputs": [0]},
        {"inputs": []},
        {"inputs": [-1]},
    ],
)
def test_a_table_that_does_not_fit_is_refused(options):
    with pytest.raises(ValidationError):
        Normalize(**options)


def test_a_position_past_the_last_variable_is_refused():
    with pytest.raises(SpecError, match="positions from 0 to 2, found 3"):
        Normalize(inputs=(0, 3)).output_shape((3,))
