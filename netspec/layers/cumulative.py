"""A cumulated histogram as TMVA's PDF reads it, at any x and the other way round.

Of n contents c_i and n + 1 edges e_i, in float64, with m_i = (e_i + e_{i+1}) / 2 the middle of a
bin, TMVA first makes a *fine table* of N = 10000 equal bins:

    t_j = e_0 + (j + 0.5) w,  w = (e_n - e_0) / N            the middle of fine bin j
    i = the last bin with m_i <= t_j, or the first            its neighbour o: i + 1 where i is the
    y = c_i + (t_j - m_i) (c_i - c_o) / (m_i - m_o)           first, or t_j > m_i and i is not the
    f_j = y, or the content of the bin that holds t_j         last; i - 1 elsewhere
          where y <= 1e-12; at least 1e-12

Contents and table are held in a type of their own: TMVA's float, or float64. Lines through the
table, which go on beyond its ends, give the density at any x:

    j = floor(N (x - e_0) / (e_n - e_0)) from 0 to N - 1; its neighbour o as above, of t_j for m_i
    F(x) = f_j + (x - t_j) (f_j - f_o) / (t_j - t_o)

The other way the table is halved, as if f rose, until f_low <= y < f_high are neighbours:

    x = t_low + (t_high - t_low) (y - f_low) / (f_high - f_low)

where the bin before the first counts as one of 0. The last one is never looked at: beyond the last
but one, and wherever f_high - f_low <= 1e-10, f_low itself stands for the fraction. A NaN stays
one, where TMVA gives the lowest number, or searches for ever.

After PDF.cxx, TSpline1.cxx and TAxis.cxx of ROOT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ..backends import Array, Backend

FINE: Final = 10000
HALVINGS: Final = 14  # 2^14 > FINE
LEAST: Final = 1e-12
SHORTEST: Final = 1e-10


class Cumulative(NamedTuple):
    """Contents c (n,), n at least 2, and edges e (n + 1,) that never fall, both float64.

    `held` is the type that the table is held in.
    """

    c: Array
    e: Array
    held: str

    @property
    def width(self) -> Array:
        """Width w of the fine bins."""
        return (self.e[-1] - self.e[0]) / FINE

    def middle(self, j: Array) -> Array:
        """Give t_j for whole numbers j, -1 and FINE included."""
        return self.e[0] + (j + 0.5) * self.width

    def fine(self, b: Backend, j: Array) -> Array:
        """Give the entries f_j, float64, for whole numbers j (...)."""
        c, e, last = self.c, self.e, self.c.shape[0] - 1
        m = e[:-1] + 0.5 * (e[1:] - e[:-1])
        t = self.middle(j)
        i = b.maximum(b.search(m, t) - 1, 0)
        o = neighbour(b, i, t > take(b, m, i), last)
        at_i, at_o, m_i = take(b, c, i), take(b, c, o), take(b, m, i)
        y = at_i + (t - m_i) * (at_i - at_o) / (m_i - take(b, m, o))
        own = b.minimum(b.maximum(b.search(e, t) - 1, 0), last)
        y = b.where(y <= LEAST, take(b, c, own), y)
        return b.where(y >= LEAST, y, LEAST).astype(self.held).astype("float64")

    def value(self, b: Backend, x: Array) -> tuple[Array, Array]:
        """Give F(x) and its slope for x (...)."""
        e, last = self.e, FINE - 1
        j = FINE * (x - e[0]) / (e[-1] - e[0])
        j = b.where(j > 0, b.where(j < last, j, float(last)), 0.0).astype("int64")
        t = self.middle(j)
        o = neighbour(b, j, x > t, last)
        at_j = self.fine(b, j)
        rise, run = at_j - self.fine(b, o), t - self.middle(o)
        return at_j + (x - t) * rise / run, rise / run

    def place(self, b: Backend, y: Array) -> tuple[Array, Array]:
        """Give x with F(x) = y, and its slope, for y (...)."""
        zero = b.zeros((1,), "float64")
        table = b.concatenate([zero, self.fine(b, b.array(range(FINE - 1))), zero], 0)
        low = b.zeros(y.shape, "int64")
        high = low + FINE
        for _ in range(HALVINGS):
            half = low + ((high - low) / 2).astype("int64")
            below = y < take(b, table, half)
            high = b.where(below & (half > low), half, high)
            low = b.where(below, low, half)
        least = take(b, table, low)
        length = take(b, table, high) - least
        steep = length > SHORTEST
        length = b.where(steep, length, 1.0)
        start = self.middle(low - 1)
        run = self.middle(high - 1) - start
        x = start + run * b.where(steep, (y - least) / length, least)
        return b.where(y == y, x, y), b.where(steep, run / length, 0.0)


def neighbour(b: Backend, i: Array, above: Array, last: int) -> Array:
    """Give the other bin that a line goes through, for x above the middle of bin i, or not."""
    return b.where(i == 0, i + 1, b.where(above & (i < last), i + 1, i - 1))


def take(b: Backend, row: Array, i: Array) -> Array:
    """Give row[i] of a row (n,) for whole numbers i (...)."""
    return b.gather(row.reshape(row.shape[0], 1), i)[..., 0]
