"""Trees of ROOT files: those that ROOT wrote itself, and those that uproot writes here."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

uproot = pytest.importorskip("uproot", reason="uproot is not installed")
awkward = pytest.importorskip("awkward", reason="awkward is not installed")

from netspec import data  # noqa: E402
from netspec.data import root  # noqa: E402
from netspec.errors import DataError, UnavailableError  # noqa: E402

OBJECTS = Path(__file__).with_name("objects.root")  # make_objects.py says what is in it
NAN = numpy.nan


def columns(path, *names, rows=100):
    """Give the columns that these names mean, side by side."""
    with data.open(path) as tree:
        numbers = [tree.locate(name) for name in names]
        assert None not in numbers, names
        return numpy.concatenate([chunk.x for chunk in tree.chunks(rows, numbers)])


WHAT_ROOT_WROTE = {
    "leaves.u": [0, 1, 2, 3],
    "w": [0, -1, -2, -3],
    "jet.fX": [0.5, 1.5, 2.5, 3.5],
    "jet[0].n": [0, 10, 20, 30],
    "t.jet.n": [0, 10, 20, 30],
    "count": [0, 1, 2, 3],
    "v[0]": [NAN, 10, 20, 30],
    "v[2]": [NAN, NAN, NAN, 32],
    "r[1]": [NAN, NAN, 21, 31],
    "counted[1]": [NAN, NAN, 201, 301],
    "Length$(counted)": [0, 1, 2, 3],
    "Sum$(v)": [0, 10, 41, 93],
    "Min$(v)": [0, 10, 20, 30],
    "Max$(r)": [0, 10, 21, 32],
    "Length$(m)": [6, 6, 6, 6],
    "Max$(m)": [12, 112, 212, 312],
    "m[1][2]": [12, 112, 212, 312],
    "m[0][1]": [1, 101, 201, 301],
    "lv.fE": [10, 10, 10, 10],
    "lv.fP.fY": [0, 2, 4, 6],
    "hits[1].fCoordinates.fY": [NAN, NAN, 1, 1],
    "hits.fCoordinates.fX[0]": [NAN, 1, 2, 3],
    "flag": [0, 1, 0, 1],
}


@pytest.mark.parametrize("name", WHAT_ROOT_WROTE)
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_what_root_wrote_is_found_by_the_names_of_root(name, rows):
    found = columns(OBJECTS, name, rows=rows)[:, 0]
    numpy.testing.assert_array_equal(found, WHAT_ROOT_WROTE[name])


def test_members_and_columns_may_be_asked_for_together_in_any_order():
    names = ["lv.fE", "v[1]", "leaves.w", "m[0][2]", "leaves.u", "lv.fP.fX"]
    found = columns(OBJECTS, *names)
    singly = numpy.concatenate([columns(OBJECTS, name) for name in names], axis=1)
    numpy.testing.assert_array_equal(found, singly)
    assert list(found[3]) == [10, 31, -3, 302, 3, 3]


@pytest.mark.parametrize("inside", ["", ":t", ":t;2"])
def test_the_last_cycle_is_the_tree(inside):
    with data.open(f"{OBJECTS}{inside}") as tree:
        assert tree.shape[0] == 4
    with data.open(f"{OBJECTS}:t;1") as tree:
        assert tree.shape[0] == 2


def test_texts_are_read_as_texts_and_refused_as_numbers():
    with data.open(OBJECTS) as tree:
        place = tree.columns.index("word")
        assert list(tree.texts([place, tree.locate("count")])) == [
            [f"w{k}", str(k)] for k in range(4)
        ]
        with pytest.raises(DataError, match=r"objects.root: word: wanted numbers, found std::str"):
            next(tree.chunks(1, [place]))
        with pytest.raises(DataError, match=r"v: wanted a number of each event, .* entry, v\[0\]$"):
            next(tree.chunks(1, [tree.columns.index("v")]))


@pytest.fixture
def written(tmp_path):
    """A file of several trees, one of them in a folder, one in several compressed baskets."""
    path = tmp_path / "events.root"
    k = numpy.arange(1000)
    with uproot.recreate(path, compression=uproot.ZLIB(5)) as file:
        kinds = {"a": "f8", "b": numpy.dtype(("f4", (3,))), "n": "u8", "j": "var * float32"}
        tree = file.mktree("runs/events", kinds)
        for first, end in ((0, 10), (10, 500), (500, 1000)):
            some = k[first:end]
            jagged = awkward.unflatten(numpy.repeat(some, some % 4).astype("f4"), some % 4)
            b = numpy.stack([some, some + 0.25, some + 0.5], 1).astype("f4")
            numbers = some.astype("u8") + 2**60
            tree.extend({"a": some / 7, "b": b, "n": numbers, "j": jagged})
        file.mktree("empty", {"x": "f4"})
        file["nothing"] = "a text"
    return path


def test_baskets_of_any_cut_give_every_entry_in_its_order(written):
    path, k = f"{written}:runs/events", numpy.arange(1000)
    wanted = numpy.stack([k / 7, k + 0.5, numpy.where(k % 4 > 1, k, NAN), k % 4], 1)
    for rows in (7, 10, 333, 5000):
        found = columns(path, "a", "b[2]", "j[1]", "Length$(j)", rows=rows)
        numpy.testing.assert_array_equal(found, wanted)


def test_small_blocks_do_not_change_a_number(written, monkeypatch):
    names = ("b[1]", "a", "Sum$(j)")
    whole = columns(f"{written}:runs/events", *names)
    monkeypatch.setattr("netspec.data.table.AT_ONCE", 700)
    assert numpy.array_equal(columns(f"{written}:runs/events", *names, rows=3), whole)


def test_a_tree_is_named_where_a_file_has_several(written):
    with pytest.raises(DataError) as caught:
        data.open(written)
    assert "found 2: say" in str(caught.value)
    assert "(known: empty, runs/events)" in str(caught.value)
    with pytest.raises(DataError, match=r"there is no tree 'runs/event', did you mean 'runs/even"):
        data.open(f"{written}:runs/event")
    with pytest.raises(DataError, match="there is no tree 'nothing'"):
        data.open(f"{written}:nothing")
    with pytest.raises(DataError, match="there is no tree 'runs/events;7'"):
        data.open(f"{written}:runs/events;7")


def test_a_tree_without_entries_has_columns_and_no_rows(written):
    with data.open(f"{written}:empty") as tree:
        assert (tree.shape, tree.columns) == ((0, 1), ("x",))
        assert list(tree.chunks(10)) == []


def test_a_file_without_trees_says_so(tmp_path):
    with uproot.recreate(tmp_path / "e.root") as file:
        file["x"] = "a text"
    with pytest.raises(DataError, match="wanted a file with one tree, found none"):
        data.open(tmp_path / "e.root")


def test_an_rntuple_is_read_as_a_tree_is(tmp_path):
    x = numpy.arange(5, dtype="f4")
    jagged = awkward.unflatten(numpy.arange(10.0), [0, 1, 2, 3, 4])
    with uproot.recreate(tmp_path / "e.root") as file:
        file.mkrntuple("events", awkward.Array({"x": x, "j": jagged}))
    found = columns(f"{tmp_path}/e.root:events", "j[0]", "x", "Sum$(j)", rows=2)
    numpy.testing.assert_array_equal(found[:, 0], [NAN, 0, 1, 3, 6])
    numpy.testing.assert_array_equal(found[:, 1:].T, [x, [0, 0, 3, 12, 30]])


@pytest.mark.parametrize("content", [b"", b"root", b"root" + bytes(300), b"PK\x03\x04" * 100])
def test_what_is_no_root_file_is_told_in_one_sentence(content, tmp_path):
    (tmp_path / "e.root").write_bytes(content)
    with pytest.raises(DataError) as caught:
        data.open(tmp_path / "e.root")
    assert str(caught.value).startswith(f"{tmp_path}/e.root: ")
    assert "\n" not in str(caught.value)


def test_a_basket_that_is_broken_ends_in_one_sentence(written):
    path = f"{written}:runs/events"
    with uproot.open(path) as tree:
        seek = tree["a"].member("fBasketSeek")[1]
    broken = bytearray(written.read_bytes())
    broken[seek + 80 : seek + 400] = bytes(320)
    written.write_bytes(broken)
    with pytest.raises(DataError) as caught:
        columns(path, "a")
    assert str(caught.value).startswith(f"{path}: broken")
    assert "\n" not in str(caught.value)


def test_a_tree_that_says_more_entries_than_it_has_is_refused(written):
    with data.open(f"{written}:runs/events") as tree:
        tree.shape = (tree.shape[0] + 1, *tree.shape[1:])
        with pytest.raises(DataError, match=r"events: a: wanted \d+ entries or more, as the tree"):
            list(tree.chunks(100, [tree.locate("a")]))


def test_names_are_made_ones_that_c_takes():
    names = ["Signal", "b-jet", "b jet", "B_JET", "class", "4th", "", "y[0]", "größe", "signal"]
    assert root.written_as(names) == [
        "Signal", "b_jet", "b_jet_2", "B_JET_3", "class_", "_4th", "_", "y_0", "gr_e", "signal_2",
    ]  # fmt: skip


def test_halves_are_written_as_floats(tmp_path):
    numbers = numpy.array([[0.5, -1.25], [65504, 2**-24]], "float16")
    with (tmp_path / "y.root").open("w+b") as stream:
        root.fill(stream, iter([{"h": numbers[:, 0], "two": numbers}]), "t")
    with uproot.open(tmp_path / "y.root") as file:
        for name, wanted in (("h", numbers[:, 0]), ("two", numbers)):
            found = file["t"][name].array(library="np")
            assert found.dtype.newbyteorder("=") == numpy.float32
            assert numpy.array_equal(found, wanted)


@pytest.mark.parametrize("name", ["scores;7", ";1"])
def test_a_name_that_would_be_a_cycle_is_not_written(name, tmp_path):
    with (tmp_path / "y.root").open("w+b") as stream, pytest.raises(DataError, match="without ';'"):
        root.fill(stream, iter([{"y": numpy.zeros(1)}]), name)


def test_columns_are_written_in_their_own_types_and_read_by_uproot(tmp_path):
    blocks = [
        {"y": numpy.float32([k, k + 0.5]), "n": numpy.uint64([2**63 + k, k]),
         "m": numpy.float64([[k, 1, 2], [3, 4, k]])}
        for k in range(3)
    ]  # fmt: skip
    with (tmp_path / "y.root").open("w+b") as stream:
        root.fill(stream, iter(blocks), "folder/scores")
        assert not stream.closed
    with uproot.open(tmp_path / "y.root") as file:
        tree = file["folder/scores"]
        assert tree.num_entries == 6
        for name in ("y", "n", "m"):
            wanted = numpy.concatenate([block[name] for block in blocks])
            found = tree[name].array(library="np")
            assert found.dtype.newbyteorder("=") == wanted.dtype
            assert numpy.array_equal(found, wanted)


def test_without_the_packages_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "uproot", None)
    with pytest.raises(UnavailableError, match=r"uproot, .*: pip install 'netspec\[root\]'"):
        data.open(OBJECTS)
