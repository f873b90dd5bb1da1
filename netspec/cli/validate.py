"""Check specs: every error with its line and the right word."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import FormatError, Problem, SpecError, UnavailableError, WeightsError
from ._words import Json, Overrides, complain, problem_data, say, say_json


def run(
    specs: Annotated[
        list[str], typer.Argument(metavar="SPEC...", help="Files, or a TMVA option string.")
    ],
    overrides: Overrides = [],  # noqa: B006  typer wants a list, and nobody changes it
    json: Json = False,
) -> None:
    """Ends with status 1 if one of them is not valid."""
    answers = [_answer(spec, overrides) for spec in specs]
    if json:
        say_json({"valid": all(a["valid"] for a in answers), "specs": answers})
    else:
        for answer in answers:
            if answer["valid"]:
                say(f"{answer['spec']}: valid: {answer['says']}")
            for problem in answer["problems"]:
                complain(problem["text"])
    raise typer.Exit(0 if all(answer["valid"] for answer in answers) else 1)


def _answer(source: str, overrides: list[str]) -> dict[str, Any]:
    from ..report import report
    from ._models import opened

    try:
        table = report(opened(source, overrides).spec)
    except SpecError as error:
        problems = list(map(problem_data, error.problems))
    except (FormatError, UnavailableError, WeightsError) as error:
        problems = [problem_data(Problem((), str(error)))]
    else:
        count = len(table.rows)
        says = f"{count} layer{'s' if count > 1 else ''}, {table.parameters:,} parameters"
        return {"spec": source, "valid": True, "says": says, "problems": []}
    return {"spec": source, "valid": False, "says": "", "problems": problems}
