"""A whole stack of spec rows in PyTorch, with the weights' full names: inputs to outputs.

A name is the layer's (`lstm_1`, counted by type, unless the row gives one), then the direction
where there are two, then the parameter: `lstm_1/reverse/W`; inside a `bidirectional` layer
`bidirectional_1/forward/lstm_1/W`.
"""

import torch
from torch import Tensor, nn

from .torch_layers import (
    RECURRENT,
    STATES,
    Row,
    Tensors,
    activate,
    both_ways_by_module,
    merge,
    module_for,
    module_weights,
    one_way_by_steps,
    run_module,
    torch_has,
)


def named(rows: list[Row]) -> list[tuple[str, Row]]:
    """Give each row the name netspec gives it."""
    seen: dict[object, int] = {}
    pairs = []
    for row in rows:
        seen[row["type"]] = seen.get(row["type"], 0) + 1
        pairs.append((str(row.get("name", f"{row['type']}_{seen[row['type']]}")), row))
    return pairs


def below(prefix: str, values: Tensors) -> Tensors:
    """Give the values whose names begin with the prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in values.items() if k.startswith(prefix)}


def ways(row: Row) -> list[str]:
    """Give the directions a recurrent row runs in."""
    direction = row.get("direction", "forward")
    return ["forward", "reverse"] if direction == "both" else [direction]


def prefixes(row: Row) -> dict[str, str]:
    """Give, for each direction, what stands before its weights' names."""
    return {way: f"{way}/" if len(ways(row)) == 2 else "" for way in ways(row)}


def recurrent(
    row: Row, p: Tensors, x: Tensor, lengths: Tensor, state: Tensors
) -> tuple[Tensor, Tensors]:
    """Run one recurrent layer: its output, and its final state by name."""
    weights, start = {}, {}
    for way, prefix in prefixes(row).items():
        weights[way] = below(prefix, p)
        zero = torch.zeros(len(x), row["units"], dtype=torch.float64)
        start[way] = {
            name: state.get(prefix + name, weights[way].get(f"{name}0", zero) + zero)
            for name in STATES[row["type"]]
        }
    if torch_has(row):
        runs = both_ways_by_module(row, weights, x, lengths, start)
    else:
        runs = {
            way: one_way_by_steps(row, weights[way], x, lengths, start[way], way) for way in weights
        }
    sequences = row.get("return_sequences", False)
    parts = [y if sequences else last["h"] for y, last in runs.values()]
    final = {
        prefix + name: value
        for way, prefix in prefixes(row).items()
        for name, value in runs[way][1].items()
    }
    return merge(row.get("merge", "concat"), parts), final


def flipped(x: Tensor, lengths: Tensor) -> Tensor:
    """Turn the valid part of every event round; padding stays where it is."""
    return torch.stack(
        [torch.cat([e[:n].flip(0), e[n:]]) for e, n in zip(x, lengths.tolist(), strict=True)]
    )


def two_stacks(
    row: Row, p: Tensors, x: Tensor, lengths: Tensor, state: Tensors
) -> tuple[Tensor, Tensors]:
    """Run two independent stacks, the second one on the reversed valid part."""
    one, final_one = stack(
        row["layers"], below("forward/", p), x, lengths, below("forward/", state)
    )
    two, final_two = stack(
        row["layers"], below("reverse/", p), flipped(x, lengths), lengths, below("reverse/", state)
    )
    if row["layers"][-1].get("return_sequences", False):
        two = flipped(two, lengths)
    final = {f"forward/{k}": v for k, v in final_one.items()}
    return merge(row.get("merge", "concat"), [one, two]), final | {
        f"reverse/{k}": v for k, v in final_two.items()
    }


def layer(
    row: Row, p: Tensors, x: Tensor, lengths: Tensor, state: Tensors
) -> tuple[Tensor, Tensors]:
    """Run one layer of any type."""
    if row["type"] in RECURRENT:
        return recurrent(row, p, x, lengths, state)
    match row["type"]:
        case "bidirectional":
            return two_stacks(row, p, x, lengths, state)
        case "dense":
            y = nn.functional.linear(x, p["W"], p.get("b"))
            y = activate(row.get("activation", "linear"), y)
        case "embedding":
            y = nn.functional.embedding(x.long(), p["W"])
            y = y if x.ndim == 2 else y.flatten(2)
        case "activation":
            y = activate(row["activation"], x)
        case "flatten":
            y = x.flatten(1)
        case "reshape":
            y = x.reshape(len(x), *row["shape"])
        case "last_step":
            y = x[torch.arange(len(x)), lengths - 1]
        case other:
            raise ValueError(f"no torch for {other}")
    return y, {}


def stack(
    rows: list[Row], p: Tensors, x: Tensor, lengths: Tensor | None, state: Tensors
) -> tuple[Tensor, Tensors]:
    """Run the rows one after the other; padded steps of a sequence are 0 between them."""
    final = {}
    for name, row in named(rows):
        valid = torch.full((len(x),), x.shape[1]) if lengths is None else lengths
        x, last = layer(row, below(f"{name}/", p), x, valid, below(f"{name}/", state))
        final |= {f"{name}/{key}": value for key, value in last.items()}
        if x.ndim == 3 and lengths is not None:
            x = x * (torch.arange(x.shape[1]) < lengths[:, None])[:, :, None]
    return x, final


def torch_stack(
    rows: list[Row], p: Tensors, x: Tensor, lengths: Tensor | None, state: Tensors
) -> tuple[Tensor, Tensors]:
    """Run a stack of equal bidirectional rows as ONE torch module with so many layers."""
    weights, start = {}, {name: [] for name in STATES[rows[0]["type"]]}
    places = [
        (f"{name}/{way}/", f"{k}{suffix}")
        for k, (name, _) in enumerate(named(rows))
        for way, suffix in (("forward", ""), ("reverse", "_reverse"))
    ]
    for prefix, suffix in places:
        weights |= module_weights(rows[0], below(prefix, p), suffix)
        for name, values in start.items():
            zero = torch.zeros(len(x), rows[0]["units"], dtype=torch.float64)
            values.append(state.get(prefix + name, zero))
    module = module_for(rows[0], x.shape[-1], num_layers=len(rows))
    valid = torch.full((len(x),), x.shape[1]) if lengths is None else lengths
    y, last = run_module(module, weights, x, valid, [torch.stack(v) for v in start.values()])
    final = {
        prefix + name: value[k]
        for name, value in zip(start, last, strict=True)
        for k, (prefix, _) in enumerate(places)
    }
    return y, final
