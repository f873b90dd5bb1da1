"""A step of training by the formulas of layers, losses and optimizers, one after another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from netspec import NetworkSpec, initializers
from netspec.backends import Backend
from netspec.layers import stack


class Stepped(NamedTuple):
    """What a step gave, and what was left behind it."""

    loss: float
    count: int
    gradients: dict[str, Any]
    weights: dict[str, Any]
    memory: dict[str, Any]
    state: dict[str, Any]


class Question(NamedTuple):
    """A network, data for it, and how it is to be trained."""

    spec: NetworkSpec
    weights: dict[str, Any]
    x: Any
    t: Any
    loss: Any
    optimizer: Any
    options: dict[str, Any]  # row weights `weights`, `lengths`, `state`


def question(
    layers: list[dict[str, Any]],
    dtype: str,
    loss: Any,
    optimizer: Any,
    *,
    batch: int = 3,
    shape: tuple[int, ...] = (4, 3),
    output: dict[str, Any] | None = None,
    weights: bool | str = True,
    lengths: Any = None,
    state: bool = False,
) -> Question:
    """Draw weights, events and targets; what lies beyond a sequence's end is NaN."""
    draw = np.random.default_rng(batch)
    spec = NetworkSpec(
        dtype=dtype, input={"shape": shape}, layers=layers, **({"output": output} if output else {})
    )
    table, count = spec.parameters(), spec.layers[0].id_count
    arrays = {
        name: draw.uniform(-1, 1, param.shape)
        if param.trainable or count
        else initializers.draw(param.initializer, None, param.shape, "float64")
        + draw.uniform(-0.1, 0.1, param.shape)
        for name, param in table.items()
    }
    gives = stack.output_shape(spec.layers, shape)
    x, t = draw.uniform(-2, 2, (batch, *shape)), draw.uniform(0, 1, (batch, *gives))
    if count:
        x = np.floor((x + 2) / 4 * count)
    if lengths is not None:
        x[np.arange(shape[0]) >= lengths[:, None]] = np.nan
    rows = (batch, *gives[:-1]) if weights == "by row" else (batch,)
    given = {
        "weights": draw.uniform(0.5, 2, rows).astype(dtype) if weights else None,
        "lengths": lengths,
        "state": {
            name: draw.uniform(-1, 1, (batch, *sizes)).astype(dtype)
            for name, sizes in spec.states().items()
        }
        if state
        else None,
    }
    arrays = {name: array.astype(table[name].dtype or dtype) for name, array in arrays.items()}
    return Question(spec, arrays, x.astype(dtype), t.astype(dtype), loss, optimizer, given)


def by_formulas(b: Backend, q: Question, steps: int = 2, rng: Any = None) -> list[Stepped]:
    """Answer by `forward`, `terms`, `back` and `update`, nothing else."""
    p, done = dict(q.weights), []
    trained = [name for name, param in q.spec.parameters().items() if param.trainable]
    memory = {name: q.optimizer.start(b, p[name]) for name in trained}
    for number in range(1, steps + 1):
        with b.computing():
            forward, valid = stack.forward(
                q.spec.layers,
                b,
                p,
                q.x,
                rng=rng,
                lengths=q.options["lengths"],
                state=q.options["state"] or {},
            )
            loss, count, dy = _objective(b, q, forward.y, valid)
            gradients = {name: forward.back(dy).weights[name] for name in trained}
            factors = q.optimizer.factors(q.optimizer.learning_rate, number)
            for name in trained if count else ():
                p[name], memory[name] = q.optimizer.update(
                    b, p[name], gradients[name], memory[name], factors
                )
        done.append(Stepped(loss, count, gradients, dict(p), dict(memory), forward.state))
    return done


def _objective(b: Backend, q: Question, y: Any, lengths: Any) -> tuple[float, int, Any]:
    """L = sum_r w_r sum_k v[r, k] / N, N, and dL/dy."""
    activation = q.spec.output.activation
    seen = y if q.loss.before_activation else activation.apply(b, y)
    values, slope = q.loss.terms(b, seen, q.t)
    rows = tuple(range(y.ndim - 1))
    valid = int(np.prod(y.shape[:-1])) if lengths is None else int(lengths.sum())
    count = valid * values.shape[-1]
    if not count:
        return 0.0, 0, b.zeros(y.shape, y.dtype)
    w = q.options["weights"]
    if w is None:
        dy = slope * (1.0 / count)
    else:
        w = w if w.ndim == len(rows) else w.reshape(-1, *[1] * (len(rows) - 1))
        values, dy = values * w[..., None], slope * (w * (1.0 / count))[..., None]
    values, dy = stack.padded(b, values, lengths), stack.padded(b, dy, lengths)
    if not q.loss.before_activation:
        dy = stack.padded(b, activation.back(b, y, seen, dy), lengths)
    return float(b.sum(b.sum(values, rows), 0) / count), count, dy


def lowered(b: Backend, q: Question, penalties: Any = None, clip: Any = None) -> Any:
    """Give the backend's plan, or None."""
    return b.training_plan(
        q.spec, q.spec.layers, q.weights, q.loss, q.optimizer, penalties or {}, clip
    )


def planned(b: Backend, q: Question, steps: int = 2, rng: Any = None) -> list[Stepped]:
    """Answer by the backend's plan."""
    plan, done = lowered(b, q), []
    assert plan is not None
    for number in range(1, steps + 1):
        factors = q.optimizer.factors(q.optimizer.learning_rate, number)
        loss, count, state = plan.step(q.x, q.t, factors, finals=True, rng=rng, **q.options)
        done.append(Stepped(loss, count, plan.gradients(), plan.weights(), plan.memory(), state))
    return done


def same(got: list[Stepped], want: list[Stepped]) -> None:
    """Assert that two answers have the same bits; of no valid step there is no gradient."""
    for one, other in zip(got, want, strict=True):
        assert np.float64(one.loss).tobytes() == np.float64(other.loss).tobytes()
        assert one.count == other.count
        assert one.gradients.keys() == other.gradients.keys()
        for name in one.gradients:
            _equal(name, one.weights[name], other.weights[name])
            for k in other.memory[name]:
                _equal(f"{name}/{k}", one.memory[name][k], other.memory[name][k])
            _equal(name, one.gradients[name], other.gradients[name])
        assert one.state.keys() == other.state.keys()
        for name, array in one.state.items():
            _equal(name, array, other.state[name])


def _equal(name: str, one: Any, other: Any) -> None:
    assert one.shape == other.shape, name
    assert one.tobytes() == np.ascontiguousarray(other).tobytes(), name
