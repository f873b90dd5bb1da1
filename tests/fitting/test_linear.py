"""Decorrelation and principal components, in plain loops, by LAPACK and by ROOT's TPrincipal."""

import re

import numpy as np
import pytest

from netspec.errors import DataError
from netspec.fitting import decorrelate, pca
from netspec.fitting.covariance import MOST, moments
from tests.fitting.make_root_oracles import table
from tests.fitting.samples import ROOT, B, correlated, sample

WEIGHTS = (1 + np.arange(400) % 7 / 4).astype("float32")


def by_loops(x, weights):
    """Mean and covariance, one event after the other."""
    n = range(len(x[0]))
    total = sum(weights)
    mean = [sum(w * row[j] for w, row in zip(weights, x, strict=True)) / total for j in n]
    return mean, [
        [
            sum(w * (r[i] - mean[i]) * (r[j] - mean[j]) for w, r in zip(weights, x, strict=True))
            / total
            for j in n
        ]
        for i in n
    ]


@pytest.mark.parametrize(
    "weights",
    [
        None,
        WEIGHTS,
        np.where(np.arange(400) % 5, 1, -0.25),
        np.random.default_rng(0).random(400).astype("float32"),
    ],
)
def test_moments_are_those_of_a_plain_loop(weights):
    x = correlated()
    mean, covariance = by_loops(
        x.astype("float64").tolist(),
        (np.ones(400) if weights is None else weights).tolist(),
    )
    found = moments(B, sample(x, weights))
    assert np.allclose(found[0], mean, rtol=1e-14)
    assert np.allclose(found[1], covariance, rtol=1e-11, atol=1e-15)
    assert (found[1] == found[1].T).all()


def test_weights_may_add_up_to_little():
    x = correlated()
    much, little = (moments(B, sample(x, weights)) for weights in (WEIGHTS, WEIGHTS / 2**20))
    assert sum(WEIGHTS / 2**20) < 1
    for one, other in zip(much, little, strict=True):
        assert (one == other).all()  # a power of two costs no bit


def test_a_far_mean_costs_no_digits():
    x = correlated().astype("float64")
    near, far = (moments(B, sample(x + c, dtype="float64"))[1] for c in (0, 2.0**20))
    assert np.allclose(near, far, rtol=1e-7)


def test_decorrelated_variables_have_unit_covariance():
    x = correlated()
    for weights in (None, WEIGHTS):
        options, arrays = decorrelate.fit(B, sample(x, weights), "float32")
        assert options["type"] == "decorrelate"
        y = x.astype("float64") @ arrays["matrix"].T
        covariance = np.cov(y.T, aweights=weights, ddof=0)
        assert np.abs(covariance - np.eye(3)).max() < 1e-9


def test_the_matrix_is_the_symmetric_inverse_square_root():
    x = correlated()
    _, covariance = moments(B, sample(x, WEIGHTS))
    matrix = decorrelate.fit(B, sample(x, WEIGHTS), "float32")[1]["matrix"]
    values, vectors = np.linalg.eigh(covariance)
    assert np.allclose(matrix, vectors @ np.diag(values**-0.5) @ vectors.T, rtol=1e-10)
    assert np.allclose(matrix, matrix.T, rtol=1e-14)
    assert np.allclose(np.linalg.inv(matrix @ matrix), covariance, rtol=1e-9)


def test_principal_components_are_those_of_roots_tprincipal_but_for_signs():
    x, root = table(300), ROOT["principal"]
    _, arrays = pca.fit(B, sample(x), "float32")
    assert np.allclose(arrays["mean"], root["mean"], rtol=1e-14)
    theirs = np.array(root["vectors"])
    signs = np.sign((theirs * arrays["eigenvectors"]).sum(0))
    assert np.abs(theirs * signs - arrays["eigenvectors"]).max() < 1e-10


def test_principal_components_do_not_depend_on_each_other_and_fall():
    x = correlated()
    _, arrays = pca.fit(B, sample(x), "float32")
    y = (x.astype("float64") - arrays["mean"]) @ arrays["eigenvectors"]
    covariance = np.cov(y.T, ddof=0)
    assert np.abs(covariance - np.diag(covariance.diagonal())).max() < 1e-9 * covariance[0, 0]
    assert (np.diff(covariance.diagonal()) < 0).all()


def test_principal_components_count_every_event_as_one():
    x = correlated()
    one, two = (pca.fit(B, sample(x, weights), "float32")[1] for weights in (None, WEIGHTS))
    assert all((one[name] == two[name]).all() for name in one)


def test_the_order_of_the_variables_is_theirs():
    x = correlated()
    whole = decorrelate.fit(B, sample(x), "float32")[1]["matrix"]
    part = decorrelate.fit(B, sample(x, positions=(0, 2)), "float32")[1]["matrix"]
    alone = decorrelate.fit(B, sample(x[:, [0, 2]]), "float32")[1]["matrix"]
    assert part.tolist() == alone.tolist()
    assert part.shape == (2, 2) != whole.shape


def test_variables_of_which_one_follows_from_others_are_refused_by_name():
    x = correlated()
    x = np.concatenate([x, 2 * x[:, :1] - x[:, 2:]], 1)
    sentence = (
        "transform: X: wanted variables that vary freely, found variable 0, variable 2,"
        " variable 3, of which one follows from others"
    )
    with pytest.raises(DataError, match=re.escape(sentence)):
        decorrelate.fit(B, sample(x), "float32")


def test_a_variable_that_never_varies_is_refused_by_name():
    x = correlated()
    x[:, 1] = 4
    with pytest.raises(DataError, match="wanted variables that vary, found variable 1"):
        decorrelate.fit(B, sample(x), "float32")
    _, arrays = pca.fit(B, sample(x), "float32")  # its component is 0 in every event
    assert np.abs(arrays["eigenvectors"][:, -1]).tolist() == [0, 1, 0]


def test_negative_weights_that_leave_no_variance_are_refused():
    x = np.array([[0.0, 1.0], [1.0, 0.0], [5.0, 5.5], [-4.0, 3.0]], "float32")
    with pytest.raises(DataError, match="whose variance is not above 0"):
        decorrelate.fit(B, sample(x, weights=[3, 3, -1, -1]), "float32")


def test_too_many_variables_are_refused():
    x = np.zeros((2, MOST + 1), "float32")
    with pytest.raises(DataError, match=f"wanted at most {MOST} variables, found {MOST + 1}"):
        pca.fit(B, sample(x), "float32")
