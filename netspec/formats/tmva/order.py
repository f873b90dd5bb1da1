"""Which matrix stands under which tag: in LSTM and GRU files the tags do not tell the truth.

ROOT keeps the weights of a gated cell as [W_i, W_f, W_c, W_o, U_i, U_f, U_c, U_o] (LSTM) or
[W_r, W_u, W_c, U_r, U_u, U_c] (GRU) and writes them by index under tags that were meant for
the order W_i, U_i, W_f, U_f ... So `InputStateWeights` holds W_f, and of the LSTM's eight tags
only the first and the last say what they hold. All biases stand under their own name. Every
release, from 6.22 on, writes and reads that order; a pre-release of 2019 wrote the other one,
in which the tags are true.

The tag that should hold the first gate's U gives the order away by its columns, unless a cell
has as many inputs as units. Then the attribute ReturnSequence decides, which every release
writes and the pre-release did not know.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from .elements import Element

LAST_KNOWN_RELEASE = (6 << 16) + (40 << 8)  # ROOT 6.40: the newest whose order is known
FIRST_RELEASE = (6 << 16) + (22 << 8)  # ROOT 6.22: the first that has these layers


class Slot(NamedTuple):
    """A tag and what stands under it, as `W_i`, `U_i` or `b_i`."""

    tag: str
    releases: str
    pre_release: str


LSTM = (
    Slot("InputWeights", "W_i", "W_i"),
    Slot("InputStateWeights", "W_f", "U_i"),
    Slot("InputBiases", "b_i", "b_i"),
    Slot("ForgetWeights", "W_c", "W_f"),
    Slot("ForgetStateWeights", "W_o", "U_f"),
    Slot("ForgetBiases", "b_f", "b_f"),
    Slot("CandidateWeights", "U_i", "W_c"),
    Slot("CandidateStateWeights", "U_f", "U_c"),
    Slot("CandidateBiases", "b_c", "b_c"),
    Slot("OuputWeights", "U_c", "W_o"),  # without its second t in every ROOT
    Slot("OutputStateWeights", "U_o", "U_o"),
    Slot("OutputBiases", "b_o", "b_o"),
)
GRU = (
    Slot("ResetWeights", "W_r", "W_r"),
    Slot("ResetStateWeights", "W_u", "U_r"),
    Slot("ResetBiases", "b_r", "b_r"),
    Slot("UpdateWeights", "W_c", "W_u"),
    Slot("UpdateStateWeights", "U_r", "U_u"),
    Slot("UpdateBiases", "b_u", "b_u"),
    Slot("CandidateWeights", "U_u", "W_c"),
    Slot("CandidateStateWeights", "U_c", "U_c"),
    Slot("CandidateBiases", "b_c", "b_c"),
)
RNN = (
    Slot("InputWeights", "W", "W"),
    Slot("StateWeights", "U", "U"),
    Slot("Biases", "b", "b"),
)
Slots = tuple[Slot, ...]


def order_of(node: Element, slots: Slots, units: int, features: int) -> tuple[str, ...]:
    """Say what each matrix of a recurrent element holds.

    Raises FormatError when a matrix is missing or has another tag.
    """
    children = node.children()
    for slot, child in zip_longest(slots, children):
        if slot is None:
            raise child.error(f"wanted {len(slots)} matrices in <{node.tag}>, found one more")
        # Some day the misspelt tag may be put right.
        if child is None or child.tag.replace("Output", "Ouput") != slot.tag.replace(
            "Output", "Ouput"
        ):
            found = "none" if child is None else f"<{child.tag}>"
            raise (child or node).error(f"wanted the matrix <{slot.tag}> here, found {found}")
    if slots == RNN:
        released = True
    elif units != features:
        released = children[1].integer("Columns") != units
    else:
        released = "ReturnSequence" in node.node.attrib
    return tuple(slot.releases if released else slot.pre_release for slot in slots)


def doubt(node: Element, units: int, features: int, release: int | None) -> str | None:
    """Say why the order of a cell could not be told for sure, or None where it could."""
    if units != features or release is None:
        return None
    if release > LAST_KNOWN_RELEASE + 255:
        return (
            "a cell with as many inputs as units, written by a ROOT newer than 6.40:"
            " its matrices are read in the order of 6.22 to 6.40"
        )
    if release >= FIRST_RELEASE and "ReturnSequence" not in node.node.attrib:
        return (
            "a cell with as many inputs as units and without ReturnSequence, which ROOT 6.22"
            " and later write: its matrices are read in the order of the pre-release of 2019"
        )
    return None
