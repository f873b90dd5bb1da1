"""Gradient clipping: R. Pascanu, T. Mikolov, Y. Bengio, ICML 2013 (arXiv:1211.5063).

    g = min(max(g, -value), value)           entry by entry, first
    g = g * (norm / ||g||)                   where ||g|| > norm, of all gradients together

||g||^2 is the sum of every array's sum of squares, array after array in the order of the spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..settings import Clip


def clipped(b: Backend, clip: Clip, gradients: dict[str, Array]) -> dict[str, Array]:
    """Give the gradients, held within what `clip` says."""
    if clip.value is not None:
        gradients = {
            name: b.minimum(b.maximum(g, -clip.value), clip.value) for name, g in gradients.items()
        }
    if clip.norm is None:
        return gradients
    squares = None
    for g in gradients.values():
        flat = g.reshape(-1)
        own = b.sum(flat * flat, 0)
        squares = own if squares is None else squares + own
    if squares is None:
        return gradients
    norm = b.sqrt(squares)
    if not bool(b.numpy(norm > clip.norm)):
        return gradients
    scale = clip.norm / norm
    return {name: g * scale for name, g in gradients.items()}
