"""Lines and columns of tags, beyond what libxml2 can count too."""

import pytest

import netspec
from netspec.errors import FormatError
from netspec.formats.xml.lines import ANYWHERE, position, positions

FILE = b'<?xml version="1.0"?>\n<a>\n\n  <b x="1"\n     y="2"/><c/>\n<!-- <d/> -->\t<e/></a>\n'


def test_a_start_tag_is_found_by_its_number():
    assert positions(FILE, range(4)) == {0: (2, 1), 1: (4, 3), 2: (5, 13), 3: (6, 15)}
    assert position(FILE, 2) == (5, 13)


def test_columns_count_characters():
    assert position("<a>äöü<b/></a>".encode(), 1)[1] in (7, 10)  # expat counts bytes


def test_what_is_refused_anywhere_ends_the_search():
    assert position(b"<a>\n<?p?><b/></a>", ANYWHERE)[0] == 2
    assert position(b"\n<!DOCTYPE a [<!ENTITY x 'y'>]>\n<a/>", ANYWHERE)[0] == 2
    assert positions(b"<a>\n<?p?><b/></a>", [0, 1]) == {0: (1, 1), 1: (2, 1)}


def test_a_text_that_is_not_well_formed_ends_the_search_where_it_breaks():
    assert position(b"<a>\n\n<b></a>", 5)[0] == 3
    assert position(b"<a>\n</a>\n", 5)[0] == 3


@pytest.mark.parametrize("lines", [0, 65_530, 65_534, 65_536, 200_000])
def test_an_error_far_down_a_file_has_the_right_line(small, lines):
    before, _, after = small.partition(b"  <layers>")
    file = before + b"\n" * lines + b"  <layers>" + after.replace(b"-2.5\n", b"-2.0\n")
    wanted = file[: file.index(b'<array name="W" part="u"')].count(b"\n") + 1
    with pytest.raises(FormatError, match=rf'^<bytes>:{wanted}:7: <array name="W" part="u">'):
        netspec.read(file)


@pytest.mark.parametrize("lines", [0, 70_000])
def test_an_error_in_the_spec_far_down_a_file_has_the_right_line(small, lines):
    before, _, after = small.partition(b"  <layers>")
    file = before + b"\n" * lines + b"  <layers>" + after.replace(b'"units">1<', b'"units">-1<')
    wanted = [
        file[:at].count(b"\n") + 1
        for at in range(len(file))
        if file.startswith(b'<option name="units">', at)
    ]
    with pytest.raises(FormatError) as caught:
        netspec.read(file)
    found = str(caught.value).splitlines()
    assert len(found) == len(wanted) == 2
    for number, (line, message) in enumerate(zip(wanted, found, strict=True)):
        assert message.startswith(f"<bytes>:{line}:7: layers.{number}.units: ")
