"""The suite runs where no rival is installed: their names are imported late, or not at all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
OPTIONAL = {
    "torch", "onnx", "onnxruntime", "openvino", "matplotlib", "uproot", "awkward", "pyarrow",
    "ROOT", "mpmath", "scipy", "sklearn",
}  # fmt: skip
# Collected by nobody (its conftest.py): scripts and helpers behind an importorskip.
APART = TESTS / "oracles"


def imported_at_once(source: str) -> set[str]:
    """Give the packages that a file imports before anything is asked."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Expr | ast.Assign) and "importorskip" in ast.unparse(node):
            break  # what stands behind it is imported only where it is there
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
            found |= {"torch"} if (node.module or "").startswith("tests.oracles.torch_") else set()
    return found


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(TESTS.rglob("*.py")) if APART not in p.parents],
    ids=lambda path: str(path.relative_to(TESTS)),
)
def test_a_file_of_tests_wants_no_package_that_may_be_missing(path):
    assert not imported_at_once(path.read_text(encoding="utf-8")) & OPTIONAL


def test_an_import_that_comes_too_early_is_seen():
    assert imported_at_once("import torch.nn") == {"torch"}
    assert "torch" in imported_at_once("from tests.oracles.torch_stacks import stack")
    assert imported_at_once('pytest.importorskip("torch")\nimport torch') == set()
