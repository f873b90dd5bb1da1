"""Hostile and broken files: each ends in one sentence, at once, without taking memory."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import netspec
from netspec.errors import FormatError
from netspec.formats.xml import tree
from tests.formats.xml.hostile import HOSTILE, LARGE, SHA, array, dense, model

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_refused_in_one_sentence_that_names_file_and_line(data, reason, tmp_path):
    path = tmp_path / "hostile.xml"
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        netspec.read(path, format="xml")
    message = str(caught.value)
    assert reason in message
    assert message.startswith(f"{path}:")
    assert message[len(str(path)) + 1].isdigit()
    assert len(message.replace(str(path), "")) < 400
    assert "\n" not in message


def test_all_of_it_is_refused_quickly_and_in_little_memory(tmp_path):
    for number, (data, _) in enumerate(HOSTILE.values()):
        (tmp_path / f"{number}.xml").write_bytes(data)
    script = """
        import pathlib, resource, sys, time
        import netspec
        from netspec.errors import FormatError
        files = sorted(pathlib.Path(sys.argv[1]).glob("*.xml"))
        for path in files[:1] * 2:
            try:
                netspec.read(path, format="xml")
            except FormatError:
                pass
        if sys.platform == "linux":
            pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + 200 * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for path in files:
            start = time.process_time()
            try:
                netspec.read(path, format="xml")
            except FormatError:
                taken = time.process_time() - start
                assert taken < 2, (path, taken)
            else:
                raise AssertionError(path)
        print(len(files))
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (found.returncode, found.stdout) == (0, f"{len(HOSTILE)}\n"), found.stderr[-2000:]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('shape="1 2 1"', f'shape="{LARGE} 2 1"', f'name="inputs">: wanted {2 * LARGE} numbers'),
        ('shape="1 2 1"', 'shape="0 9999999999 9999999999"', 'name="inputs">: '),
        ('name="inputs" dtype="float32"', 'name="inputs" dtype="float64"', "the dtype 'float64'"),
        ('name="inputs" dtype="float32"', 'name="inputs"', "wanted the attribute 'dtype'"),
        ('name="inputs"', 'name="inputs" part="i"', "which only weights have"),
        ('name="inputs"', 'name="input"', "did you mean 'inputs'?"),
        ('name="inputs"', 'name="outputs"', '<array name="outputs">: is there twice'),
        ('name="lengths" dtype="int64"', 'name="lengths" dtype="float64"', "known: int64"),
        ('shape="1" sha256="{lengths}">\n2', 'shape="1" sha256="{lengths}">\n2.5', "no int64"),
        ('tolerance="1e-05"', 'tolerance=""', "<verification>: wanted 1 numbers, found 0"),
        ('tolerance="1e-05"', 'tolerance="-1"', "tolerance: wanted a number from 0 up"),
        ('engine="numpy"', 'engine=""', "wanted the name of an engine"),
        (
            'name="loss" dtype="float64" shape="2"',
            'name="loss" dtype="float64" shape="1 2"',
            "a row",
        ),
        ('<entry name="by">A &amp; B</entry>', '<entry name="by">A</entry>' * 2, "is there twice"),
        ('name="W" part="r"', 'name="W" dtype="float32" part="r"', "all weights have that of the"),
    ],
)
def test_extras_that_are_not_right_are_refused_at_their_element(small, old, new, reason):
    text = small.decode()
    lengths = re.search(r'name="lengths" dtype="int64" shape="1" sha256="(\w+)"', text)[1]
    old, new = old.replace("{lengths}", lengths), new.replace("{lengths}", lengths)
    assert old in text
    with pytest.raises(FormatError) as caught:
        netspec.read(text.replace(old, new).encode())
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        model(f"<{'a' * 1_000_000}/>"),
        model(dense(1, array(**{"b" * 1_000_000: 1}))),
        model(dense(1, options=f'<option name="{"u" * 1_000_000}">1</option>')),
        model(dense(f'"{"u" * 1_000_000}"')),
        model(f'<layer type="{"l" * 1_000_000}" name="a"/>'),
        model(f'<layer type="dense" name="{"l" * 1_000_000}"/>'),
        model(dense(1, array(name="W" * 1_000_000))),
        model(dense(1, array().replace(SHA, "0" * 1_000_000))),
    ],
    ids=["tag", "attribute", "option", "value", "type", "layer", "array", "digest"],
)
def test_what_is_a_million_characters_long_is_not_repeated(data):
    with pytest.raises(FormatError) as caught:
        netspec.read(data)
    assert len(str(caught.value)) < 1100


def test_a_file_of_too_many_elements_is_refused_where_they_become_too_many(small, monkeypatch):
    monkeypatch.setattr(tree, "MOST", 20)
    with pytest.raises(FormatError, match=r"^<bytes>:24:7: .* wanted at most 20 elements"):
        netspec.read(small)


def test_of_many_problems_the_first_are_shown():
    layers = "".join(f'<layer type="x" name="a{n}"/>\n' for n in range(1000))
    with pytest.raises(FormatError) as caught:
        netspec.read(model(layers))
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[1].startswith("<bytes>:5:1: layers.1.type: ")
    assert lines[-1].endswith(" more problems")
