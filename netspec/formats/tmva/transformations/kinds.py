"""The table of transformations: by their names in a file, and by their layers."""

from __future__ import annotations

from ....errors import nearest
from ..elements import Element, shown
from .decorrelation import Decorrelation
from .gauss import Gauss
from .kind import Kind
from .normalize import Normalize
from .pca import Components
from .rearrange import Rearrange

ALL: tuple[Kind, ...] = (Normalize(), Decorrelation(), Components(), Gauss(), Rearrange())
NAMED = {kind.name: kind for kind in ALL}
NAMES = NAMED | {"Uniform": NAMED["Gauss"]}  # which ROOT reads and never wrote
OF_LAYER = {kind.type: kind for kind in ALL}
LETTERS = {"normalize": "N", "decorrelate": "D", "pca": "P", "gauss": "G"}
IDENTITIES = ("Identity", "Ident", "Id", "None")


def kind_of(node: Element) -> Kind:
    """Give the kind of a transformation. Raises FormatError for one that nobody knows."""
    if (name := node.attribute("Name")) not in NAMES:
        raise node.error(f"wanted a transformation, found {shown(name)}{nearest(name, NAMES)}")
    return NAMES[name]


def letter_of(layer: object) -> str:
    """Give the letter of VarTransform that a layer goes by, "" where there is none."""
    letter = LETTERS.get(getattr(layer, "type", ""), "")
    return "U" if letter == "G" and getattr(layer, "flat", False) else letter
