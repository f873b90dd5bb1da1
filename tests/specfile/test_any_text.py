"""Whatever the text, the answer is a spec or one of netspec's own errors."""

from __future__ import annotations

import contextlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import NetworkSpec
from netspec.errors import NetspecError, NetspecWarning
from netspec.specfile import write

DATA = {
    "netspec": 1,
    "name": "jets",
    "input": {"steps": 4, "features": 3},
    "layers": [
        {"type": "gru", "units": 5, "return_sequences": True},
        {"type": "flatten"},
        {"type": "dense", "units": 1, "activation": {"type": "elu", "alpha": 0.5}},
    ],
    "output": {"activation": "sigmoid"},
    "training": {"optimizer": {"type": "sgd"}, "dropout": [0.1]},
}
TMVA = (
    "V:InputLayout=4|3:Layout=GRU|5|3|4,DENSE|(N+1)*2|TANH:TrainingStrategy=MaxEpochs=3,BatchSize=2"
)
TEXTS = {language: write(DATA, language) for language in ("yaml", "json", "toml")} | {"tmva": TMVA}
SNIPPETS = [
    *"{}[]():,|=!&*#?'\"%@`$-+.~<> \n\t\\0123456789aeNE",
    *[
        "${",
        "$${",
        ".nan",
        ".inf",
        "1e999",
        "true",
        "null",
        "<<",
        "---",
        "...",
        "!!str",
        "\ufeff",
        "é",
    ],
    *["layers", "type", "units", "define: {a: 1}\n", "99999999999999999999999", "\ud7ff", "\x7f"],
]
cuts = st.tuples(st.integers(0, 600), st.integers(0, 12), st.sampled_from(SNIPPETS))


@pytest.mark.parametrize("language", TEXTS)
@given(st.lists(cuts, min_size=1, max_size=4))
def test_a_spec_with_a_few_letters_changed_is_read_or_refused(language, changes):
    text = TEXTS[language]
    for start, length, snippet in changes:
        start %= len(text)
        text = text[:start] + snippet + text[start + length :]
    answered(text, language)


@pytest.mark.parametrize("language", TEXTS)
@given(st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join))
def test_signs_in_any_order_are_read_or_refused(language, text):
    answered(text, language)


@given(st.lists(st.sampled_from([*SNIPPETS, "layers.0.units"]), max_size=12).map("".join))
def test_any_override_is_taken_or_refused(text):
    with contextlib.suppress(NetspecError):
        NetworkSpec.from_file(TEXTS["yaml"].encode(), overrides=[text])


def answered(text: str, language: str) -> None:
    spec = None
    with warnings.catch_warnings(), contextlib.suppress(NetspecError):
        warnings.simplefilter("ignore", NetspecWarning)  # an optimizer that TMVA does not know
        spec = NetworkSpec.from_file(text.encode(), format=language)
    assert spec is None or NetworkSpec.from_data(spec.to_data()) == spec
