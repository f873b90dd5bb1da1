"""Slopes of layers that torch has no module of, written out for autograd.

The others are held against torch in `test_torch_oracles.py`, `test_torch_live.py`,
`test_torch_images.py` and `test_recurrent_dropout.py`; together that is every type there is.
"""

from itertools import islice

import numpy as np
import pytest

from netspec.layers import Layer
from netspec.randomness import Stream
from tests import philox
from tests.specimens import BATCH, ROWS, SHAPE, close, specimen

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

ELSEWHERE = {
    *("activation", "bidirectional", "dense", "embedding", "flatten"),
    *("gru", "last_step", "lstm", "reshape", "rnn"),
    *("batch_norm", "convolution", "max_pool"),
}


def normalized(row, p, x):
    """TMVA's Normalize, number by number."""
    inputs = row.get("inputs", range(x.shape[-1]))
    outputs = row.get("outputs", inputs)
    columns = list(x.unbind(-1))
    for k, (read, written) in enumerate(zip(inputs, outputs, strict=True)):
        low, high = p["normalize_1/minimum"][k], p["normalize_1/maximum"][k]
        v = x[..., read]
        if row.get("inverse"):
            columns[written] = low + (v + 1) / 2 * (high - low)
        else:
            columns[written] = 2 * (v - low) / (high - low) - 1
    return torch.stack(columns, -1)


def dropped(row, p, x):
    """Keep what the stream `chance/dropout_1` says, drawn step after step."""
    steps, features = SHAPE
    drawn = list(islice(philox.uniform("chance/dropout_1"), BATCH * steps * features))
    kept = np.array(drawn).reshape(steps, BATCH, features).swapaxes(0, 1) < 1 - row["rate"]
    return x * torch.tensor(kept) / (1 - row["rate"])


def with_columns(row, x, moved):
    """Give x with the numbers that a transformation writes."""
    inputs = row.get("inputs", range(x.shape[-1]))
    columns = list(x.unbind(-1))
    w = moved(x[..., list(inputs)])
    for k, written in enumerate(row.get("outputs", inputs)):
        columns[written] = w[..., k]
    return torch.stack(columns, -1)


def decorrelated(row, p, x):
    return with_columns(row, x, lambda v: v @ p["decorrelate_1/matrix"].T)


def components(row, p, x):
    mean, E = p["pca_1/mean"], p["pca_1/eigenvectors"]
    if row.get("inverse"):
        return with_columns(row, x, lambda v: v @ E.T + mean)
    return with_columns(row, x, lambda v: (v - mean) @ E)


def rearranged(row, p, x):
    return with_columns(row, x, lambda v: v)


def line(x, at, y):
    """Give the line through the two points next to each x, which goes on beyond the ends."""
    k = torch.searchsorted(at, x.detach().contiguous()).clamp(1, len(at) - 1)
    return y[k - 1] + (x - at[k - 1]) * (y[k] - y[k - 1]) / (at[k] - at[k - 1])


def made_gaussian(row, p, x):
    """TMVA's Gauss and Uniform."""

    def one(v, c, e):
        t = e[0] + (torch.arange(10000) + 0.5) * ((e[-1] - e[0]) / 10000)
        f = line(t, (e[1:] + e[:-1]) / 2, c)
        own = torch.searchsorted(e, t, right=True) - 1
        f = torch.where(f <= 1e-12, c[own], f).clamp(1e-12)
        c = line(v, t, f).clamp(1e-9, 1 - 1e-9)
        if row.get("flat"):
            return c
        return 1.414213562 * torch.erfinv((2 * c - 1).clamp(-0.99999999, 0.99999999))

    contents = p["gauss_1/contents"].split(row["bins"])
    edges = p["gauss_1/edges"].split([n + 1 for n in row["bins"]])
    columns = zip(contents, edges, strict=True)

    def moved(v):
        return torch.stack([one(v[..., k], c, e) for k, (c, e) in enumerate(columns)], -1)

    return with_columns(row, x, moved)


WRITTEN_OUT = {
    "normalize": normalized,
    "dropout": dropped,
    "decorrelate": decorrelated,
    "gauss": made_gaussian,
    "pca": components,
    "rearrange": rearranged,
}
ASKED = {
    name: row
    for name, row in ROWS.items()
    if row["type"] in WRITTEN_OUT and not (row["type"] == "gauss" and row.get("inverse"))
}  # that search is no formula: tests/layers/test_gauss.py, tests/test_contracts.py
SLOPE = {"gauss": 1e-11}  # of a line between neighbours of a fine table


def test_every_type_of_layer_has_a_second_opinion():
    assert ELSEWHERE | WRITTEN_OUT.keys() == Layer.kinds.keys()
    assert {row["type"] for row in ASKED.values()} == WRITTEN_OUT.keys()


@pytest.mark.parametrize("name", ASKED)
def test_output_and_slope_are_autograds(name, b):
    row = ASKED[name]
    one = specimen(row, b=b)
    step = one.forward(rng=Stream("chance"))
    x = torch.tensor(one.x, requires_grad=True)
    p = {key: torch.tensor(array) for key, array in one.weights.items()}
    y = WRITTEN_OUT[row["type"]](row, p, x)
    y.backward(torch.tensor(one.dy))
    close(step.y, y.detach().numpy(), 1e-13)
    close(step.back(one.dy).x, x.grad.numpy(), SLOPE.get(row["type"], 1e-13))
