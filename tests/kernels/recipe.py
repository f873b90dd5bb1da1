"""What CMakeLists.txt says of the C++ files: which there are, and with what flags."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "netspec" / "kernels"
RECIPE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")


def listed(name: str) -> list[str]:
    """Give the words of one list, of files or of flags."""
    words = re.search(rf"^set\({name}\s(.*?)\)$", RECIPE, re.M | re.S)
    assert words, f"CMakeLists.txt sets no {name}"
    return words[1].split()
