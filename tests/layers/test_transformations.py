"""Transformations: what is read where and written where, and matrices in plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from netspec import Network, NetworkSpec
from netspec.errors import SpecError
from netspec.layers.decorrelate import Decorrelate
from netspec.layers.gauss import Gaussianize
from netspec.layers.normalize import Normalize
from netspec.layers.pca import PCA
from netspec.layers.rearrange import Rearrange

F = np.float32
POSITIONS = [
    {},
    {"inputs": (3, 0)},
    {"inputs": (1, 2, 3)},
    {"inputs": (4, 2, 2), "outputs": (0, 1, 2)},
    {"inputs": (0, 1, 2), "outputs": (3, 3, 0)},
    {"inputs": (2, 2, 1)},
]
every_table = pytest.mark.parametrize("positions", POSITIONS, ids=str)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed + len(shape)).normal(0, 3, shape)


def run(b, layer, p, x):
    with b.computing():
        return b.numpy(layer.apply(b, p, b.array(x))[0])


def placed(layer, x, moved):
    """Do one event at a time what a layer does, `moved` making numbers of numbers."""
    inputs = layer.inputs or range(x.shape[-1])
    outputs = layer.outputs or inputs
    y = x.copy()
    for at in np.ndindex(x.shape[:-1]):
        w = moved([x[(*at, k)] for k in inputs])
        for k, written in enumerate(outputs):
            y[(*at, written)] = w[k]
    return y


def count(layer, x):
    return x.shape[-1] if layer.inputs is None else len(layer.inputs)


@every_table
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_matrix_is_multiplied_in_float64_from_and_to_floats(positions, dtype, b):
    layer, x = Decorrelate(**positions), drawn(20, 5).astype(dtype)
    n = count(layer, x)
    M = drawn(n, n, seed=1)

    def moved(v):
        v = [float(F(one)) for one in v]
        return [F(sum(M[i, j] * v[j] for j in range(n))) for i in range(n)]

    y = run(b, layer, {"matrix": M}, x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, placed(layer, x, moved), rtol=1.2e-7, atol=1e-12)
    some = list(layer.outputs or layer.inputs or range(5))
    assert (y[:, some] == y[:, some].astype(F)).all()  # rounded, in a network of doubles too


@every_table
@pytest.mark.parametrize("inverse", [False, True])
def test_principal_components_and_back(positions, inverse, b):
    layer, x = PCA(inverse=inverse, **positions), drawn(20, 5).astype(F)
    n = count(layer, x)
    mean, E = drawn(n, seed=1), drawn(n, n, seed=2)

    def moved(v):
        v = [float(one) for one in v]
        if inverse:
            return [F(mean[j] + sum(v[i] * E[j, i] for i in range(n))) for j in range(n)]
        return [F(sum((v[j] - mean[j]) * E[j, i] for j in range(n))) for i in range(n)]

    y = run(b, layer, {"mean": mean, "eigenvectors": E}, x)
    np.testing.assert_allclose(y, placed(layer, x, moved), rtol=2e-7, atol=1e-6)


@every_table
def test_ranges_are_those_of_the_number_not_of_the_position(positions, b):
    layer, x = Normalize(**positions), drawn(20, 5).astype(F)
    low = drawn(count(layer, x), seed=1).astype(F)
    high = low + F(2.5)

    def moved(v):
        scale = [F(1) / (h - m) for m, h in zip(low, high, strict=True)]
        return [(one - m) * s * F(2) - F(1) for one, m, s in zip(v, low, scale, strict=True)]

    y = run(b, layer, {"minimum": low, "maximum": high}, x)
    assert y.tobytes() == placed(layer, x, moved).tobytes()


@every_table
def test_a_density_of_a_number_is_its_own(positions, b):
    n = len(positions.get("inputs", range(5)))
    layer, x = Gaussianize(bins=(3,) * n, flat=True, **positions), drawn(20, 5).astype(F)
    edges = np.sort(drawn(n, 4), axis=1)
    contents = np.tile(F([0.25, 0.5, 1]), n)
    one = Gaussianize(bins=(3,), flat=True)

    def moved(v):
        tables = [{"contents": contents[:3], "edges": e} for e in edges]
        alone = [run(b, one, p, F([[u]])).item() for p, u in zip(tables, v, strict=True)]
        return [F(u) for u in alone]

    y = run(b, layer, {"contents": contents, "edges": edges.ravel()}, x)
    assert y.tobytes() == placed(layer, x, moved).tobytes()


@pytest.mark.parametrize("positions", [p for p in POSITIONS if "outputs" in p], ids=str)
def test_numbers_go_to_other_places_as_they_are(positions, b):
    layer, x = Rearrange(**positions), drawn(20, 5)
    assert run(b, layer, {}, x).tobytes() == placed(layer, x, list).tobytes()


def test_the_last_of_two_that_are_written_stays_and_takes_the_slope(b):
    layer = Rearrange(inputs=(0, 1, 2), outputs=(3, 3, 0))
    x, dy = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[10.0, 20.0, 30.0, 40.0]])
    step = layer.forward(b, {}, x)
    assert step.y.tolist() == [[3, 2, 3, 2]]
    # x0 is written over in both places, x1 goes on and to 3, x2 goes on and to 0, x3 is lost.
    assert step.back(dy).x.tolist() == [[0, 60, 40, 0]]


def test_all_of_the_first_may_be_written_over_it_as_root_does(b):
    layer = Normalize(inputs=(0, 0, 0), working_type="float64")
    p = {"minimum": np.array([0.0, 1.0, 2.0]), "maximum": np.array([1.0, 3.0, 6.0])}
    step = layer.forward(b, p, np.array([[5.0, 7.0]]))
    assert step.y.tolist() == [[0.5, 7]]
    assert step.back(np.array([[1.0, 1.0]])).x.tolist() == [[0.5, 1]]


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3)], ids=str)
def test_any_shape_is_transformed_on_its_last_axis(shape, b):
    rows = [
        {"type": "gauss", "bins": [3, 2, 4]},
        {"type": "decorrelate"},
        {"type": "pca", "inputs": [0, 2]},
        {"type": "normalize"},
        {"type": "rearrange", "inputs": [0, 1], "outputs": [1, 0]},
    ]
    flat = NetworkSpec(input={"shape": (3,)}, layers=rows)
    spec = NetworkSpec(input={"shape": shape}, layers=rows)
    weights = {
        "gauss_1/contents": [0.2, 0.5, 1, 0.6, 1, 0.1, 0.2, 0.9, 1],
        "gauss_1/edges": [-3, -1, 0, 2, -1, 0, 3, -4, -1, 0, 1, 2],
        "decorrelate_1/matrix": drawn(3, 3),
        "pca_1/mean": drawn(2),
        "pca_1/eigenvectors": drawn(2, 2),
        "normalize_1/minimum": [-1, -2, -3],
        "normalize_1/maximum": [1, 2, 3],
    }
    x = drawn(6, *shape).astype(F)
    wanted = Network(flat, weights, b)(x.reshape(-1, 3))
    assert Network(spec, weights, b)(x).tobytes() == wanted.tobytes()


def test_steps_that_are_not_valid_are_0(b):
    spec = NetworkSpec(input={"features": 2}, layers=[{"type": "pca"}])
    p = {"pca_1/mean": [1, 2], "pca_1/eigenvectors": [[0, 1], [1, 0]]}
    y = Network(spec, p, b)(np.full((2, 3, 2), 5.0), lengths=[1, 3])
    assert y.tolist() == [[[3, 4], [0, 0], [0, 0]], [[3, 4]] * 3]


@pytest.mark.parametrize("kind", [Decorrelate, PCA, Normalize, Rearrange])
@pytest.mark.parametrize(
    "wrong",
    [{"outputs": [0]}, {"inputs": [0, 1], "outputs": [0]}, {"inputs": []}, {"inputs": [-1]}],
    ids=str,
)
def test_a_table_that_does_not_fit_is_refused(kind, wrong):
    with pytest.raises(ValidationError):
        kind(**wrong)


def test_a_matrix_has_no_way_back_and_a_copy_no_type():
    for kind, option in ((Decorrelate, "inverse"), (Rearrange, "inverse"), (Rearrange, "bins")):
        with pytest.raises(ValidationError):
            kind(**{option: True})
    with pytest.raises(ValidationError):
        Rearrange(working_type="float32")


@pytest.mark.parametrize("kind", [Decorrelate, PCA, Rearrange])
def test_positions_and_the_last_axis_are_held_against_each_other(kind):
    with pytest.raises(SpecError, match="positions from 0 to 2, found 3"):
        kind(inputs=(0, 3), outputs=(0, 1)).output_shape((3,))
    with pytest.raises(SpecError, match="wants a known number of variables on the last axis"):
        kind().output_shape((None,))


@pytest.mark.parametrize(
    ("layer", "arrays"),
    [
        (Decorrelate(), {"matrix"}),
        (PCA(), {"mean", "eigenvectors"}),
        (Normalize(), {"minimum", "maximum"}),
        (Gaussianize(bins=(2, 3)), {"contents", "edges"}),
    ],
)
def test_what_a_transformation_knows_is_not_trained(layer, arrays):
    assert {name: p.trainable for name, p in layer.parameters((2,)).items()} == dict.fromkeys(
        arrays, False
    )


@pytest.mark.parametrize("layer", [Decorrelate(), PCA(), PCA(inverse=True)])
def test_slopes_of_a_network_of_floats_are_floats(layer, b):
    p = {"matrix": drawn(3, 3), "mean": drawn(3), "eigenvectors": drawn(3, 3)}
    with b.computing():
        _, back = layer.run(b, p, b.array(drawn(4, 3).astype(F)), None)
        dx, _ = back(b.array(drawn(4, 3, seed=1).astype(F)))
        assert b.numpy(dx).dtype == F


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_was_fitted_in_double_is_kept_in_double(dtype):
    spec = NetworkSpec(
        dtype=dtype, input={"shape": (1,)}, layers=[{"type": "pca"}, {"type": "decorrelate"}]
    )
    third = [[1 / 3]]
    weights = {"pca_1/mean": [0.1], "pca_1/eigenvectors": third, "decorrelate_1/matrix": third}
    kept = Network(spec, weights).weights
    assert {name: array.ravel().tolist() for name, array in kept.items()} == {
        "pca_1/mean": [0.1],
        "pca_1/eigenvectors": [1 / 3],
        "decorrelate_1/matrix": [1 / 3],
    }
