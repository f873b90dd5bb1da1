"""Batch normalisation: S. Ioffe, C. Szegedy, arXiv:1502.03167.

    d = x - mean        spread = variance + epsilon        root = sqrt(spread)
    scale = gamma / root                                   y = d * scale + beta

In inference mean and variance are the stored ones. A step of training takes them of its batch,
of the n numbers that share a pair (of valid steps only), with sums by the rule of long sums:

    mean = sum(x) / n                       variance = sum(d * d) / n
    dbeta = sum(dy)                         dgamma = sum(dy * d) / root
    dx = scale * ((dy - dbeta / n) - d * ((sum(dy * d) / n) / spread))

In inference dx = dy * scale. A step of training updates what is stored, k being `batches`:

    unbiased = variance * n / ((n - 1) + epsilon)          of the batch, as TMVA has it
    stored = keep * stored + (1 - keep) * new              new is the batch's mean, or unbiased
    batches = k + 1                                        the first batch, k = 0, is copied

keep is `momentum`, or k / (k + 1) where that is `cumulative`: the plain mean over batches.

Stored: gamma, beta, mean, variance (n,), batches (1,). There is a pair for each feature of
(features,) and (steps, features), for each channel of an image (channels, height, width). ROOT's
CPU code takes others for images that it holds channels fastest: with `banded` number q = pixel
channels + channel of an image shares the pair floor(q / (height width)).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import Discriminator, Tag

from ..errors import SpecError
from ..options import Flag, Fraction, Positive
from .base import Arrays, Forward, Gradients, Layer, Named, Param, Shape, examples
from .stack import padded

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream

Momentum = Annotated[
    Annotated[Literal["cumulative"], Tag("word")] | Annotated[Fraction, Tag("number")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "number"),
]


class Statistics(NamedTuple):
    """What a batch says, each array of a shape that stretches to the batch's; n numbers a pair."""

    mean: Array
    variance: Array
    n: int


class BatchNorm(Layer):
    """To mean 0 and variance 1 in a batch, then to a learned scale; the shape is kept.

    There are statistics for each feature, or each channel of an image. `momentum` is the share of
    the old value that stays in what is stored for inference; `cumulative` is the plain mean over
    batches. `banded` is what ROOT's Reader takes for the channels of an image.
    """

    model_config = examples(
        {},
        {"momentum": "cumulative", "epsilon": 0.01},
        {"momentum": 0.5, "banded": True},
    )

    type: Literal["batch_norm"] = "batch_norm"
    momentum: Momentum = 0.9
    epsilon: Positive = 1e-5
    banded: Flag = False

    def output_shape(self, given: Shape) -> Shape:
        if self.banded and len(given) != 3:
            raise SpecError(
                "wanted an image of (channels, height, width) where statistics are banded,"
                f" found {len(given)} {'axis' if len(given) == 1 else 'axes'}",
                path=("banded",),
            )
        if not 1 <= len(given) <= 3 or None in (given if len(given) != 2 else given[1:]):
            raise SpecError(
                "a batch_norm layer wants (features,), (steps, features) or (channels, height,"
                f" width), found {len(given)} axes: put a flatten or reshape layer in front"
            )
        return given

    def parameters(self, given: Shape) -> dict[str, Param]:
        count = given[0] if len(given) == 3 else given[-1]
        assert count is not None
        return {
            "gamma": Param((count,), 1.0),
            "beta": Param((count,), 0.0),
            "mean": Param((count,), 0.0, trainable=False),
            "variance": Param((count,), 1.0, trainable=False),
            "batches": Param((1,), 0.0, trainable=False),
        }

    def forward(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        rng: Stream | None = None,
        lengths: Array | None = None,
        state: Arrays | None = None,
    ) -> Forward:
        given, x = x.shape, self._laid_out(x)
        axes = (0, 2) if len(given) == 4 else tuple(range(len(given) - 1))
        ones = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
        n = numbers(b, x, axes, lengths)
        training = rng is not None and n > 0
        if training:
            mean = b.sum(x, axes, keepdims=True) / n
            d = padded(b, x - mean, lengths)
            variance = b.sum(d * d, axes, keepdims=True) / n
        else:
            mean, variance = p["mean"].reshape(ones), p["variance"].reshape(ones)
            d = padded(b, x - mean, lengths)
        spread = variance + self.epsilon
        root = b.sqrt(spread)
        scale = p["gamma"].reshape(ones) / root
        y = d * scale + p["beta"].reshape(ones)

        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            dy = self._laid_out(dy)
            dbeta, along = b.sum(dy, axes, keepdims=True), b.sum(dy * d, axes, keepdims=True)

            def dx() -> Array:
                dx = dy * scale
                if training:
                    dx = scale * ((dy - dbeta / n) - d * ((along / n) / spread))
                return self._as_given(dx, given)

            size = p["gamma"].shape
            weights = {"gamma": (along / root).reshape(size), "beta": dbeta.reshape(size)}
            return Gradients(dx, weights, {})

        updates = self._updates(b, p, Statistics(mean, variance, n)) if training else {}
        return Forward(self._as_given(y, given), {}, updates, back)

    def _updates(self, b: Backend, p: Arrays, seen: Statistics) -> Named:
        k, size = p["batches"], p["mean"].shape
        unbiased = seen.variance * seen.n / ((seen.n - 1) + self.epsilon)
        if self.momentum == "cumulative":
            keep = k / (k + 1)
            rest = 1 - keep
        else:
            keep, rest = self.momentum, 1 - self.momentum
        return {
            name: b.where(k == 0, new.reshape(size), keep * p[name] + rest * new.reshape(size))
            for name, new in (("mean", seen.mean), ("variance", unbiased))
        } | {"batches": k + 1}

    def _laid_out(self, x: Array) -> Array:
        """Give an image as (batch, pairs, numbers), in another order where it is banded."""
        if x.ndim < 4:
            return x
        batch, channels, *size = x.shape
        x = x.reshape(batch, channels, prod(size))
        return x.swapaxes(1, 2).reshape(x.shape) if self.banded else x

    def _as_given(self, x: Array, given: Shape) -> Array:
        """Undo that."""
        if len(given) < 4:
            return x
        if self.banded:
            batch, channels, pixels = x.shape
            x = x.reshape(batch, pixels, channels).swapaxes(1, 2)
        return x.reshape(given)


def numbers(b: Backend, x: Array, axes: tuple[int, ...], lengths: Array | None) -> int:
    """Count the numbers of x that share a mean."""
    if lengths is None:
        return prod(x.shape[axis] for axis in axes)
    return int(b.numpy(lengths).sum())
