"""What PyTorch is asked: for each kind of layer, named stacks with sizes, lengths and a seed.

Batch, steps, features and units are all different everywhere.
"""

from itertools import count
from typing import TypedDict

BATCH, STEPS, FEATURES, UNITS = 3, 5, 4, 2
RAGGED = [5, 1, 3]


class Question(TypedDict, total=False):
    """One question; `together` asks for a stack as one torch module."""

    layers: list[dict[str, object]]
    shape: list[int]
    batch: int
    lengths: list[int] | None
    state: bool
    seed: int
    together: bool


_seeds = count(20_000)


def ask(
    *layers: dict[str, object], shape: tuple[int, ...] = (STEPS, FEATURES), **more: object
) -> Question:
    """Fill in what a question does not say."""
    rest = {"lengths": None, "state": False, "batch": BATCH, "seed": next(_seeds)}
    return Question(layers=list(layers), shape=list(shape), **(rest | more))


ACTIVATIONS: dict[str, object] = {
    name: name
    for name in ("linear", "relu", "sigmoid", "tanh", "symmrelu", "softsign", "gauss", "softmax")
} | {
    "elu": "elu",
    "elu_0.7": {"type": "elu", "alpha": 0.7},
    "leaky_relu": "leaky_relu",
    "leaky_relu_0.2": {"type": "leaky_relu", "slope": 0.2},
    "gelu_erf": "gelu",
    "gelu_tanh": {"type": "gelu", "approximate": "tanh"},
    "hard_sigmoid": "hard_sigmoid",
    "hard_sigmoid_0.2": {"type": "hard_sigmoid", "slope": 0.2},
}

DENSE = {
    f"flat_{name}": ask({"type": "dense", "units": 5, "activation": choice}, shape=(FEATURES,))
    for name, choice in ACTIVATIONS.items()
} | {
    "every_step": ask({"type": "dense", "units": 2, "activation": "tanh"}),
    "every_valid_step": ask({"type": "dense", "units": 2, "activation": "softmax"}, lengths=RAGGED),
    "without_bias": ask({"type": "dense", "units": 2, "bias": False}, shape=(FEATURES,)),
}

ACTIVATION = {
    name: ask({"type": "activation", "activation": choice}, shape=(7,), batch=4)
    for name, choice in ACTIVATIONS.items()
} | {"softmax_every_step": ask({"type": "activation", "activation": "softmax"}, lengths=RAGGED)}


def recurrent(kind: str, **options: object) -> dict[str, Question]:
    """Ask for one recurrent layer in every direction, merge, start and end."""

    def row(**more: object) -> dict[str, object]:
        return {"type": kind, "units": UNITS, **options, **more}

    each = {"return_sequences": True}
    given = {"lengths": RAGGED, "state": True}
    learned = {"initial_state": "learned", "state_bias": True}
    constant = {"initial_state": "constant", "initial_value": -0.625}
    return {
        "forward_every_step": ask(row(**each)),
        "forward_every_step_ragged_from_state": ask(row(**each), **given),
        "forward_end_ragged": ask(row(), lengths=RAGGED),
        "reverse_every_step_ragged_from_state": ask(row(direction="reverse", **each), **given),
        "reverse_end": ask(row(direction="reverse")),
        "both_concat_every_step_ragged_from_state": ask(row(direction="both", **each), **given),
        "both_concat_end_from_state": ask(row(direction="both"), state=True),
        "both_sum_end_ragged": ask(row(direction="both", merge="sum"), lengths=RAGGED),
        "both_mean_every_step": ask(row(direction="both", merge="mean", **each)),
        "both_mul_every_step_ragged": ask(
            row(direction="both", merge="mul", **each), lengths=RAGGED
        ),
        "two_biases": ask(row(state_bias=True, **each), **given),
        "only_the_state_bias": ask(row(bias=False, state_bias=True), lengths=RAGGED),
        "no_bias": ask(row(bias=False, direction="both"), lengths=RAGGED),
        "learned_start": ask(row(direction="both", **each, **learned), lengths=RAGGED),
        "constant_start": ask(row(**each, **constant), lengths=RAGGED),
        "one_step": ask(row(direction="both", **each), shape=(1, FEATURES), state=True),
    }


def some(questions: dict[str, Question], *names: str) -> dict[str, Question]:
    """Give the questions of these names."""
    return {name: questions[name] for name in names}


SHORT = (
    "forward_every_step_ragged_from_state",
    "reverse_end",
    "both_concat_every_step_ragged_from_state",
    "learned_start",
)

RNN = (
    recurrent("rnn")
    | {
        f"relu_{name}": question
        for name, question in some(recurrent("rnn", activation="relu"), *SHORT).items()
    }
    | {
        f"softsign_{name}": question
        for name, question in some(recurrent("rnn", activation="softsign"), *SHORT[:2]).items()
    }
)

LSTM = (
    recurrent("lstm")
    | {
        f"forget_bias_{name}": question
        for name, question in some(recurrent("lstm", forget_bias=1.25), *SHORT).items()
    }
    | {
        f"hard_gates_{name}": question
        for name, question in some(
            recurrent(
                "lstm",
                activation="softsign",
                gate_activation="hard_sigmoid",
                cell_activation="gauss",
            ),
            *SHORT,
        ).items()
    }
    | {
        f"softsign_{name}": question
        for name, question in some(recurrent("lstm", activation="softsign"), *SHORT[:1]).items()
    }
)

GRU = (
    {f"after_{name}": question for name, question in recurrent("gru", reset_after=True).items()}
    | {f"before_{name}": question for name, question in recurrent("gru").items()}
    | {
        f"after_hard_{name}": question
        for name, question in some(
            recurrent("gru", reset_after=True, activation="elu", gate_activation="hard_sigmoid"),
            *SHORT[:2],
        ).items()
    }
    | {
        f"before_hard_{name}": question
        for name, question in some(
            recurrent("gru", activation="gelu", gate_activation="hard_sigmoid"), *SHORT[:2]
        ).items()
    }
)


def two(kind: str, **options: object) -> list[dict[str, object]]:
    """Give an inner stack of two layers of one kind."""
    return [
        {"type": kind, "units": 3, "return_sequences": True, **options},
        {"type": kind, "units": UNITS, **options},
    ]


def pair(kind: str, merge: str, every_step: bool, **options: object) -> dict[str, object]:
    """Give a bidirectional layer of two such stacks."""
    layers = two(kind, **options)
    if every_step:
        layers[-1]["return_sequences"] = True
    return {"type": "bidirectional", "layers": layers, "merge": merge}


BIDIRECTIONAL = {
    "lstm_concat_every_step_ragged_from_state": ask(
        pair("lstm", "concat", True), lengths=RAGGED, state=True
    ),
    "lstm_sum_end_ragged": ask(pair("lstm", "sum", False), lengths=RAGGED),
    "gru_mean_every_step": ask(pair("gru", "mean", True)),
    "gru_after_mul_every_step_ragged": ask(
        pair("gru", "mul", True, reset_after=True), lengths=RAGGED
    ),
    "rnn_concat_end_from_state": ask(pair("rnn", "concat", False), state=True),
}


def deep(kind: str, **options: object) -> list[dict[str, object]]:
    """Give two equal layers both ways, which torch runs as one module."""
    row = {"type": kind, "units": UNITS, "return_sequences": True, "direction": "both"}
    return [row | options, row | options]


STACKS = {
    f"{kind}_{name}": ask(*deep(kind, **options), together=True, **more)
    for kind, options in (
        ("rnn", {}),
        ("lstm", {"state_bias": True}),
        ("gru", {"reset_after": True, "state_bias": True}),
    )
    for name, more in (("whole", {}), ("ragged_from_state", {"lengths": RAGGED, "state": True}))
} | {
    "lstm_flatten_dense": ask(
        {"type": "lstm", "units": UNITS, "return_sequences": True},
        {"type": "flatten"},
        {"type": "dense", "units": 6, "activation": "tanh"},
        {"type": "dense", "units": 1},
        {"type": "activation", "activation": "sigmoid"},
    ),
    "reshape_gru_dense": ask(
        {"type": "reshape", "shape": [5, 4]},
        {"type": "gru", "units": UNITS},
        {"type": "dense", "units": 3, "activation": "softmax"},
        shape=(20,),
    ),
    "last_step_of_both_ways": ask(
        {"type": "gru", "units": UNITS, "return_sequences": True, "direction": "both"},
        {"type": "dense", "units": 6, "activation": "tanh"},
        {"type": "last_step"},
        {"type": "dense", "units": 1},
        lengths=RAGGED,
    ),
    "reverse_over_forward": ask(
        {"type": "lstm", "units": UNITS, "return_sequences": True},
        {"type": "rnn", "units": 6, "return_sequences": True, "direction": "reverse"},
        {"type": "gru", "units": 1, "reset_after": True},
        lengths=RAGGED,
        state=True,
    ),
}

TABLE: dict[str, object] = {"type": "embedding", "ids": 11, "units": 6}
EMBEDDING = {
    "alone": ask(TABLE, shape=(7,)),
    "one_id_a_step_ragged": ask(
        TABLE, {"type": "lstm", "units": UNITS}, shape=(5, 1), lengths=RAGGED
    ),
    "four_ids_a_step_ragged": ask(
        TABLE, {"type": "gru", "units": UNITS, "return_sequences": True}, lengths=RAGGED, state=True
    ),
    "a_table_that_stays": ask(TABLE | {"trainable": False}, {"type": "dense", "units": UNITS}),
}

QUESTIONS = {
    "dense": DENSE,
    "activation": ACTIVATION,
    "rnn": RNN,
    "lstm": LSTM,
    "gru": GRU,
    "bidirectional": BIDIRECTIONAL,
    "stacks": STACKS,
    "embedding": EMBEDDING,
}
