"""Makes the files of the folder `small`, and what the plain model of ROOT's Reader gives for them.

Imports nothing of the package. Run it as `python -m tests.formats.tmva.make_small`; the same files
come out every time. Of each file there are two outputs: what is right, and what ROOT gives.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.formats.tmva import typed
from tests.formats.tmva.documents import variable
from tests.formats.tmva.root_reader import Reader

FOLDER = Path(__file__).parent / "small"
PAIRS = [([0.1, 0.3, 0.6, 1.0], [-3, -1, 0.5, 1, 4]), ([0.2, 0.7, 1.0], [-1, 0, 0.25, 2])]
OTHERS = [([0.5, 0.75], [-2, 0, 2]), ([0.25, 0.5, 1.0], [-2, 0, 1, 4])]
TURN = [[0.8, -0.6], [0.6, 0.8]]
WIDE = [[1.25, -0.25], [-0.25, 0.75]]
UNIT = [[1.0, 0.0], [0.0, 1.0]]
NAMES = ["pt", "eta"]


def every_transformation():
    """Five transformations of two classes, of which the last entries count."""
    chain = [
        typed.normalize(NAMES, [(0, 1), (0, 2)], [(0, 3), (0, 4)], [(-2, 3), (-1, 4)]),
        typed.gauss(["eta"], OTHERS[:1], OTHERS[:1], PAIRS[:1], form="Flat"),
        typed.decorrelation(NAMES, UNIT, TURN, WIDE),
        typed.pca(NAMES[::-1], ([0, 0], UNIT), ([1, 1], UNIT), ([0.125, -0.25], TURN)),
        typed.gauss(NAMES, OTHERS, OTHERS, PAIRS),
        typed.rearrange(NAMES[::-1], NAMES),
    ]
    layers = [
        typed.dense([[0.5, -1], [1, 0.25], [-0.75, 0.5]], [0.1, -0.2, 0.3], 3),
        typed.dense([[1.5, -2, 0.5]], [0.125]),
    ]
    return typed.file_of(
        layers, NAMES, letter="S", analysis="Classification", transforms=chain,
        layout="TANH|3,LINEAR",
    )  # fmt: skip


def targets_of_a_regression():
    """Targets and a spectator among what is transformed, targets twice."""
    energy, angle, run = ("Target", "energy"), ("Target", "angle"), ("Spectator", "run")
    chain = [
        typed.gauss(["pt", energy], PAIRS, form="Flat"),
        typed.normalize(["eta", run, energy, angle], [(-2, 3), (1, 9), (0, 1), (-5, 5)]),
        typed.decorrelation(NAMES, WIDE),
    ]
    layers = [typed.dense([[0.5, -1], [0.25, 0.75]], [0.5, -0.125])]
    return typed.file_of(
        layers, NAMES, outputs=["energy", "angle"], transforms=chain,
        spectators=[variable(0, "run", tag="Spectator")],
    )  # fmt: skip


def elements_of_an_array():
    """Elements of one array, which share their name, and a variable of its own."""
    names = ["vars_time0"] * 3
    chain = [
        typed.normalize(names, [(-2, 2), (0, 4), (1, 2)]),
        typed.gauss(names[:2], PAIRS),
    ]
    layers = [typed.dense([[0.5, -1, 0.25], [1, 0.25, -0.5]], [0.5, -0.125])]
    return typed.file_of(layers, 3, outputs=2, transforms=chain)


def image_of_roots_tutorial():
    filters = [[0.5, -1, 0.25, 0, 1, -0.5, 0.125, 0.75, -0.25], [1, 0, 0, 0, -1, 0, 0, 0, 1]]
    second = [[((3 * k + 5 * o) % 7 - 3) / 4 for k in range(18)] for o in range(2)]
    head = [[((k * k + o) % 5 - 2) / 8 for k in range(18)] for o in range(3)]
    layers = [
        typed.convolution(filters, [0.1, -0.1], (3, 3), padding=(1, 1), f=1),
        typed.batch_norm([0.25, -0.5], [1.5, 0.75], [1.25, 0.5], [0.1, -0.2], 1e-4),
        typed.convolution(second, [0, 0.5], (3, 3), padding=(1, 1), f=1),
        typed.max_pool((2, 2), (1, 1)),
        typed.flatten(18),
        typed.dense(head, [0, 1, 0], 1),
        typed.dense([[1, -0.5, 0.25]], [-0.125]),
    ]
    return typed.file_of(
        layers, 16, dims=(1, 4, 4), letter="S", analysis="Classification",
        layout="CONV|2|3|3|1|1|1|1|RELU,BNORM,CONV|2|3|3|1|1|1|1|RELU,MAXPOOL|2|2|1|1,"
        "RESHAPE|FLAT,DENSE|3|RELU,DENSE|1|LINEAR",
    )  # fmt: skip


FILES = (
    every_transformation,
    targets_of_a_regression,
    elements_of_an_array,
    image_of_roots_tutorial,
)


def events_of(reader):
    width = len(reader.variables)
    return [[((7 * k + 5 * e) % 23 - 9) / 8 for k in range(width)] for e in range(6)]


def small_files():
    """Give the text of each file by its name, and of all of them the outputs."""
    texts, outputs = {}, {}
    for make in FILES:
        name, text = make.__name__, make()
        texts[name] = text
        root, right = Reader(text), Reader(text, right=True)
        events = events_of(root)
        outputs[name] = {
            "inputs": events,
            "right": [right.evaluate(event) for event in events],
            "root": [root.evaluate(event) for event in events],
        }
    lines = (f"{json.dumps(name)}: {json.dumps(both)}" for name, both in outputs.items())
    return texts, "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    FOLDER.mkdir(exist_ok=True)
    texts, outputs = small_files()
    for name, text in texts.items():
        (FOLDER / f"{name}.weights.xml").write_text(text, encoding="utf-8")
    (FOLDER / "outputs.json").write_text(outputs, encoding="utf-8")


if __name__ == "__main__":
    main()
