"""Schemas and examples are found wherever the package lies."""

from __future__ import annotations

import pytest

from netspec import resources
from netspec.errors import UnavailableError


def house(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def test_in_a_checkout_they_lie_beside_the_package(tmp_path, monkeypatch):
    house(tmp_path, "netspec/spec.py", "schemas/model.xsd", "examples/jets.yaml")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "netspec")
    assert resources.schema("model.xsd") == tmp_path / "schemas" / "model.xsd"
    assert resources.example("jets.yaml") == tmp_path / "examples" / "jets.yaml"


def test_in_a_wheel_they_lie_inside_and_a_stranger_beside_is_not_asked(tmp_path, monkeypatch):
    house(tmp_path, "netspec/examples/jets.yaml", "examples/jets.yaml", "examples/strange.yaml")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "netspec")
    assert resources.example("jets.yaml") == tmp_path / "netspec" / "examples" / "jets.yaml"
    with pytest.raises(UnavailableError):
        resources.example("strange.yaml")


def test_a_folder_is_an_example_and_so_is_each_file_in_it(tmp_path, monkeypatch):
    house(tmp_path, "examples/series/run.py", "examples/series/__pycache__/run.pyc")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "netspec")
    assert resources.names("examples") == ["series", "series/run.py"]
    assert resources.example("series").is_dir()


def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(tmp_path, monkeypatch):
    house(tmp_path, "schemas/model.xsd", "schemas/tmva.xsd")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "netspec")
    with pytest.raises(UnavailableError, match=r"did you mean 'model\.xsd'"):
        resources.schema("modell.xsd")


@pytest.mark.parametrize("name", ["../netspec/spec.py", "/etc/passwd", ".", ""])
def test_no_name_leads_out_of_the_folder(tmp_path, monkeypatch, name):
    house(tmp_path, "netspec/spec.py", "schemas/model.xsd")
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "netspec")
    with pytest.raises(UnavailableError):
        resources.schema(name)
