"""The command line: `netspec COMMAND ...`, one file of this folder a command.

A command is a module with a function `run` in typer's words, and its first line is what
`netspec --help` says of it. The help reads those lines as text and imports nothing, so that it
answers at once; a command's own module is imported when it is called for.

Exit status: 0 good, 1 the answer is no or the input is bad, 2 wrong usage, 130 interrupted, 143
terminated.
Bad input ends in one sentence on stderr, never in a traceback (NETSPEC_TRACEBACK=1 shows it);
with --json the same stands on stdout as {"error": {"type", "message", "problems"}}.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ..errors import NetspecError, NetspecWarning, SpecError, spelt
from ._ending import orderly

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


def commands() -> dict[str, str]:
    """Give every command and its line of help, found by walking this folder.

    >>> commands()["diff"]
    'Compare two models: structure and numbers.'
    """
    found = {}
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        with file.open(encoding="utf-8") as stream:
            found[file.stem] = stream.readline().strip().strip('"')
    return found


class Commands(TyperGroup):
    """A group of commands whose modules are imported one at a time, when they are called."""

    def __init__(self, **attributes: Any) -> None:
        """Fill the table with names alone; typer looks there for the nearest right word."""
        super().__init__(**attributes)
        self.commands = dict.fromkeys(commands())  # type: ignore[assignment]  # see get_command

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the command called `cmd_name`; None where there is no such command."""
        if cmd_name not in self.commands:
            return None
        module = import_module(f".{cmd_name}", __name__)
        text = f"{commands()[cmd_name]}\n\n{getdoc(module.run)}"
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        one.command(cmd_name, help=text)(module.run)
        return get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands for `--help`."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands().items()))


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: netspec demo",
)


def _print_version(wanted: bool) -> None:
    """Print the version and stop, for `netspec --version`."""
    if wanted:
        from .. import __version__

        typer.echo(f"netspec {__version__}")
        raise typer.Exit


@app.callback()
def _netspec(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Describe recurrent networks in a file, run them, and keep them so that they never change."""


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Show a warning as one line, without the line of code that raised it."""
    typer.echo(f"netspec: warning: {spelt(str(message))}", err=True)


def _sentence(error: BaseException) -> str:
    """Give the sentence in which a user reads of an error; what a terminal would obey is spelt."""
    if isinstance(error, SpecError):  # its lines begin with file:line:column, for editors
        return str(error)
    return spelt(_words_of(error))


def _words_of(error: BaseException) -> str:
    if isinstance(error, NetspecError):
        return f"netspec: {error}"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"netspec: {where}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return "netspec: not enough memory"
    if isinstance(error, RecursionError):
        return "netspec: the input is nested too deeply"
    return (
        f"netspec: unexpected {type(error).__name__}: {error} "
        "(this is a fault in netspec; NETSPEC_TRACEBACK=1 shows where)"
    )


def _say_error_in_json(error: BaseException) -> None:
    """Print an error for programs, which asked for an answer in JSON and shall get one."""
    from ._words import problem_data, say_json

    problems = error.problems if isinstance(error, SpecError) else ()
    say_json(
        {
            "error": {
                "type": type(error).__name__,
                "message": _sentence(error).removeprefix("netspec: "),
                "problems": list(map(problem_data, problems)),
            }
        }
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; `arguments` are those of the process if None."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a file name may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.simplefilter("always", NetspecWarning)
        warnings.showwarning = _show_warning
        try:
            with orderly():
                get_command(app).main(arguments, prog_name="netspec")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        except KeyboardInterrupt:  # outside of the command, of which typer catches it
            status = INTERRUPTED
        except Exception as error:
            if os.environ.get("NETSPEC_TRACEBACK"):
                raise
            typer.echo(_sentence(error), err=True)
            if "--json" in (sys.argv[1:] if arguments is None else arguments):
                _say_error_in_json(error)
            status = 1
    try:
        sys.stdout.flush()
    except OSError:  # the reader of a pipe has gone: nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    return status
