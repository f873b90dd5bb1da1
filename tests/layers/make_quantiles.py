"""Print the table of `test_quantile.py`, to 50 digits: python tests/layers/make_quantiles.py.

It wants the package `mpmath`.
"""

from __future__ import annotations

U = [1e-300, 1e-9, 0.001, 0.1, 0.25, 0.5, 0.7, 0.849999, 0.85, 0.8500001, 0.9, 0.95, 0.99]
U += [0.999, 0.9999, 0.999999, 0.9999999, 0.99999999, 0.9999999999, 1 - 2.7e-11]

if __name__ == "__main__":
    from mpmath import erfinv, mp, nstr

    mp.dps = 50
    for u in U:
        print(f"    ({u!r}, {nstr(erfinv(mp.mpf(u)), 20)}),")
