"""A whole network as one prepared call, as the compiled kernels run it (`lowering.py` makes it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy


class Plan:
    """A prepared network, for events in the spec's dtype."""

    def __init__(self, plan: Any, slots: Mapping[str, int], spec: Any) -> None:
        """Hold a compiled plan and the names of its states."""
        self._run, self._run_with = plan.run, plan.run_with
        self.instructions: str = plan.path
        self._slots = tuple(slots)
        self._units = {name: shape[-1] for name, shape in spec.states().items()}
        self._dtype = numpy.dtype(spec.dtype)
        self._given, self._gives = tuple(spec.input.sizes), tuple(spec.output_shape)
        self._any_steps = None in self._given

    def takes(self, x: Any) -> bool:
        """Whether x needs no check and no conversion: an array of just this type, shape, layout.

        What is turned away here is looked at again, closely, by `netspec/door.py`.
        """
        if type(x) is not numpy.ndarray or x.dtype is not self._dtype:
            return False
        if x.shape[1:] != self._given and not self._has_other_steps(x):
            return False
        flags = x.flags
        return bool(flags.c_contiguous and flags.aligned)

    def _has_other_steps(self, x: Any) -> bool:
        """Whether x fits a network that takes any number of steps, but one."""
        return self._any_steps and x.shape[2:] == self._given[1:] and x.shape[1:2] > (0,)

    def quickly(self, x: Any) -> Any:
        """Give y for an x that the plan `takes`, each event from the network's own first state."""
        gives = self._shape_for(x) if self._any_steps else self._gives
        y = numpy.empty((x.shape[0], *gives), self._dtype)
        self._run(x, y)
        return y

    def __call__(
        self, x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Run x (events, ...); give y and, where asked for, every final state by name."""
        y = numpy.empty((len(x), *self._shape_for(x)), self._dtype)
        names = self._slots if finals else ()
        last = {name: numpy.empty((len(x), self._units[name]), self._dtype) for name in names}
        states = [state.get(name) for name in self._slots] if state else []
        self._run_with(x, y, lengths, states, list(last.values()))
        return y, last

    def _shape_for(self, x: Any) -> tuple[int, ...]:
        """Give the shape of an event's output; x says how many steps there are."""
        return tuple(x.shape[1] if size is None else size for size in self._gives)
