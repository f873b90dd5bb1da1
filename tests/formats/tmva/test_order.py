"""The order of the matrices of LSTM and GRU: which one a file has, and that it matters."""

from __future__ import annotations

import re

import numpy
import pytest

import netspec
from netspec.errors import FormatError, NetspecWarning
from netspec.formats import read
from netspec.formats.tmva import order
from tests.formats.tmva import fixtures

SQUARE = "lstm_pre_release_square"


def differs(text, name):
    """The largest distance from what the file of that name should give."""
    found = netspec.load(text.encode())(fixtures.inputs(name))
    return numpy.abs(found - fixtures.outputs(name)).max()


def test_a_square_cell_is_told_by_return_sequence():
    truthful = fixtures.text(SQUARE)
    assert differs(truthful, SQUARE) < 2e-6
    mislabelled = truthful.replace('RememberState="0">', 'RememberState="0" ReturnSequence="1">')
    assert differs(mislabelled, SQUARE) > 1e-3


@pytest.mark.parametrize("name", ["lstm_pre_release", "gru_pre_release"])
def test_a_cell_that_is_not_square_is_told_by_its_columns(name):
    text = re.sub(r'RememberState="0"', 'RememberState="0" ReturnSequence="1"', fixtures.text(name))
    assert differs(text, name) < 2e-6


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_released_file_is_told_by_its_columns_without_return_sequence(name):
    assert differs(fixtures.text(name).replace(' ReturnSequence="1"', ""), name) < 2e-6


def swapped(text, one, other):
    """Put the numbers under one tag under the other and the other way round."""
    parts = {tag: re.search(rf"<{tag} .*?</{tag}>", text, re.DOTALL)[0] for tag in (one, other)}
    text = text.replace(parts[one], "@").replace(parts[other], parts[one].replace(one, other))
    return text.replace("@", parts[other].replace(other, one))


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("lstm", "InputWeights", "InputStateWeights"),
        ("lstm", "ForgetWeights", "ForgetStateWeights"),
        ("lstm", "CandidateWeights", "OuputWeights"),
        ("lstm", "CandidateStateWeights", "OutputStateWeights"),
        ("lstm", "ForgetBiases", "CandidateBiases"),
        ("gru", "ResetWeights", "ResetStateWeights"),
        ("gru", "ResetStateWeights", "UpdateWeights"),
        ("gru", "UpdateStateWeights", "CandidateWeights"),
        ("gru", "CandidateWeights", "CandidateStateWeights"),
        ("gru", "ResetBiases", "UpdateBiases"),
    ],
)
def test_the_fixtures_notice_two_matrices_that_change_places(name, one, other):
    text = fixtures.text(name)
    assert swapped(swapped(text, one, other), one, other) == text
    assert differs(swapped(text, one, other), name) > 1e-4


def test_the_misspelt_tag_may_be_put_right_one_day():
    text = fixtures.text("lstm").replace("OuputWeights", "OutputWeights")
    assert differs(text, "lstm") < 2e-6


def test_a_newer_root_than_any_known_is_warned_of_where_columns_do_not_tell():
    text = fixtures.text("gru_square_reset_after").replace("6.22/06 [398854]", "6.44/00 [404480]")
    with pytest.warns(NetspecWarning, match=r":\d+: <GRULayer>: .* newer than 6.40"):
        read(text.encode())
    with pytest.raises(FormatError, match=r"newer than 6.40"):
        read(text.encode(), strict=True)
    read(fixtures.text("gru").replace("6.22/06 [398854]", "6.44/00 [404480]").encode())


@pytest.mark.parametrize("release", ["6.22/00 [398848]", "6.22/06 [398854]"])
def test_a_release_that_always_writes_return_sequence_is_warned_of_without_it(release):
    text = fixtures.text(SQUARE).replace("6.19/01 [398081]", release)
    with pytest.warns(NetspecWarning, match="pre-release of 2019"):
        read(text.encode())


def test_the_tables_hold_every_matrix_once():
    for slots in (order.LSTM, order.GRU, order.RNN):
        assert {slot.releases for slot in slots} == {slot.pre_release for slot in slots}
        assert len({slot.tag for slot in slots}) == len(slots)
    assert [slot.tag for slot in order.LSTM if slot.releases == slot.pre_release] == [
        "InputWeights", "InputBiases", "ForgetBiases", "CandidateBiases", "OutputStateWeights",
        "OutputBiases",
    ]  # fmt: skip
