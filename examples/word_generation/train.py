"""Learn the next word of a short story: make the data, train, save with golden outputs.

python train.py                       words.xml in this folder, in less than a minute
python train.py --text FILE           another text, of some hundred words
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy
import text

import netspec

HERE = Path(__file__).parent
STEPS, EVERY = 40, 5  # a window of so many words, one at every fifth word


def main():
    """Tell the whole story."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--text", type=Path, default=HERE / "story.txt", help="what is learned")
    words.add_argument("--epochs", type=int, help="how often (default: as words.yaml says)")
    words.add_argument("--folder", type=Path, default=Path(), help="where words.xml is written")
    said = words.parse_args()

    story = text.words_of(said.text.read_text(encoding="utf-8"))
    known = text.vocabulary(story)
    ids = [known.index(word) for word in story]
    x, y = text.windows(ids, STEPS, EVERY)
    print(f"{said.text.name}: {len(story)} words, {len(known)} different ones, {len(x)} windows")

    changes = [f"define.words={len(known)}"]
    if said.epochs:
        changes.append(f"training.epochs={said.epochs}")
    spec = netspec.NetworkSpec.from_file(HERE / "words.yaml", changes)
    # The words themselves are the names of the classes: the model file needs no other.
    named = spec.to_data() | {"output": {"activation": "softmax", "classes": known}}
    network = netspec.build(netspec.NetworkSpec.from_data(named))

    history = netspec.train(network, (x, y), progress=True)
    print(f"loss: {history[0].loss:.3f} after one epoch, {history[-1].loss:.3f} after all")
    chances = network(numpy.array(ids[:-1])[None, :, None])[0]
    right = (chances.argmax(axis=1) == ids[1:]).mean()
    print(f"the likeliest next word, all through the story: {right:.0%} right")

    kept = said.folder / "words.xml"
    network.save(kept, golden=x[:2])
    print(f"{kept}: python write.py writes on from any word of the story")


if __name__ == "__main__":
    main()
