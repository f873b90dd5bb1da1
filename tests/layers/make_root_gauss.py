"""Write `root_gauss.json`: cumulated densities as ROOT's own histograms and graphs give them.

    python tests/layers/make_root_gauss.py

It wants the package `root`. A TH1F holds contents and edges, a TGraph of it draws lines, which a
second TH1F of 10000 bins takes over and a second TGraph draws; TMath has the quantile and, for the
way back, the search.
"""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("root_gauss.json")
DENSITIES: dict[str, tuple[list[float], list[float]]] = {
    "even": ([0.0625, 0.25, 0.5, 0.875, 1.0], [-2.0, -1.25, -0.5, 0.25, 1.0, 1.75]),
    "first bin narrow": ([0.01, 0.3, 0.45, 0.9, 1.0], [-1.0001, -1.0, -0.2, 0.1, 0.2, 3.0]),
    "empty at first": ([0.0, 0.0, 0.25, 0.5, 1.0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
    "two bins": ([0.3, 1.0], [-1.0, 0.0, 4.0]),
    "steep": ([0.001, 0.002, 0.998, 0.999, 1.0], [-10.0, -1.0, -0.01, 0.01, 1.0, 10.0]),
}
PARTS = [-0.3, -0.001, *(k / 23 for k in range(24)), 0.0001, 0.50003, 0.99997, 1.001, 1.25]
SHARES = [0.0, 1e-5, 0.003, *(k / 11 for k in range(1, 11)), 0.9985, 0.99999]


def asked(root: Any, contents: list[float], edges: list[float]) -> dict[str, Any]:
    """Give fine entries, values, quantiles and the way back of one density."""
    first = root.TH1F("", "", len(contents), array("d", edges))
    for k, content in enumerate(contents):
        first.SetBinContent(k + 1, content)
    graph = root.TGraph(first)
    fine = root.TH1F("", "", 10000, edges[0], edges[-1])
    for bin in range(1, 10001):
        t = fine.GetBinCenter(bin)
        y = graph.Eval(t)
        y = first.GetBinContent(first.FindFixBin(t)) if y <= 1e-12 else y
        fine.SetBinContent(bin, max(y, 1e-12))
    lines = root.TGraph(fine)
    x = [edges[0] + part * (edges[-1] - edges[0]) for part in PARTS]
    x = array("f", x).tolist()
    flat = [min(max(lines.Eval(v), 1e-9), 1 - 1e-9) for v in x]
    kept = [min(max(2 * c - 1, -0.99999999), 0.99999999) for c in flat]
    y, t = (array("d", list(axis)) for axis in (lines.GetY(), lines.GetX()))
    back, shares = [], array("f", SHARES).tolist()
    for share in shares:
        k = int(root.TMath.BinarySearch(10000, y, share))  # -1 where all are above it
        part = slice(k, k + 2)
        known = 0 <= k < 9998
        back.append(root.TGraph(2, y[part], t[part]).Eval(share) if known else None)
    return {
        "contents": contents,
        "edges": edges,
        "fine": {str(j): fine.GetBinContent(j + 1) for j in (0, 1, 17, 2500, 7777, 9998, 9999)},
        "x": x,
        "flat": flat,
        "gauss": [1.414213562 * root.TMath.ErfInverse(u) for u in kept],
        "shares": shares,
        "back": back,
    }


def main() -> None:
    """Ask ROOT, and write down what it says."""
    import ROOT

    ROOT.TH1.AddDirectory(False)
    found = {name: asked(ROOT, *density) for name, density in DENSITIES.items()}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
