"""ROOT's histograms, axes and functions beside netspec and beside the plain model of its Reader."""

from __future__ import annotations

import math

import numpy
import pytest

from netspec.backends import choose
from netspec.expressions import evaluate, parse
from netspec.layers.quantile import erfinv as quantile
from netspec.trandom3 import TRandom3
from tests.formats.tmva.agreement import near, outputs
from tests.formats.tmva.root_reader import gauss as model
from tests.formats.tmva.typed import file_of, gauss, same

ROOT = pytest.importorskip("ROOT", reason="ROOT is not installed")

FINE = 10000

ROOT.gInterpreter.Declare("""
#ifndef NETSPEC_TESTS_DENSITY
#define NETSPEC_TESTS_DENSITY
#include <algorithm>
#include <memory>
#include "TH1F.h"
#include "TMath.h"
namespace netspec_tests {
// A line through neighbours, as TMVA draws it between middles of bins and between fine bins.
struct Density {
   TH1F coarse, fine;
   Density(long n, const float *contents, const double *edges)
      : coarse("", "", n, edges), fine("", "", 10000, edges[0], edges[n])
   {
      coarse.SetDirectory(nullptr);
      fine.SetDirectory(nullptr);
      for (long i = 0; i < n; ++i) coarse.SetBinContent(i + 1, contents[i]);
      for (int b = 1; b <= fine.GetNbinsX(); ++b) {
         double t = fine.GetBinCenter(b);
         int i = n;
         while (i > 1 && coarse.GetBinCenter(i) > t) --i;
         double y = line(coarse, i, t);
         if (y <= 1e-12) y = coarse.GetBinContent(coarse.FindBin(t));
         fine.SetBinContent(b, std::max(y, 1e-12));
      }
   }
   static double line(const TH1F &h, int i, double t)
   {
      int j = (t > h.GetBinCenter(i) && i != h.GetNbinsX()) || i == 1 ? i + 1 : i - 1;
      double dx = h.GetBinCenter(i) - h.GetBinCenter(j);
      double dy = h.GetBinContent(i) - h.GetBinContent(j);
      return h.GetBinContent(i) + (t - h.GetBinCenter(i)) * dy / dx;
   }
   double uniform(double x)
   {
      int b = std::min(std::max(fine.FindBin(x), 1), fine.GetNbinsX());
      double c = std::max(line(fine, b, x), 1e-12);
      return std::max(std::min(c, 1. - 10e-10), 10e-10);
   }
   float gauss(double x)
   {
      double u = std::max(std::min(2 * uniform(x) - 1, 0.99999999), -0.99999999);
      return 1.414213562 * TMath::ErfInverse(u);
   }
};
}
#endif
""")


def density(bins, seed):
    """Contents and edges of a cumulated histogram, some of its bins narrow and some empty."""
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    edges = numpy.cumsum(random.exponential(1, bins + 1) ** 3) - 2
    steps = random.exponential(1, bins) * (random.uniform(size=bins) < 0.8)
    steps[0] += 1e-3
    contents = numpy.cumsum(steps)
    # As a file holds them: floats in nine digits, which ROOT reads as floats and as doubles.
    nine = [float(f"{edge:.8e}") for edge in edges.astype("float32")]
    return (contents / contents[-1]).astype("float32"), numpy.array(nine)


@pytest.mark.parametrize("bins", [2, 3, 17, 400])
def test_a_density_is_that_of_roots_histograms(bins, b):
    contents, edges = density(bins, bins)
    root = ROOT.netspec_tests.Density(bins, contents, edges)
    random = numpy.random.Generator(numpy.random.PCG64(1))
    x = [*random.uniform(edges[0], edges[-1], 300), *edges, *(edges[:-1] + edges[1:]) / 2]
    x = numpy.float32([*x, edges[0] - 0.5, edges[-1] + 0.5]).astype(float)
    table = [(contents.tolist(), edges.tolist())]
    for form, there in (("Flat", root.uniform), ("Gauss", root.gauss)):
        text = file_of([same(1)], "x", transforms=[gauss("x", table, form=form)])
        wanted = numpy.array([[there(v)] for v in x.tolist()])
        assert numpy.ptp(wanted) > 0.5
        found = outputs(text, x[:, None], b)
        near(found, wanted)
        if form == "Flat":
            assert (found == wanted.astype("float32")).all()
        # ROOT's inverse of erf is good to 1e-8 far out, so that a last place may be another there.
        inside = abs(wanted) < 4
        assert (found == wanted.astype("float32"))[inside].mean() > 0.99


@pytest.mark.parametrize("bins", [2, 17, 400])
def test_the_fine_table_of_the_model_has_the_bits_of_roots(bins):
    contents, edges = density(bins, bins)
    root = ROOT.netspec_tests.Density(bins, contents, edges)
    points = [root.fine.GetBinCenter(k + 1) for k in range(FINE)]
    found = model.fine(contents.tolist(), edges.tolist(), points)
    assert found == [root.fine.GetBinContent(k + 1) for k in range(FINE)]


def test_the_inverse_of_erf_is_roots():
    """ROOT's ends where erf is within 1e-14, which far out is not so near in the number itself."""
    u = numpy.concatenate([
        numpy.linspace(-0.9999, 0.9999, 4001), 1 - numpy.logspace(-8, -1, 500),
        numpy.logspace(-8, -1, 500) - 1, numpy.logspace(-300, -1, 300),
    ])  # fmt: skip
    found = numpy.array([model.erfinv(v) for v in u.tolist()])
    wanted = numpy.array([ROOT.TMath.ErfInverse(v) for v in u.tolist()])
    slope = 2 / math.sqrt(math.pi) * numpy.exp(-(found**2))
    assert (numpy.abs(found - wanted) * slope).max() < 2e-14
    exact = quantile(choose("numpy"), u)
    assert (numpy.abs(exact - wanted) * slope).max() < 2e-14
    assert exact == pytest.approx(found, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("seed", [1, 1234, 4357, 2**32 - 1])
def test_random_numbers_are_those_of_roots_mersenne_twister(seed):
    root = ROOT.TRandom3(seed)
    wanted = [root.Rndm() for _ in range(2000)]
    assert TRandom3(seed).uniform((2000,)).tolist() == wanted


# Written with plain numbers, so that TFormula and TTreeFormula mean the same.
FORMULAS = [
    "x*y + 2.5*x - y/4", "sqrt(x*x + y*y)", "pow(x, 2) + exp(-y) - log(y + 5)",
    "sin(x)*cos(y) - atan2(y, x + 3)", "TMath::Abs(x) + TMath::Max(x, y) - TMath::Min(x, y)",
    "(x > y)*x + (x <= y)*y", "x > 0 && y > 0", "x > 0 || !(y > 1)", "x^3 - 2^x",
    "tanh(x) + sinh(y) - cosh(x)", "abs(x - y)", "-x + -y", "1e-3*x + 2E2*y", "x < 0 ? y : x",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_expression_means_what_roots_formula_means(formula):
    random = numpy.random.Generator(numpy.random.PCG64(5))
    x, y = random.uniform(-2, 3, (2, 50))
    root = ROOT.TFormula("netspec_tests_formula", formula)
    assert root.IsValid()
    wanted = [root.Eval(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    found = evaluate(parse(formula), {"x": x, "y": y})
    assert found == pytest.approx(numpy.array(wanted), rel=1e-13, abs=1e-13)
