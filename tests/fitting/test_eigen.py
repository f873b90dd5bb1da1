"""Eigenvalues and eigenvectors, held against the definition and against LAPACK."""

import numpy as np
import pytest

from netspec.fitting.eigen import eigen


def matrix(n, seed=0, spread=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3 * n + 5, n)) * 10.0 ** rng.uniform(-spread, spread, n)
    return (x.T @ x) / len(x)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 30, 61])
def test_they_are_what_the_definition_says(n):
    a = matrix(n)
    values, vectors = eigen(a)
    assert np.abs(a @ vectors - vectors * values).max() < 1e-13 * values[0] * n
    assert np.abs(vectors.T @ vectors - np.eye(n)).max() < 1e-14 * (n + 4)
    assert (np.diff(values) <= 0).all()
    assert np.allclose(values, np.linalg.eigvalsh(a)[::-1], rtol=1e-12)


def test_a_matrix_may_have_a_negative_diagonal():
    a = matrix(7) - 3 * np.eye(7)
    values, vectors = eigen(a)
    assert (a.diagonal() < 0).any()
    assert np.abs(a @ vectors - vectors * values).max() < 1e-13
    assert np.allclose(values, np.linalg.eigvalsh(a)[::-1], rtol=1e-12)


def test_the_largest_entry_of_a_vector_is_above_0():
    _, vectors = eigen(matrix(9))
    largest = np.abs(vectors).argmax(0)
    assert (vectors[largest, np.arange(9)] > 0).all()


def test_small_eigenvalues_of_variables_of_other_sizes_are_right_to_their_last_digits():
    d = 10.0 ** np.arange(-6, 6)
    correlation = matrix(12) / np.sqrt(np.outer(matrix(12).diagonal(), matrix(12).diagonal()))
    values, vectors = eigen(correlation * np.outer(d, d))
    # The determinant is the product of them all; LAPACK misses the small ones altogether.
    known = np.linalg.slogdet(correlation)[1] + 2 * np.log(d).sum()
    assert abs(np.log(values).sum() - known) < 1e-11
    assert np.abs(vectors.T @ vectors - np.eye(12)).max() < 1e-13


@pytest.mark.parametrize(
    ("a", "values"),
    [
        (np.zeros((3, 3)), [0, 0, 0]),
        (np.eye(4) * 5, [5, 5, 5, 5]),
        (np.ones((4, 4)), [4, 0, 0, 0]),
        (np.diag([1.0, 3.0, 2.0]), [3, 2, 1]),
        (np.array([[0.0, 1.0], [1.0, 0.0]]), [1, -1]),
        (np.array([[1e300, 1e-300], [1e-300, 1e-300]]), [1e300, 1e-300]),
        (np.array([[2e300, 1e300], [1e300, 2e300]]), [3e300, 1e300]),
        (np.array([[2e-300, 1e-300], [1e-300, 2e-300]]), [3e-300, 1e-300]),
    ],
)
def test_matrices_at_the_edge(a, values):
    found, vectors = eigen(a)
    assert np.allclose(found, values, rtol=1e-15, atol=0)
    assert np.abs(vectors.T @ vectors - np.eye(len(a))).max() < 1e-15


def test_the_bits_are_those_of_a_loop_over_single_numbers():
    """One rotation after the other, in plain Python: a round touches no entry twice."""
    a = matrix(4, seed=5)
    rows, turned = a.tolist(), np.eye(4).tolist()
    rounds = [[(0, 3), (1, 2)], [(0, 2), (1, 3)], [(0, 1), (2, 3)]]
    for _ in range(60):
        for pairs in rounds:
            _rotate(rows, turned, pairs)
    values, vectors = eigen(a)
    order = sorted(range(4), key=lambda k: -rows[k][k])
    assert values.tolist() == [rows[k][k] for k in order]
    for column, k in enumerate(order):
        own = [turned[i][k] for i in range(4)]
        sign = -1.0 if max(own, key=abs) < 0 else 1.0
        assert vectors[:, column].tolist() == [sign * entry for entry in own]


def _rotate(a, v, pairs):
    turns = []
    for p, q in pairs:
        if abs(a[p][q]) <= 2.0**-52 * (abs(a[p][p]) ** 0.5 * abs(a[q][q]) ** 0.5):
            turns.append((p, q, 1.0, 0.0, False))
            continue
        tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
        t = (-1.0 if tau < 0 else 1.0) / (abs(tau) + (1 + tau * tau) ** 0.5)
        c = 1 / (1 + t * t) ** 0.5
        turns.append((p, q, c, t * c, True))
    if not any(turn[4] for turn in turns):
        return
    n = range(len(a))
    for p, q, c, s, _ in turns:
        a[p], a[q] = (
            [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
            [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
        )
    for m in (a, v):
        for p, q, c, s, _ in turns:
            for i in n:
                m[i][p], m[i][q] = c * m[i][p] - s * m[i][q], s * m[i][p] + c * m[i][q]
    for p, q, _, _, left in turns:
        if left:
            a[p][q] = a[q][p] = 0.0
