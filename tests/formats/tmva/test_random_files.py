"""Files drawn at random give what the plain model of ROOT's Reader gives, and come back."""

from __future__ import annotations

import pytest

from tests.formats.tmva.agreement import agrees, comes_back
from tests.formats.tmva.random_files import file_and_events

SEEDS = range(30)


@pytest.mark.parametrize("compat", [None, "root"], ids=["right", "root"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_gives_what_the_model_gives(seed, compat, b):
    text, events = file_and_events(seed)
    agrees(text, events, b, compat)
    comes_back(text, events, b, compat)


def test_everything_is_among_them():
    texts = [file_and_events(seed)[0] for seed in SEEDS]
    whole = "".join(texts)
    for tag in (
        "ConvLayer", "MaxPoolLayer", "BatchNormLayer", "ReshapeLayer", "RNNLayer", "LSTMLayer",
        "GRULayer", "DenseLayer", 'Transform Name="Normalize"', 'Transform Name="Decorrelation"',
        'Transform Name="PCA"', 'FlatOrGauss="Gauss"', 'FlatOrGauss="Flat"',
        'Transform Name="Rearrange"', 'Input Type="Target"', 'Label="vars_time0"',
    ):  # fmt: skip
        assert f"<{tag}" in whole or f" {tag}" in whole, tag
    for analysis in ("Regression", "Classification", "Multiclass"):
        assert sum(f'"AnalysisType" value="{analysis}"' in text for text in texts) > 5
