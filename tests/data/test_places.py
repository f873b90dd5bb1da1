"""Paths that name a tree in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.data.places import place

PLACES = {
    "e.root": ("e.root", ""),
    "e.root:t": ("e.root", "t"),
    "a/b.c/e.ROOT:folder/t;3": ("a/b.c/e.ROOT", "folder/t;3"),
    "e.root:/folder/t/": ("e.root", "folder/t"),
    "e.root:": ("e.root", ""),
    "a.root:b/e.root:t": ("a.root:b/e.root", "t"),
    "e.csv:t": ("e.csv:t", ""),
    "C:/e.npz": ("C:/e.npz", ""),
    "root:t": ("root:t", ""),
}


@pytest.mark.parametrize("text", PLACES)
def test_a_path_is_a_file_and_what_is_in_it(text):
    file, inside = PLACES[text]
    assert place(text) == place(Path(text)) == (Path(file), inside)


def test_a_file_that_has_such_a_name_is_taken_as_it_is(tmp_path):
    (tmp_path / "e.root:t").touch()
    assert place(tmp_path / "e.root:t") == (tmp_path / "e.root:t", "")


def test_it_is_shown_as_it_was_written():
    assert [str(place(text)) for text in ("e.root:t;2", "e.csv")] == ["e.root:t;2", "e.csv"]
