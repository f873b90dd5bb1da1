"""Makes the TMVA files of the folder `fixtures` and works out what they give, in plain loops.

Imports nothing of the package. Run it as `python -m tests.formats.tmva.make_fixtures`; the same
files come out every time. Numbers are random with seven digits, as ROOT writes them, and rounded
to float32, as ROOT reads them. Inputs are multiples of 1/64, exact in float32.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.formats.tmva.by_hand import back_again, cut, image_of, output, there
from tests.formats.tmva.documents import (
    Draw,
    arrays,
    batch_norm,
    cell,
    convolution,
    dense,
    document,
    flatten,
    max_pool,
    normalize,
    plain,
    reshape,
    reshape_to_image,
    variable,
)

FOLDER = Path(__file__).parent / "fixtures"


class Fixtures:
    """Collects files and what they give."""

    def __init__(self):
        self.outputs = {}

    def add(self, name, draw, text, count, run):
        events = [[0.0] * count, *(draw.event(count) for _ in range(4))]
        (FOLDER / f"{name}.weights.xml").write_text(text, encoding="utf-8")
        self.outputs[name] = {"inputs": events, "outputs": [run(x) for x in events]}

    def network(
        self, name, seed, dims, make, variables, *, letter="S", keep=None, steps=True, image=False,
        **more,
    ):  # fmt: skip
        draw = Draw(seed)
        layers = make(draw)

        def run(x):
            y = cut(x, dims[1] * dims[2]) if steps else x
            y = image_of(x, *dims) if image else y
            for _, layer in layers:
                y = layer(y)
            return output(letter, y)[:keep]

        text = document(name, dims, layers, variables, letter=letter, **more)
        self.add(name, draw, text, dims[0] * dims[1] * dims[2], run)


def recurrent(fixtures):
    add = fixtures.network
    add("lstm", 1, (4, 1, 3), lambda d: [
        cell(d, "LSTM", 4, 3, 2), flatten(8), dense(d, 8, 3, 3), dense(d, 3, 1, 0),
    ], arrays(4, 3), layout="LSTM|2|3|4|0|1,RESHAPE|FLAT,DENSE|3|TANH,LINEAR")  # fmt: skip
    add("lstm_square_last_step", 2, (3, 1, 3), lambda d: [
        cell(d, "LSTM", 3, 3, 3, sequence=0), dense(d, 3, 1, 0),
    ], arrays(3, 3), layout="LSTM|3|3|3|0|0,DENSE|1|LINEAR")  # fmt: skip
    add("lstm_pre_release", 3, (3, 1, 4), lambda d: [
        cell(d, "LSTM", 3, 4, 2, era="2019"), flatten(6), dense(d, 6, 1, 0),
    ], arrays(3, 4), era="2019", layout="LSTM|2|4|3|0,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("lstm_pre_release_square", 4, (4, 1, 2), lambda d: [
        cell(d, "LSTM", 4, 2, 2, era="2019"), flatten(8), dense(d, 8, 1, 0),
    ], arrays(4, 2), era="2019", layout="LSTM|2|2|4|0,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("gru", 5, (4, 1, 3), lambda d: [
        cell(d, "GRU", 4, 3, 2), flatten(8), dense(d, 8, 1, 0),
    ], arrays(4, 3), layout="GRU|2|3|4|0|1|0,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("gru_square_reset_after", 6, (5, 1, 3), lambda d: [
        cell(d, "GRU", 5, 3, 3, sequence=0, after=1), dense(d, 3, 1, 0),
    ], arrays(5, 3), layout="GRU|3|3|5|0|0|1,DENSE|1|LINEAR")  # fmt: skip
    add("gru_pre_release", 7, (3, 1, 2), lambda d: [
        cell(d, "GRU", 3, 2, 4, era="2019", after=1), flatten(12), dense(d, 12, 1, 0),
    ], arrays(3, 2), era="2019", layout="GRU|4|2|3|0,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("rnn_remember", 8, (3, 1, 2), lambda d: [
        cell(d, "RNN", 3, 2, 4, remember=1, era="6.16"), flatten(12), dense(d, 12, 1, 0),
    ], arrays(3, 2), era="6.16", layout="RNN|4|2|3|1,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("stack_multiclass", 9, (5, 1, 2), lambda d: [
        cell(d, "GRU", 5, 2, 3), cell(d, "LSTM", 5, 3, 4), cell(d, "RNN", 5, 4, 2, sequence=0),
        dense(d, 2, 3, 0),
    ], arrays(5, 2), letter="M", loss="C", analysis="Multiclass", classes=("one", "two", "three"),
        layout="GRU|3|2|5|0|1|0,LSTM|4|3|5|0|1,RNN|2|4|5|0|0,DENSE|3|LINEAR")  # fmt: skip
    add("one_step", 10, (1, 1, 3), lambda d: [
        cell(d, "LSTM", 1, 3, 2, sequence=0), dense(d, 2, 1, 0),
    ], arrays(1, 3), layout="LSTM|2|3|1|0|0,DENSE|1|LINEAR")  # fmt: skip
    add("reshape_layer", 11, (1, 1, 6), lambda d: [
        reshape(3, 2), cell(d, "RNN", 3, 2, 3), flatten(9), dense(d, 9, 1, 0),
    ], plain(*"abcdef"), steps=False,
        layout="RESHAPE|3|1|2,RNN|3|2|3|0|1,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip


def rows(fixtures):
    fixtures.network("dense_activations", 20, (1, 1, 3), lambda d: [
        dense(d, 3, 4, 0), dense(d, 4, 3, 1), dense(d, 3, 5, 2), dense(d, 5, 4, 3),
        dense(d, 4, 3, 4), dense(d, 3, 4, 5), dense(d, 4, 5, 6), dense(d, 5, 2, 7),
        dense(d, 2, 3, 0),
    ], plain("x", "y", "z"), steps=False, keep=1)  # fmt: skip
    fixtures.network("flatten_image", 21, (2, 3, 2), lambda d: [
        flatten(12), dense(d, 12, 1, 3),
    ], arrays(1, 12), letter="I", layout="RESHAPE|FLAT,DENSE|1|TANH")  # fmt: skip


def images(fixtures):
    add = fixtures.network
    add("convolution", 50, (2, 5, 4), lambda d: [
        convolution(d, 2, 3, (3, 2), (2, 1), (1, 0), 1), max_pool((2, 2), (1, 1)), flatten(12),
        dense(d, 12, 3, 3), dense(d, 3, 1, 0),
    ], arrays(1, 40), image=True, layout="CONV|3|3|2|2|1|1|0|RELU,MAXPOOL|2|2|1|1,RESHAPE|FLAT,"
        "DENSE|3|TANH,DENSE|1|LINEAR")  # fmt: skip
    add("convolution_of_a_row", 51, (1, 1, 12), lambda d: [
        dense(d, 12, 12, 3), reshape_to_image(2, 3, 2), convolution(d, 2, 2, (2, 2), (1, 1),
        (0, 1), 3), max_pool((1, 3), (1, 3)), flatten(4), dense(d, 4, 1, 0),
    ], arrays(1, 12), steps=False, layout="DENSE|12|TANH,RESHAPE|2|3|2,CONV|2|2|2|1|1|0|1|TANH,"
        "MAXPOOL|1|3|1|3,RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip
    add("batch_norm", 52, (1, 1, 3), lambda d: [
        batch_norm(d, 3), dense(d, 3, 4, 1), batch_norm(d, 4, momentum=0.99, epsilon=1e-3),
        dense(d, 4, 1, 0),
    ], plain("x", "y", "z"), steps=False,
        layout="BNORM,DENSE|4|RELU,BNORM|0.99|0.001,DENSE|1|LINEAR")  # fmt: skip
    add("batch_norm_of_an_image", 53, (1, 4, 5), lambda d: [
        convolution(d, 1, 3, (2, 2), (1, 1), (0, 0), 0), batch_norm(d, 3, image=True),
        max_pool((3, 2), (1, 2)), batch_norm(d, 3, image=True), flatten(6), dense(d, 6, 1, 0),
    ], arrays(1, 20), image=True, layout="CONV|3|2|2|1|1|0|0|LINEAR,BNORM,MAXPOOL|3|2|1|2,BNORM,"
        "RESHAPE|FLAT,DENSE|1|LINEAR")  # fmt: skip


def transformed(fixtures):
    draw = Draw(30)
    change, ranges = normalize(draw, [("Variable", "vars_time0")] * 4 + [("Variable", "sum")], 3)
    layer, run = dense(draw, 5, 1, 3)
    cells = [variable(k, "vars_time0", array=k) for k in range(4)]
    cells.append(variable(4, "sum", expression="a&lt;b", title="A title"))
    change = change.replace('Label="sum" Expression="sum"', 'Label="sum" Expression="a&lt;b"')
    text = document("normalize_arrays", (1, 1, 5), [(layer, run)], cells, transforms=[change])
    fixtures.add("normalize_arrays", draw, text, 5, lambda x: output("S", run(there(x, ranges))))

    draw = Draw(31)
    names, targets = ("x", "y", "z"), ("energy", "angle")
    chosen = [("Variable", "z"), ("Variable", "x"), ("Target", "energy"), ("Target", "angle")]
    change, ranges = normalize(draw, chosen, 1, ' UseOffsetOrNot="UseOffset"')
    layers = [dense(draw, 3, 4, 3), dense(draw, 4, 2, 0)]
    limits = 'Min="1.00000000e+00" Max="9.00000000e+00"'
    text = document(
        "regression_normalize", (1, 1, 3), layers, plain(*names), letter="I", loss="R",
        analysis="Regression", classes=["Regression"], transforms=[change],
        targets=[variable(k, t, tag="Target") for k, t in enumerate(targets)],
        spectators=[variable(0, "run", tag="Spectator", limits=limits)],
    )  # fmt: skip

    def regress(x):
        z, x0 = there([x[2], x[0]], ranges[:2])
        y = layers[1][1](layers[0][1]([x0, x[1], z]))
        return back_again(y, ranges[2:])

    fixtures.add("regression_normalize", draw, text, 3, regress)

    draw = Draw(32)
    change, ranges = normalize(draw, [("Variable", name) for name in names], 3)
    head, tail = change.split("      <Selection>")[0], change.split("      </Selection>\n")[1]
    change = head.replace('"Normalize"', '"Normalize" NVariables="3" NTargets="0"') + tail
    change = change.replace("Ranges>", "Variables>").replace("<Range Index", "<Variable VarIndex")
    layer, run_old = dense(draw, 3, 1, 0)
    text = document(
        "normalize_old_form", (1, 1, 3), [(layer, run_old)], plain(*names), transforms=[change]
    )
    fixtures.add(
        "normalize_old_form", draw, text, 3, lambda x: output("S", run_old(there(x, ranges)))
    )


def main():
    FOLDER.mkdir(exist_ok=True)
    fixtures = Fixtures()
    for part in (recurrent, rows, images, transformed):
        part(fixtures)
    lines = (f"{json.dumps(name)}: {json.dumps(both)}" for name, both in fixtures.outputs.items())
    (FOLDER / "outputs.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
