"""Targets, spectators and names that several variables have: what is right, and what ROOT does.

In small files whose numbers can be checked with a pencil; the plain model of ROOT's Reader has its
faults, and each of them mended.
"""

from __future__ import annotations

import numpy
import pytest

import netspec
from netspec.errors import FormatError, NetspecWarning
from tests.formats.tmva.agreement import agrees, comes_back, near, outputs
from tests.formats.tmva.documents import variable
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
ENERGY, ANGLE = ("Target", "energy"), ("Target", "angle")
BOTH = [ENERGY, ANGLE]
HALVES = ([0.25, 0.75], [0, 2, 4])  # c(x) = 0.5 + 0.25*(x - 2)


def regression(*transforms, labels="xy", **more):
    """A network that gives its two variables as energy and angle."""
    return file_of([same(2)], labels, outputs=["energy", "angle"], transforms=transforms, **more)


def reads(text, said, compat=None):
    """Read with a warning that matches, if any is due; give the model."""
    if said is None:
        return netspec.read(text.encode(), compat=compat)
    with pytest.warns(NetspecWarning, match=said):
        return netspec.read(text.encode(), compat=compat)


def unlike(text):
    return reads(text, "").extras.metadata.get("tmva/unlike ROOT", "")


def both(text, events, b, literals):
    """Hold to the literals where ROOT's Reader is right."""
    for compat in (None, "root"):
        near(agrees(text, events, b, compat), literals)
        comes_back(text, events, b, compat)
    assert "tmva/unlike ROOT" not in reads(text, None).extras.metadata


def apart(text, events, b, right, root):
    """Hold to different literals where ROOT's Reader is wrong."""
    near(agrees(text, events, b), right)
    near(agrees(text, events, b, "root"), root)
    comes_back(text, events, b)
    comes_back(text, events, b, "root")
    model = netspec.read(text.encode(), compat="root")
    assert model.extras.metadata["tmva/compat"] == "root"


def test_normalised_targets_come_back_to_their_range(b):
    # min + (y + 1)*(max - min)/2: 10 + (3 + 1)*5 and -1 + (0.5 + 1)*2.
    both(regression(normalize(BOTH, [(10, 20), (-1, 3)])), [[3, 0.5]], b, [[30, 2]])


def test_one_target_alone_may_be_transformed(b):
    both(regression(normalize([ANGLE], [(-1, 3)])), [[3, 0.5]], b, [[3, 2]])


def test_variables_and_targets_may_stand_in_one_transformation(b):
    # x: 2*(3 - 1)/4 - 1 = 0, y stays; energy 10 + (0 + 1)*5, angle as it is.
    text = regression(normalize(["x", ENERGY], [(1, 5), (10, 20)]))
    both(text, [[3, 0.5]], b, [[15, 0.5]])


def test_targets_may_change_places(b):
    # On the way in energy was written as angle; on the way back angle's number is energy's.
    text = regression(normalize(BOTH, [(10, 20), (-1, 3)], outputs=[ANGLE, ENERGY]))
    both(text, [[3, 0.5]], b, [[10 + 1.5 * 5, -1 + 4 * 2]])


@pytest.mark.parametrize("form", ["Flat", "Gauss"])
def test_a_density_of_targets_is_looked_up_backwards(b, form):
    # c(x) = 0.5 + 0.25*(x - 2): x = 2 at 0.5; the quartile 0.75 is at 3, one of z = 0.67449.
    text = regression(gauss(BOTH, [HALVES, HALVES], form=form))
    events = [[0.5, 0.75]] if form == "Flat" else [[0, 0.6744898]]
    near(agrees(text, events, b), [[2, 3]], close=1e-4)
    agrees(text, [[k / 40, 0.9 - k / 90] for k in range(41)], b)
    comes_back(text, [*events, [0.1, 0.9]], b)


@pytest.mark.parametrize("y", [0.0, 1e-13, 1.0, 1.5, -0.5, 5.0, -5.0])
def test_beyond_a_density_of_targets_it_is_as_roots_search_leaves_it(b, y):
    """The lowest bin has no content there and the highest none that is above: as in ROOT."""
    for form in ("Flat", "Gauss"):
        agrees(regression(gauss(BOTH, [HALVES, HALVES], form=form)), [[y, 0.5]], b)


def test_of_two_transformations_of_targets_root_undoes_the_first_alone(b):
    # Undone last first: (3 + 1)*2 = 8 of the second, then 10 + (8 + 1)*5 = 55 of the first; in
    # ROOT the first alone, of the network's own number: 10 + (3 + 1)*5 = 30. The angle 0.5 is
    # undone once, (0.5 + 1)*1 - 1, and not at all in ROOT.
    text = regression(normalize([ENERGY], [(10, 20)]), normalize(BOTH, [(0, 4), (-1, 1)]))
    apart(text, [[3, 0.5]], b, [[55, 0.5]], [[30, 0.5]])
    text = regression(normalize([ENERGY], [(10, 20)]), normalize([ANGLE], [(0, 4)]))
    apart(text, [[3, 0.5]], b, [[30, 3]], [[30, 0.5]])
    assert "undoes the first alone" in unlike(text)


def test_transformations_of_variables_between_do_not_count(b):
    # Variables by their order, targets the first and only.
    text = regression(
        normalize("xy", [(1, 5), (0, 1)]), normalize([ENERGY], [(10, 20)]),
        decorrelation("xy", DIGITS),
    )  # fmt: skip
    # x = 0, y = 1: 0 + 10 and 0 + 1000; energy 10 + 11*5.
    both(text, [[3, 1]], b, [[65, 1000]])


def test_a_target_before_a_variable_in_a_selection(b):
    """ROOT has no targets yet and leaves out what stands behind one: x would not be transformed."""
    text = regression(normalize([ENERGY, "x"], [(10, 20), (1, 5)]))
    near(agrees(text, [[3, 0.5]], b), [[15, 0.5]])
    near(agrees(text, [[3, 0.5]], b, "root"), [[10 + 4 * 5, 0.5]])
    assert "energy" in unlike(text) or "target" in unlike(text)


def test_principal_components_of_targets_are_turned_back(b):
    # E p + mean: 3 + 10*0.5 + 7 and 300 + 1000*0.5 + 9; ROOT adds both means to both, 7 + 9.
    text = regression(pca(BOTH, ([7, 9], DIGITS)))
    near(agrees(text, [[3, 0.5]], b), [[15, 809]])
    comes_back(text, [[3, 0.5]], b)
    assert "adds every mean to every target" in unlike(text)
    with pytest.raises(FormatError, match=r"<Transform>: .* compat root: .* adds every mean"):
        netspec.read(text.encode(), compat="root")


def test_decorrelated_targets_are_refused_since_nobody_undoes_them():
    text = regression(decorrelation(BOTH, DIGITS))
    with pytest.raises(FormatError, match=r"<Transform>: .*[Dd]ecorrelation"):
        netspec.read(text.encode())


def test_rearranged_targets_are_refused_as_in_root():
    with pytest.raises(FormatError, match=r"<Transform>: .*[Rr]earrang"):
        netspec.read(regression(rearrange(BOTH, BOTH[::-1])).encode())


SPECTATORS = [variable(0, "run", tag="Spectator"), variable(1, "energy", tag="Spectator")]


def test_spectators_of_a_transformation_reach_no_output_and_are_kept(b):
    # `energy` is the name of a spectator and of a target: each is itself.
    parts = ["x", ("Spectator", "energy"), ENERGY]
    text = regression(normalize(parts, [(1, 5), (0.125, 0.375), (10, 20)]), spectators=SPECTATORS)
    for compat in (None, "root"):
        near(agrees(text, [[3, 0.5]], b, compat, spectators=[7, 8]), [[15, 0.5]])
        comes_back(text, [[3, 0.5]], b, compat)
    again = b"".join(netspec.formats.tmva.write(*netspec.read(text.encode()))).decode()
    assert again.count('Type="Spectator" Label="energy"') == 2
    assert "1.2500000000000000e-01" in again
    assert "3.7500000000000000e-01" in again


def array_of(*transforms):
    """A regression that gives the elements of one array variable: they share a name."""
    return file_of([same(2)], 2, outputs=2, transforms=transforms)


ARRAY = ["vars_time0", "vars_time0"]


def test_elements_of_an_array_are_each_itself_and_to_root_the_first(b):
    # Each by its own range: 2*(2 - 1)/4 - 1 and 2*(3 - 1)/2 - 1. ROOT takes 2 for both, and puts
    # both results on the first: the second stays, 2*(2 - 1)/2 - 1 = 0, and v[1] is left as it is.
    text = array_of(normalize(ARRAY, [(1, 5), (1, 3)]))
    apart(text, [[2, 3], [5, -1]], b, [[-0.5, 1], [1, -3]], [[0, 3], [3, -1]])
    assert "vars_time0" in unlike(text)
    reads(text, "several variables go by the name 'vars_time0'")


def test_a_matrix_of_elements_of_an_array(b):
    # 2 + 30 and 200 + 3000; in ROOT 100*2 + 1000*2 on the first.
    apart(array_of(decorrelation(ARRAY, DIGITS)), [[2, 3]], b, [[32, 3200]], [[2200, 3]])


@pytest.mark.parametrize("form", ["Flat", "Gauss"])
def test_a_density_of_elements_of_an_array(b, form):
    thirds = ([0.125, 0.5], [0, 2, 4])
    text = array_of(gauss(ARRAY, [HALVES, thirds], form=form))
    events = [[2.0, 3.0], [1, 2.5]]
    right, root = agrees(text, events, b), agrees(text, events, b, "root")
    assert numpy.abs(right - root).max() > 0.1
    comes_back(text, events, b)
    comes_back(text, events, b, "root")


def test_two_variables_of_one_expression_and_labels_of_their_own(b):
    """An expression that several have is the first one's to ROOT, even with another label."""
    text = file_of([same(2)], "xy", outputs=2, transforms=[normalize("xy", [(1, 5), (1, 3)])])
    text = text.replace('Expression="y" Label="y"', 'Expression="x" Label="y"')
    text = text.replace('Label="y" Expression="y"', 'Label="y" Expression="x"')
    apart(text, [[2, 3]], b, [[-0.5, 1]], [[0, 3]])


def test_an_old_file_has_no_attribute_of_root_6_38_and_an_unknown_one_is_refused(b):
    text = regression(normalize("xy", [(1, 5), (0, 1)]))
    old = text.replace(' UseOffsetOrNot="UseOffset"', "")
    assert old != text
    assert (outputs(old, [[3, 1]], b) == outputs(text, [[3, 1]], b)).all()
    again = b"".join(netspec.formats.tmva.write(*netspec.read(old.encode()))).decode()
    assert '<Transform Name="Normalize" UseOffsetOrNot="UseOffset">' in again
    for word in ("NoOffset", "", "useoffset"):
        with pytest.raises(FormatError, match="UseOffsetOrNot"):
            netspec.read(text.replace('"UseOffset"', f'"{word}"').encode())


def test_what_stands_alone_is_classification_multiclass_or_regression(b):
    """The first output of a classification, all of the others; sigmoid, softmax or as it is."""
    layer = dense([[1], [-1], [2]], [0, 0, 0])
    values = {"I": [1, -1, 2], "S": [0.731059, 0.268941, 0.880797]}
    total = numpy.exp([1, -1, 2]).sum()
    values["M"] = (numpy.exp([1, -1, 2]) / total).tolist()
    for letter, y in values.items():
        text = file_of([layer], "x", letter=letter, analysis="Classification")
        near(agrees(text, [[1]], b), [y[:1]])
        text = file_of([layer], "x", letter=letter, analysis="Multiclass", classes=("a", "b", "c"))
        near(agrees(text, [[1]], b), [y])
        near(agrees(file_of([layer], "x", letter=letter, outputs=3), [[1]], b), [y])
