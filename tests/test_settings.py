"""The training section: numbers that mean something, and zeros that are one zero."""

import pytest

from netspec import NetworkSpec
from netspec.errors import SpecError

PARTS = {"input": {"features": 3}, "layers": [{"type": "lstm", "units": 2}]}


@pytest.mark.parametrize("validation", [0, 0.2, 1, 100.0])
def test_validation_is_a_part_or_a_number_of_events(validation):
    spec = NetworkSpec(**PARTS, training={"validation": validation})
    assert spec.training.validation == validation


@pytest.mark.parametrize("validation", [1.5, 2.25])
def test_a_broken_number_of_events_is_refused(validation):
    with pytest.raises(SpecError, match=r"training.validation: wanted a part below 1 or a whole"):
        NetworkSpec(**PARTS, training={"validation": validation})


def test_a_zero_with_a_sign_is_the_same_option_as_one_without():
    def spec(zero):
        row = {"type": "lstm", "units": 2, "forget_bias": zero, "initial_value": zero}
        return NetworkSpec(
            input={"features": 3},
            layers=[row, {"type": "dropout", "rate": zero}],
            training={"validation": zero, "dropout": [zero]},
        )

    assert spec(-0.0) == spec(0.0)
    assert hash(spec(-0.0)) == hash(spec(0.0))
    assert spec(-0.0).canonical() == spec(0.0).canonical()


@pytest.mark.parametrize("version", [True, 1.0])
def test_a_version_is_a_whole_number(version):
    with pytest.raises(SpecError, match=f"^netspec: wanted 1, found {str(version).lower()}$"):
        NetworkSpec(netspec=version, **PARTS)


def test_options_beside_phases_would_do_nothing_and_are_refused():
    with pytest.raises(SpecError, match=r"^training: wanted `epochs` in each of the phases"):
        NetworkSpec(**PARTS, training={"epochs": 3, "phases": [{"epochs": 2}]})
    spec = NetworkSpec(**PARTS, training={"phases": [{"epochs": 2}, {}]})
    assert NetworkSpec.from_data(spec.to_data(defaults=True)) == spec
