"""Precisions by name, on a machine without a GPU."""

from __future__ import annotations

import pytest

import netspec
from netspec.backends import choose, on
from netspec.errors import UnavailableError
from netspec.precision import BITS, FULL, fitting, precision
from netspec.promise import ROUNDED, TOLERANCE

SPEC = {"netspec": 1, "input": {"steps": 2, "features": 3}, "layers": [{"type": "rnn", "units": 2}]}


def test_no_precision_is_full_precision():
    for gpu in (False, True):
        assert precision(None, gpu) == precision("full", gpu) == FULL
    assert [precision(word, gpu=True) for word in BITS] == list(BITS)


@pytest.mark.parametrize("said", ["TF32", "fp16", "", 32, True, ["tf32"]])
def test_what_is_no_precision_is_refused_by_the_nearest_word(said):
    with pytest.raises(UnavailableError, match="there is no precision"):
        precision(said, gpu=True)


def test_a_processor_has_full_precision_alone():
    with pytest.raises(UnavailableError, match="precision 'bf16': wanted a GPU"):
        on("cpu", precision="bf16")
    assert on("cpu", precision="full").precision == FULL
    network = netspec.build(netspec.NetworkSpec.from_data(SPEC), seed=1)
    assert network.precision == FULL
    assert network.to("cpu").precision == FULL
    with pytest.raises(UnavailableError, match="found device 'cpu'"):
        network.to("cpu", precision="tf32")


def test_only_float32_may_be_rounded():
    fitting("tf32", "float32")
    fitting(FULL, "float64")
    with pytest.raises(UnavailableError, match="wanted a spec of float32, found float64"):
        fitting("tf32", "float64")


def test_the_tolerance_follows_the_bits_that_are_kept():
    assert {word: 10 / 2**bits for word, bits in BITS.items()} == ROUNDED
    assert all(tolerance > 100 * TOLERANCE["float32"] for tolerance in ROUNDED.values())
    network = netspec.Network(
        netspec.NetworkSpec.from_data(SPEC),
        netspec.build(netspec.NetworkSpec.from_data(SPEC), seed=1).weights,
        choose("numpy"),
    )
    assert (network.tolerance, network.engine) == (TOLERANCE["float32"], "numpy")
