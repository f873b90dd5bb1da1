"""Every file that somebody else trained: its outputs beside the plain model of ROOT's Reader.

The model has its own tests, and gives what TMVA itself gave for the one file of which that is
known. A file also comes back, to the bit, from netspec's XML and from TMVA's.
"""

from __future__ import annotations

import re
from contextlib import nullcontext as nothing
from xml.etree import ElementTree

import numpy
import pytest

import netspec
from netspec.errors import FormatError
from tests.formats.tmva.agreement import agrees, comes_back, near, outputs
from tests.formats.tmva.root_reader import Reader

EVENTS = {
    "lstm_6.22": 2,
    "dense_6.22": 8,
    "dense_normalize_6.24": 5,
    "gauss_6.33": 30,
    "regression_transforms_6.27": 4,
    "convolution_6.26": 2,
    "one_wide_layer_6.22": 20,
    "mlp_6.24": 30,
    "mlp_decorrelation_6.12": 30,
    "old_dnn_gauss_6.12": 10,
}


@pytest.fixture
def text_of(real_files):
    """The text of a file, with the attribute that ROOT asks for from 6.38 on."""

    def read(name):
        text = (real_files / "tmva" / f"{name}.weights.xml").read_text(encoding="utf-8")
        return text.replace('"Normalize">', '"Normalize" UseOffsetOrNot="UseOffset">')

    return read


def events_of(text, count):
    """Events all over the ranges that the file tells of its variables, and a little beyond."""
    limits = re.findall(r"<Variable VarIndex=.* Min=\"(.*?)\" Max=\"(.*?)\"/>", text)
    low, high = numpy.array(limits, float).T
    unset = low > high
    low, high = numpy.where(unset, 0, low), numpy.where(unset, 0.1, high)
    draw = numpy.random.Generator(numpy.random.PCG64(12))
    x = low + (high - low) * draw.uniform(-0.02, 1.02, (count, len(low)))
    if len(low) == 784:  # a digit is mostly blank
        x *= draw.uniform(size=x.shape) < 0.1
    return x.astype("float32").tolist()


def test_no_file_is_left_out(real_files):
    found = {path.name.removesuffix(".weights.xml") for path in real_files.glob("tmva/*.xml")}
    assert found == set(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_file_gives_what_the_model_of_roots_reader_gives(text_of, name, b):
    text = text_of(name)
    events = events_of(text, EVENTS[name])
    found = agrees(text, events, b)
    assert numpy.ptp(found, axis=0).max() > 1e-3
    # None of them has anything in it that ROOT's own Reader gets wrong.
    assert (outputs(text, events, b, "root") == found).all()


@pytest.mark.parametrize("name", EVENTS)
def test_a_file_comes_back_to_the_bit(text_of, name, b, tmp_path):
    text = text_of(name)
    events = events_of(text, 7)
    if not name.startswith("mlp"):
        comes_back(text, events, b)
        return
    first = outputs(text, events, b)
    with pytest.warns() if "InverseHessian" in text else nothing():
        network = netspec.load(text.encode())
    network.save(tmp_path / "own.xml")
    again = netspec.load(tmp_path / "own.xml")
    assert again.spec == network.spec
    if b.name == "native":
        assert again(numpy.array(events, "float32")).tobytes() == first.tobytes()
    with pytest.raises(FormatError, match=r"^[^\n]*MLP method is only read[^\n]*$"):
        network.save(tmp_path / "no.xml", format="tmva")
    assert not (tmp_path / "no.xml").exists()


def test_seven_ones_through_the_densities(text_of, b):
    text = text_of("gauss_6.33")
    near(outputs(text, [[1] * 7], b), [[0.306507]])
    reader = Reader(text)
    values = {"Variable": [1.0] * 7, "Spectator": [], "Target": []}
    wanted = [0.581747, 0.304372, 0.542544, 0.299466, 0.395769, 0.234673, 0.490573]
    assert reader.transforms[0].forward(values)["Variable"] == pytest.approx(wanted, abs=1e-6)


def of_class(text, c):
    """Put the densities of class `c` where those of all classes stand."""
    root = ElementTree.fromstring(text)
    for variable in root.find("Transformations/Transform").findall("Variable"):
        variable[2][:] = variable[c][:]
    return ElementTree.tostring(root)


def test_the_densities_and_the_network_behind_them_know_signal_from_background(real_files, text_of):
    """Cross entropy and area under the curve, which plain loops give, too: 0.5553 and 0.7841.

    With the densities of signal or background alone in their place both are worse.
    """
    uproot = pytest.importorskip("uproot", reason="uproot is not installed")
    text = text_of("gauss_6.33")
    names = Reader(text).variables
    with uproot.open(real_files / "tmva" / "gauss_6.33.inputs.root") as file:
        events = [
            numpy.stack(list(file[tree].arrays(names, library="np").values()), axis=1)
            for tree in ("sig_tree", "bkg_tree")
        ]
    assert [len(x) for x in events] == [10000, 10000]

    def quality(data):
        signal, background = (netspec.load(data)(x)[:, 0].astype(float) for x in events)
        order = numpy.sort(background)
        below, upto = (numpy.searchsorted(order, signal, side) for side in ("left", "right"))
        entropy = -numpy.log([*signal, *(1 - background)]).mean()
        return entropy, (below + upto).mean() / 2 / len(order)

    entropy, area = quality(text.encode())
    assert entropy == pytest.approx(0.5553, abs=0.0001)
    assert area == pytest.approx(0.7841, abs=0.0001)
    for c in (0, 1):
        worse, less = quality(of_class(text, c))
        assert worse > entropy + 0.02
        assert less < area - 0.005


@pytest.fixture
def digits():
    datasets = pytest.importorskip("sklearn.datasets", reason="sklearn is not installed")
    found = datasets.load_digits()
    return found.images / 16, found.target


def framed(images):
    """Put images of 20 x 20 in the middle of 28 x 28, where the network knows digits to stand."""
    return numpy.pad(images, ((0, 0), (4, 4), (4, 4))).reshape(len(images), 784)


def test_the_convolution_reads_digits_of_another_hand(text_of, digits):
    """8 x 8 pixels, each made larger. It was trained on others and knows more than two of three.

    Chance is one in ten, and with its kernels turned or its rows for columns it knows no more than
    four in ten; so six in ten cannot be had with the file read wrong.
    """
    images, target = digits
    nearest = numpy.floor((numpy.arange(20) + 0.5) * 8 / 20).astype(int)
    large = images[:, nearest][:, :, nearest]
    network = netspec.load(text_of("convolution_6.26").encode())

    def share(x):
        return (network(framed(x).astype("float32")).argmax(axis=1) == target).mean()

    assert share(large) > 0.6
    assert share(large.swapaxes(1, 2)) < 0.2
    assert share(large[:, ::-1, ::-1]) < 0.45


def test_made_larger_smoothly_the_digits_are_known_as_often_as_was_measured(text_of, digits):
    ndimage = pytest.importorskip("scipy.ndimage", reason="scipy is not installed")
    images, target = digits
    large = numpy.stack([ndimage.zoom(image, 2.5, order=3) for image in images]).clip(0, 1)
    network = netspec.load(text_of("convolution_6.26").encode())
    found = network(framed(large).astype("float32")).argmax(axis=1)
    assert (found == target).mean() == pytest.approx(0.706, abs=0.005)
