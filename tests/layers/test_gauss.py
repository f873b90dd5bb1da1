"""Gauss and Uniform against ROOT's histograms and graphs, numpy.interp, and a file of ROOT's."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from pydantic import ValidationError

from netspec import Network, NetworkSpec
from netspec.errors import SpecError, WeightsError
from netspec.layers.gauss import Gaussianize

ROOTS = json.loads(Path(__file__).with_name("root_gauss.json").read_text(encoding="ascii"))
every_density = pytest.mark.parametrize("name", ROOTS)
TOP = 5.7307288  # sqrt(2) erfinv(0.99999999)


def arrays(*densities, dtype="float32"):
    """Give the arrays of a layer for (contents, edges) of each variable."""
    contents, edges = (np.concatenate([d[part] for d in densities]) for part in (0, 1))
    return {"contents": contents.astype(dtype), "edges": edges.astype("float64")}


def run(b, p, x, bins, **options):
    with b.computing():
        return b.numpy(Gaussianize(bins=bins, **options).apply(b, p, b.array(x))[0])


def of_root(b, name, what, **options):
    known = ROOTS[name]
    p, bins = arrays((known["contents"], known["edges"])), (len(known["contents"]),)
    return run(b, p, np.array(known[what], "float32")[:, None], bins, **options)[:, 0]


def cumulated(seed, bins, ties=False):
    """Draw contents that rise to 1, and edges, of which some come twice."""
    draw = np.random.default_rng(seed)
    edges = np.cumsum(draw.exponential(size=bins + 1)) * 10.0 ** draw.integers(-3, 4) - 1
    if ties:
        edges[1] = edges[0]
    return np.cumsum(draw.uniform(0, 1, bins)) / bins, edges


def by_lines(contents, edges, x):
    """Work F out by numpy.interp, and by hand beyond the ends: float64, for x (m,)."""
    c, e = contents.astype("float32").astype("float64"), edges
    fine = e[0] + (np.arange(10000) + 0.5) * ((e[-1] - e[0]) / 10000)

    def drawn(at, m, y):
        low = y[0] + (at - m[0]) * (y[1] - y[0]) / (m[1] - m[0])
        high = y[-1] + (at - m[-1]) * (y[-1] - y[-2]) / (m[-1] - m[-2])
        return np.where(at < m[0], low, np.where(at > m[-1], high, np.interp(at, m, y)))

    table = drawn(fine, (e[1:] + e[:-1]) / 2, c)
    own = np.searchsorted(e, fine, "right") - 1
    table = np.maximum(np.where(table <= 1e-12, c[own], table), 1e-12)
    return drawn(x, fine, table.astype("float32").astype("float64"))


@every_density
def test_the_fine_table_has_the_bits_of_roots_histogram(name, b):
    known = ROOTS[name]
    p, bins = arrays((known["contents"], known["edges"])), (len(known["contents"]),)
    (table,) = b.numpy(Gaussianize(bins=bins).tables(b, p))
    assert table.shape == (10000,)
    assert table.dtype == np.float32
    assert {j: float(table[int(j)]) for j in known["fine"]} == known["fine"]


@every_density
def test_a_flat_density_is_that_of_roots_graph(name, b):
    wanted = np.array(ROOTS[name]["flat"], "float32")
    np.testing.assert_allclose(of_root(b, name, "x", flat=True), wanted, rtol=2e-7, atol=0)


@every_density
def test_a_normal_density_is_that_of_roots_quantile(name, b):
    # TMath::ErfInverse stops at 1e-14 of erf, which is 1.3e-7 of its inverse at the ends.
    wanted = np.array(ROOTS[name]["gauss"], "float32")
    np.testing.assert_allclose(of_root(b, name, "x"), wanted, rtol=2e-7, atol=3e-7)


@every_density
def test_the_way_back_is_the_line_between_neighbours_of_roots_histogram(name, b):
    found = of_root(b, name, "shares", flat=True, inverse=True)
    known = [k for k, x in enumerate(ROOTS[name]["back"]) if x is not None]
    wanted = [ROOTS[name]["back"][k] for k in known]
    np.testing.assert_allclose(found[known], wanted, rtol=2e-7, atol=2e-7)


@pytest.mark.parametrize("bins", [2, 3, 10, 700, 12000])
@pytest.mark.parametrize("ties", [False, True])
def test_lines_of_numpy_give_the_same_density(bins, ties, b):
    one, two = cumulated(bins, bins, ties), cumulated(bins + 1, bins)
    draw = np.random.default_rng(3)
    x = np.stack([d[1][0] + draw.uniform(-0.1, 1.1, 400) * np.ptp(d[1]) for d in (one, two)], -1)
    x = x.astype("float32")
    found = run(b, arrays(one, two), x, (bins, bins), flat=True)
    for k, (contents, edges) in enumerate((one, two)):
        wanted = by_lines(contents, edges, x[:, k].astype("float64"))
        wanted = np.clip(wanted, 1e-9, 1 - 1e-9)
        np.testing.assert_allclose(found[:, k], wanted, rtol=1e-6, atol=1e-6)


def test_float64_is_held_and_computed_without_a_rounding(b):
    density = cumulated(5, 40)
    x = np.linspace(density[1][2], density[1][-3], 300)[:, None]
    p = arrays(density, dtype="float64")
    exact = run(b, p, x, (40,), working_type="float64")
    c = [NormalDist().cdf(float(z)) for z in exact[:, 0]]
    m = (density[1][1:] + density[1][:-1]) / 2
    # One fine bin holds a corner of the lines: there the two are apart.
    np.testing.assert_allclose(c, np.interp(x[:, 0], m, density[0]), atol=1e-5)
    assert np.median(np.abs(c - np.interp(x[:, 0], m, density[0]))) < 1e-9
    narrow = run(b, p, x, (40,))
    assert narrow.dtype == np.float64
    assert narrow.tolist() == narrow.astype("float32").tolist()
    assert not np.array_equal(narrow, exact)


@pytest.mark.parametrize("flat", [False, True])
def test_the_inverse_undoes_it_inside(flat, b):
    density = cumulated(8, 30)
    m = (density[1][1:] + density[1][:-1]) / 2
    x = np.linspace(m[1], m[-2], 200)[:, None]
    p, options = arrays(density, dtype="float64"), {"flat": flat, "working_type": "float64"}
    there = run(b, p, x, (30,), **options)
    again = run(b, p, there, (30,), inverse=True, **options)
    np.testing.assert_allclose(again, x, rtol=1e-8, atol=1e-8 * np.ptp(m))


def test_where_nothing_was_seen_the_way_back_goes_to_the_upper_end(b):
    contents, edges = np.array([0.5, 0.5, 0.5, 1.0]), np.arange(5.0)
    p = arrays((contents, edges), dtype="float64")
    x = run(b, p, np.array([[0.5]]), (4,), flat=True, inverse=True, working_type="float64")
    # F is 1/2 from the middle of the first bin to 2.5: the last fine bin there is number 6249.
    assert x[0, 0] == pytest.approx(6249.5 * 4 / 10000, rel=1e-15)


def test_numbers_out_of_range_are_kept_in_it_and_a_nan_stays_one(b):
    p = arrays(([0.25, 0.5, 0.75, 1.0], [0, 1, 2, 3, 4]))
    x = np.array([[-1e30], [-5], [9], [math.inf], [math.nan]], "float32")
    y = run(b, p, x, (4,))[:, 0]
    assert y[:4].tolist() == pytest.approx([-TOP, -TOP, TOP, TOP], rel=1e-6)
    assert np.isnan(y[4])
    flat = run(b, p, x, (4,), flat=True)[:, 0]
    assert flat[:3].tolist() == [np.float32(1e-9), np.float32(1e-9), 1]
    back = run(b, p, np.array([[math.nan], [-9], [9]], "float32"), (4,), inverse=True)[:, 0]
    assert np.isnan(back[0])
    assert back[1:].tolist() == pytest.approx([-0.0002, 3.5], abs=1e-6)
    far = run(b, p, np.array([[2.0]], "float32"), (4,), flat=True, inverse=True)
    # The search stops before the last bin, and f there stands for a fraction of it.
    assert far.item() == pytest.approx(4 - 1.5 * 4e-4 + 1.125 * 4e-4, abs=1e-6)


def test_nothing_moves_the_output_where_it_was_kept(b):
    p = arrays(([0.25, 0.5, 0.75, 1.0], [0, 1, 2, 3, 4]), dtype="float64")
    x = np.array([[-1.0], [2.0], [9.0]])
    for flat in (False, True):
        layer = Gaussianize(bins=(4,), flat=flat, working_type="float64")
        dx = layer.forward(b, p, x).back(np.ones((3, 1))).x[:, 0]
        assert dx[[0, 2]].tolist() == [0, 0]
        # 0.25 for each unit, through 0.5 (1 - 1 / 8): the quantile's slope is 1 / density.
        wanted = 0.25 if flat else 0.25 / NormalDist().pdf(NormalDist().inv_cdf(0.625))
        assert dx[1] == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize(
    ("edges", "sentence"),
    [
        ([0, 2, 1, 3], "wanted numbers that never fall in part 0, found 1 after 2"),
        ([1, 1, 1, 1], "wanted numbers that rise in part 0, found 1 everywhere"),
        ([0, 1, math.nan, 3], "wanted finite numbers, found nan"),
        ([0, 1, 2, math.inf], "wanted finite numbers, found inf"),
    ],
)
def test_edges_that_do_not_rise_are_refused(edges, sentence):
    spec = NetworkSpec(input={"shape": (1,)}, layers=[{"type": "gauss", "bins": [3]}])
    with pytest.raises(WeightsError, match=f"^gauss_1/edges: {sentence}$"):
        Network(spec, {"gauss_1/contents": [0, 0.5, 1], "gauss_1/edges": edges})


def test_contents_may_be_anything_and_end(b):
    p = arrays(([0.9, 0.1, math.nan, -4], [0, 1, 2, 3, 4]))
    x = np.linspace(-1, 5, 50, dtype="float32")[:, None]
    for inverse in (False, True):
        assert run(b, p, x, (4,), inverse=inverse).shape == (50, 1)


@pytest.mark.parametrize("bins", [[], [1], [3, 0], [2.0], 3])
def test_what_are_no_bins_is_refused(bins):
    with pytest.raises(ValidationError):
        Gaussianize(bins=bins)


def test_every_variable_wants_its_bins():
    with pytest.raises(SpecError, match="bins of 3 variables, found that of 2"):
        Gaussianize(bins=(4, 4)).output_shape((3,))
    with pytest.raises(SpecError, match="bins: wanted at most 2147483647 edges together, found 21"):
        Gaussianize(bins=(2**31 - 1,)).output_shape((1,))
    assert Gaussianize(bins=(4, 4), inputs=(0, 2)).output_shape((7, 3)) == (7, 3)


# A file that ROOT wrote


def of_file(path):
    """Read the density of all classes of each variable, and the names of the variables."""
    root = ET.parse(path).getroot()
    found = []
    for variable in root.iter("Transform").__next__().findall("Variable"):
        pdf = variable[-1].find("PDF")
        nodes = (pdf.find("Histogram"), pdf.find("HistogramBinning"))
        found.append(tuple([float(word) for word in node.text.split()] for node in nodes))
    return found, [node.get("Expression") for node in root.find("Variables")]


def test_a_file_of_roots_gives_the_golden_numbers(real_files, b):
    densities, _ = of_file(real_files / "tmva" / "gauss_6.33.weights.xml")
    y = run(b, arrays(*densities), np.ones((1, 7), "float32"), (1401,) * 7)
    wanted = [0.581747, 0.304372, 0.542544, 0.299466, 0.395769, 0.234673, 0.490573]
    np.testing.assert_allclose(y[0], wanted, atol=1e-6)


def test_the_events_of_that_file_become_normal(real_files, b):
    uproot = pytest.importorskip("uproot", reason="uproot is not installed")
    densities, names = of_file(real_files / "tmva" / "gauss_6.33.weights.xml")
    with uproot.open(real_files / "tmva" / "gauss_6.33.inputs.root") as file:
        trees = [file[tree].arrays(names, library="np") for tree in ("sig_tree", "bkg_tree")]
    x = np.concatenate([np.stack([t[name] for name in names], -1) for t in trees])
    y = run(b, arrays(*densities), x.astype("float32"), (1401,) * 7)
    assert np.abs(y.mean(0)).max() < 0.02
    assert np.abs(y.std(0) - 1).max() < 0.02
    quartiles = np.quantile(y, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(
        quartiles, np.array([[-0.6745], [0], [0.6745]]) + 0 * y[0], atol=0.03
    )
