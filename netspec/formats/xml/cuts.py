"""The long texts of a file, cut out before it is parsed.

Nearly all of a large file is numbers, and lxml looks at every character of them, decodes and copies
it. What stands between `<array ...>` and the next `<` is therefore taken out, a mark put in its
place, and the numbers are read from the bytes of the file as they lie there.

So lxml does not see whether such a text is well formed. It is where it is nothing but numbers,
which who reads them finds out, and where the mark comes back as the whole text of an array, which
the tree finds out: then it stood in no comment, beside no entity, in no part of anything else.
Where either fails, the file is read whole, as any other XML, and that says what is wrong.
"""

from __future__ import annotations

import secrets
from typing import Final

LONG: Final = 4096  # bytes: less is not worth it


def cut(data: bytes) -> tuple[bytes, dict[str, memoryview]]:
    """Give the file without its long texts, and these by their marks."""
    head = secrets.token_hex(16)  # which no file can have foreseen
    whole = memoryview(data)
    pieces: list[bytes | memoryview] = []
    texts: dict[str, memoryview] = {}
    done = place = 0
    while (place := data.find(b"<array", place)) >= 0:
        start = data.find(b">", place) + 1
        stop = data.find(b"<", start) if start else -1
        if stop < 0:
            break
        if stop - start >= LONG:
            mark = f"{head}.{len(texts)}"
            texts[mark] = whole[start:stop]
            pieces += [whole[done:start], mark.encode("ascii")]
            done = stop
        place = stop
    return b"".join([*pieces, whole[done:]]), texts
