"""An npz archive that is sealed: its comment is the SHA-256 of all bytes before it, as text.

Nothing is believed that it says of sizes, and nothing is unpickled (`data/npz.py`).
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy

from ..data.npz import Member

# What zipfile raises of a broken archive (NotImplementedError: packed in a way it does not know),
# and what a hostile one, of the right digest, can make of its JSON.
BROKEN = (
    ValueError, EOFError, NotImplementedError, TypeError, KeyError, AttributeError, RecursionError,
)  # fmt: skip
LARGEST_TEXT = 2**26  # bytes
DIGEST, AT_ONCE = 64, 2**24  # letters; bytes that are looked at together


def sealed(content: bytes) -> bytes:
    """Seal the bytes of an archive that NumPy wrote."""
    # It ends in the length of the comment, which NumPy leaves at 0.
    content = content[:-2] + DIGEST.to_bytes(2, "little")
    return content + sha256(content).hexdigest().encode()


def opened(stream: IO[bytes]) -> ZipFile:
    """Open a sealed archive. Raises ValueError where it is none, or its bytes changed."""
    try:
        archive = ZipFile(stream)
    except BadZipFile as error:
        raise ValueError(f"no archive ({error})") from None
    if archive.comment != _digest(stream):
        raise ValueError("one whose bytes changed")
    return archive


def _digest(stream: IO[bytes]) -> bytes:
    """Give the SHA-256 of all but the comment, as text."""
    left = stream.seek(0, io.SEEK_END) - DIGEST
    stream.seek(0)
    digest = sha256()
    while left > 0 and (data := stream.read(min(left, AT_ONCE))):
        digest.update(data)
        left -= len(data)
    return digest.hexdigest().encode()


def text(archive: ZipFile, name: str, where: str) -> str:
    """Give a text. Raises DataError, ValueError where there is none."""
    member = Member(archive, name, where)
    if member.header.dtype != numpy.uint8 or member.header.bytes > LARGEST_TEXT:
        raise ValueError(f"{name} that is no text")
    return b"".join(block.tobytes() for block in member.blocks(LARGEST_TEXT)).decode()


def array(
    archive: ZipFile, name: str, where: str, shape: tuple[int | None, ...] | None, dtype: str
) -> Any:
    """Give an array of this shape and dtype; a size of None may be any.

    Raises DataError, ValueError where it is another.
    """
    member = Member(archive, name, where)
    found = member.header.shape
    fits = (
        shape is not None
        and len(found) == len(shape)
        and all(size in (None, there) for size, there in zip(shape, found, strict=True))
    )
    if not fits or member.header.dtype != numpy.dtype(dtype):
        raise ValueError(f"{name}: {member.header.dtype}{found} in the place of {dtype}{shape}")
    return member.whole()
