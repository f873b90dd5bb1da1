"""What every command keeps, found by walking the folder; how the program ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

import netspec.cli
from netspec.cli import commands
from netspec.errors import DataError, Place, Problem, SpecError

ROOT = Path(netspec.cli.__file__).parents[2]
HEAVY = ("pydantic", "lxml", "numpy", "ruamel", "rich", "torch", "matplotlib")

every_command = pytest.mark.parametrize("command", commands())


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, **options
    )


@every_command
def test_a_command_is_a_module_with_a_line_of_help_and_a_function(command):
    module = import_module(f"netspec.cli.{command}")
    assert module.__doc__.splitlines()[0] == commands()[command]
    assert len(commands()[command]) <= 68, "a line of help fits beside the command"
    assert callable(module.run)


@every_command
def test_a_command_answers_in_json_where_it_is_asked_to(command):
    assert "json" in signature(import_module(f"netspec.cli.{command}").run).parameters


@every_command
def test_a_command_explains_itself(command, cli):
    said = cli(command, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: netspec {command} ")
    assert commands()[command] in said.out
    assert "--json" in said.out


def test_the_help_lists_every_command_and_is_plain(cli):
    said = cli("--help")
    assert said.status == 0
    width = max(map(len, commands()))
    for command, line in commands().items():
        assert f"  {command:{width}}  {line}\n" in said.out
    assert said.out.isascii()


def test_the_commands_are_those_of_the_story():
    first, second = {"demo", "new", "validate", "show", "predict"}, {"convert", "verify", "diff"}
    assert set(commands()) >= first | second | {"schema", "info"}


@pytest.mark.parametrize("arguments", ["['--help']", "['--version']", "[]", "['shwo']"])
def test_help_loads_nothing_that_takes_time(arguments):
    script = (
        "import sys, netspec.cli; netspec.cli.main(%s);"
        "print(sorted({'pydantic', 'lxml', 'numpy', 'ruamel', 'rich'} & set(sys.modules)))"
    )
    loaded = python("-c", script % arguments).stdout.splitlines()[-1]
    # typer itself reads the options of the group, where there are any, with pydantic.
    assert loaded in ("[]", "['pydantic']")
    assert loaded == "[]" or arguments != "['--help']"


def test_importing_netspec_loads_nothing_that_takes_time():
    script = f"import sys, netspec; print([m for m in {HEAVY} if m in sys.modules])"
    assert python("-c", script).stdout.strip() == "[]"


def test_the_module_runs_as_a_program():
    assert python("-m", "netspec", "--version").stdout == f"netspec {netspec.__version__}\n"
    assert python("-m", "netspec", "show", "nothing.xml").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["shwo"], "Did you mean 'show'?"),
        (["show"], "Missing argument"),
        (["show", "a", "b"], "unexpected extra argument"),
        (["show", "a", "--svgg", "b"], "--svg"),
        (["verify", "a", "--against", "b"], "--against and --data go together"),
        (["predict", "a", "b"], "--out"),
        (["predict", "a", "b", "-o", "c", "--chunk", "0"], "--chunk"),
        (["new", "a.yaml", "--type", "ltsm"], "lstm"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(arguments, told, cli):
    said = cli(*arguments)
    assert said.status == 2
    assert told in said.err
    assert not said.out


def test_no_arguments_show_the_help(cli):
    said = cli()
    assert said.status == 2
    assert "Commands:" in said.err


PROBLEM = Problem(("layers", 0), "wanted this, found that", Place("a.yaml", 3, 5))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("x.csv: wanted a number"), "netspec: x.csv: wanted a number"),
        (SpecError(PROBLEM, PROBLEM), "\n".join([str(PROBLEM)] * 2)),
        (FileNotFoundError(errno.ENOENT, "No such file", "x.csv"), "netspec: x.csv: No such file"),
        (OSError(errno.ENOSPC, "No space left on device"), "netspec: No space left on device"),
        (MemoryError(), "netspec: not enough memory"),
        (RecursionError(), "netspec: the input is nested too deeply"),
        (KeyError("oops"), "netspec: unexpected KeyError: 'oops' (this is a fault in netspec; "),
    ],
)
def test_an_error_ends_in_one_sentence_and_with_1(error, sentence, cli, monkeypatch):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr("netspec.diff.diff", fails)
    said = cli("diff", "a.xml", "b.xml")
    assert said.status == 1
    assert said.err.startswith(sentence)
    assert said.err.count("\n") == sentence.count("\n") + 1
    assert "Traceback" not in said.err
    assert not said.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "nothing.xml"),
        ("predict", "nothing.xml", "e.npy", "-o", "y.npy"),
        ("convert", "nothing.xml", "b.xml"),
        ("verify", "nothing.xml"),
        ("diff", "nothing.xml", "b.xml"),
    ],
)
def test_an_error_is_told_in_json_where_json_was_asked_for(arguments, cli):
    said = cli(*arguments, "--json")
    sentence = "nothing.xml: there is no such file"
    assert (said.status, said.err) == (1, f"netspec: {sentence}\n")
    assert said.json == {"error": {"type": "UnavailableError", "message": sentence, "problems": []}}


def test_every_problem_of_a_spec_is_told_in_json(cli, files):
    found = cli("show", "small.yaml", "--set", "layers.0.unit=3", "--set", "nmae=x", "--json").json
    problems = found["error"]["problems"]
    assert found["error"]["type"] == "SpecError"
    assert sorted(problem["path"] for problem in problems) == [["layers", 0, "unit"], ["nmae"]]
    assert all("did you mean" in problem["message"] for problem in problems)


def test_the_traceback_can_be_asked_for(cli, monkeypatch):
    monkeypatch.setenv("NETSPEC_TRACEBACK", "1")
    with pytest.raises(netspec.NetspecError):
        cli("diff", "a.xml", "b.xml")


def test_an_interrupt_ends_quietly(cli, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("netspec.diff.diff", interrupted)
    said = cli("diff", "a.xml", "b.xml")
    assert (said.status, said.out, said.err) == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise on Windows")
@pytest.mark.parametrize("command", ["netspec schema", "netspec info", "netspec --help"])
def test_a_reader_that_goes_away_is_no_error_to_speak_of(command):
    line = command.replace("netspec", f"{sys.executable} -m netspec")
    found = subprocess.run(
        f"{line} | {sys.executable} -c pass", shell=True, cwd=ROOT, capture_output=True, text=True
    )
    assert found.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_under_the_output_is_told():
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-m", "netspec", "info"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert found.returncode == 1
    assert "Traceback" not in found.stderr


def test_a_terminal_that_knows_no_such_letters_is_served_all_the_same(files):
    (files / "small.yaml").write_text("name: jëts\ninput: {features: 1}\nlayers: [{type: flatten}]")
    found = python(
        "-m", "netspec", "show", files / "small.yaml",
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert "Traceback" not in found.stderr
    assert "UnicodeEncodeError" not in found.stderr


def test_ctrl_c_anywhere_is_no_traceback(monkeypatch, capsys):
    def interrupted(_word: str = ""):
        raise KeyboardInterrupt

    for place in ("netspec.cli.get_command", "netspec.cli.info.run"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupted)
            assert netspec.cli.main(["info"]) == 130
        assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a program at once")
def test_a_termination_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    script = (
        "import os, signal, sys, netspec.cli.info, netspec.formats.files as files\n"
        "def run():\n"
        "    def chunks():\n"
        "        yield b'new'\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        yield b'more'\n"
        "    files.write_atomically('out', chunks())\n"
        "netspec.cli.info.run = run\n"
        "sys.exit(netspec.cli.main(['info']))\n"
    )
    (tmp_path / "out").write_bytes(b"old")
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert (found.returncode, found.stdout, found.stderr) == (143, "", "")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("out", b"old")]


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_no_key_of_a_file_reaches_the_terminal_as_a_command(cli, files, json):
    text = 'name: a\ninput: {features: 1}\nlayers: [{type: flatten}]\n"\\e]0;title\\a\\n\\x9b": 1\n'
    (files / "key.yaml").write_text(text)
    said = cli("show", files / "key.yaml", *json)
    assert said.status == 1
    assert all(line.isprintable() for line in said.err.splitlines())
    assert r"\x1b]0;title\x07\n\x9b: no such option of a spec" in said.err
