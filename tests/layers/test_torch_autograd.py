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


WRITTEN_OUT = {"normalize": normalized, "dropout": dropped}
ASKED = {name: row for name, row in ROWS.items() if row["type"] in WRITTEN_OUT}


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
    close(step.back(one.dy).x, x.grad.numpy(), 1e-13)
