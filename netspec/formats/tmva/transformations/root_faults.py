"""Where ROOT's Reader computes something else than the network that was trained.

Variables of one name        it takes the first for all of them (`selections`)
A target before a variable   it has no targets yet, and leaves alone what follows one in a selection
Several of targets           it undoes the first in the file alone
PCA of targets               it adds every mean to every target

netspec does the right thing and warns; with `compat="root"` it does as ROOT does, but for the last,
which is refused.
"""

from __future__ import annotations

import warnings

from ....errors import NetspecWarning
from .kind import Found

LATE = (
    "variables that a selection names after a target are transformed, where ROOT's Reader leaves"
    " them as they are"
)
SEVERAL = (
    "several transformations of targets are all undone, where ROOT's Reader undoes the first alone"
)
MEANS = (
    "from principal components of targets each gets its own mean back, where ROOT's Reader adds"
    " every mean to every target"
)


def parted(
    found: Found, compat: str | None, *, first: bool, into: list[str]
) -> tuple[list[int], list[int]]:
    """Give the places in the selection of the variables and of the targets that are transformed.

    `first` says that no target was transformed before. What ROOT does otherwise is warned of and
    entered. Raises FormatError for what netspec does not do as ROOT does.
    """
    variables, targets = found.of("Variable"), found.of("Target")
    early = [k for k in variables if not targets or k < targets[0]]
    means = found.kind.type == "pca" and first and len(targets) > 1
    if compat and means:
        raise found.node.error(
            "principal components of targets are not supported with compat root: ROOT's own way"
            " back adds every mean to every target"
        )
    if compat:
        return early, targets if first else []
    for label in found.selected.strays[:1]:  # of which `selections` has warned
        message = (
            f"of the variables called {label} each is transformed as in training, where ROOT's"
            " Reader takes the first for all"
        )
        into += [message] if message not in into else []
    for doubtful, message in (
        (len(early) < len(variables), LATE),
        (means, MEANS),
        (targets and not first, SEVERAL),
    ):
        if doubtful and message not in into:
            into.append(message)
            warnings.warn(
                f"{found.node.place}: <Transform>: {message}", NetspecWarning, stacklevel=2
            )
    return variables, targets
