"""Transformations one after the other: what comes out, and what each was fitted on."""

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec, dataset
from netspec.fitting import fit
from netspec.network import Network
from tests.fitting.samples import B, correlated
from tests.training.transformed import energies, events, normalized, spec_of

X = correlated(3000)


def fitted(transform, x=X, y=None, **more):
    """What is fitted on all events, and the events as a network sees them."""
    y = x.reshape(len(x), -1)[:, :1] if y is None else y
    spec = spec_of(x.shape[1:], y.shape[1], transform, **more)
    data = dataset.of(spec, (x, y))
    found = fit(B, spec, data, np.arange(len(x)))
    seen = found.seen(B, spec, data)
    return found, seen.inputs(np.arange(len(x))), seen.targets(np.arange(len(x)))


def alone(layers, arrays, x):
    """What layers give, as a network of their own."""
    spec = NetworkSpec(input={"shape": x.shape[1:]}, layers=layers, dtype=x.dtype.name)
    return Network(spec, {name: arrays[name] for name in spec.parameters()}, B)(x)


def covariance(z):
    return np.cov(z.astype("float64").T, ddof=0)


def test_normalized_numbers_reach_from_minus_1_to_1():
    _, z, _ = fitted("N")
    assert np.abs(z.min(0) + 1).max() < 1e-6
    assert np.abs(z.max(0) - 1).max() < 1e-6


def test_decorrelated_numbers_have_unit_covariance():
    _, z, _ = fitted("D")
    assert np.abs(covariance(z) - np.eye(3)).max() < 1e-3  # of float32 with a far mean


def test_principal_components_have_mean_0_and_no_covariance():
    _, z, _ = fitted("P")
    c = covariance(z)
    assert np.abs(z.mean(0)).max() < 1e-3
    assert np.abs(c - np.diag(c.diagonal())).max() < 1e-4 * c[0, 0]


def test_gaussian_numbers_are_normal_and_uniform_ones_flat():
    _, z, _ = fitted("G")
    quantiles = [-1.6449, -0.6745, 0, 0.6745, 1.6449]  # of the normal density
    found = np.quantile(z, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    assert np.abs(found - np.array(quantiles)[:, None]).max() < 0.05
    _, u, _ = fitted("U(_V_)")
    counts = np.stack([np.histogram(column, 10, (0, 1))[0] for column in u.T])
    assert np.abs(counts / 300 - 1).max() < 0.05
    assert u.min() >= 0
    assert u.max() <= 1


@pytest.mark.parametrize("transform", ["G+D", "N(_V_)+P", "D+G", "U(_V_)+G+D", "P+N(_V_)"])
def test_each_is_fitted_on_what_the_one_before_gives(transform):
    found, z, _ = fitted(transform)
    seen = X
    for layer in found.before:
        again, _, _ = fitted(transform.split("+")[found.before.index(layer)], seen)
        for name, array in again.arrays.items():
            own = found.arrays[f"{layer.name}/{name.partition('/')[2]}"]
            assert own.tobytes() == array.tobytes()
        seen = alone([layer], found.arrays, seen)
    assert seen.tobytes() == z.tobytes()


def test_gauss_and_decorrelation_make_a_normal_density_in_all_directions():
    _, z, _ = fitted("G+D")
    assert np.abs(covariance(z) - np.eye(3)).max() < 1e-4
    assert np.abs(z.mean(0)).max() < 0.1


def test_targets_come_back_from_where_they_were_brought():
    x, y = energies(2000)
    for transform in ("N(_T_)", "U(_T_)", "G(_T_)", "P(_T_)", "G(_T_)+P(_T_)+N(_T_)"):
        found, _, t = fitted(transform, x, y)
        back = alone(list(found.after), found.arrays, t)
        away = np.abs(back - y) / np.ptp(y, axis=0)
        assert np.quantile(away, 0.99) < 0.01, transform  # of gauss: the ends of its table
        assert len(found.after) == len(transform.split("+"))


def test_several_transformations_of_targets_are_undone_from_the_last():
    x, y = energies(500)
    found, _, _ = fitted("G(_T_)+N(_T_)", x, y)
    assert [layer.type for layer in found.after] == ["normalize", "gauss"]
    assert all(layer.inverse for layer in found.after)


def test_one_class_alone_is_gaussian():
    x, y = events(4000)
    output = {"activation": "sigmoid", "classes": ["Signal", "Background"]}
    spec = spec_of((3,), 1, "G_Signal", output=output, training={"loss": "cross_entropy"})
    data = dataset.of(spec, (x, y))
    z = fit(B, spec, data, np.arange(4000)).seen(B, spec, data).inputs(np.flatnonzero(y))
    assert np.abs(z.std(0) - 1).max() < 0.03
    whole = fit(B, spec, data, np.arange(4000)).seen(B, spec, data).inputs(np.arange(4000))
    assert np.abs(whole.mean(0)).max() > 0.1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_fitted_has_the_type_of_the_network_or_its_own(dtype):
    found, _, _ = fitted("G+D", dtype=dtype)
    assert {name: array.dtype.name for name, array in found.arrays.items()} == {
        "gauss_1/contents": dtype,
        "gauss_1/edges": "float64",
        "decorrelate_1/matrix": "float64",
    }


def test_an_image_is_decorrelated_through_and_through():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(900, 12)) @ rng.normal(size=(12, 12))).astype("float32")
    found, z, _ = fitted(
        "D",
        x.reshape(900, 2, 2, 3),
        rows=[{"type": "flatten"}, {"type": "dense", "units": 1}],
    )
    assert [layer.type for layer in found.before] == ["flatten", "decorrelate", "reshape"]
    assert z.shape == (900, 2, 2, 3)
    assert np.abs(covariance(z.reshape(900, 12)) - np.eye(12)).max() < 1e-3


def test_all_transformations_of_an_image_stand_between_one_flatten_and_one_reshape():
    x = np.random.default_rng(1).normal(5, 3, size=(400, 6)).astype("float32")
    rows = [{"type": "flatten"}, {"type": "dense", "units": 1}]
    found, z, _ = fitted("N+D", x.reshape(400, 1, 2, 3), rows=rows)
    kinds = [layer.type for layer in found.before]
    assert kinds == ["flatten", "normalize", "decorrelate", "reshape"]
    z = z.reshape(400, 6).astype("float64")
    assert np.abs(covariance(z) - np.eye(6)).max() < 1e-3
    # The matrix is that of numbers from -1 to 1.
    ranged = normalized(x, x.min(0), x.max(0)).astype("float64")
    values, vectors = np.linalg.eigh(covariance(ranged))
    assert np.allclose(z, ranged @ (vectors / np.sqrt(values)) @ vectors.T, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("transform", ["G+D", "P+N", "U", "D(_V0_,_V2_)+G(_V1_,_T1_)", "P(_T_)"])
def test_a_trained_network_is_saved_and_gives_the_same_bits(transform, dtype, tmp_path):
    x, y = energies(400)
    spec = spec_of((3,), 2, transform, dtype=dtype)
    network = netspec.build(spec)
    netspec.train(network, (x, y))
    path = tmp_path / "a.xml"
    network.save(path, golden=x[:3])
    again = netspec.load(path)
    assert again.spec == network.spec
    assert again(x).tobytes() == network(x).tobytes()
    assert np.isfinite(network(x)).all()


@pytest.mark.parametrize("transform", ["G+D", "P", "U(_V_)", "D(_V0_,_V2_)", "N+G"])
def test_a_trained_network_goes_to_a_tmva_file_and_back(transform, tmp_path):
    x, y = energies(400)
    network = netspec.build(spec_of((3,), 2, transform, training={"rules": "tmva"}))
    netspec.train(network, (x, y))
    path = tmp_path / "a.weights.xml"
    with pytest.warns(netspec.errors.LossWarning):
        network.save(path, format="tmva")
    again = netspec.load(path)
    assert again.spec.layers == network.spec.layers
    assert np.abs(again(x) / network(x) - 1).max() < 1e-5
    assert f">{transform}</Option>" in path.read_text()
