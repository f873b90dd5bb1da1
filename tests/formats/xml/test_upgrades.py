"""A model file whose spec is of an older version than the one of today."""

from __future__ import annotations

import pytest
from lxml import etree

import netspec
from netspec.errors import ChangedFileWarning, FormatError
from netspec.specfile import upgrades
from tests.formats.xml.test_digests import NAMES, of_spec_and_weights

OPTION = "m:spec/m:option[@name='{}']"


def of_version(small, version):
    """Give the file with the spec's version changed, and its seed under an older name."""
    root = etree.fromstring(small)
    root.find(OPTION.format("netspec"), NAMES).text = str(version)
    seed = root.find(OPTION.format("seed"), NAMES)
    seed.set("name", "random_seed")
    seed.text = "7"
    root.find("m:digest", NAMES).set("sha256", of_spec_and_weights(root))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def test_the_spec_inside_is_brought_up_to_now_and_the_digest_is_that_of_the_file(
    small, monkeypatch
):
    def step(data):
        seed = data.pop("random_seed")
        return {**data, "netspec": 1, "seed": seed}

    monkeypatch.setattr(upgrades, "UPGRADES", {0: step})
    with pytest.warns(ChangedFileWarning):
        model = netspec.read(of_version(small, 0))
    assert (model.spec.netspec, model.spec.seed) == (1, 7)
    assert model.weights["gru_1/W"].tobytes() == netspec.read(small).weights["gru_1/W"].tobytes()


def test_a_newer_version_is_refused_with_its_place(small):
    data = of_version(small, 2)
    line = data[: data.index(b'"netspec"')].count(b"\n") + 1
    sentence = "netspec: wanted version 1 or older, found 2; a newer release of netspec reads it"
    with pytest.raises(FormatError, match=rf"^<bytes>:{line}:\d+: {sentence}$"):
        netspec.read(data)
