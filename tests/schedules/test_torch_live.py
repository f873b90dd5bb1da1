"""PyTorch's schedules, where it is installed, epoch by epoch."""

import pytest

from tests.schedules.test_schedules import by_epoch

torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
schedulers = torch.optim.lr_scheduler

EPOCHS = 14
LOSSES = [1.0, 0.9, 0.95, 0.9, 0.91, 0.7, 0.7, 0.7, 0.71, 0.7, 0.65, 0.7, 0.7, 0.7]
PAIRS = [
    ({"type": "step", "every": 3, "gamma": 0.7}, "StepLR", {"step_size": 3, "gamma": 0.7}),
    ({"type": "exponential", "gamma": 0.8}, "ExponentialLR", {"gamma": 0.8}),
    ({"type": "cosine", "end": 0.1}, "CosineAnnealingLR", {"T_max": EPOCHS, "eta_min": 0.1}),
    (
        {"type": "linear", "end": 0.3},
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.3, "total_iters": EPOCHS},
    ),
    (
        {"type": "plateau", "gamma": 0.5, "patience": 2, "least": 0.2},
        "ReduceLROnPlateau",
        {"factor": 0.5, "patience": 2, "min_lr": 0.2},
    ),
]


@pytest.mark.parametrize(("choice", "theirs", "options"), PAIRS, ids=[p[1] for p in PAIRS])
def test_factors_are_torchs(choice, theirs, options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = getattr(schedulers, theirs)(optimizer, **options)
    wanted = []
    for loss in LOSSES:
        wanted.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([loss] if theirs == "ReduceLROnPlateau" else []))
    assert by_epoch(choice, epochs=EPOCHS, losses=LOSSES) == pytest.approx(wanted, rel=1e-12)
    assert min(wanted) < max(wanted)
