"""How time_series.weights.xml was made: trained with PyTorch, saved by netspec in TMVA's form.

Not needed to run the example. `python train_with_torch.py` trains again (half a minute) and
writes the file anew; the numbers depend on the version of PyTorch and on the machine.
"""

from __future__ import annotations

from pathlib import Path

import data
import torch

import netspec

HERE = Path(__file__).parent
UNITS, HIDDEN = 6, 12
MEAN, WIDTH = data.DRAWS / data.BINS, data.NOISE  # of a bin, to begin with numbers near 1

SPEC = {
    "name": "time_series",
    "input": {
        "variables": [
            {"name": f"vars_time{j}", "type": "F[]", "size": data.BINS} for j in range(data.STEPS)
        ]
    },
    "layers": [
        {"type": "reshape", "shape": [data.STEPS, data.BINS]},
        {"type": "lstm", "units": UNITS, "return_sequences": True},
        {"type": "flatten"},
        {"type": "dense", "units": HIDDEN, "activation": "tanh"},
        {"type": "dense", "units": 1},
    ],
    "output": {
        "activation": "sigmoid",
        "analysis": "classification",
        "classes": ["Signal", "Background"],
    },
}


class Net(torch.nn.Module):
    """The same layers in PyTorch."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(data.BINS, UNITS, batch_first=True)
        self.first = torch.nn.Linear(data.STEPS * UNITS, HIDDEN)
        self.last = torch.nn.Linear(HIDDEN, 1)

    def forward(self, x):
        """Give logits (batch,) for x (batch, steps, bins)."""
        y, _ = self.lstm((x - MEAN) / WIDTH)
        return self.last(torch.tanh(self.first(y.flatten(1))))[:, 0]


def train(seed=7, events=6000, epochs=12):
    """Give the network as it was after the epoch that did best on events put aside."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net, best = Net(), (2.0, None)
    x, y = (torch.from_numpy(a) for a in data.make(events, seed))
    x_val, y_val = (torch.from_numpy(a) for a in data.make(1000, seed + 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    loss = torch.nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        for rows in torch.randperm(len(x)).split(100):
            optimizer.zero_grad()
            loss(net(x[rows]), y[rows].float()).backward()
            optimizer.step()
        with torch.no_grad():
            value = loss(net(x_val), y_val.float()).item()
            score = data.area(net(x_val).numpy(), y_val.numpy())
        print(f"epoch {epoch + 1}: loss {value:.4f}, area {score:.4f}")
        if value < best[0]:
            best = value, {k: v.clone() for k, v in net.state_dict().items()}
    net.load_state_dict(best[1])
    return net


def weights_of(net):
    """Give netspec's arrays; the shift and scale of the input go into the LSTM's own."""
    p = {name: array.detach().double() for name, array in net.named_parameters()}
    W = p["lstm.weight_ih_l0"] / WIDTH
    b = p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"] - MEAN * W.sum(1)
    arrays = {
        "lstm_1/W": W.reshape(4, UNITS, data.BINS),
        "lstm_1/U": p["lstm.weight_hh_l0"].reshape(4, UNITS, UNITS),
        "lstm_1/b": b.reshape(4, UNITS),
        "dense_1/W": p["first.weight"],
        "dense_1/b": p["first.bias"],
        "dense_2/W": p["last.weight"],
        "dense_2/b": p["last.bias"],
    }
    return {name: array.float().numpy() for name, array in arrays.items()}


if __name__ == "__main__":
    spec = netspec.NetworkSpec.from_data(SPEC)
    network = netspec.build(spec, weights=weights_of(train()))
    network.save(HERE / "time_series.weights.xml", format="tmva")
