"""The version of a spec."""

from __future__ import annotations

import pytest

from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.specfile import parse, upgrades


def test_a_spec_of_today_and_one_without_a_version_stay_as_they_are():
    assert parse(b"netspec: 1\nname: jets\n").data == {"netspec": 1, "name": "jets"}
    assert parse(b"name: jets\n").data == {"name": "jets"}


def test_a_newer_version_is_refused_with_its_place():
    with pytest.raises(SpecError) as caught:
        parse(b"name: jets\nnetspec: 2\n", name="jets.yaml")
    assert str(caught.value) == (
        "jets.yaml:2:10: netspec: wanted version 1 or older, found 2; "
        "a newer release of netspec reads it"
    )


def test_older_versions_are_brought_up_step_by_step(monkeypatch):
    def first(data):
        return {**data, "netspec": 2, "steps": [1]}

    def second(data):
        return {**data, "netspec": 3, "steps": [*data["steps"], 2]}

    monkeypatch.setattr(upgrades, "CURRENT", 3)
    monkeypatch.setattr(upgrades, "UPGRADES", {1: first, 2: second})
    assert parse(b"netspec: 1").data == {"netspec": 3, "steps": [1, 2]}
    assert parse(b"name: jets").data == {"netspec": 3, "name": "jets", "steps": [1, 2]}
    assert parse(b"netspec: 3").data == {"netspec": 3}


@pytest.mark.parametrize("version", ["one", "1.0", "true", "[1]"])
def test_what_is_no_version_is_left_for_the_check_of_all_values(version):
    assert "netspec" in parse(f"netspec: {version}".encode()).data


def test_a_version_from_long_before_the_first_is_answered_at_once():
    text = "netspec: -9000000000000000000\ninput: {features: 1}\nlayers: [{type: flatten}]"
    with pytest.raises(SpecError, match="netspec: wanted 1, found -9000000000000000000"):
        NetworkSpec.from_file(text.encode(), format="yaml")
