"""How a sweep by all blocks together is cut: which block owns what, and what a step costs then.

A block owns some units and a slice of the batch, in tiles of rows (`grid.h`). Its part of U must
stay in its shared memory; more blocks than there are multiprocessors cannot wait for each other. Of
all cuts that fit, the one whose step takes the fewest cycles is taken, by a count of what an H100
does in a cycle: 128 fma or 32 numbers from shared memory a multiprocessor, and 24 bytes from the
second cache. The counts choose between cuts; they are no measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final, NamedTuple

BLOCK: Final = 128  # terms of one chain
MEETING: Final = 2000.0  # cycles from the last block's store to the first load of what it stored
HEARD: Final = 1100.0  # the same, where words tell it themselves
POLL: Final = 8  # words that a thread asks for at once (`gather`)
STREAM: Final = 24.0  # bytes a cycle from the second cache to one multiprocessor
LATENCY: Final = 900.0  # cycles from asking for a slab to having it
STARTED: Final = 400.0  # cycles of what happens once in a product: the first slab, parts, sums
GUARD: Final = 1024  # bytes of a multiprocessor's shared memory that are not a block's
RINGS: Final = (
    (32, 4),
    (32, 3),
    (16, 3),
    (16, 2),
    (8, 3),
    (8, 2),
    (4, 3),
    (4, 2),
)  # terms of a slab, and slabs


class Work(NamedTuple):
    """What a pass asks for, of a cell of `units`.

    `products` are the outputs of a unit and the terms of each product of a step, of which
    `meetings` wait for other blocks. An item, one unit of one row, keeps `kept` numbers from step
    to step, and `passing` ones in the tile that is at work.
    """

    units: int
    itemsize: int
    products: tuple[tuple[int, int], ...]
    meetings: int
    kept: int
    passing: int
    gates: int


class Plan(NamedTuple):
    """The macros of the kernels, the cut of the work, bytes of shared memory, cycles of a step."""

    rows: int
    own_units: int
    own_rows: int
    own_outputs: int
    teams: int
    terms: int
    stages: int
    words: int
    threads: int
    passes: int
    grid: tuple[int, int]
    shared: int
    cycles: float

    @property
    def tiles(self) -> int:
        """Tiles of rows that there is room for."""
        return self.grid[1] * self.passes

    def room(self, terms: int) -> int:
        """Count the numbers' room for x, of so many terms, that the blocks tell each other."""
        return self.tiles * -(-terms // BLOCK) * BLOCK * self.rows * (2 if self.words else 1)

    def macros(self) -> dict[str, int]:
        """Give the macros that `grid.h` is compiled with."""
        return {
            "ROWS": self.rows,
            "UNITS": self.own_units,
            "OWN_ROWS": self.own_rows,
            "OWN_OUTPUTS": self.own_outputs,
            "TEAMS": self.teams,
            "TERMS": self.terms,
            "STAGES": self.stages,
            "WORDS": self.words,
            "THREADS": self.threads,
        }


def forward(cell: str, units: int, itemsize: int, reset_after: bool, state_bias: bool) -> Work:
    """Say what `sweep_grid.cu` asks for."""
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    twice = cell == "gru" and not reset_after
    apart = state_bias or (cell == "gru" and reset_after)
    products = ((2, units), (1, units)) if twice else ((gates, units),)
    kept = (2 if cell == "lstm" else 1) + gates * (2 if apart else 1)
    return Work(units, itemsize, products, len(products), kept, 0, gates)


def back(cell: str, units: int, itemsize: int, reset_after: bool) -> Work:
    """Say what `sweep_back_grid.cu` asks for."""
    if cell == "gru":
        products = ((1, 2 * units), (1, units))
        meetings, fields = (1, 6) if reset_after else (2, 5)
        return Work(units, itemsize, products, meetings, 1 + fields, 1, 3)
    gates, kept = (4, 9) if cell == "lstm" else (1, 3)
    return Work(units, itemsize, ((1, gates * units),), 1, kept, 0, gates)


def plan(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    """Give the cut whose step is the shortest; None where U is too large for all blocks.

    A kernel is compiled for its cut: those of a batch and of what is left for the last one are the
    same where the next powers of 2 are.
    """
    power = 1 << (batch - 1).bit_length()
    chosen = _chosen(work, power, multiprocessors, shared)
    if chosen is None or power == batch:
        return chosen
    slices = multiprocessors // chosen.grid[0]
    return cut(work, batch, slices, shared, chosen.macros())


@cache
def _chosen(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    found = _plans(work, batch, multiprocessors, shared)
    return min(found, key=lambda one: one.cycles, default=None)


def cut(work: Work, batch: int, slices: int, shared: int, sizes: dict[str, int]) -> Plan | None:
    """Give the plan of those `sizes`, in `slices` of the batch at most; None where it does not fit.

    `sizes` are the macros of `Plan.macros`; THREADS follows from the others.
    """
    rows, own, teams = sizes["ROWS"], sizes["UNITS"], sizes["TEAMS"]
    outputs = max(gates for gates, _ in work.products) * own
    team = _team(outputs, rows, sizes["OWN_ROWS"], sizes["OWN_OUTPUTS"])
    said = rows * max(terms for _, terms in work.products) * (work.itemsize // 4)
    least = max(min(256, rows * own), min(256, said // POLL if sizes["WORDS"] else 0))
    threads = -(-max(team * teams, least) // 32) * 32
    numbers = sizes["OWN_ROWS"] * sizes["OWN_OUTPUTS"] * (work.itemsize // 4)
    if threads > (256 if numbers > 32 else 512) or sizes["OWN_ROWS"] > rows:
        return None
    tiles = -(-batch // rows)
    passes = -(-tiles // min(slices, tiles))
    grid = (-(-work.units // own), -(-tiles // passes))
    sizes = {**sizes, "THREADS": threads}  # in the order of Plan
    used = _shared(work, sizes, outputs, passes)
    if used > shared:
        return None
    return Plan(*sizes.values(), passes, grid, used, _cycles(work, sizes, passes))


def _plans(work: Work, batch: int, multiprocessors: int, shared: int) -> Iterator[Plan]:
    longest = max(-(-terms // BLOCK) for _, terms in work.products)
    powers = (1, 2, 4, 8)
    for rows, own in product((1, 2, 4, 8, 16, 32, 64), (1, 2, 4, 8, 16, 32, 64)):
        slices = multiprocessors // -(-work.units // own)
        if not slices or rows >= 2 * batch or own >= 2 * work.units:
            continue
        outputs = max(gates for gates, _ in work.products) * own
        for own_rows, own_outputs, split in product(powers, powers, (1, 2, 4, 8)):
            if (
                own_rows * own_outputs * work.itemsize > 256
                or own_rows > rows
                or outputs % own_outputs
            ):
                continue
            for terms, stages, words in ((32, 2, 1), *((*ring, 0) for ring in RINGS)):
                if terms * rows * work.itemsize < 16:
                    continue
                sizes = {
                    "ROWS": rows,
                    "UNITS": own,
                    "OWN_ROWS": own_rows,
                    "OWN_OUTPUTS": own_outputs,
                    "TEAMS": -(-longest // split),
                    "TERMS": terms,
                    "STAGES": stages,
                    "WORDS": words,
                }
                found = cut(work, batch, slices, shared, sizes)
                if found:
                    yield found
                if found and not words:
                    break


def _team(outputs: int, rows: int, own_rows: int, own_outputs: int) -> int:
    while outputs % own_outputs:
        own_outputs //= 2
    return outputs // own_outputs * (rows // own_rows)


def _shared(work: Work, sizes: dict[str, int], outputs: int, passes: int) -> int:
    """Count the bytes that a block cuts out of its shared memory."""
    pack = 16 // work.itemsize
    rows, own, teams = sizes["ROWS"], sizes["UNITS"], sizes["TEAMS"]
    items = rows * own
    slabs = sizes["STAGES"] * teams * sizes["TERMS"] * rows
    pieces = [gates * terms * own for gates, terms in work.products]
    longest, parts = max(terms for _, terms in work.products), teams * rows * outputs
    pieces += [longest * rows + parts + pack if sizes["WORDS"] else max(slabs, parts)]
    pieces += [(work.kept * passes + work.passing) * items]
    # each array of the kernel begins at a multiple of 16 bytes
    return (sum(-(-piece // pack) * pack for piece in pieces) + 6 * pack) * work.itemsize


def _cycles(work: Work, sizes: dict[str, int], passes: int) -> float:
    """Estimate the cycles of a step."""
    words = work.itemsize // 4
    rows, own, teams = sizes["ROWS"], sizes["UNITS"], sizes["TEAMS"]
    own_rows = sizes["OWN_ROWS"]
    total = heard = 0.0
    for gates, terms in work.products:
        outputs = gates * own
        own_outputs = sizes["OWN_OUTPUTS"]
        while outputs % own_outputs:
            own_outputs //= 2
        blocks = -(-terms // BLOCK)
        rounds = -(-blocks // teams)
        warps = -(-_team(outputs, rows, own_rows, own_outputs) * min(teams, blocks) // 32)
        chains = own_rows * own_outputs
        loads = -(-own_rows * words // 4) + -(-own_outputs * words // 4)
        issued = -(-warps // 4) * (chains * words + loads + 1)
        loaded = warps * (own_rows + own_outputs) * words
        # A chain waits for itself, and for what is loaded before it goes on.
        waited = 4.5 * words + 1 + 6.0 * (chains >= 4) / -(-warps // 4)
        term = max(issued, loaded, waited)
        streamed = rows * terms * work.itemsize / STREAM
        if sizes["WORDS"]:
            polls = -(-rows * terms * words // (POLL * sizes["THREADS"]))
            total += passes * (rounds * min(terms, BLOCK) * term)
            heard += passes * (2 * streamed + (polls - 1) * LATENCY)
        else:
            slab = max(sizes["TERMS"] * term + 40, LATENCY / (sizes["STAGES"] - 1))
            worked = rounds * -(-min(terms, BLOCK) // sizes["TERMS"]) * slab
            total += passes * max(worked, streamed)
        parts = min(teams, blocks) * rows * outputs * words / 16 * rounds
        total += passes * (rounds * STARTED + parts)
    items = rows * own
    each = 60.0 * work.gates * words
    total += passes * max(-(-items // sizes["THREADS"]) * 350.0, items * each / 128)
    # While one tile's blocks meet, the next tile is at work.
    hidden = total * (1 - 1 / passes)
    met = work.meetings * (HEARD if sizes["WORDS"] else MEETING)
    return total + heard + max(met - hidden, 100.0 * passes)
