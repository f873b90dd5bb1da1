"""PyTorch's numbers in float64, for outputs, final states and every gradient."""

import pytest

from tests.asking import agrees, answer, applied, every_case


@pytest.mark.parametrize("case", every_case())
def test_outputs_states_and_gradients_are_those_of_torch(case, b):
    agrees(answer(case, b), case)


@pytest.mark.parametrize("case", every_case())
def test_inference_gives_the_outputs_and_states_of_torch(case, b):
    agrees(applied(case, b), case)
