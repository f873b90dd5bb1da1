"""TMVA files drawn at random: any layers that fit one another, any transformations, any analysis.

Imports nothing of the package. The same seed gives the same file.
"""

from __future__ import annotations

import random

from tests.formats.tmva import typed
from tests.formats.tmva.documents import Draw, cell


def matrix(draw, rows, columns):
    return [[round(draw.uniform(-1.2, 1.2), 3) for _ in range(columns)] for _ in range(rows)]


def row(draw, count):
    return matrix(draw, 1, count)[0]


def norm(draw, n):
    variance = [abs(v) + 0.1 for v in row(draw, n)]
    epsilon, momentum = round(draw.uniform(1e-5, 0.1), 4), draw.choice([-1.0, 0.9])
    return typed.batch_norm(row(draw, n), variance, row(draw, n), row(draw, n), epsilon, momentum)


def windows(draw, size, padding, most):
    """Draw a kernel and a stride that leaves no rest, and say how many windows there are."""
    kernel = draw.randint(1, min(size + 2 * padding, most))
    room = size + 2 * padding - kernel
    stride = draw.choice([s for s in (1, 1, 2, 3) if room % s == 0])
    return kernel, stride, room // stride + 1


def image(draw, shape):
    """Draw layers of images, the last of which makes a row; give its width, too."""
    layers, before = [], ""
    for k in range(draw.randint(1, 4)):
        C, H, W = shape
        kind = "convolution" if k == 0 else draw.choice(["convolution", "pool", "norm"])
        if kind == "norm" and before != "norm":
            layers.append(norm(draw, C))
        if kind != "norm":
            p, q = (draw.randint(0, 2) if kind == "convolution" else 0 for _ in range(2))
            (h, r, rows), (w, c, columns) = windows(draw, H, p, 4), windows(draw, W, q, 4)
            shape = (C, rows, columns)
            if kind == "pool":
                layers.append(typed.max_pool((h, w), (r, c)))
            else:
                D, f = draw.randint(1, 4), draw.randint(0, 7)
                weights, biases = matrix(draw, D, C * h * w), row(draw, D)
                layers.append(typed.convolution(weights, biases, (h, w), (r, c), (p, q), f))
                shape = (D, rows, columns)
        before = kind
    width = shape[0] * shape[1] * shape[2]
    return [*layers, typed.flatten(width)], width


def sequence(draw, steps, features):
    layers, numbers, whole = [], Draw(draw.randint(0, 10**6)), 1
    for _ in range(draw.randint(1, 3)):
        kind, units, whole = (
            draw.choice(["RNN", "LSTM", "GRU"]),
            draw.randint(1, 4),
            draw.randint(0, 1),
        )
        after = draw.randint(0, 1) if kind == "GRU" else 0
        layers.append(cell(numbers, kind, steps, features, units, sequence=whole, after=after)[0])
        features = units
        if not whole:
            return layers, features
    return [*layers, typed.flatten(steps * features)], steps * features


def network(draw):
    """Draw a stack: its layers, the shape of an event, and how many outputs there are."""
    kind = draw.choice(["row", "image", "image", "sequence"])
    if kind == "row":
        dims, layers, width = (1, 1, draw.randint(1, 6)), [], 0
        width = dims[2]
    elif kind == "image":
        dims = draw.randint(1, 3), draw.randint(1, 5), draw.randint(1, 5)
        layers, width = image(draw, dims)
    else:
        dims = draw.randint(1, 5), 1, draw.randint(1, 4)
        layers, width = sequence(draw, dims[0], dims[2])
    if kind != "row" and draw.random() < 0.3:
        layers = [typed.reshape(*dims), *layers]
        dims = (1, 1, dims[0] * dims[1] * dims[2])
    for _ in range(draw.randint(0, 3)):
        if kind != "sequence" and draw.random() < 0.3:
            layers.append(norm(draw, width))
        units = draw.randint(1, 5)
        weights, biases = matrix(draw, units, width), row(draw, units)
        layers.append(typed.dense(weights, biases, draw.randint(0, 7)))
        width = units
    outputs = draw.randint(1, 3)
    layers.append(typed.dense(matrix(draw, outputs, width), row(draw, outputs)))
    return layers, dims, outputs


def density(draw):
    bins = draw.randint(2, 6)
    edges = sorted(draw.uniform(-4, 4) for _ in range(bins + 1))
    contents = sorted(draw.uniform(0, 1) for _ in range(bins))
    return [round(v, 6) for v in contents], [float(f"{v:.8e}") for v in edges]


def transformation(draw, variables, targets, entries):
    """Draw one: of variables in any order, and of targets where TMVA can undo it."""
    kind = draw.choice("NDPGUR")
    pool = [*variables, *(("Target", name) for name in targets if draw.random() < 0.6)]
    pool = pool if kind in "NGU" else variables
    chosen = draw.sample(pool, draw.randint(1, min(len(pool), 5)))
    n = len(chosen)
    if kind == "N":
        limits = [
            [(round(draw.uniform(-3, 0), 3), round(draw.uniform(0.2, 3), 3)) for _ in chosen]
            for _ in range(entries)
        ]
        return typed.normalize(chosen, *limits)
    if kind in "GU":
        tables = [[density(draw) for _ in chosen] for _ in range(entries)]
        return typed.gauss(chosen, *tables, form="Gauss" if kind == "G" else "Flat")
    if kind == "D":
        return typed.decorrelation(chosen, *[matrix(draw, n, n) for _ in range(entries)])
    if kind == "P":
        parts = [(row(draw, n), matrix(draw, n, n)) for _ in range(entries)]
        return typed.pca(chosen, *parts)
    return typed.rearrange(chosen, draw.sample(chosen, n))


def file_and_events(seed):
    """Give the text of a file, and four events for it."""
    draw = random.Random(seed)
    layers, dims, outputs = network(draw)
    width = dims[0] * dims[1] * dims[2]
    array = draw.random() < 0.3
    labels = [f"v{k}" for k in range(width)]
    analysis = draw.choice(["Regression", "Classification", "Multiclass"])
    more, classes, letter, targets = {}, 1, "I", []
    if analysis == "Regression":
        targets = more["outputs"] = [f"t{k}" for k in range(outputs)]
    elif analysis == "Classification":
        classes, letter = 2, draw.choice("SI")
    else:
        classes, letter = outputs, "M"
        more["classes"] = [f"c{k}" for k in range(outputs)]
    names = ["vars_time0"] * width if array else labels
    entries = classes + 1 if classes > 1 else 1
    changes = [transformation(draw, names, targets, entries) for _ in range(draw.randint(0, 3))]
    text = typed.file_of(
        layers, width if array else labels, dims=dims, letter=letter, analysis=analysis,
        transforms=changes, **more,
    )  # fmt: skip
    events = [[round(draw.uniform(-3, 3), 3) for _ in range(width)] for _ in range(4)]
    return text, events
