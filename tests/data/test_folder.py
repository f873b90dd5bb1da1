"""A folder of npy files: which arrays it has."""

import numpy as np
import pytest

from netspec.data import folder
from netspec.errors import DataError


@pytest.fixture
def here(tmp_path):
    """A folder with three arrays, one of them deep inside, and things that are none."""
    held = tmp_path / "events"
    for name in ("x", "y", "state/lstm_1/h"):
        file = held / f"{name}.npy"
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, np.arange(3.0))
    (held / "notes.txt").write_text("none")
    return held


def test_arrays_go_by_their_path_in_the_folder(here):
    with folder.arrays(here) as arrays:
        assert arrays.names == ["state/lstm_1/h", "x", "y"]
        assert arrays.rows("state/lstm_1/h").between(0, 3).tolist() == [0, 1, 2]


def test_links_to_folders_are_not_followed_and_those_to_files_are(here, tmp_path):
    (tmp_path / "more").mkdir()
    np.save(tmp_path / "more/z.npy", np.arange(2.0))
    (here / "more").symlink_to(tmp_path / "more")
    (here / "round").symlink_to(here)
    (here / "z.npy").symlink_to(tmp_path / "more/z.npy")
    assert folder.arrays(here).names == ["state/lstm_1/h", "x", "y", "z"]
    assert folder.arrays(here).rows("z").shape == (2,)


def test_no_deeper_than_names_go(here):
    deep = here.joinpath(*"abcdefghi")
    deep.mkdir(parents=True)
    np.save(deep.parent / "near.npy", np.zeros(1))
    np.save(deep / "far.npy", np.zeros(1))
    assert folder.arrays(here).names[:1] == ["a/b/c/d/e/f/g/h/near"]
    assert len(folder.arrays(here).names) == 4


def test_a_folder_with_the_name_of_an_array_is_none(here):
    (here / "w.npy").mkdir()
    with pytest.raises(DataError, match=r"w\.npy: wanted an npy file"):
        folder.arrays(here).rows("w")
