"""PyTorch's losses and their slopes, where it is installed."""

import numpy as np
import pytest

from tests.losses.test_losses import asked, made, rows

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

LOSSES = [
    ("cross_entropy", torch.nn.BCEWithLogitsLoss(reduction="none")),
    ("softmax_cross_entropy", torch.nn.CrossEntropyLoss(reduction="none")),
    ("squared_error", torch.nn.MSELoss(reduction="none")),
    ("absolute_error", torch.nn.L1Loss(reduction="none")),
    ("huber", torch.nn.HuberLoss(reduction="none")),
    ({"type": "huber", "delta": 0.3}, torch.nn.HuberLoss(reduction="none", delta=0.3)),
]


@pytest.mark.parametrize(("choice", "theirs"), LOSSES, ids=[str(k) for k, _ in LOSSES])
@pytest.mark.parametrize("width", [1, 4])
def test_values_and_slopes_are_torchs(b, choice, theirs, width):
    y, t = rows(200, width, seed=5)
    value, slope = asked(b, made(choice), y, t)
    x = torch.tensor(y, requires_grad=True)
    wanted = theirs(x, torch.tensor(t))
    wanted.sum().backward()
    np.testing.assert_allclose(
        value.reshape(wanted.shape), wanted.detach().numpy(), rtol=1e-12, atol=1e-13
    )
    np.testing.assert_allclose(slope, x.grad.numpy(), rtol=1e-11, atol=1e-13)


def test_classes_by_number_are_rows_with_one_one(b):
    y, _ = rows(50, 3, seed=6)
    classes = np.arange(50) % 3
    value, slope = asked(b, made("softmax_cross_entropy"), y, np.eye(3)[classes])
    x = torch.tensor(y, requires_grad=True)
    wanted = torch.nn.functional.cross_entropy(x, torch.tensor(classes), reduction="none")
    wanted.sum().backward()
    np.testing.assert_allclose(value[:, 0], wanted.detach().numpy(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(slope, x.grad.numpy(), rtol=1e-11, atol=1e-13)
