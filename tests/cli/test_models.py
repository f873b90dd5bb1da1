"""convert, verify, diff, info, demo: the commands about models."""

from __future__ import annotations

import re

import numpy
import pytest

import netspec
from netspec.kernels import compiled


def test_a_model_converted_there_and_back_is_the_same_file(cli, files):
    assert cli("convert", "small.xml", "copy.xml").status == 0
    assert (files / "copy.xml").read_bytes() == (files / "small.xml").read_bytes()


def test_what_a_format_cannot_hold_is_listed_and_refused_when_asked(cli, files):
    said = cli("convert", "small.xml", "small.weights.xml", "--format", "tmva")
    assert said.status == 0
    assert "netspec: warning: " in said.err
    assert said.out == "small.weights.xml: written\n"
    own = cli("convert", "small.xml", "own.weights.xml").out
    assert own == "own.weights.xml: written in netspec's own XML: --format tmva is for ROOT\n"
    found = cli("convert", "small.xml", "b.weights.xml", "--format", "tmva", "--json")
    assert len(found.json["lost"]) >= 1

    strict = cli("convert", "small.xml", "c.weights.xml", "--format", "tmva", "--strict")
    assert strict.status == 1
    assert "--strict refuses" in strict.err
    assert not (files / "c.weights.xml").exists()


def test_what_would_change_outputs_is_refused(cli, files):
    (files / "relu.yaml").write_text(
        "input: {features: 3, steps: 4}\nlayers: [{type: lstm, units: 2, activation: relu}]"
    )
    said = cli("convert", "relu.yaml", "relu.weights.xml", "--seed", "1", "--format", "tmva")
    assert said.status == 1
    assert "relu" in said.err
    assert not (files / "relu.weights.xml").exists()


def test_a_model_is_not_written_over_by_what_it_becomes(cli, files):
    before = (files / "small.xml").read_bytes()
    said = cli("convert", "small.xml", "./small.xml", "--format", "yaml")
    assert said.status == 1
    assert said.err.endswith("would replace what is read: choose another name\n")
    assert (files / "small.xml").read_bytes() == before


def test_a_spec_is_turned_into_another_form_of_spec(cli, files):
    assert cli("convert", "small.yaml", "small.toml", "--set", "name=other").status == 0
    assert netspec.read(files / "small.toml").spec.name == "other"


def test_a_spec_becomes_a_model_with_weights_from_a_seed(cli, files):
    said = cli("convert", "small.yaml", "new.xml")
    assert said.status == 1
    assert "--seed" in said.err
    assert cli("convert", "small.yaml", "new.xml", "--seed", "1").status == 0
    assert cli("diff", "new.xml", "small.xml").status == 0


def test_an_unknown_format_is_answered_with_the_nearest(cli, files):
    said = cli("convert", "small.xml", "b.xml", "--format", "tvma")
    assert said.status == 1
    assert "did you mean 'tmva'" in said.err


def test_a_model_verifies_itself(cli, files):
    said = cli("verify", "small.xml")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-2:] == [
        "golden: yes: 2 outputs, the same bits",
        "small.xml: verified",
    ]


def test_exact_outputs_are_verified_without_kernels_within_a_tolerance_that_is_told(
    cli, files, native, monkeypatch
):
    rows = numpy.sin(numpy.arange(12_000.0)).reshape(1000, 4, 3)
    netspec.load(files / "small.xml").save(files / "exact.xml", golden=rows)
    monkeypatch.setattr(type(native), "available", classmethod(lambda cls: False))
    said = cli("verify", "exact.xml")
    assert (said.status, said.err) == (0, "")
    assert re.search(
        r"golden: yes: within the tolerance 1e-05: \d+ of 1000 differ, .*; the tolerance is that of"
        r" numpy, which promises no bits: the file holds exact outputs of native\n",
        said.out,
    )


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("NETSPEC_THREADS", "none", "wanted a number from 1 to 1024, found 'none'"),
        ("NETSPEC_INSTRUCTIONS", "sse9", "wanted an instruction set that this processor has"),
    ],
)
@pytest.mark.parametrize("command", ["verify small.xml", "demo", "info"])
def test_a_bad_word_in_the_environment_is_told_in_one_sentence_with_its_name(
    command, name, said, words, cli, files, native, monkeypatch
):
    monkeypatch.setenv(name, said)
    found = cli(*command.split())
    assert found.status == 1
    assert found.err.startswith(f"netspec: {name} in the environment: {words}")
    assert found.err.count("\n") == 1


def test_a_damaged_model_is_not_verified(cli, files):
    text = (files / "small.xml").read_text()
    changed = re.sub(r"(<array[^>]*>\s*-?0\.\d)\d", r"\g<1>0", text, count=1)
    (files / "small.xml").write_text(changed)
    said = cli("verify", "small.xml")
    assert said.status == 1
    assert said.out.startswith("file: NO: small.xml:")
    found = cli("verify", "small.xml", "--json").json
    assert found["verified"] is False


def test_a_file_that_can_prove_nothing_is_not_verified(cli, files):
    cli("convert", "small.xml", "small.weights.xml", "--format", "tmva")
    said = cli("verify", "small.weights.xml")
    assert said.status == 1
    assert "NOT verified" in said.out


def test_a_model_is_held_against_another_on_data(cli, files):
    cli("convert", "small.xml", "small.weights.xml", "--format", "tmva")
    arguments = ("--against", "small.weights.xml", "--data", "events.npz")
    said = cli("verify", "small.xml", *arguments)
    assert said.status == 0
    assert "against: yes: 7 outputs, the same bits" in said.out

    cli("convert", "small.yaml", "other.xml", "--seed", "2")
    found = cli("verify", "small.xml", "--against", "other.xml", "--data", "events.npz", "--json")
    assert found.status == 1
    check = found.json["checks"][-1]
    assert check["ok"] is False
    assert check["distance"]["different"] == 7
    assert cli("verify", "small.xml", "--against", "other.xml", "--data", "events.npz",
               "--tolerance", "1").status == 0  # fmt: skip


def test_differences_are_told_and_end_with_1(cli, files):
    assert cli("diff", "small.xml", "small.xml").out == "the same network, to the last bit\n"
    cli("convert", "small.yaml", "other.xml", "--seed", "2", "--set", "name=other")
    said = cli("diff", "small.xml", "other.xml")
    assert said.status == 1
    assert 'name: "small" against "other"' in said.out
    found = cli("diff", "small.xml", "other.xml", "--json").json
    assert {number["name"] for number in found["numbers"]} == {
        "lstm_1/W", "lstm_1/U", "dense_1/W",
    }  # fmt: skip


def test_the_versions_and_promises_are_told(cli):
    said = cli("info")
    assert said.status == 0
    assert f"netspec {netspec.__version__}" in said.out
    found = cli("info", "--json").json
    assert found["default_backend"] in found["backends"]
    assert found["backends"]["numpy"] == {"exact": False, "not_exact_for": []}


@pytest.mark.skipif(compiled() is None, reason="there are no compiled kernels")
def test_info_tells_on_what_the_compiled_kernels_run(cli, monkeypatch):
    monkeypatch.setenv("NETSPEC_INSTRUCTIONS", "scalar")
    monkeypatch.setenv("NETSPEC_THREADS", "1")
    sets = compiled().paths()
    assert f"; instruction set scalar (of {', '.join(sets)}), 1 thread\n" in cli("info").out
    assert cli("info", "--json").json["kernels"] == {
        "compiled": True, "instruction_set": "scalar", "instruction_sets": sets, "threads": 1,
    }  # fmt: skip


def test_info_tells_why_no_kernels_are_compiled(cli, monkeypatch):
    monkeypatch.setattr("netspec.kernels.compiled", lambda: None)
    monkeypatch.setattr("netspec.kernels.why_not", lambda: "no compiler: get one")
    assert "Python: no compiler: get one\n" in cli("info").out
    told = {"compiled": False, "why_not": "no compiler: get one"}
    assert cli("info", "--json").json["kernels"] == told


def test_the_demo_says_when_it_ran_without_compiled_kernels(cli, monkeypatch):
    for why, said in [(None, False), ("no compiler: get one", True)]:
        monkeypatch.setattr("netspec.cli.demo.why_not", lambda why=why: why)
        assert ("no compiler: get one." in cli("demo").out) == said


def test_the_demo_tells_the_whole_story_and_keeps_its_files_where_it_is_told(cli, tmp_path):
    said = cli("demo", "--keep", "story")
    assert (said.status, said.err) == (0, "")
    assert "All as it should be" in said.out
    assert said.out.count("the same bits") >= 3
    assert "did you mean 'units'" in said.out
    story = tmp_path / "story"
    assert (story / "jets.xml").read_bytes() == (story / "again.xml").read_bytes()
    assert cli("verify", story / "jets.xml").status == 0
    assert cli("verify", story / "damaged.xml").status == 1


def test_the_demo_answers_in_json_and_leaves_nothing_behind(cli, tmp_path):
    found = cli("demo", "--json").json
    assert found["ok"] is True
    assert found["seconds"] < 10
    assert all(step["ok"] for step in found["steps"])
    assert list(tmp_path.iterdir()) == []


def test_the_demo_says_so_when_a_step_fails(cli, monkeypatch):
    monkeypatch.setattr("netspec.cli.demo._same_bits", lambda *_: ("other bits", False))
    said = cli("demo")
    assert said.status == 1
    assert "NOT as it should be: Loaded again" in said.out


@pytest.mark.parametrize("command", ["show", "verify", "validate"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"<", b"<a/>", b"<?xml version='1.0'?><!DOCTYPE a><a/>", b"[" * 100, b"{}"],
)
@pytest.mark.parametrize("suffix", ["xml", "yaml", "json", "toml", "txt"])
def test_files_that_are_no_models_end_in_a_sentence(command, content, suffix, cli, tmp_path):
    (tmp_path / f"bad.{suffix}").write_bytes(content)
    said = cli(command, f"bad.{suffix}")
    assert said.status == 1
    assert "unexpected" not in said.err
    assert f"bad.{suffix}" in said.err + said.out


def test_a_folder_that_is_not_there_is_told_by_the_name_of_the_file(cli, files):
    said = cli("convert", "small.xml", "nowhere/b.xml")
    assert said.status == 1
    assert said.err == "netspec: nowhere/b.xml: No such file or directory\n"


def test_a_deep_nest_of_brackets_is_refused(cli, tmp_path):
    (tmp_path / "deep.yaml").write_text("[" * 3000)
    said = cli("validate", "deep.yaml")
    assert said.status == 1
    assert "deep" in said.err


def test_an_option_is_changed_in_a_spec_and_not_in_a_model(cli, files):
    said = cli("show", "small.xml", "--set", "layers.0.units=6")
    assert said.status == 1
    assert "found a model" in said.err


def test_a_tree_in_the_place_of_a_model_is_told_by_its_suffix(cli, tmp_path):
    (tmp_path / "events.root").write_bytes(b"root")
    for name in (tmp_path / "events.root", f"{tmp_path}/events.root:tree"):
        said = cli("show", name)
        assert said.status == 1
        assert said.err == (
            f"netspec: {name}: wanted a model or a spec, found a file of events by its suffix\n"
        )
    assert "there is no such file" in cli("show", f"{tmp_path}/no.root:tree").err
