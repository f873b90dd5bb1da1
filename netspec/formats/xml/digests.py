"""What is hashed, with SHA-256, and how.

* An array (one gate of a matrix, say): its little-endian bytes in row-major order.
* The model, which is the spec and the weights: one line of JSON for the spec as the file holds it,
  then one for every array element, `["lstm_1/W", "i", [10, 30], "<digest of the array>"]`
  (full name, part or "", shape, digest), in the order that `layout` gives; an array whose dtype is
  not the file's has it at the end of its line.
* The verification: one line `["<engine>", "<contract>", <tolerance>]`, then one line
  `["outputs", "float32", [4, 1], "<digest of the array>"]` for every array.
* The file: every byte before its last line, which is `<!-- sha256: <digest> -->` and a line feed.

JSON is written with sorted keys, without blanks, in ASCII, a line feed after each line. The spec is
taken as the file holds it, so that an option that a later netspec adds changes no digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy.typing as npt

from ..model import Golden
from .layout import Slot
from .numbers import stored

LAST: Final = re.compile(rb"\n<!-- sha256: ([0-9a-f]{64}) -->\n\Z")
LARGE: Final = 1 << 20  # bytes: for less a thread costs more than it gives
LAST_LENGTH: Final = len("\n<!-- sha256:  -->\n") + 64


def of_array(array: npt.NDArray[Any]) -> str:
    """Give the digest of an array's values."""
    return hashlib.sha256(stored(array).reshape(-1).data).hexdigest()


def of_model(spec: dict[str, Any], arrays: Iterable[tuple[Slot, str]]) -> str:
    """Give the digest of spec and weights: plain data, and each slot with its array's digest."""
    rows = (
        [s.full, s.part, s.shape, digest, *([s.dtype] if s.dtype else [])] for s, digest in arrays
    )
    return _of_lines([spec, *rows])


def of_verification(golden: Golden, arrays: dict[str, str]) -> str:
    """Give the digest of golden inputs and outputs, from the digest of each array by name."""
    rows = [[n, a.dtype.name, a.shape, arrays[n]] for n, a in golden.arrays.items()]
    return _of_lines([[golden.engine, golden.contract, golden.tolerance], *rows])


def _of_lines(lines: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        text = json.dumps(line, sort_keys=True, allow_nan=False, separators=(",", ":"))
        digest.update(text.encode("ascii") + b"\n")
    return digest.hexdigest()


def last_line(digest: str) -> bytes:
    """Give the line that ends a file.

    >>> last_line("0" * 64)[:24]
    b'<!-- sha256: 00000000000'
    """
    return f"<!-- sha256: {digest} -->\n".encode("ascii")


@contextmanager
def compared(data: bytes) -> Iterator[Callable[[], bool]]:
    """Find out whether a file is `unchanged`; of a large one while its values are read.

    To hash it takes as long as to read half its numbers, and a second thread is free for it.
    """
    if len(data) < LARGE:
        yield lambda: unchanged(data)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(unchanged, data).result


def unchanged(data: bytes) -> bool:
    """Say whether a file's last line is there and agrees with every byte before it."""
    found = LAST.search(data, max(len(data) - LAST_LENGTH, 0))
    if not found:
        return False
    rest = memoryview(data)[: found.start() + 1]
    return hashlib.sha256(rest).hexdigest().encode("ascii") == found[1]
