"""Long texts are cut out before lxml sees a file; nothing that a file may hold shows it."""

import warnings

import numpy as np
import pytest

import netspec
from netspec.errors import ChangedFileWarning, FormatError
from netspec.formats.xml import cuts, tree

SPEC = netspec.NetworkSpec.from_data(
    {
        "netspec": 1,
        "name": "long",
        "input": {"features": 50},
        "layers": [{"type": "dense", "units": 40}],
    }
)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "long.xml"
    netspec.build(SPEC, seed=1).save(path)
    return path.read_bytes()


@pytest.fixture
def parsed(monkeypatch):
    """Note which files lxml is given."""
    seen = []

    def parse(data, *rest):
        seen.append(data)
        return real(data, *rest)

    real = tree.parse
    monkeypatch.setattr(tree, "parse", parse)
    return seen


def weights_of(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ChangedFileWarning)
        return {name: a.tobytes() for name, a in netspec.read(data).weights.items()}


def test_a_long_text_is_read_without_lxml(long, parsed):
    weights_of(long)
    assert [len(data) < 4096 for data in parsed] == [True]


def test_what_was_cut_out_and_what_is_left_are_the_file(long):
    rest, texts = cuts.cut(long)
    assert len(texts) == 1
    for mark, text in texts.items():
        rest = rest.replace(mark.encode(), bytes(text))
    assert rest == long


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<array name="W"', b'<!-- <array> %s <b> --><array name="W"' % (b"12 " * 3000)),
        (b'</array>\n      <array name="b"', b'<!-- x --></array>\n      <array name="b"'),
        (b'</array>\n      <array name="b"', b'<![CDATA[ ]]></array>\n      <array name="b"'),
        (b"</array>", b"&#32;</array>"),
    ],
    ids=["comment before", "comment inside", "CDATA", "reference"],
)
def test_a_text_that_is_not_all_numbers_is_read_by_lxml(long, parsed, old, new):
    changed = long.replace(old, new, 1)
    assert changed != long
    assert weights_of(changed) == weights_of(long)
    assert len(parsed) in (2, 3)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"</array>", b" 1.0</array>", "wanted 2000 numbers, found more"),
        (b"</array>", b"\x01</array>", "wanted well-formed XML"),
        (b"</array>", b"\xff</array>", "wanted well-formed XML"),
        (b"</array>", b"&#x;</array>", "wanted well-formed XML"),
        (b"</array>", b"]]></array>", "wanted well-formed XML"),
        (b"</array>", b"1.0x\n</array>", "wanted 2000 numbers, found more"),
        (b"</array>", b"<b/></array>", "is not in the format"),
        (
            b'<array name="W"',
            b'<!-- <array>%s\x01<b> --><array name="W"' % (b"1 " * 3000),
            "formed",
        ),
        (b'<array name="W"', b'<!-- <array>%s--<b> --><array name="W"' % (b"1 " * 3000), "formed"),
        (b'<array name="W"', b'<array name="W>"', "is no array of"),
    ],
)
def test_a_fault_in_or_beside_a_long_text_is_told_with_its_line(long, old, new, reason):
    changed = long.replace(old, new, 1)
    assert changed != long
    with pytest.raises(FormatError, match=reason) as caught:
        netspec.read(changed)
    assert str(caught.value).removeprefix("<bytes>:")[:1].isdigit()


def test_a_mark_is_never_the_same_twice(long):
    assert not set(cuts.cut(long)[1]) & set(cuts.cut(long)[1])


def test_many_beginnings_of_arrays_take_no_more_than_one_look():
    for data in (
        b"<array" * 200_000,
        b"<array>" * 200_000,
        b"<array" * 200_000 + b">" + b" " * 9999,
    ):
        assert cuts.cut(data) == (data, {})


def test_a_whole_array_of_blanks_is_one_without_numbers(long):
    blanks = long.replace(b"</array>", b"\n" * 5000 + b"</array>")
    assert weights_of(blanks) == weights_of(long)
    assert np.frombuffer(weights_of(blanks)["dense_1/W"], np.float32).shape == (2000,)
