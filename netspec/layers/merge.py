"""How the outputs of two directions become one: side by side, their sum, mean or product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..backends import Array, Backend

Merge = Literal["concat", "sum", "mean", "mul"]


def merged_width(how: Merge, widths: Sequence[int]) -> int:
    """Features of the merged output."""
    return sum(widths) if how == "concat" else widths[0]


def merge(b: Backend, how: Merge, ys: Sequence[Array]) -> Array:
    """Join one or two arrays (..., width) into one; a single one stays as it is."""
    if len(ys) == 1:
        return ys[0]
    one, two = ys
    if how == "concat":
        return b.concatenate([one, two], -1)
    if how == "mul":
        return one * two
    return one + two if how == "sum" else (one + two) * 0.5


def merge_back(how: Merge, ys: Sequence[Array], dy: Array) -> list[Array]:
    """The slope in each of `ys`, from the slope dy in the merged output."""
    if len(ys) == 1:
        return [dy]
    one, two = ys
    if how == "concat":
        cut = one.shape[-1]
        return [dy[..., :cut], dy[..., cut:]]
    if how == "mul":
        return [dy * two, dy * one]
    return [dy, dy] if how == "sum" else [dy * 0.5, dy * 0.5]
