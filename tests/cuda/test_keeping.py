"""Compiled kernels are kept where they can be, and run where they cannot."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend, grid_plan, keeping, row_plan
from netspec.errors import UnavailableError

ONES = np.ones(3, "float32")


@pytest.fixture
def home(device_model, tmp_path, monkeypatch):
    """Where kernels are kept: nothing is yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keeping.folder.cache_clear()
    return tmp_path / "netspec" / "cuda"


def doubled():
    """Add by a backend that has loaded nothing yet."""
    b = CudaBackend()
    with b.computing():
        return b.numpy(b.array(ONES) + b.array(ONES)).tolist()


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_keeps_nothing_and_runs(home, monkeypatch):
    write = Path.write_bytes
    monkeypatch.setattr(
        Path, "write_bytes", lambda p, data: full() if home in p.parents else write(p, data)
    )
    assert doubled() == [2, 2, 2]
    assert list(home.iterdir()) == []


def test_no_room_anywhere_is_one_sentence_and_leaves_nothing(home, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UnavailableError, match="No space left on device: XDG_CACHE_HOME names"):
        doubled()
    assert list(home.iterdir()) == []


def test_ctrl_c_while_a_kernel_is_written_leaves_nothing(home, monkeypatch):
    def pressed(path, data):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", pressed)
        with pytest.raises(KeyboardInterrupt):
            doubled()
    assert list(home.iterdir()) == []
    assert doubled() == [2, 2, 2]


def test_a_folder_that_goes_while_a_program_runs_is_done_without(home):
    assert doubled() == [2, 2, 2]
    shutil.rmtree(home)
    for _ in range(2):
        assert doubled() == [2, 2, 2]
        shutil.rmtree(keeping._temporary().name)


def test_a_folder_in_the_place_of_a_kernel_is_done_without(home):
    assert doubled() == [2, 2, 2]
    for file in list(home.iterdir()):
        file.unlink()
        file.mkdir()
    assert doubled() == [2, 2, 2]


def test_a_cache_beside_the_program_is_overlooked(device_model, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "beside")
    keeping.folder.cache_clear()
    assert keeping.folder() == tmp_path / "home" / ".cache" / "netspec" / "cuda"
    assert not (tmp_path / "beside").exists()
    keeping.folder.cache_clear()


def test_what_is_remembered_of_cuts_is_bounded():
    for remembered in (row_plan.choose, grid_plan.plan, grid_plan._chosen):
        assert remembered.cache_info().maxsize


def test_batches_of_one_power_of_two_share_the_search(monkeypatch):
    searches, search = [], row_plan.plans
    monkeypatch.setattr(row_plan, "plans", lambda *a: searches.append(a) or search(*a))
    row_plan.choose.cache_clear()
    work = row_plan.work("lstm", 10, 30, 4)
    found = [row_plan.choose(work, batch, 132, 232448) for batch in range(800, 1200)]
    assert len(searches) == 1
    assert len({plan[:-1] for plan in found}) == 1
    for batch in (800, 1024, 1199):
        alone = row_plan.cut(
            work, batch, 132, 232448, found[0].tile, found[0].blocks,
            held=found[0].held, resident=found[0].resident,
        )  # fmt: skip
        assert found[batch - 800].cycles == alone.cycles
