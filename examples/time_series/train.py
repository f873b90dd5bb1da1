"""Train the networks of ROOT's own tutorial on the toy, from TMVA's option strings.

    python train.py                       rnn, lstm and gru, 8000 + 8000 events, 20 epochs
    python train.py lstm --events 500 --epochs 2 --folder DIR

Each is trained as TMVA's rules have it: the last fifth of the events validates, whole batches only,
the weights of the best epoch are kept. What is printed is the area under the ROC curve of 2000 +
2000 events that no network has seen, for a quarter as many where fewer are asked for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import data
import numpy

import netspec

OPTIONS = (
    "!H:V:ErrorStrategy=CROSSENTROPY:VarTransform=None:WeightInitialization=XAVIERUNIFORM:"
    "ValidationSize=0.2:RandomSeed=1234:InputLayout=10|30:Layout={cell}|10|30|10|0|1,RESHAPE|FLAT,"
    "DENSE|64|TANH,LINEAR:TrainingStrategy=LearningRate=1e-3,Momentum=0.0,Repetitions=1,"
    "ConvergenceSteps=5,BatchSize=100,TestRepetitions=1,WeightDecay=1e-2,Regularization=None,"
    "MaxEpochs={epochs},Optimizer=ADAM,DropConfig=0.0+0.+0.+0."
)
CELLS = ("rnn", "lstm", "gru")


def main():
    """Make the data, train, look at fresh events."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("cells", nargs="*", default=CELLS, metavar="CELL", help="rnn, lstm or gru")
    words.add_argument("--events", type=int, default=8000, help="of signal and of background")
    words.add_argument("--epochs", type=int, default=20)
    words.add_argument("--folder", type=Path, default=Path(), help="where models are written")
    said = words.parse_args()

    x, y = data.make(said.events, seed=1)
    # TMVA cuts the validation events off the end: signal and background must come mixed.
    order = numpy.random.Generator(numpy.random.PCG64(2)).permutation(len(x))
    fresh, truth = data.make(said.events // 4, seed=3)
    for cell in said.cells:
        spec = netspec.NetworkSpec.from_file(
            OPTIONS.format(cell=cell.upper(), epochs=said.epochs), [f"name={cell}"]
        )
        network = netspec.build(spec)
        history = netspec.train(network, (x[order], y[order]), progress=True)
        kept = said.folder / f"{cell}.xml"
        network.save(kept, golden=x[:4])
        found = data.area(network(fresh)[:, 0], truth)
        at = history[history.best].epoch if history.best is not None else 0
        print(f"{cell}: {len(history)} epochs, best {at}, area under the ROC curve {found:.4f}")


if __name__ == "__main__":
    main()
