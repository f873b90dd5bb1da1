"""Transformations in small files, whose numbers can be checked with a pencil.

A matrix of 1, 10, 100, 1000 spells the numbers that it is given; the network behind a
transformation gives what it is given, so that the transformed variables are the outputs.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy
import pytest

from tests.formats.tmva.agreement import CLOSE, agrees, comes_back, near, outputs
from tests.formats.tmva.root_reader import gauss as model
from tests.formats.tmva.typed import (
    decorrelation,
    dense,
    file_of,
    gauss,
    normalize,
    pca,
    rearrange,
    same,
)

DIGITS = [[1.0, 10.0], [100.0, 1000.0]]
EVENTS = [[2, 3], [-1, 0.5]]


def variables(labels, *transforms):
    """A file whose outputs are its transformed variables."""
    n = len(labels)
    return file_of([same(n)], labels, outputs=n, transforms=transforms)


def both(text, events, b, literals=None, close=CLOSE):
    """Hold netspec and the model of ROOT's Reader to the literals, in either reading."""
    for compat in (None, "root"):
        found = agrees(text, events, b, compat)
        if literals:
            near(found[: len(literals)], literals, close)
        comes_back(text, events, b, compat)


def test_normalize_moves_a_range_to_that_from_minus_one_to_one(b):
    # 2*(3 - 1)/(5 - 1) - 1 = 0 and 2*(0.5 + 0.5)/0.5 - 1 = 3; nothing is clipped.
    text = variables("xy", normalize("xy", [(1, 5), (-0.5, 0)]))
    both(text, [[3, 0.5], [5, -0.5]], b, [[0, 3], [1, -1]])


def test_decorrelation_is_a_matrix_of_rows(b):
    # 1*2 + 10*3 and 100*2 + 1000*3; no mean is taken away.
    both(variables("xy", decorrelation("xy", DIGITS)), EVENTS, b, [[32, 3200]])


def test_principal_components_stand_in_columns(b):
    # (2 - 1, 3 - 1) = (1, 2): 1*1 + 2*100 and 1*10 + 2*1000.
    both(variables("xy", pca("xy", ([1, 1], DIGITS))), EVENTS, b, [[201, 2010]])


def test_uniform_is_a_line_through_the_middles_of_bins(b):
    # Middles 1 and 3, contents 0.25 and 1: c(x) = 0.25 + 0.375*(x - 1), beyond them as well; at
    # most 1 - 1e-9. Where the line is not above 0, to the left of 1/3, it is the bin's content.
    text = variables("x", gauss("x", [([0.25, 1], [0, 2, 4])], form="Flat"))
    events = [[1], [2], [3], [0.5], [3.5], [0.2], [9]]
    both(text, events, b, [[0.25], [0.625], [1], [0.0625], [1], [0.25], [1]])


def test_left_of_a_density_the_line_goes_on_through_the_first_two_fine_bins(b):
    # Contents 0.5 and 0.6 at 0.5 and 1.5: c(x) = 0.5 + 0.1*(x - 0.5), which is 0.45 at 0 and 0.15
    # at -3; at -9 it is not under 1e-12, and then 1e-9. The fine bins are 0.0002 wide and hold
    # floats, so that far outside the line is wrong in the third place: in ROOT, and here alike.
    text = variables("x", gauss("x", [([0.5, 0.6], [0, 1, 2])], form="Flat"))
    both(text, [[0], [-3], [-9]], b, [[0.45], [0.15], [1e-9]], close=2e-3)


def test_gauss_makes_normal_numbers_of_that(b):
    # Middles 1 and 3, contents 1/4 and 3/4: the quartiles of a normal density are -+0.67449, its
    # middle is at 2; 0.75 + 0.25*(x - 3) is 0.841345, one sigma, at 3.36538.
    text = variables("x", gauss("x", [([0.25, 0.75], [0, 2, 4])]))
    z = NormalDist().inv_cdf(0.75)
    events = [[1], [2], [3], [3 + 4 * (NormalDist().cdf(1) - 0.75)], [0.5], [9], [-9]]
    assert z == pytest.approx(0.67449, abs=1e-6)
    # Beyond the ends 2c - 1 stays within +-0.99999999, which is 5.7307 sigma.
    both(text, events, b, [[-z], [0], [z], [1], [-1.150349], [5.730729], [-5.730729]])


def test_a_density_of_even_bins_needs_no_edges(b):
    table = [([0.25, 0.75], [0, 2, 4])]
    even, uneven = (variables("x", gauss("x", table, even=even)) for even in (True, False))
    assert "<HistogramBinning" not in even
    events = [[k / 7 - 1] for k in range(50)]
    both(even, events, b)
    assert (outputs(even, events, b) == outputs(uneven, events, b)).all()


def test_a_first_bin_may_have_no_width(b):
    # Of large numbers the first edge, lowered by 1e-4, is the same float as the next: ROOT writes
    # such files. The middles are 5e6, 5e6 + 1, 5e6 + 3.
    table = [([0.125, 0.25, 0.75], [5e6, 5e6, 5e6 + 2, 5e6 + 4])]
    text = variables("x", gauss("x", table, form="Flat"))
    both(text, [[5e6 + 0.5], [5e6 + 2], [5e6 + 3], [5e6]], b, [[0.1875], [0.5], [0.75], [0.125]])


def test_a_density_of_many_bins_of_all_widths_goes_through_ten_thousand(b):
    random = numpy.random.Generator(numpy.random.PCG64(3))
    edges = numpy.cumsum(random.exponential(1, 401) ** 2)
    contents = numpy.cumsum(random.exponential(1, 400))
    table = [((contents / contents[-1]).tolist(), edges.tolist())]
    for form in ("Gauss", "Flat"):
        text = variables("x", gauss("x", table, form=form))
        inside = random.uniform(edges[0], edges[-1], 200)
        events = [[v] for v in [*inside, *edges[::40], edges[0] - 1, edges[-1] + 1]]
        assert numpy.ptp(agrees(text, events, b)) > 0.9
        comes_back(text, events, b)


def test_the_normal_number_of_the_model_is_the_inverse_of_erf():
    for k in range(-199, 200):
        x = math.copysign(1 - 10 ** (-abs(k) / 25), k)
        assert math.erf(model.erfinv(x)) == pytest.approx(x, rel=1e-14, abs=1e-15)


def test_rearrange_copies(b):
    # z goes where x was and x where z was; y stays.
    both(variables("xyz", rearrange("zx", "xz")), [[1, 2, 3]], b, [[3, 2, 1]])


def test_outputs_may_go_elsewhere_than_inputs_come_from(b):
    # y, 3 within (1, 5), is written to x; x, 2 within (0, 2), to y.
    both(variables("xy", normalize("yx", [(1, 5), (0, 2)], outputs="xy")), EVENTS, b, [[0, 1]])
    # From y and x, 10*2 + 3 and 100*3 + 1000*2, to x and y.
    both(variables("xy", decorrelation("yx", DIGITS, outputs="xy")), EVENTS, b, [[23, 2300]])


def test_what_is_not_selected_passes(b):
    both(variables("xyz", decorrelation("zx", DIGITS)), [[3, 7, 2]], b, [[3200, 7, 32]])


def test_transformations_follow_one_another(b):
    # Swapped, (3, 2); then 3*1 + 2*10 = 23 and 3*100 + 2*1000 = 2300; then 23 within (3, 43).
    chain = [rearrange("yx", "xy"), decorrelation("xy", DIGITS), normalize("x", [(3, 43)])]
    both(variables("xy", *chain), EVENTS, b, [[0, 2300]])
    # The other way round: 2 within (3, 43) is -1.05; -1.05 + 30 and -105 + 3000; swapped.
    both(variables("xy", *chain[::-1]), EVENTS, b, [[2895, 28.95]])


def test_all_five_in_a_chain(b):
    table = ([0.1, 0.3, 0.6, 1.0], [-3, -1, 0.5, 1, 4])
    chain = [
        normalize("xy", [(-2, 3), (-1, 4)]),
        gauss("y", [table], form="Flat"),
        decorrelation("xy", [[1.2, -0.3], [-0.3, 0.9]]),
        pca("yx", ([0.1, -0.2], [[0.6, -0.8], [0.8, 0.6]])),
        gauss("xy", [table, ([0.2, 0.7, 1.0], [-1, 0, 0.25, 2])]),
        rearrange("yx", "xy"),
    ]
    events = [[k / 8 - 2, 3 - k / 5] for k in range(30)]
    both(variables("xy", *chain), events, b)


def three(kind, *lasts):
    """Parameters of two classes and of all, of which only the last are right."""
    return kind("xy", [(0, 9), (0, 9)], [(7, 8), (7, 8)], *lasts)


# Entries of signal and background that would give something else, and then those of all.
LAST = {
    "N": (lambda: three(normalize, [(1, 5), (1, 3)]), [-0.5, 1]),
    "D": (lambda: decorrelation("xy", [[7, 0], [0, 7]], [[8, 0], [0, 8]], DIGITS), [32, 3200]),
    "P": (
        lambda: pca("xy", ([9, 9], DIGITS), ([8, 8], DIGITS), ([1, 1], DIGITS)),
        [201, 2010],
    ),
    "U": (
        lambda: gauss(
            "xy", *[[([c, c + 0.1], [0, 4, 8])] * 2 for c in (0.1, 0.2)],
            [([0.5, 0.75], [0, 4, 8])] * 2, form="Flat",
        ),
        [0.5, 0.5625],
    ),
}  # fmt: skip


@pytest.mark.parametrize("letter", LAST)
def test_of_several_classes_the_last_entry_counts_that_of_all(b, letter):
    """The class of an event is not known; signal and background stand first, all together last."""
    make, wanted = LAST[letter]
    for pick in (0, 1):
        layer = dense([[1.0, 0.0] if pick == 0 else [0.0, 1.0]], [0.0])
        text = file_of([layer], "xy", analysis="Classification", transforms=[make()])
        both(text, EVENTS, b, [[wanted[pick]]])


def test_of_one_class_there_is_one_entry_and_of_three_there_are_four(b):
    both(variables("x", normalize("x", [(0, 4)])), [[1]], b, [[-0.5]])
    four = normalize("x", [(0, 1)], [(0, 2)], [(0, 3)], [(0, 4)])
    text = file_of(
        [dense([[1], [2], [-1]], [0, 0, 0])], "x", analysis="Multiclass", transforms=[four],
        classes=("one", "two", "three"),
    )  # fmt: skip
    both(text, [[1]], b, [[-0.5, -1, 0.5]])
