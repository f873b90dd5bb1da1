"""A trainer in PyTorch, in float64: the second opinion on what a training does to the weights.

Gradients are autograd's, optimizers torch's own, losses and penalties are written out here from
their definitions, the order of events is drawn by `tests/philox.py`. Nothing of netspec is used.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import nn

from tests import philox
from tests.oracles.torch_stacks import stack

OPTIMIZERS = {
    "sgd": lambda p, o: torch.optim.SGD(
        p, o["learning_rate"], momentum=o.get("momentum", 0.0), nesterov=o.get("nesterov", False)
    ),
    "adam": lambda p, o: torch.optim.Adam(p, o["learning_rate"], eps=o.get("epsilon", 1e-7)),
    "adamw": lambda p, o: torch.optim.AdamW(
        p, o["learning_rate"], eps=o.get("epsilon", 1e-7), weight_decay=o["weight_decay"]
    ),
    "adadelta": lambda p, o: torch.optim.Adadelta(p, o["learning_rate"], rho=0.95, eps=1e-8),
}


def row_losses(kind: str, y: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Give the losses (rows, values) of y and t (rows, outputs)."""
    if kind == "cross_entropy":
        return -t * nn.functional.logsigmoid(y) - (1 - t) * nn.functional.logsigmoid(-y)
    if kind == "softmax_cross_entropy":
        return -(t * torch.log_softmax(y, -1)).sum(-1, keepdim=True)
    if kind == "squared_error":
        return (y - t) ** 2
    if kind == "absolute_error":
        return (y - t).abs()
    return nn.functional.huber_loss(y, t, reduction="none")


def order(seed: int, phase: int, epoch: int, count: int) -> list[int]:
    """Give the order of an epoch's events: the words of its stream, sorted."""
    words = list(islice(philox.words(f"{seed}/training/{phase}/{epoch}/shuffle"), count))
    return sorted(range(count), key=words.__getitem__)


class Trainer:
    """Trains the rows of a spec; `weights` are tensors by full name, changed in place."""

    def __init__(self, rows: list[dict[str, Any]], weights: dict[str, Any], how: dict[str, Any]):
        self.rows, self.how = rows, how
        self.p = {k: torch.tensor(v, requires_grad=True) for k, v in weights.items()}
        name = how["optimizer"]["type"]
        self.optimizer = OPTIMIZERS[name](list(self.p.values()), how["optimizer"])

    def loss(self, x: Any, t: Any, w: Any = None, lengths: Any = None) -> torch.Tensor:
        """Give the loss of a batch, without penalty: the sum over rows by the number of values."""
        valid = None if lengths is None else torch.tensor(lengths)
        y, _ = stack(self.rows, self.p, torch.tensor(x), valid, {})
        t = torch.tensor(t)
        weights = torch.ones(len(x)) if w is None else torch.tensor(w)
        if y.ndim == 3:
            steps = y.shape[1] if valid is None else valid[:, None]
            kept = (torch.arange(y.shape[1]) < steps).expand(y.shape[:2])
            weights = weights[:, None].expand(y.shape[:2])[kept]
            y, t = y[kept], t[kept]
        values = row_losses(self.how["loss"], y, t)
        return (values * weights[:, None]).sum() / values.numel()

    def penalty(self) -> torch.Tensor:
        """Give the penalty on all matrices."""
        said = self.how.get("regularization", {"type": "none", "strength": 0.0})
        matrices = [p for name, p in self.p.items() if name.rpartition("/")[2] in ("W", "U")]
        sums = {
            "l1": sum(p.abs().sum() for p in matrices),
            "l2": sum((p**2).sum() for p in matrices),
            "none": torch.tensor(0.0),
        }
        return said["strength"] * sums[said["type"]]

    def learn(self, *batch: Any) -> float:
        """Take one step; give the loss before it."""
        self.optimizer.zero_grad()
        loss = self.loss(*batch)
        (loss + self.penalty()).backward()
        clip = self.how.get("clip", {})
        if "value" in clip:
            nn.utils.clip_grad_value_(self.p.values(), clip["value"])
        if "norm" in clip:
            # torch adds 1e-6 to the norm: written out, as the definition has it
            norm = torch.sqrt(sum((p.grad**2).sum() for p in self.p.values()))
            if norm > clip["norm"]:
                for p in self.p.values():
                    p.grad *= clip["norm"] / norm
        self.optimizer.step()
        return loss.item()

    def arrays(self) -> dict[str, Any]:
        """Give the weights as NumPy arrays."""
        return {k: p.detach().numpy() for k, p in self.p.items()}


def train(
    trainer: Trainer, x: Any, t: Any, w: Any = None, lengths: Any = None, seed: int = 0
) -> list[float]:
    """Run all epochs; give the mean loss of each, by rows."""
    size, losses = trainer.how["batch_size"], []
    for epoch in range(trainer.how["epochs"]):
        rows = np.array(order(seed, 0, epoch, len(x)))
        total = count = 0.0
        for first in range(0, len(x), size):
            part = rows[first : first + size]
            own = [None if a is None else a[part] for a in (w, lengths)]
            valid = len(part) if own[1] is None or t.ndim < 3 else own[1].sum()
            total += trainer.learn(x[part], t[part], *own) * valid
            count += valid
        losses.append(total / count + trainer.penalty().item())
    return losses
