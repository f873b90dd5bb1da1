"""Write `root.json`: what ROOT's own classes make of a few small sets of numbers.

    python tests/fitting/make_root_oracles.py

It wants the package `root`. Values come from a formula, so that the tests have them without ROOT:
`numbers` below, which they import. TH1F is filled, smoothed and cumulated as TMVA's Gauss
transformation does it, with TMVA's own loop over events written out; TPrincipal gives means and
eigenvectors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SAMPLES = {  # name: (events, kind, weights)
    "few": (7, "smooth", "ones"),
    "two": (2, "smooth", "ones"),
    "hundreds": (437, "smooth", "ones"),
    "thousands": (6000, "smooth", "ones"),
    "many": (25000, "smooth", "ones"),
    "ties": (900, "ties", "ones"),
    "large": (900, "large", "ones"),
    "weighted": (1200, "smooth", "quarters"),
    "negative": (1200, "smooth", "signs"),
}


def numbers(count: int, kind: str, seed: int = 1) -> Any:
    """Give float32 values (count,) from a linear congruence: skewed, with ties, or large."""
    found, state = [], seed
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        u = state / 2**31
        found.append(
            {"smooth": u * u * 7 - 1, "ties": round(u * u * 40) / 8, "large": 5e4 + u}[kind]
        )
    return np.array(found, "float32")


def weights(count: int, kind: str) -> Any:
    """Give weights (count,), all of them sums of powers of two."""
    k = np.arange(count)
    return {"ones": np.ones(count), "quarters": 0.25 + k % 3, "signs": np.where(k % 5, 1.0, -0.5)}[
        kind
    ]


def histogram(root: Any, v: Any, w: Any) -> tuple[list[float], list[float]]:
    """Give edges and contents as TMVA builds them, with a TH1F."""
    f = np.float32
    pairs = sorted(zip(v.tolist(), w.tolist(), strict=True), key=lambda pair: pair[0])
    least = max(f(w.min()) * f(10), f(w.sum()) / f(2000))
    total, value = f(0), f(pairs[0][0])
    last, edges = value, [value - f(1e-4), value]
    for number, weight in pairs:
        total = f(total + f(weight))
        if total >= least and f(number) > last:
            last = f(number)
            edges.append(last)
            total = f(0)
    if total != 0:
        edges.append(f(pairs[-1][0]))
    binned = root.TH1F("h", "", len(edges) - 1, np.array(edges, "float32"))
    for number, weight in zip(v.tolist(), w.tolist(), strict=True):
        binned.Fill(number, weight)
    binned.Smooth()
    bins = [binned.GetBinContent(k + 1) for k in range(len(edges) - 1)]
    whole, so_far = sum(c for c in bins if c > 0), 0.0
    contents = []
    for c in bins:
        so_far += max(c, 0.0)
        contents.append(float(f(so_far / whole)))
    return [float(e) for e in edges], contents


def principal(root: Any, x: Any) -> dict[str, Any]:
    """Give means, and eigenvectors in columns, of TPrincipal."""
    found = root.TPrincipal(x.shape[1], "")
    for row in x:
        found.AddRow(np.array(row, "float64"))
    found.MakePrincipals()
    n = range(x.shape[1])
    vectors = found.GetEigenVectors()
    return {
        "mean": [found.GetMeanValues()[j] for j in n],
        "vectors": [[vectors[i][j] for j in n] for i in n],
    }


def table(count: int) -> Any:
    """Give x (count, 4), float32, whose columns depend on each other."""
    a, b, c = (numbers(count, "smooth", seed) for seed in (1, 2, 3))
    return np.stack([a, a + b, b - 2 * c, 3 * c + a * b], 1)


def main() -> None:
    """Write the file."""
    import ROOT as root

    root.TH1.AddDirectory(False)
    series = {
        f"{count} {kind}": numbers(count, kind).astype("float64")
        for count in (3, 4, 5, 6, 9, 40)
        for kind in ("smooth", "ties")
    }
    series["flat"] = np.array([0, 1, 3, 3, 3, 1, 0, 4, 4, 4, 9, 9, 9, 2, 1], "float64")
    series["positive"] = np.abs(series["40 smooth"])
    smoothed = {}
    for name, values in series.items():
        own = values.copy()
        root.TH1.SmoothArray(len(own), own)
        smoothed[name] = {"from": values.tolist(), "to": own.tolist()}
    found: dict[str, Any] = {"smoothed": smoothed, "histograms": {}}
    for name, (count, kind, weighting) in SAMPLES.items():
        edges, contents = histogram(root, numbers(count, kind), weights(count, weighting))
        some = slice(None, None, max(1, len(contents) // 40))  # enough, and a small file
        found["histograms"][name] = {
            "bins": len(contents), "edges": edges[some], "contents": contents[some],
        }  # fmt: skip
    found["principal"] = principal(root, table(300))
    (HERE / "root.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
