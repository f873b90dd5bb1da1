"""PyTorch's optimizers, where it is installed and the formulas agree.

Adagrad and RMSprop add epsilon to the root there and inside it here: where it is so small, that
does not matter.
"""

import numpy as np
import pytest

from tests.optimizers.test_optimizers import made, problem, walked

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

PAIRS = [
    ({"type": "sgd", "learning_rate": 0.1}, "SGD", {}),
    ({"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}, "SGD", {"momentum": 0.9}),
    (
        {"type": "sgd", "learning_rate": 0.1, "momentum": 0.6, "nesterov": True},
        "SGD",
        {"momentum": 0.6, "nesterov": True},
    ),
    (
        {"type": "adam", "learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2},
        "Adam",
        {"betas": (0.8, 0.95), "eps": 1e-2},
    ),
    (
        {"type": "adamw", "learning_rate": 0.1, "epsilon": 1e-3, "weight_decay": 0.2},
        "AdamW",
        {"eps": 1e-3, "weight_decay": 0.2},
    ),
    ({"type": "adagrad", "learning_rate": 0.1, "epsilon": 1e-30}, "Adagrad", {"eps": 1e-30}),
    (
        {"type": "rmsprop", "learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-30},
        "RMSprop",
        {"alpha": 0.7, "eps": 1e-30},
    ),
    (
        {"type": "rmsprop", "learning_rate": 0.1, "momentum": 0.5, "epsilon": 1e-30},
        "RMSprop",
        {"alpha": 0.9, "momentum": 0.5, "eps": 1e-30},
    ),
    (
        {"type": "adadelta", "learning_rate": 0.1, "rho": 0.8, "epsilon": 1e-4},
        "Adadelta",
        {"rho": 0.8, "eps": 1e-4},
    ),
]


@pytest.mark.parametrize(("choice", "theirs", "options"), PAIRS, ids=[str(p[0]) for p in PAIRS])
def test_every_step_is_torchs(b, choice, theirs, options):
    w, gradients = problem()
    gradients = np.where(gradients == 0, 0.25, gradients)  # without epsilon 0 / 0 is NaN
    found = walked(b, made(choice), w, gradients)
    x = torch.tensor(w.copy(), requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([x], lr=choice["learning_rate"], **options)
    for g, wanted in zip(gradients, found, strict=True):
        x.grad = torch.tensor(g)
        optimizer.step()
        np.testing.assert_allclose(wanted, x.detach().numpy(), rtol=1e-11, atol=1e-13)
