"""What the user names on the command line: a model file, a spec file, or an option string."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..backends import on
from ..data import known as kinds_of_data
from ..data.places import place
from ..errors import DataError, FormatError, SpecError, UnavailableError, WeightsError
from ..formats import OWN, Model, known, read
from ..network import Network
from ..spec import NetworkSpec
from ..specfile import Document, override


def opened(
    source: str,
    overrides: Sequence[str] = (),
    format: str | None = None,
    compat: str | None = None,
) -> Model:
    """Read a model in any format, or a spec alone (its weights are None).

    `overrides` change a spec before it is checked; a model's weights would no longer fit, and it
    is refused. `compat` is as in `formats.read`.
    """
    if overrides and Path(source).suffix.lower() in known()[OWN].SUFFIXES:
        raise SpecError(
            f"{source}: --set changes a spec, found a model, whose weights fit no other"
        )
    if overrides:
        return Model(NetworkSpec.from_file(source, overrides, format), None)
    try:
        return read(source, format=format, compat=compat)
    except (FormatError, UnavailableError):
        suffixes = {suffix for kind in kinds_of_data().values() for suffix in kind.SUFFIXES}
        file = place(source).file
        if format is None and file.suffix.lower() in suffixes and file.exists():
            raise FormatError(
                f"{source}: wanted a model or a spec, found a file of events by its suffix"
            ) from None
        raise


def trainable(source: str, overrides: Sequence[str] = ()) -> Model:
    """Read a spec or a model to be trained further; its `training` alone may be changed then."""
    if not overrides or Path(source).suffix.lower() not in known()[OWN].SUFFIXES:
        return opened(source, overrides)
    for text in overrides:
        if not text.startswith(("training.", "training=")):
            raise SpecError(
                f"{source}: --set changes only the training of a model, --set training.epochs=5,"
                f" found {text.partition('=')[0]!r}"
            )
    model = opened(source)
    document = override(Document(model.spec.to_data(defaults=True), {}, source), overrides)
    return Model(NetworkSpec.from_document(document), model.weights, extras=model.extras)


def runnable(
    source: str,
    format: str | None = None,
    compat: str | None = None,
    device: str = "cpu",
    precision: str | None = None,
) -> Network:
    """Read a model and make a network of it; a spec alone has no weights and is refused."""
    model = opened(source, (), format, compat)
    if model.weights is None:
        raise lacking_weights(source)
    return Network(model.spec, model.weights, on(device, precision=precision), model.extras)


def spare(target: str | Path, *sources: str | Path) -> None:
    """Refuse to write a file that is also read, by itself or in a folder: it would be lost."""
    for source in sources:
        if Path(target).suffix == ".npy" and Path(source).is_dir():
            if Path(target).is_file() and Path(source).resolve() in Path(target).resolve().parents:
                raise DataError(f"{target}: would replace what is read: choose another name")
            continue
        with suppress(OSError, ValueError):  # an option string is no file
            if Path(target).is_file() and Path(target).samefile(place(source).file):
                raise DataError(f"{target}: would replace what is read: choose another name")


def written(target: str | Path, format: str | None) -> str:
    """Say that a model was written; under a name that TMVA gives its files, what it is, too."""
    own = format is None and str(target).lower().endswith(".weights.xml")
    form = " in netspec's own XML: --format tmva is for ROOT" if own else ""
    return f"{target}: written{form}"


def lacking_weights(source: str) -> WeightsError:
    """Give the error that tells where first weights come from."""
    return WeightsError(
        f"{source}: wanted a model, found a spec without weights: netspec train learns them,"
        f" netspec convert {shlex.quote(source)} model.xml --seed 1 draws first ones"
    )
