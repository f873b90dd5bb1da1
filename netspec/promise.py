"""What a network says of its outputs: where they are computed, how, and how near they are."""

from __future__ import annotations

from typing import Final

from .backends import Backend
from .layers import stack
from .precision import BITS, FULL
from .spec import NetworkSpec

# How far outputs may be from those of another engine, where no bits are promised:
# |found - kept| <= tolerance * max(1, |kept|).
TOLERANCE: Final = {"float32": 1e-5, "float64": 1e-12}
# Ten times what rounds a factor. Measured, with every product of a call rounded, the recurrent
# ones too, on 61 networks with first weights (rnn, lstm, gru of 16 to 256 units, one to three
# layers, 20 to 200 steps): at most 5.7 times with tf32 and 6.3 with bf16, of an rnn, in the median
# 0.5. A network that amplifies small differences, as an rnn with doubled weights, may exceed it.
ROUNDED: Final = {word: 10 * 2.0**-bits for word, bits in BITS.items()}


class Promise:
    """What `spec` and `backend` say of a network."""

    spec: NetworkSpec
    backend: Backend

    @property
    def device(self) -> str:
        """Where the network runs: `cpu`, or a GPU, `cuda:0`."""
        return self.backend.device_name

    @property
    def precision(self) -> str:
        """How products are computed: `full` or, on a GPU where it was asked for, `tf32`, `bf16`."""
        return self.backend.precision

    @property
    def engine(self) -> str:
        """What computes: `native`, `cuda`, `cuda tf32`."""
        full = self.precision == FULL
        return self.backend.name if full else f"{self.backend.name} {self.precision}"

    @property
    def exact(self) -> bool:
        """Whether the same bits come out for every batch size, thread count and machine.

        Of a network on a GPU it is False so far (`netspec/backends/cuda/__init__.py`).
        """
        return self._promised and not self.inexact_layers

    @property
    def inexact_layers(self) -> list[str]:
        """Names of the layers for which the backend does not promise that."""
        return [
            name
            for name, layer in stack.every(self.spec.layers)
            if not self._promised or layer.type in self.backend.inexact
        ]

    @property
    def tolerance(self) -> float:
        """How far outputs may be from another engine's; 0 where they are exact."""
        if self.exact:
            return 0.0
        return ROUNDED.get(self.precision, TOLERANCE[self.spec.dtype])

    @property
    def _promised(self) -> bool:
        return self.backend.exact and self.precision == FULL
