"""Tables of all ways to cut a piece of work, on the model of a GPU, whose times mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from netspec.backends import choose
from netspec.backends.cuda import products, sums
from netspec.bench.gpu import cuts
from netspec.bench.gpu.cuts import __main__ as command
from tests.cuda.conftest import compiler, device_model

__all__ = ["compiler", "device_model"]

LIBRARY = "the device's library"
SMALL: list[tuple[str, tuple[Any, ...], int]] = [  # a table, a shape, and how many ways are taken
    ("products", (3, 5, 7), 1),
    ("products", (2, 1, 130), 1),
    ("sums", (3, 2, 5, 4), 1),
    ("rows", ("lstm", 3, 2, 2, 2), 3),
    ("rows", ("gru_after", 3, 2, 2, 2), 3),
    ("rows_back", ("gru_after", 3, 2, 2), 1),
    ("rows_back", ("rnn", 3, 2, 2), 1),
    ("together", ("lstm", 12, 3, 2), 2),
]


@pytest.mark.usefixtures("device_model")
@pytest.mark.parametrize(("table", "shape", "taken"), SMALL)
def test_every_way_is_timed_and_those_that_are_taken_are_marked(
    monkeypatch: pytest.MonkeyPatch, table: str, shape: tuple[Any, ...], taken: int
) -> None:
    from netspec.bench.gpu.cuts import rows, rows_back, together

    for module in (rows, rows_back, together):
        monkeypatch.setattr(module, "BEST", 1)
    b: Any = choose("cuda")
    with b.computing():
        found = list(cuts.TABLES[table].rows(b, shape, "float32", 0.0))
    assert [row.taken for row in found].count(True) == taken
    assert len({row.way for row in found}) == len(found)
    assert all(row.seconds > 0 and row.shape == shape for row in found)
    assert all((row.counted is None) == (table in ("products", "sums")) for row in found)


@pytest.mark.usefixtures("device_model")
def test_the_tables_of_products_and_sums_have_every_way() -> None:
    b: Any = choose("cuda")
    with b.computing():
        multiplied = list(cuts.TABLES["products"].rows(b, (3, 5, 7), "float64", 0.0))
        added = list(cuts.TABLES["sums"].rows(b, (3, 2, 5, 4), "float64", 0.0))
    ours = [row for row in multiplied if row.way != LIBRARY]
    assert len(ours) == len(products.TILES[8]) + 1  # and that for rows of few numbers
    assert [row.way for row in added if row.way not in (LIBRARY, "dz alone")] == [
        f"{cut.tall} x {cut.wide}, steps {cut.group}" for cut in sums.cuts(8)
    ]


def test_every_table_has_shapes_of_one_kind_and_layers_that_there_are() -> None:
    for table in cuts.TABLES.values():
        kinds = {tuple(type(part) for part in shape) for shape in table.shapes}
        assert len(kinds) == 1
        words = {part for shape in table.shapes for part in shape if isinstance(part, str)}
        assert words <= set(cuts.timing.CELLS)


def test_a_line_says_how_many_operations_and_bytes_a_second_and_what_was_counted() -> None:
    row = cuts.Row((1000, 100, 50), "product 128 128", 1e-3, True, 1e7, 1e6)
    words = str(row).split()
    assert words[0] == "1000,100,50"
    assert "*" in words
    assert "counted" not in words
    assert "10 GFLOP/s" in str(row)
    assert "1 GB/s" in str(row)
    assert "counted      500.0 us" in str(row._replace(counted=5e-4))


@pytest.mark.usefixtures("device_model")
def test_the_command_takes_a_table_a_dtype_and_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    command.main("sums", "float64", "3,2,5,4")
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("3,2,5,4 ") for line in lines)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ((), "wanted one of products, sums, rows, rows_back, together, found nothing"),
        (("tiles",), "found tiles"),
        (("sums", "3,2,5"), "wanted a shape such as 64,100,512,64, found 3,2,5"),
        (("rows", "32,1,1,1,1"), "wanted a shape such as lstm,"),
    ],
)
def test_what_is_no_table_or_no_shape_of_it_is_refused(said: tuple[str, ...], found: str) -> None:
    with pytest.raises(SystemExit, match=found):
        command.main(*said)
