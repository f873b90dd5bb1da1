"""A file's outputs in netspec, on a backend, beside those of the plain model of ROOT's Reader."""

from __future__ import annotations

import io
import warnings

import numpy

import netspec
from netspec.errors import NetspecWarning
from netspec.network import Network
from tests.formats.tmva.root_reader import Reader

CLOSE = 2e-6  # of 1 or of the output, whichever is larger: a dozen roundings to float


def outputs(text, events, b, compat=None):
    """Give what netspec gives; what it says of the file is for other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetspecWarning)
        spec, weights, extras = netspec.read(text.encode(), compat=compat)
        network = Network(spec, weights, b, extras)
        return network(numpy.array(events, "float32"))


def near(found, wanted, close=CLOSE):
    wanted = numpy.array(wanted, float)
    assert found.shape == wanted.shape
    assert not numpy.isnan(found).any()
    assert (numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted))).max() < close


def agrees(text, events, b, compat=None, spectators=None):
    """Give netspec's outputs, which must be the model's: with its faults as `compat` says."""
    reader = Reader(text, right=compat is None)
    found = outputs(text, events, b, compat)
    near(found, [reader.evaluate(event, spectators) for event in events])
    return found


def comes_back(text, events, b, compat=None):
    """Through netspec's XML and through TMVA's own the same bits come out, and the same spec."""
    first = outputs(text, events, b, compat)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetspecWarning)
        network = netspec.load(text.encode(), compat=compat)
        for format_ in ("xml", "tmva"):
            target = io.BytesIO()
            network.save(target, format=format_)
            told = {"compat": compat} if format_ == "tmva" else {}
            spec, weights, extras = netspec.read(target.getvalue(), **told)
            assert spec.layers == network.spec.layers
            again = Network(spec, weights, b, extras)(numpy.array(events, "float32"))
            assert again.tobytes() == first.tobytes(), format_
            network = Network(spec, weights, b, extras)
