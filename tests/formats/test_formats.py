"""Which format a file is of, and where formats come from."""

import io
import shutil
from pathlib import Path

import pytest

import netspec
from netspec import NetworkSpec, formats
from netspec.errors import FormatError, UnavailableError

SPEC = NetworkSpec(input={"features": 2}, layers=[{"type": "lstm", "units": 2}])


@pytest.fixture
def network():
    return netspec.build(SPEC, seed=1)


def test_every_module_of_the_folder_that_is_a_format_is_known_and_our_own_comes_first():
    assert next(iter(formats.known())) == "xml"
    assert {"xml", "tmva", "yaml", "json", "toml"} <= formats.known().keys()
    for name, format in formats.known().items():
        assert name == format.NAME
        assert isinstance(format.SUFFIXES, tuple)
        assert all(s.startswith(".") and s == s.lower() for s in format.SUFFIXES)
        for verb in (format.recognises, format.read, format.write):
            assert verb.__doc__


def test_no_suffix_belongs_to_two_formats():
    suffixes = [suffix for format in formats.known().values() for suffix in format.SUFFIXES]
    assert len(suffixes) == len(set(suffixes))


def test_content_tells_more_than_a_suffix(network, tmp_path):
    network.save(tmp_path / "jets.xml")
    for name in ("jets.weights", "jets", "jets.yaml", "JETS.XML"):
        shutil.copy(tmp_path / "jets.xml", tmp_path / name)
        assert netspec.read(tmp_path / name).spec == SPEC
    assert netspec.read((tmp_path / "jets.xml").read_bytes()).spec == SPEC
    with (tmp_path / "jets.xml").open("rb") as file:
        assert netspec.read(file).spec == SPEC


def test_a_file_of_no_format_is_refused_with_those_that_are(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n")
    with pytest.raises(FormatError, match=r"picture\.png: wanted a file of a format .* xml, "):
        netspec.read(path)


def test_a_format_that_is_not_there_is_refused_with_the_nearest(network, tmp_path):
    with pytest.raises(FormatError, match="there is no format 'xlm', did you mean 'xml'"):
        netspec.read(b"", format="xlm")
    with pytest.raises(FormatError, match="there is no format 'xlm', did you mean 'xml'"):
        network.save(tmp_path / "jets.xml", format="xlm")
    assert list(tmp_path.iterdir()) == []


def test_the_suffix_of_the_target_says_the_format(network, tmp_path):
    network.save(tmp_path / "jets.XML")
    assert b"urn:netspec:model:1" in (tmp_path / "jets.XML").read_bytes()
    network.save(str(tmp_path / "jets.any"), format="xml")
    assert netspec.read(tmp_path / "jets.any").spec == SPEC
    with pytest.raises(FormatError, match=r"no format that netspec writes has the suffix '\.h5'"):
        network.save(tmp_path / "jets.h5")
    with pytest.raises(FormatError, match="no format that netspec writes has the suffix ''"):
        network.save(tmp_path / "jets")


def test_a_file_object_gets_our_own_format_or_that_of_its_name(network, tmp_path):
    memory = io.BytesIO()
    network.save(memory)
    assert netspec.load(memory.getvalue()).spec == SPEC
    memory.seek(0)
    assert netspec.load(memory).spec == SPEC
    path = tmp_path / "jets.json"
    with path.open("wb") as file, pytest.warns(netspec.errors.LossWarning, match="weights"):
        network.save(file)
    assert path.read_bytes()[:1] == b"{"


def test_a_refused_model_leaves_the_target_alone(network, tmp_path):
    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    with pytest.raises(netspec.errors.WeightsError):
        netspec.write(path, SPEC, {})
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_to_read_is_said_in_one_sentence(tmp_path):
    for missing in (tmp_path / "jets.xml", str(tmp_path / "jets.xml"), Path()):
        with pytest.raises(UnavailableError):
            netspec.read(missing)
