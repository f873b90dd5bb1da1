"""What every layer is in PyTorch: the second opinion on netspec's formulae.

PyTorch's own `nn.RNN`, `nn.LSTM` and `nn.GRU` do the recurrence, both directions and, through
packed sequences, the lengths. What they do not have (a reset before the recurrent product,
other activations) is written out here, one event and one step at a time. Autograd gives every
gradient. A layer is the plain row of a spec file; its weights come in netspec's names and
shapes. Nothing of netspec is imported.

    LSTM: torch's i, f, g, o are the gates i, f, c, o       GRU: torch's r, z, n are r, u, c
"""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Row = dict[str, object]
Tensors = dict[str, Tensor]

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
STATES = {"rnn": ("h",), "lstm": ("h", "c"), "gru": ("h",)}
RECURRENT = tuple(BLOCKS)


def activate(choice: object, x: Tensor) -> Tensor:
    """Apply an activation, given as a word or as {type: word, option: value}."""
    row = {"type": choice} if isinstance(choice, str) else dict(choice)
    functional = nn.functional
    match row["type"]:
        case "linear":
            return x
        case "symmrelu":
            return torch.abs(x)
        case "gauss":
            return torch.exp(-(x**2))
        case "fast_tanh":
            return torch.tanh(x)
        case "softmax":
            return torch.softmax(x, dim=-1)
        case "elu":
            return functional.elu(x, row.get("alpha", 1.0))
        case "leaky_relu":
            return functional.leaky_relu(x, row.get("slope", 0.01))
        case "gelu":
            return functional.gelu(x, approximate=row.get("approximate", "none"))
        case "hard_sigmoid" if "slope" in row:
            return torch.clamp(row["slope"] * x + 0.5, 0.0, 1.0)
        case "hard_sigmoid":
            # functional.hardsigmoid goes back with 1/6 rounded to float32, 5e-9 away.
            return functional.relu6(x + 3.0) / 6.0
        case "softsign":
            return functional.softsign(x)
        case word:
            return getattr(torch, word)(x)


def torch_has(row: Row) -> bool:
    """Say whether torch's own module computes this recurrent layer."""
    if row["type"] == "rnn":
        return row.get("activation", "tanh") in ("tanh", "relu")
    if row["type"] == "gru" and not row.get("reset_after", False):
        return False
    return not {"activation", "gate_activation", "cell_activation"} & row.keys()


def module_weights(row: Row, p: Tensors, suffix: str) -> Tensors:
    """Give one direction's weights in the names and shapes of torch's modules."""
    units = row["units"]
    W, U = (p[name].reshape(-1, p[name].shape[-1]) for name in ("W", "U"))
    none = torch.zeros(BLOCKS[row["type"]] * units, dtype=torch.float64)
    b = p["b"].reshape(-1) if "b" in p else none
    if row.get("forget_bias"):
        b = b + row["forget_bias"] * (torch.arange(4 * units) // units == 1).double()
    b_state = p["b_state"].reshape(-1) if "b_state" in p else none
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    values = (W, U, b, b_state)
    return {f"{name}_l{suffix}": value for name, value in zip(names, values, strict=True)}


def module_for(row: Row, features: int, **options: object) -> nn.RNNBase:
    """Make torch's module for a recurrent row; its own weights are not used."""
    if row["type"] == "rnn":
        options["nonlinearity"] = row.get("activation", "tanh")
    kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[row["type"]]
    return kind(features, row["units"], batch_first=True, bidirectional=True, **options).double()


def run_module(
    module: nn.RNNBase, weights: Tensors, x: Tensor, lengths: Tensor, start: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run torch's module over a packed batch: padded outputs, and the state of every direction."""
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    h0 = start[0] if len(start) == 1 else tuple(start)
    y, last = functional_call(module, weights, (packed, h0))
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    return y, last if isinstance(last, tuple) else (last,)


def both_ways_by_module(
    row: Row, p: dict[str, Tensors], x: Tensor, lengths: Tensor, start: dict[str, Tensors]
) -> dict[str, tuple[Tensor, Tensors]]:
    """Run both directions of torch's bidirectional module; a missing one gets idle weights."""
    names = STATES[row["type"]]
    idle = next(iter(p))
    weights: Tensors = {}
    for way, suffix in (("forward", "0"), ("reverse", "0_reverse")):
        weights |= module_weights(row, p.get(way, p[idle]), suffix)
    stacked = [
        torch.stack([start.get(way, start[idle])[name] for way in ("forward", "reverse")])
        for name in names
    ]
    y, last = run_module(module_for(row, x.shape[-1]), weights, x, lengths, stacked)
    halves = dict(zip(("forward", "reverse"), y.chunk(2, dim=-1), strict=True))
    return {
        way: (halves[way], {name: value[k] for name, value in zip(names, last, strict=True)})
        for k, way in enumerate(("forward", "reverse"))
        if way in p
    }


def step(row: Row, p: Tensors, x: Tensor, state: Tensors, k: Tensor | None = None) -> Tensors:
    """Take one step of one event, written out: x (features,), each state (units,).

    k (units,) is what recurrent dropout leaves of h for U to see.
    """
    kind, blocks = row["type"], BLOCKS[row["type"]]
    h = state["h"] if k is None else k * state["h"]
    zero = torch.zeros(blocks, row["units"], dtype=torch.float64)
    W, U = (p[n].reshape(blocks, row["units"], -1) for n in ("W", "U"))
    b, d = (p[n].reshape(zero.shape) if n in p else zero for n in ("b", "b_state"))
    rule, gate = row.get("activation", "tanh"), row.get("gate_activation", "sigmoid")
    if kind == "rnn":
        return {"h": activate(rule, W[0] @ x + b[0] + U[0] @ h + d[0])}
    if kind == "lstm":
        i, f, c, o = (W[k] @ x + b[k] + U[k] @ h + d[k] for k in range(4))
        i, f, o = (activate(gate, z) for z in (i, f + row.get("forget_bias", 0.0), o))
        c = f * state["c"] + i * activate(rule, c)
        return {"h": o * activate(row.get("cell_activation") or rule, c), "c": c}
    r, u = (activate(gate, W[k] @ x + b[k] + U[k] @ h + d[k]) for k in range(2))
    if row.get("reset_after", False):
        c = activate(rule, W[2] @ x + b[2] + r * (U[2] @ h + d[2]))
    else:
        c = activate(rule, W[2] @ x + b[2] + U[2] @ (r * h) + d[2])
    return {"h": u * state["h"] + (1 - u) * c}


def one_way_by_steps(
    row: Row,
    p: Tensors,
    x: Tensor,
    lengths: Tensor,
    start: Tensors,
    way: str,
    thinning: Tensor | None = None,
) -> tuple[Tensor, Tensors]:
    """Walk each event's valid steps, in the order of the direction; `thinning` is every k."""
    outputs, finals = [], []
    for event, length in enumerate(lengths.tolist()):
        state = {name: value[event] for name, value in start.items()}
        rows = [torch.zeros(row["units"], dtype=torch.float64)] * x.shape[1]
        for t in range(length) if way == "forward" else reversed(range(length)):
            state = step(row, p, x[event, t], state, None if thinning is None else thinning[event])
            rows[t] = state["h"]
        outputs.append(torch.stack(rows))
        finals.append(state)
    return torch.stack(outputs), {n: torch.stack([f[n] for f in finals]) for n in start}


def merge(how: str, parts: list[Tensor]) -> Tensor:
    """Join the outputs of the two directions."""
    if len(parts) == 1:
        return parts[0]
    one, two = parts
    joined = {"sum": one + two, "mean": (one + two) / 2, "mul": one * two}
    return torch.cat([one, two], dim=-1) if how == "concat" else joined[how]
