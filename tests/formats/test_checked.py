"""Whether a file can be written is seen before hours of work, without writing."""

import os

import pytest

from netspec.formats.files import checked, write_atomically


@pytest.mark.parametrize("name", ["none/model.xml", "folder", "loop.xml"])
def test_what_cannot_be_written_is_seen_without_writing(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.xml").symlink_to("loop.xml")
    with pytest.raises(OSError, match=name):
        checked(tmp_path / name)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "loop.xml"]


def test_a_new_file_and_an_old_one_can_be_written(tmp_path):
    path = tmp_path / "model.xml"
    assert checked(path) is None
    path.write_bytes(b"old")
    status = checked(path)
    assert status is not None
    assert status.st_size == 3


def test_a_file_that_goes_while_it_is_looked_at_is_no_error(tmp_path, monkeypatch):
    path = tmp_path / "model.xml"
    path.write_bytes(b"old")
    access = os.access

    def and_then_it_went(one, mode):
        path.unlink(missing_ok=True)
        return access(one, mode)

    monkeypatch.setattr("os.access", and_then_it_went)
    write_atomically(path, [b"new"])
    assert path.read_bytes() == b"new"
