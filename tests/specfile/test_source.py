"""Where a spec comes from: paths, open files, bytes, option strings; what cannot be read."""

from __future__ import annotations

import io
import os

import pytest

from netspec.errors import SpecError, UnavailableError
from netspec.specfile import parse
from netspec.specfile.source import LARGEST

YAML = "name: jets\n"
DATA = {"name": "jets"}


def test_paths_open_files_and_bytes_are_all_read(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text(YAML)
    assert parse(path).data == DATA
    assert parse(str(path)).data == DATA
    assert parse(YAML.encode()).data == DATA
    assert parse(io.BytesIO(YAML.encode())).data == DATA
    assert parse(io.StringIO(YAML)).data == DATA
    with path.open("rb") as file:
        document = parse(file)
    assert document.data == DATA
    assert document.name == str(path)


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".yaml", "name: jets"),
        (".YML", "name: jets"),
        (".json", '{"name": "jets"}'),
        (".toml", 'name = "jets"'),
        (".toml", '\ufeffname = "jets"'),
    ],
)
def test_the_suffix_says_the_format(tmp_path, suffix, text):
    path = tmp_path / f"jets{suffix}"
    path.write_text(text, encoding="utf-8")
    assert parse(path).data == DATA


def test_the_format_said_overrules_the_suffix(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text('name = "jets"')
    assert parse(path, format="toml").data == DATA


def test_an_option_string_is_a_source_of_its_own(tmp_path):
    text = "InputLayout=7:Layout=DENSE|1|LINEAR"
    path = tmp_path / "jets.tmva"
    path.write_text(f"{text}\n")
    data = parse(text).data
    assert data["layers"] == [{"type": "dense", "units": 1}]
    assert parse(path).data == data
    assert parse(text.encode(), format="tmva").data == data


def test_a_file_whose_name_looks_like_options_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Layout=3.yaml").write_text(YAML)
    assert parse("Layout=3.yaml").data == DATA


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "jets.yaml: wanted a spec, found an empty file"),
        (b"\xef\xbb\xbf \n", "jets.yaml: wanted a spec, found an empty file"),
        (b"a: 1\nb: \xe9t\xe9\n", "jets.yaml:2:4: wanted UTF-8 text, found the byte 0xe9"),
        ("a: 1".encode("utf-16"), "jets.yaml:1:1: wanted UTF-8 text, found UTF-16: save"),
        (b"a: 1\nb: \0", "jets.yaml:2:4: wanted text, found a zero byte"),
        (
            b'<?xml version="1.0"?>\n<model/>',
            "jets.yaml: wanted a spec, found XML: netspec.read and",
        ),
        (b"a" * (LARGEST + 1), "jets.yaml: a spec file holds at most 1 MiB"),
    ],
)
def test_bytes_that_are_no_text_are_refused(content, sentence):
    with pytest.raises(SpecError) as caught:
        parse(content, name="jets.yaml")
    assert str(caught.value).startswith(sentence)


def test_what_cannot_be_opened_is_said_in_one_sentence(tmp_path):
    missing = tmp_path / "jets.yaml"
    with pytest.raises(UnavailableError, match="there is no such file"):
        parse(missing)
    with pytest.raises(UnavailableError, match="wanted a file, found a folder"):
        parse(tmp_path)
    with pytest.raises(UnavailableError, match="cannot be read"):
        parse("a" * 5000)
    with pytest.raises(UnavailableError, match="cannot be read"):
        parse("a\0b")


def test_a_file_one_may_not_read_is_said_so(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text(YAML)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser may read everything
        path.unlink()
        path.symlink_to(path)  # a link to itself cannot be opened by anybody
    with pytest.raises(UnavailableError, match="cannot be read"):
        parse(path)


def test_an_unknown_format_is_refused_with_those_there_are():
    with pytest.raises(SpecError, match=r"'xlm' \(known: json, tmva, toml, yaml\)"):
        parse(YAML.encode(), format="xlm")


@pytest.mark.parametrize("wrong", [None, 3, {"layers": []}, ["a"]])
def test_what_is_no_source_is_refused_by_its_kind(wrong):
    with pytest.raises(SpecError, match=f"^wanted a path, .*, found {type(wrong).__name__}"):
        parse(wrong)


def test_text_in_the_place_of_a_name_is_told_to_come_as_bytes():
    with pytest.raises(SpecError, match="found text: give it as bytes"):
        parse("layers:\n  - {type: dense, units: 1}\n")


def test_a_closed_file_is_said_to_be_closed():
    file = io.BytesIO(b"layers: []")
    file.close()
    with pytest.raises(UnavailableError, match=r"^<spec>: cannot be read: I/O .* closed file"):
        parse(file)
