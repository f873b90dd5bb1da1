"""Write a model in another format: exact, or refused."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

from ..errors import FormatError, LossWarning, WeightsError
from ._words import Compat, Json, Overrides, complain, say, say_json


def run(
    source: Annotated[str, typer.Argument(metavar="A", help="A model or a spec, in any format.")],
    target: Annotated[str, typer.Argument(metavar="B", help="The file to write.")],
    format: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Format of B, if not its suffix's: tmva for ROOT."),
    ] = None,
    source_format: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="Format of A, the same way.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse to lose anything, outputs or not.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="Draw first weights from this seed, for a spec without any.")
    ] = None,
    overrides: Overrides = [],  # noqa: B006  typer wants a list, and nobody changes it
    compat: Compat = None,
    json: Json = False,
) -> None:
    """B.xml is netspec's own XML, or with --format tmva a weight file for ROOT's TMVA; B.yaml,
    B.json and B.toml hold the spec alone. What would change outputs is always refused; what else B
    cannot say is listed. B is written whole or not at all.
    """
    from ..formats import write
    from ._models import lacking_weights, opened, spare, written

    spare(target, source)
    model = opened(source, overrides, source_format, compat)
    if model.weights is None and seed is not None:
        from ..weights import draw

        model = model._replace(weights=draw(model.spec, seed))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("error" if strict else "always", LossWarning)
        try:
            write(target, *model, format=format)
        except LossWarning as warning:
            raise FormatError(f"{target}: not written, --strict refuses: {warning}") from None
        except WeightsError:
            if model.weights is None:
                raise lacking_weights(source) from None
            raise
    lost = [str(loss.message) for loss in heard]
    if json:
        say_json({"source": source, "target": target, "lost": lost})
        return
    for loss in lost:
        complain(f"netspec: warning: {loss}")
    say(written(target, format))
