"""Formulas for the width of a layer, such as `(N+50)*2`, computed without running any code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..errors import SpecError, nearest

LONGEST = 100
LETTERS = re.compile(r"[0-9.Nn()+*/ -]+")


def formula(text: str, variables: int | None, known: Iterable[str] = ()) -> int:
    """Compute a width such as `(N+50)*2`, where N (or n) is the number of variables.

    Raises SpecError for anything but numbers, N, + - * / and brackets; `known` are the words that
    could have been meant instead.

    >>> formula("(N+50)*2", 30)
    160
    """
    try:
        formula = len(text) <= LONGEST and LETTERS.fullmatch(text)
        number = _value(ast.parse(text, mode="eval").body if formula else None, variables)
    except (SyntaxError, ValueError, OverflowError, ZeroDivisionError, RecursionError, MemoryError):
        hint = nearest(text, known) if text.isalpha() and known else ""
        found = text if len(text) <= LONGEST else text[:20] + "..."
        raise SpecError(f"wanted a width or an activation, found {found!r}{hint}") from None
    if not 0 <= number < 2**31:
        raise SpecError(f"wanted a width from 0, found {text!r}, which is {number:g}")
    return int(number)


def _value(node: ast.expr | None, variables: int | None) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id in ("N", "n"):
        if variables is None:
            raise SpecError("N is the number of variables: give InputLayout, which says it")
        return variables
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, variables)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, variables), _value(node.right, variables)
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
    raise ValueError("not a formula")
