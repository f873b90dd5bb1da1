"""The count of skipped tests lets through what is allowed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "skipped.py"


def count(tmp_path, *reasons, here, text=""):
    """Run the script on a report with one skipped test for each reason."""
    cases = "".join(
        f'<testcase classname="tests.test_a" name="test_b">'
        f'<skipped message="{reason}">{text}</skipped></testcase>'
        for reason in reasons
    )
    report = tmp_path / "tests.xml"
    suite = f'<testsuite><testcase classname="a" name="b"/>{cases}</testsuite>'
    report.write_text(f"<testsuites>{suite}</testsuites>", encoding="utf-8")
    folder = str(tmp_path if here else tmp_path / "nowhere")
    return subprocess.run(
        [sys.executable, SCRIPT, report],
        env=os.environ | {"NETSPEC_REAL_FILES": folder, "NETSPEC_ORACLES": folder},
        capture_output=True,
        text=True,
        check=False,
    )


REAL = "real model files are not here: NETSPEC_REAL_FILES can name their folder"
ORACLES = "oracle files are not here: NETSPEC_ORACLES can name their folder"


def test_none_is_good(tmp_path):
    run = count(tmp_path, here=True)
    assert (run.returncode, run.stdout) == (0, "0 skipped\n")


@pytest.mark.parametrize("reason", [REAL, ORACLES])
def test_files_may_be_missing_where_their_folder_is(tmp_path, reason):
    assert count(tmp_path, reason, here=False).returncode == 0
    run = count(tmp_path, reason, here=True)
    assert run.returncode == 1
    assert f"not allowed: tests.test_a::test_b: {reason}" in run.stdout


def test_a_missing_package_is_no_excuse(tmp_path):
    run = count(tmp_path, "could not import &apos;torch&apos;", REAL, here=False)
    assert run.returncode == 1
    assert run.stdout.startswith("2 skipped\n")
    assert run.stdout.count("not allowed") == 1


def test_of_a_whole_file_the_reason_is_told_too(tmp_path):
    text = "('tests/test_live.py', 10, 'Skipped: torch is not installed')"
    run = count(tmp_path, "collection skipped", here=True, text=text)
    assert run.returncode == 1
    assert "     1 torch is not installed\n" in run.stdout
