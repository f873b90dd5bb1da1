"""The command of this folder: `python -m netspec.bench.gpu.cuts TABLE [dtype] [SHAPE ...]`."""

from __future__ import annotations

import sys

from ....backends.cuda import CudaBackend
from . import TABLES
from .timing import LEAST

DTYPES = ("float32", "float64")


def main(*said: str) -> None:
    """Print a table, line by line: its name, perhaps a dtype, perhaps shapes.

    Raises SystemExit for what is no table, or no shape of it.
    """
    if not said or said[0] not in TABLES:
        found = " ".join(said) or "nothing"
        raise SystemExit(f"wanted one of {', '.join(TABLES)}, found {found}\n{__doc__}")
    table, words = TABLES[said[0]], list(said[1:])
    dtype = words.pop(0) if words and words[0] in DTYPES else DTYPES[0]
    shapes = [tuple(int(w) if w.isdigit() else w for w in word.split(",")) for word in words]
    kinds = [type(part) for part in table.shapes[0]]
    for word, shape in zip(words, shapes, strict=True):
        if [type(part) for part in shape] != kinds:
            like = ",".join(map(str, table.shapes[0]))
            raise SystemExit(f"wanted a shape such as {like}, found {word}")
    b = CudaBackend()
    with b.computing():
        for shape in shapes or table.shapes:
            for row in table.rows(b, shape, dtype, LEAST):
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
