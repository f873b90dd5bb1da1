"""What a sweep by all blocks together asks for, and how many cycles a step takes by count.

The counts are of what an H100 does in a cycle: 128 fma or 32 numbers from shared memory a
multiprocessor, 24 bytes from the second cache. They choose between cuts; they are no measurements.
"""

from __future__ import annotations

from typing import Final, NamedTuple

BLOCK: Final = 128  # terms of one chain
MEETING: Final = 2000.0  # cycles from the last block's store to the first load of what it stored
HEARD: Final = 1100.0  # the same, where words tell it themselves
MEMBER: Final = 4.0  # cycles that each of those who meet adds
POLL: Final = 8  # words that a thread asks for at once (`gather`)
STREAM: Final = 24.0  # bytes a cycle from the second cache to one multiprocessor
LATENCY: Final = 900.0  # cycles from asking for a slab to having it
STARTED: Final = 400.0  # cycles of what happens once in a product: the first slab, parts, sums
SLAB: Final = 40.0  # cycles of a slab's barrier
FUNCTIONS: Final = 60.0  # instructions of an activation
ITEM: Final = 350.0  # cycles from a unit's sums to its new state, if nobody else works
FEWEST: Final = STARTED + ITEM + HEARD  # no step takes fewer: one product, one unit, one meeting


class Work(NamedTuple):
    """What a pass asks for, of a cell of `units`.

    `products` are the outputs of a unit and the terms of each product of a step, of which
    `meetings` wait for other blocks. An item, one unit of one row, keeps `kept` numbers from step
    to step, `ahead` ones in the tile that is at work and in the next one, or in all where a step
    has two meetings, and `passing` ones in the tile that is at work.
    """

    units: int
    itemsize: int
    products: tuple[tuple[int, int], ...]
    meetings: int
    kept: int
    ahead: int
    passing: int
    gates: int

    @property
    def words(self) -> int:
        """Count the registers of a number."""
        return self.itemsize // 4

    @property
    def outputs(self) -> int:
        """Count the outputs of a unit in the product that has most."""
        return max(outputs for outputs, _ in self.products)

    @property
    def terms(self) -> int:
        """Count the terms of the product that has most."""
        return max(terms for _, terms in self.products)


class Sizes(NamedTuple):
    """How the work of a block is cut (`grid.h`): the macros of the kernels, but for THREADS."""

    rows: int
    units: int
    own_rows: int
    own_outputs: int
    teams: int
    terms: int
    stages: int
    words: int

    @property
    def items(self) -> int:
        """Count the units of all rows of a tile."""
        return self.rows * self.units

    @property
    def macros(self) -> dict[str, int]:
        """Give them by name."""
        return {name.upper(): size for name, size in self._asdict().items()}

    def own(self, outputs: int) -> int:
        """Give the outputs of a thread in a product of so many outputs."""
        own = self.own_outputs
        while outputs % own:
            own //= 2
        return own

    def team(self, outputs: int) -> int:
        """Count the threads of a team in a product of so many outputs."""
        return outputs // self.own(outputs) * (self.rows // self.own_rows)


def forward(cell: str, units: int, itemsize: int, reset_after: bool, state_bias: bool) -> Work:
    """Say what `sweep_grid.cu` asks for."""
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    twice = cell == "gru" and not reset_after
    apart = state_bias or (cell == "gru" and reset_after)
    products = ((2, units), (1, units)) if twice else ((gates, units),)
    kept, ahead = (2 if cell == "lstm" else 1), gates * (2 if apart else 1)
    return Work(units, itemsize, products, len(products), kept, ahead, 0, gates)


def back(cell: str, units: int, itemsize: int, reset_after: bool) -> Work:
    """Say what `sweep_back_grid.cu` asks for."""
    if cell == "gru":
        products = ((1, 2 * units), (1, units))
        meetings, fields = (1, 6) if reset_after else (2, 5)
        return Work(units, itemsize, products, meetings, 1, fields, 1, 3)
    gates, kept, fields = (4, 2, 7) if cell == "lstm" else (1, 1, 2)
    return Work(units, itemsize, ((1, gates * units),), 1, kept, fields, 0, gates)


def cycles(work: Work, sizes: Sizes, threads: int, passes: int) -> float:
    """Count the cycles of a step."""
    busy = heard = 0.0
    for outputs, terms in work.products:
        blocks = -(-terms // BLOCK)
        rounds = -(-blocks // sizes.teams)
        term = _term(work, sizes, outputs * sizes.units, min(sizes.teams, blocks))
        streamed = sizes.rows * terms * work.itemsize / STREAM
        if sizes.words:
            busy += rounds * min(terms, BLOCK) * term
            polls = -(-sizes.rows * terms * work.words // (POLL * threads))
            heard += 2 * streamed + (polls - 1) * LATENCY
        else:
            slab = max(sizes.terms * term + SLAB, LATENCY / (sizes.stages - 1))
            busy += max(rounds * -(-min(terms, BLOCK) // sizes.terms) * slab, streamed)
        parts = min(sizes.teams, blocks) * sizes.items * outputs * work.words / 16
        busy += rounds * (STARTED + parts)
    functions = FUNCTIONS * work.gates * work.words * sizes.items / 128
    busy += max(-(-sizes.items // threads) * ITEM, functions)
    # While one tile's blocks meet, the next tile is at work.
    alone = (HEARD if sizes.words else MEETING) + MEMBER * -(-work.units // sizes.units)
    met = work.meetings * alone - busy * (passes - 1)
    return passes * (busy + heard) + max(met, 100.0 * passes)


def _term(work: Work, sizes: Sizes, outputs: int, teams: int) -> float:
    """Count the cycles of one term of all teams' chains."""
    rows, own = sizes.own_rows, sizes.own(outputs)
    warps = -(-sizes.team(outputs) * teams // 32)
    of_a_quarter = -(-warps // 4)
    loads = -(-rows * work.words // 4) + -(-own * work.words // 4)
    issued = of_a_quarter * (rows * own * work.words + loads + 1)
    loaded = warps * (rows + own) * work.words
    # A chain waits for itself, and for what is loaded before it goes on.
    waited = 4.5 * work.words + 1 + 6.0 * (rows * own >= 4) / of_a_quarter
    return max(issued, loaded, waited)
