"""When a phase ends, and which weights are the best.

    netspec    an epoch is better when its monitored loss is lower than the lowest so far, from the
               second phase on that of the weights it begins with included; the phase ends after
               `patience` epochs in a row that are not
    tmva       the same, counted from the untrained network's loss, and the phase ends when more
               than `patience` epochs have gone by; at validations only, so that training may run
               beyond `epochs` to the next one; a lowest loss of 0 or less is given up for the next

The monitored loss is that of the validation events, or where there are none, of training. Epochs
between two validations count as not better.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Phase


@dataclass
class Stopping:
    """The lowest monitored loss, and for how many epochs it has not been undercut."""

    phase: Phase
    like_tmva: bool
    every: int  # epochs from one monitored loss to the next
    least: float = inf
    waited: int = 0

    def improves(self, loss: float) -> bool:
        """Take the monitored loss of an epoch; say whether its weights are the best so far."""
        if loss < self.least:
            self.least, self.waited = loss, 0
            return True
        self.waited += self.every
        if self.like_tmva and self.least <= 0:
            self.least = loss
        return False

    def ends(self, epochs: int, validated: bool) -> bool:
        """Whether the phase ends after so many epochs."""
        if self.like_tmva and not validated:
            return False
        return epochs >= self.phase.epochs or self._impatient()

    def _impatient(self) -> bool:
        if self.phase.patience is None:
            return False
        if self.like_tmva:
            return self.waited > self.phase.patience
        return self.waited >= max(1, self.phase.patience)
