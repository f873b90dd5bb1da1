"""Write on from a few words, one word at a time, with the network's state carried along.

    python write.py the country mouse
    python write.py --temperature 0 once upon a time      always the likeliest word
    python write.py --temperature 1.5 --seed 3 the dogs   bolder

A chance p becomes p^(1 / temperature), and the next word is drawn. The same seed writes the same
words.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy
import text

import netspec
from netspec.randomness import Stream


def drawn(chances, temperature, stream):
    """Draw the number of the next word."""
    if temperature == 0:
        return int(chances.argmax())
    ends = ((chances / chances.max()) ** (1 / temperature)).cumsum()
    word = numpy.searchsorted(ends, stream.uniform((1,))[0] * ends[-1], "right")
    return min(int(word), len(ends) - 1)


def write(network, cue, count, temperature, seed):
    """Give the cue and `count` words more."""
    known = list(network.spec.output.classes)
    words, stream = list(cue), Stream(seed, "words")
    ids, state = [known.index(word) for word in cue], None
    for _ in range(count):
        y, state = network(numpy.array(ids)[None, :, None], state=state, return_state=True)
        ids = [drawn(y[0, -1].astype("float64"), temperature, stream)]
        words.append(known[ids[0]])
    return words


def main():
    """Read the model, write."""
    said = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    said.add_argument("cue", nargs="*", help="words to begin with (default: once upon a time)")
    said.add_argument("--model", type=Path, default=Path("words.xml"), help="made by train.py")
    said.add_argument("--count", type=int, default=60, help="words to write")
    said.add_argument("--temperature", type=float, default=0.7, help="0: the likeliest, 1: as is")
    said.add_argument("--seed", type=int, default=1, help="another one, another text")
    said = said.parse_args()

    network = netspec.load(said.model)
    cue = text.words_of(" ".join(said.cue) or "once upon a time")
    strange = [word for word in cue if word not in network.spec.output.classes]
    if strange or not cue or said.temperature < 0:
        raise SystemExit(f"the story knows no {strange[0]!r}" if strange else "nothing to write")
    print(text.written(write(network, cue, said.count, said.temperature, said.seed)))


if __name__ == "__main__":
    main()
