"""Count the tests that were skipped, and fail when one was for a reason that is not allowed.

Usage: python .ci/skipped.py REPORT, a JUnit XML file as pytest writes it.

The reasons are regular expressions for the whole reason. PyTorch is installed here, so its absence
is none of them. That another rival of the bench, a compiler for another processor or files of other
people are missing is one only where they are.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

SHARED = Path(__file__).resolve().parents[2] / "shared"

ALLOWED = [r"no /dev/(full|zero) on this system"]
for rival in ("onnx", "onnxruntime", "openvino", "ROOT", "sklearn", "scipy", "cupy"):
    if find_spec(rival) is None:
        ALLOWED.append(rf"{rival} is not installed")
QEMU = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
if not (shutil.which("aarch64-linux-gnu-g++") and QEMU):
    ALLOWED.append(r"no compiler for AArch64 and QEMU to run what it compiles")
if not shutil.which("nvcc"):
    ALLOWED.append(r"no nvcc, the CUDA compiler")
    if find_spec("cupy") is None:
        ALLOWED.append(r"there is neither NVRTC nor nvcc, a compiler for GPUs")
if find_spec("cupy") is None:
    ALLOWED.append(r"there is no NVRTC that knows sm_120")
if not Path("/dev/nvidiactl").exists() or find_spec("cupy") is None:
    ALLOWED.append(r"there is no GPU")
if not Path(os.environ.get("NETSPEC_REAL_FILES", SHARED / "real")).is_dir():
    ALLOWED.append(r"real model files are not here: .*")
if not Path(os.environ.get("NETSPEC_ORACLES", SHARED / "oracles")).is_dir():
    ALLOWED.append(r"oracle files are not here: .*")


def reason_of(mark: ElementTree.Element) -> str:
    """Give why a test was skipped; of a whole file pytest tells it in the text alone."""
    message = mark.get("message") or ""
    whole = re.search(r"'Skipped: (.*)'\)", mark.text or "")
    return whole[1] if message == "collection skipped" and whole else message


def main(report: str) -> int:
    """Print how many tests were skipped and why; give 1 when one should not have been."""
    cases = ElementTree.parse(report).getroot().iter("testcase")
    skipped = [(case, reason_of(mark)) for case in cases for mark in case.iter("skipped")]
    print(f"{len(skipped)} skipped")
    for reason, count in Counter(reason for _, reason in skipped).most_common():
        print(f"{count:6} {reason}")
    refused = [
        (case, reason)
        for case, reason in skipped
        if not any(re.fullmatch(allowed, reason) for allowed in ALLOWED)
    ]
    for case, reason in refused:
        print(f"not allowed: {case.get('classname')}::{case.get('name')}: {reason}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
