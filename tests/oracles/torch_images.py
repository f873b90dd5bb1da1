"""Layers on images, and batch norm, as PyTorch's own modules, in float64.

`module` makes a network of spec rows, with netspec's weights; `train` teaches it by torch's own
optimizer and modules in training, whose running values follow netspec's rule that the first batch
is copied. Nothing of netspec is imported.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .torch_stacks import named
from .torch_training import order

Row = dict[str, Any]
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "linear": nn.Identity}


def layer(row: Row, shape: tuple[int, ...]) -> list[nn.Module]:
    """Give the modules of a row whose input is (channels, height, width) or (features,)."""
    match row["type"]:
        case "convolution":
            conv = nn.Conv2d(
                shape[0], row["filters"], tuple(row["kernel"]), tuple(row.get("stride", (1, 1))),
                tuple(row.get("padding", (0, 0))), bias=row.get("bias", True),
            )  # fmt: skip
            return [conv, ACTIVATIONS[row.get("activation", "linear")]()]
        case "max_pool":
            stride = row.get("stride") or row["kernel"]
            return [nn.MaxPool2d(tuple(row["kernel"]), tuple(stride))]
        case "batch_norm":
            kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            share = row.get("momentum", 0.9)
            kept = None if share == "cumulative" else 1 - share
            return [kind(shape[0], row.get("epsilon", 1e-5), kept)]
        case "dense":
            linear = nn.Linear(shape[0], row["units"])
            return [linear, ACTIVATIONS[row.get("activation", "linear")]()]
        case "flatten":
            return [nn.Flatten()]
        case other:
            raise ValueError(f"no torch for {other}")


NAMES = {
    "convolution": {"weight": "W", "bias": "b"},
    "dense": {"weight": "W", "bias": "b"},
    "batch_norm": {
        "weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "variance",
    },
}  # fmt: skip


class Images(nn.Module):
    """A stack of rows; `held` says where each array of netspec's is."""

    def __init__(self, rows: list[Row], shape: tuple[int, ...], weights: dict[str, Any]) -> None:
        """Take the weights by full name."""
        super().__init__()
        self.steps, self.held = nn.ModuleList(), {}
        x = torch.zeros(2, *shape, dtype=torch.float64)
        for name, row in named(rows):
            modules = nn.Sequential(*layer(row, tuple(x.shape[1:]))).double()
            self.steps.append(modules)
            with torch.no_grad():
                for theirs, ours in NAMES.get(row["type"], {}).items():
                    held = getattr(modules[0], theirs)
                    if held is not None:
                        held.copy_(torch.tensor(weights[f"{name}/{ours}"]))
                        self.held[f"{name}/{ours}"] = held
                x = modules.eval()(x)

    def forward(self, x: Tensor) -> Tensor:
        """Run all layers."""
        for step in self.steps:
            x = step(x)
        return x

    def arrays(self) -> dict[str, Any]:
        """Give the weights as they are, in netspec's names."""
        return {name: held.detach().numpy().copy() for name, held in self.held.items()}


def module(rows: list[Row], shape: tuple[int, ...], weights: dict[str, Any]) -> Images:
    """Make the network, ready for inference."""
    return Images(rows, shape, weights).eval()


def train(own: Images, x: Any, t: Any, how: dict[str, Any], seed: int) -> list[float]:
    """Train by Adam on the cross entropy of logits; give the mean loss of each epoch."""
    optimizer = torch.optim.Adam(own.parameters(), how["learning_rate"], eps=1e-7)
    norms = [part for part in own.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    shares, losses = [part.momentum for part in norms], []
    for epoch in range(how["epochs"]):
        rows, total = order(seed, 0, epoch, len(x)), 0.0
        for first in range(0, len(x), how["batch_size"]):
            part = rows[first : first + how["batch_size"]]
            for norm, share in zip(norms, shares, strict=True):
                begins = int(norm.num_batches_tracked) == 0
                norm.momentum = 1.0 if begins and share is not None else share
            optimizer.zero_grad()
            y = own.train()(torch.tensor(x[part]))
            loss = nn.functional.binary_cross_entropy_with_logits(y, torch.tensor(t[part]))
            loss.backward()
            optimizer.step()
            total += loss.item() * len(part)
        losses.append(total / len(x))
    own.eval()
    return losses
