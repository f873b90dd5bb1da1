"""A cumulative distribution: a histogram, its fine table of 10000 bins, and both ways through it.

    t_b       centre of fine bin b, between the first and the last edge of the histogram
    table_b   the straight line through the centres of the histogram's bins at t_b, as a float
    c(x)      the straight line through the centres of the fine bins at x, not below 1e-12
    uniform   c, clipped to [1e-9, 1 - 1e-9]
    gauss     1.414213562 * erfinv(2c - 1), the argument clipped to +-0.99999999

Source: PDF.cxx (BuildSplinePDF, FillSplineToHist, GetVal, GetValInverse), TSpline1.cxx and
VariableGaussTransform.cxx of ROOT; TAxis.cxx for the centres of bins.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from statistics import NormalDist

from .text import attribute, double, doubles, f32, integer

FINE = 10000
EPSILON = 1e-12


class Pdf:
    """One `<PDF>` element."""

    def __init__(self, node):
        for name in ("MinNSmooth", "MaxNSmooth", "KDE_type", "KDE_iter", "KDE_border"):
            integer(node, name)
        double(attribute(node, "KDE_finefactor"))
        assert integer(node, "InterpolMethod") == 1, "the transformation draws straight lines"
        histogram, *binning = list(node)
        n = integer(histogram, "NBins")
        low, high = (double(attribute(histogram, name)) for name in ("XMin", "XMax"))
        contents = [f32(v) for v in doubles(histogram, n)]
        if integer(histogram, "HasEquidistantBins"):
            edges = [low + k * (high - low) / n for k in range(n + 1)]
        else:
            assert integer(binning[0], "NBins") == n
            edges = doubles(binning[0], n + 1)
        assert edges == sorted(edges), "bins must be in increasing order"  # equal: complained of
        self.low, self.width = edges[0], (edges[-1] - edges[0]) / FINE
        self.span = edges[-1] - edges[0]
        self.table = fine(contents, edges, [self.centre(b) for b in range(FINE)])

    def centre(self, b):
        return self.low + b * self.width + 0.5 * self.width

    def cumulative(self, x):
        place = FINE * (x - self.low) / self.span
        b = min(max(math.floor(place), 0), FINE - 1)
        nb = b + 1 if (x > self.centre(b) and b != FINE - 1) or b == 0 else b - 1
        slope = (self.table[b] - self.table[nb]) / (self.centre(b) - self.centre(nb))
        return max(self.table[b] + (x - self.centre(b)) * slope, EPSILON)

    def find(self, y):
        """Give the x at which the cumulative is y: bins are counted from 1, bin 0 is below them."""
        low, high, low_value, high_value = 0, FINE, 0.0, 0.0
        b = FINE // 2
        while low < b < high:
            content = self.table[b - 1]
            if y < content:
                high, high_value = b, content
            else:
                low, low_value = b, content
            b = low + (high - low) // 2
        fraction, length = low_value, high_value - low_value
        if length > 1e-10:
            fraction = (y - low_value) / length
        x = self.centre(low - 1)
        return x + (self.centre(high - 1) - x) * fraction


def fine(contents, edges, points):
    centres = [a + 0.5 * (b - a) for a, b in pairwise(edges)]
    last, table = len(contents) - 1, []
    assert last > 0, "a straight line needs two bins"
    for t in points:
        i = min(max(bisect_right(centres, t) - 1, 0), last)
        nb = i + 1 if (t > centres[i] and i != last) or i == 0 else i - 1
        value = contents[i] + (t - centres[i]) * (contents[i] - contents[nb]) / (
            centres[i] - centres[nb]
        )
        if value <= EPSILON:
            value = contents[min(max(bisect_right(edges, t) - 1, 0), last)]
        table.append(f32(max(value, EPSILON)))
    return table


def erfinv(x):
    """Give the inverse of erf: the normal quantile of the standard library, and a step of Newton's.

    Both work on the tail 1 - |x|, which has the digits where |x| is near 1.
    """
    rest = 1 - abs(x)
    z = -NormalDist().inv_cdf(rest / 2) / math.sqrt(2)
    z += (math.erfc(z) - rest) / (2 / math.sqrt(math.pi) * math.exp(-z * z))
    return math.copysign(z, x)


def there(pdf, x, flat):
    c = max(min(pdf.cumulative(x), 1 - 10e-10), 10e-10)
    return c if flat else 1.414213562 * erfinv(max(min(2 * c - 1, 0.99999999), -0.99999999))


def back(pdf, y, flat):
    return pdf.find(y if flat else (math.erf(y / 1.414213562) + 1) / 2)
