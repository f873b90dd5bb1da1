"""Whatever happens to a file after it was written is noticed."""

import hashlib
import io
import re
import warnings

import numpy as np
import pytest
from lxml import etree

import netspec
from netspec.errors import ChangedFileWarning, FormatError

LAST = 82  # bytes: the last line


def verdict(data, strict=False):
    """Say what becomes of a file: refused, warned, or taken as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            netspec.read(data, format="xml", strict=strict)
        except FormatError:
            return "refused"
        except ChangedFileWarning:
            return "warned"
    return "taken"


def replaced(data, old, new, count=1):
    assert old in data
    return data.replace(old, new, count)


def test_an_untouched_file_is_taken(small):
    assert verdict(small) == verdict(small, strict=True) == "taken"
    assert re.fullmatch(rb"<!-- sha256: [0-9a-f]{64} -->\n", small[-LAST:])


@pytest.mark.parametrize("bit", range(8))
def test_one_bit_flipped_anywhere_is_always_noticed(small, bit):
    flipped = bytearray(small)
    silent = []
    for place in range(len(small)):
        flipped[place] ^= 1 << bit
        if verdict(bytes(flipped)) == "taken":
            silent.append(place)
        flipped[place] = small[place]
    assert not silent


def test_a_file_cut_off_anywhere_is_noticed_and_within_the_model_refused(small):
    end = len(small) - LAST
    for length in range(len(small)):
        found = verdict(small[:length])
        assert found == (
            "refused" if length < end - 1 or end < length < end + LAST - 1 else "warned"
        )


def test_bytes_changed_without_a_value_are_a_warning_and_refused_under_strict(small):
    root = etree.fromstring(small)
    etree.indent(root, "\t")
    changes = {
        "indented anew": etree.tostring(root),
        "a comment": replaced(small, b"<layers>", b"<layers><!-- mine -->"),
        "carriage returns": small.replace(b"\n", b"\r\n"),
        "another form of a number": replaced(small, b"-2.5\n", b"-25e-1\n"),
        "metadata": replaced(small, b"A &amp; B", b"A &amp; C"),
        "a byte order mark": b"\xef\xbb\xbf" + small,
        "the last line's digest": small[:-9]
        + (b"0" if small[-9:-8] != b"0" else b"1")
        + small[-8:],
        "no last line": small[:-LAST],
        "a line after the last": small + b"\n",
        "a character reference": replaced(small, b'name="loss"', b'name="los&#115;"'),
        "an option's place": replaced(
            replaced(small, b'    <option name="seed">0</option>\n', b""),
            b"  </spec>",
            b'    <option name="seed">0</option>\n  </spec>',
        ),
    }
    original = netspec.read(small)
    for what, data in changes.items():
        assert data != small, what
        with pytest.warns(
            ChangedFileWarning, match="the bytes of the file are not those that were"
        ):
            model = netspec.read(data)
        with pytest.raises(FormatError, match="strict"):
            netspec.read(data, strict=True)
        assert model.spec == original.spec, what
        for name, array in original.weights.items():
            assert model.weights[name].tobytes() == array.tobytes(), what


def test_values_that_changed_are_refused_at_their_element(small):
    lines = small.decode().splitlines()
    changes = [
        (b"-2.5\n", b"-2.25\n", '<array name="W" part="u">: the values are not those'),
        (b"-0.0\n", b"0.0\n", '<array name="U" part="r">: the values are not those'),
        (b"nan:ffc00001", b"nan:ffc00002", '<array name="b" part="u">: the values are not'),
        (b'units">1<', b'units">2<', "the spec wants the shape (2, 1), the file holds (1, 1)"),
        (b'"tanh"', b'"relu"', "<digest>: the spec or the weights are not those"),
        (b'seed">0<', b'seed">1<', "<digest>: the spec or the weights are not those"),
        (b'    <option name="seed">0</option>\n', b"", "<digest>: the spec or the weights"),
        (b'tolerance="1e-05"', b'tolerance="1e-04"', "<verification>: the golden inputs and"),
        (b'engine="numpy"', b'engine="dumpy"', "<verification>: the golden inputs and"),
        (b"1.0\n2.0\n", b"1.0\n2.5\n", '<array name="inputs">: the values are not those'),
        (b"0.5 nan\n", b"0.5 1.0\n", '<array name="loss">: the values are not those'),
        (b'contract="0" dtype', b'contract="1" dtype', '<model name="small">: wanted contract 0'),
        (b'dtype="float32" name="small"', b'dtype="float64" name="small"', "says dtype 'float32'"),
        (b'name="small" enc', b'name="smell" enc', "says name 'small', the header 'smell'"),
    ]
    for old, new, reason in changes:
        with pytest.raises(FormatError) as caught:
            netspec.read(replaced(small, old, new))
        assert reason in str(caught.value)
        place, line, column, _ = str(caught.value).split(":", 3)
        assert place == "<bytes>"
        tag = lines[int(line) - 1][int(column) - 1 :]
        assert tag.startswith("<"), (old, line, column)


def test_a_digest_that_changed_is_refused(small):
    for found in re.finditer(rb'sha256="(.)', small):
        at = found.start(1)
        other = b"0" if small[at : at + 1] != b"0" else b"1"
        with pytest.raises(FormatError, match="are not those that were written"):
            netspec.read(small[:at] + other + small[at + 1 :])


def test_an_option_that_a_later_version_adds_does_not_disturb_an_older_file(small):
    # A file without the option says the default; its digest is over what it holds itself.
    from netspec.formats.xml import digests, reader, tree

    option = b'      <option name="reset_after">false</option>\n'
    shorter = replaced(small, option, b"")
    root = tree.parse(shorter)
    with pytest.raises(tree.Wrong) as caught:
        reader.read(root, shorter, "jets.xml")
    made = str(caught.value).rpartition("found ")[2]
    written = str(caught.value).partition("SHA-256 ")[2][:64]
    older = replaced(shorter, written.encode(), made.encode())[:-LAST]
    older += digests.last_line(hashlib.sha256(older).hexdigest())
    assert netspec.read(older, strict=True).spec == netspec.read(small).spec


def test_base64_that_changed_is_noticed_too(small):
    spec, weights, extras = netspec.read(small)
    target = io.BytesIO()
    netspec.write(target, spec, weights, extras.replace(encoding="base64"))
    file = target.getvalue()
    assert verdict(file, strict=True) == "taken"
    text = re.search(rb"\n([A-Za-z0-9+/=]+)\n", file)
    for place in range(text.start(1), text.end(1)):
        for bit in range(8):
            flipped = bytearray(file)
            flipped[place] ^= 1 << bit
            assert verdict(bytes(flipped)) != "taken"
    assert np.isnan(netspec.read(file).weights["gru_1/b"]).sum() == 2
