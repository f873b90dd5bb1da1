"""A recurrent network of TMVA's form on a toy in time: make the data, read, run, prove, plot.

    python run.py                     time_series.xml and time_series.png in this folder
    python run.py --folder DIR --events 1500 --seed 1

`time_series.weights.xml` has the form in which TMVA writes its deep networks; a file that ROOT
wrote takes its place without another change.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import data

import netspec

HERE = Path(__file__).parent


def main():
    """Tell the whole story."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--events", type=int, default=1500, help="of signal and of background")
    words.add_argument("--seed", type=int, default=1, help="of the data")
    words.add_argument("--folder", type=Path, default=Path(), help="where files are written")
    said = words.parse_args()

    x, y = data.make(said.events, said.seed)
    # What TMVA's Reader takes: all variables of an event in a row, step after step.
    x = x.reshape(len(x), -1)
    print(
        f"data: {len(x)} events of {x.shape[1]} variables, {data.STEPS} steps of {data.BINS} bins"
    )

    network = netspec.load(HERE / "time_series.weights.xml")
    print(network)
    for layer, given in network.spec.walk():
        print(f"  {layer.name:10}", given, "->", layer.output_shape(given))

    scores = network(x)[:, 0]
    print(f"scores: the first signal {scores[0]:.6f}, the first background {scores[-1]:.6f}")
    print(f"area under the ROC curve: {data.area(scores, y):.4f}")

    untrained = netspec.build(network.spec, seed=said.seed)
    print(f"before training: {data.area(untrained(x)[:, 0], y):.4f}")

    kept = said.folder / "time_series.xml"
    network.save(kept, golden=x[:4])
    again = netspec.load(kept)
    same = again(x).tobytes() == network(x).tobytes()
    print(f"{kept}: saved with golden outputs, read again, the same bits: {same}")

    if importlib.util.find_spec("matplotlib") is None:
        print("no picture without matplotlib: python -m pip install matplotlib")
    else:
        print(f"{plot(scores, y, said.folder / 'time_series.png')}: scores and ROC curve")


def plot(scores, y, path):
    """Draw the scores of both classes, and how much background each signal efficiency costs."""
    import numpy
    from matplotlib.figure import Figure

    picture = Figure(figsize=(9, 4), layout="constrained")
    left, right = picture.subplots(1, 2)
    for of, name in ((1, "signal"), (0, "background")):
        left.hist(scores[y == of], bins=40, range=(0, 1), histtype="step", label=name)
    left.set(xlabel="score", ylabel="events")
    left.legend()
    cuts = numpy.linspace(0, 1, 501)
    signal = [(scores[y == 1] > cut).mean() for cut in cuts]
    refused = [(scores[y == 0] <= cut).mean() for cut in cuts]
    right.plot(signal, refused)
    right.set(
        xlabel="signal efficiency", ylabel="background rejection", xlim=(0, 1), ylim=(0, 1.02)
    )
    right.set_title(f"area {data.area(scores, y):.3f}")
    picture.savefig(path, dpi=120)
    return path


if __name__ == "__main__":
    main()
