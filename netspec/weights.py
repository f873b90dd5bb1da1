"""The weights of a spec: drawn from a seed, or held against what the spec wants."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import prod
from operator import index
from typing import Any

import numpy

from . import devices, initializers
from .errors import SpecError, WeightsError, nearest
from .randomness import Stream
from .spec import NetworkSpec
from .trandom3 import TRandom3


def draw(spec: NetworkSpec, seed: int | None = None) -> dict[str, Any]:
    """Draw the first weights of a spec: the same for the same seed, for ever.

    Each array has a stream of its own, named by seed and array, so that a layer more or less
    changes no other; only those that ask for ROOT's generator share one. Raises SpecError for a
    seed that is no whole number and for weights that do not fit into memory, before any is taken.
    """
    number = spec.seed if seed is None else whole(seed)
    stream, of_root = Stream(number, "weights"), None
    _check_memory(spec)
    weights = {}
    for name, param in spec.parameters().items():
        source: Any = stream.of(name)
        if getattr(param.initializer, "stream", None) == "trandom3":
            source = of_root = of_root or _of_root(number)
        try:
            weights[name] = initializers.draw(
                param.initializer,
                source,
                param.shape,
                param.dtype or spec.dtype,
                param.blocks,
            )
        except SpecError as error:
            raise error.below(name) from None
        except (MemoryError, ValueError, OverflowError):
            raise SpecError(
                f"{name}: wanted an array that fits into memory, found the shape {param.shape}"
            ) from None
    return weights


def whole(seed: Any) -> int:
    """Give the seed as a whole number: 1 and 1.0 would name different streams."""
    try:
        number = index(seed)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        large = isinstance(seed, int) and seed.bit_length() > 64
        found = f"one of {seed.bit_length()} bits" if large else repr(seed)
        raise SpecError(f"seed: wanted a whole number from 0 to 2^64 - 1, found {found}")
    return number


def _of_root(seed: int) -> TRandom3:
    """Give ROOT's generator, whose seeds are 32 bits long."""
    if seed >= 2**32:
        message = f"seed: wanted a number below 2^32 for the stream trandom3, found {seed}"
        raise SpecError(f"{message}: say `stream: netspec`, or take a smaller seed")
    return TRandom3(seed)


def _check_memory(spec: NetworkSpec) -> None:
    """Refuse weights of which a machine cannot hold two sets, those drawn and the network's own."""
    table = spec.parameters()
    sizes = {name: prod(param.shape) for name, param in table.items()}
    needed = 2 * sum(
        sizes[name] * numpy.dtype(param.dtype or spec.dtype).itemsize
        for name, param in table.items()
    )
    if needed > _memory():
        name = max(sizes, key=sizes.__getitem__)
        raise SpecError(
            f"{name}: wanted weights that fit into memory, found {sum(sizes.values())} numbers,"
            f" {sizes[name]} of them here"
        )


def _memory() -> float:
    """Bytes of memory that the machine has; without limit where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def fitting(spec: NetworkSpec, weights: Mapping[str, Any]) -> dict[str, Any]:
    """Return the weights in the spec's order and dtype (or an array's own), as read-only copies.

    Raises WeightsError naming every array that is missing, unknown, of the wrong shape, not of
    real numbers, or falling where it is to rise.
    """
    if not isinstance(weights, Mapping):
        raise WeightsError(
            f"weights: wanted a mapping of arrays by name, found {type(weights).__name__}"
        )
    wanted, wrong, own = spec.parameters(), [], {}
    for name in sorted(weights.keys() - wanted.keys(), key=str):
        wrong.append(f"{name}: the spec knows no such array{nearest(name, wanted)}")
    for name, param in wanted.items():
        if name not in weights:
            wrong.append(f"{name}: the spec wants {param.shape}, the weights do not hold it")
            continue
        if (where := devices.of(weights[name])) != devices.CPU:
            wrong.append(f"{name}: wanted an array in memory, found one on {where}")
            continue
        if numpy.ma.is_masked(weights[name]):
            wrong.append(f"{name}: wanted every number, found some masked: give filled(...)")
            continue
        try:
            array = numpy.asarray(weights[name])
        except ValueError:
            wrong.append(f"{name}: the spec wants {param.shape}, the weights hold uneven rows")
            continue
        if array.dtype.kind not in "fiub":
            wrong.append(f"{name}: wanted real numbers, found an array of {array.dtype}")
            continue
        if array.shape != param.shape:
            wrong.append(f"{name}: the spec wants {param.shape}, the weights hold {array.shape}")
            continue
        with numpy.errstate(over="ignore"):
            own[name] = numpy.array(array, dtype=param.dtype or spec.dtype, order="C")
        own[name].flags.writeable = False
        if (numpy.isinf(own[name]) & numpy.isfinite(array)).any():
            wrong.append(
                f"{name}: wanted numbers that {own[name].dtype} can hold, found larger ones"
            )
        elif fault := _fall(own[name], param.rising):
            wrong.append(f"{name}: {fault}")
    if wrong:
        raise WeightsError("; ".join(wrong))
    return own


def _fall(array: Any, sizes: Sequence[int]) -> str:
    """Say what is wrong with parts of an array that are to rise, "" where nothing is."""
    if sizes and not numpy.isfinite(array).all():
        return f"wanted finite numbers, found {array[~numpy.isfinite(array)][0]}"
    start = 0
    for k, size in enumerate(sizes):
        part = array[start : start + size]
        falls = numpy.flatnonzero(part[1:] < part[:-1])
        if len(falls):
            before, after = part[falls[0] : falls[0] + 2]
            return (
                f"wanted numbers that never fall in part {k}, found {after:.9g} after {before:.9g}"
            )
        if part[0] == part[-1]:
            return f"wanted numbers that rise in part {k}, found {part[0]:.9g} everywhere"
        start += size
    return ""
