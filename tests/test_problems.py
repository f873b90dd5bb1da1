"""Sentences: what was wanted, what was found, the nearest right word, and the place."""

from __future__ import annotations

import pytest

from netspec import NetworkSpec
from netspec.errors import Place, SpecError


def problems(layers: str = "[{type: dense, units: 1}]", rest: str = "") -> list[str]:
    """Give the lines of the error that a spec with these layers raises."""
    text = f"input: {{steps: 4, features: 3}}\nlayers: {layers}\n{rest}\n"
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(text.encode())
    return str(caught.value).replace("<spec>:", "").splitlines()


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        # The text of a line is `2:column: layers.0...`; the layer begins in column 10.
        (
            "{type: dense, units: ten}",
            "2:31: layers.0.units: wanted a whole number above 0, found 'ten'",
        ),
        (
            "{type: dense, units: -1}",
            "2:31: layers.0.units: wanted a whole number above 0, found -1",
        ),
        (
            "{type: dense, units: 2.5}",
            "2:31: layers.0.units: wanted a whole number above 0, found 2.5",
        ),
        (
            "{type: dense, units: true}",
            "2:31: layers.0.units: wanted a whole number above 0, found true",
        ),
        (
            "{type: dense, units: }",
            "2:30: layers.0.units: wanted a whole number above 0, found nothing",
        ),
        (
            "{type: dense, units: [1, 2]}",
            "2:31: layers.0.units: wanted a whole number above 0, found a list of 2",
        ),
        (
            "{type: dense, units: {a: 1, b: 2}}",
            "2:31: layers.0.units: wanted a whole number above 0, found a mapping of a, b",
        ),
        (
            "{type: dense}",
            "2:10: layers.0.units: a dense layer wants a whole number above 0 here, found nothing",
        ),
        (
            "{type: lstm, unitz: 3}",
            "2:23: layers.0.unitz: no such option of an lstm layer, did you mean 'units'?",
        ),
        (
            "{type: flatten, kind: 3}",
            "2:26: layers.0.kind: no such option of a flatten layer (known: initializers, "
            "name, type)",
        ),
        (
            "{type: ltsm, units: 3}",
            "2:17: layers.0.type: there is no layer 'ltsm', did you mean 'lstm'?",
        ),
        ("lstm", "2:10: layers.0: wanted a mapping, as in {type: activation, ...}, found 'lstm'"),
        (
            "flatten",
            "2:10: layers.0: wanted a mapping, as in {type: activation, ...}, found 'flatten'"
            " alone: write {type: flatten}",
        ),
        ("{units: 3}", "2:10: layers.0: wanted the type of the layer (activation, "),
        (
            "{type: rnn, units: 3, direction: foward}",
            "2:43: layers.0.direction: wanted 'forward', 'reverse' or 'both', found 'foward',"
            " did you mean 'forward'?",
        ),
        (
            "{type: rnn, units: 3, direction: 3}",
            "2:43: layers.0.direction: wanted 'forward', 'reverse' or 'both', found 3",
        ),
        (
            "{type: rnn, units: 3, bias: maybe}",
            "2:38: layers.0.bias: wanted true or false, found 'maybe'",
        ),
        (
            "{type: rnn, units: 3, initial_value: x}",
            "2:47: layers.0.initial_value: wanted a number, found 'x'",
        ),
        (
            "{type: dense, units: 3, name: 1x}",
            "2:40: layers.0.name: wanted a name of letters, digits and _.- that begins with",
        ),
        (
            "{type: dense, units: 3, activation: tnah}",
            "2:46: layers.0.activation: there is no activation 'tnah', did you mean 'tanh'?",
        ),
        (
            "{type: dense, units: 3, activation: {type: elu, alpha: x}}",
            "2:65: layers.0.activation.alpha: wanted a number, found 'x'",
        ),
        (
            "{type: dense, units: 3, activation: {type: elu, slope: 1}}",
            "2:58: layers.0.activation.slope: no such option of an elu activation",
        ),
        (
            "{type: reshape, shape: [3, 0]}",
            "2:37: layers.0.shape.1: wanted a whole number above 0, found 0",
        ),
        ("{type: reshape, shape: 3}", "2:33: layers.0.shape: wanted a list, found 3"),
        (
            "{type: bidirectional, layers: [{type: gru, units: 0}]}",
            "2:60: layers.0.layers.0.units: wanted a whole number above 0, found 0",
        ),
        (
            "{type: bidirectional, layers: []}",
            "2:40: layers.0.layers: wanted at least 1 entry, found 0",
        ),
    ],
)
def test_one_mistake_in_a_layer_is_one_sentence_at_its_place(layer, sentence):
    (found,) = problems(f"[{layer}]")
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("seed: -1", "3:7: seed: wanted a whole number from 0, found -1"),
        ("seed: 18446744073709551616", "3:7: seed: wanted a number below 2^64"),
        ("dtype: float16", "3:8: dtype: wanted 'float32' or 'float64', found 'float16', did you"),
        ("layerz: 1", "3:1: layerz: no such option of a spec, did you mean 'layers'?"),
        ("self: 1", "3:1: self: no such option of a spec (known: "),
        ("netspec: one", "3:10: netspec: wanted 1, found 'one'"),
        ("name: ''", "3:7: name: wanted a text that is not empty, found ''"),
        ("tmva: {V: 3}", "3:11: tmva.V: wanted text, found 3"),
        ("tmva: 3", "3:7: tmva: wanted a mapping of options, found 3"),
        ("output: {classes: signal}", "3:19: output.classes: wanted a list, found 'signal'"),
        ("output: {classes: [1]}", "3:20: output.classes.0: wanted a text that is not empty, fou"),
        ("output: {clases: [a]}", "3:10: output.clases: no such option of output, did you mea"),
        ("training: {epochs: 0}", "3:20: training.epochs: wanted a whole number above 0, found 0"),
        ("training: {dropout: [0, 1.5]}", "3:25: training.dropout.1: wanted a number from 0 below"),
        (
            "training: {optimizer: 3}",
            "3:23: training.optimizer: wanted a word, as in adadelta, or a mapping, as in {type: ",
        ),
        (
            "training: {optimizer: adm}",
            "3:23: training.optimizer: there is no optimizer 'adm', did you mean 'adam'?",
        ),
        ("training: {loss: hubr}", "3:18: training.loss: there is no loss 'hubr', did you mean"),
        (
            "training: {loss: {type: huber, delta: 0}}",
            "3:39: training.loss.delta: wanted a number above 0, found 0",
        ),
        (
            "training: {schedule: {type: cosine, warmpu: 1}}",
            "3:37: training.schedule.warmpu: no such option of a cosine schedule, did you mean",
        ),
        ("training: {clip: {}}", "3:18: training.clip: wanted `norm` or `value`, found neither"),
        (
            "training: {class_weights: balancd}",
            "3:27: training.class_weights: wanted 'balanced', found 'balancd', did you mean",
        ),
        (
            "training: {class_weights: {a: -1}}",
            "3:31: training.class_weights.a: wanted a number from 0, found -1",
        ),
        (
            "training: {class_weights: {a: 1}}",
            "3:28: training.class_weights.a: wanted a class of the output, found 'a' and no",
        ),
        (
            "initializers: {W: orthogonl}",
            "3:19: initializers.W: there is no initializer 'orthogonl', did you mean 'orthogonal'?",
        ),
        (
            "initializers: {b: {type: constant}}",
            "3:19: initializers.b.value: a constant initializer wants a number here, found nothing",
        ),
        (
            "initializers: {U: zeros}",
            "3:16: initializers.U: there is no array 'U' here (known: W, b)",
        ),
        ("training: {optimizer: {type: adm}}", "3:23: training.optimizer: there is no optimizer"),
        (
            "training: {optimizer: {type: adm, rho: 1}}",
            "3:30: training.optimizer.type: there is no optimizer 'adm', did you mean 'adam'?",
        ),
        (
            "training: {phases: [{epochs: 1}, {batch: 3}]}",
            "3:35: training.phases.1.batch: no such option of a phase, did you mean 'batch_size'?",
        ),
    ],
)
def test_one_mistake_elsewhere_is_one_sentence_at_its_place(rest, sentence):
    (found,) = problems(rest=rest)
    assert found.startswith(sentence)


def test_a_misspelt_option_is_not_also_a_missing_one():
    assert len(problems("[{type: dense, unit: 3}]")) == 1
    assert len(problems("[{type: dense, depth: 3}]")) == 2


def test_a_long_value_is_cut_short():
    (found,) = problems(f"[{{type: dense, units: {'x' * 5000}}}]")
    assert len(found) < 200


def test_data_without_a_file_name_the_path_alone():
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_data({"input": {"shape": [3]}, "layers": [{"type": "dense", "units": 0}]})
    assert str(caught.value) == "layers.0.units: wanted a whole number above 0, found 0"
    (problem,) = caught.value.problems
    assert problem.path == ("layers", 0, "units")
    assert problem.place is None


def test_the_key_is_to_blame_for_an_unknown_option_and_the_value_for_a_bad_one():
    text = b"input: {shape: [3]}\nlayers:\n  - type: dense\n    unitz: 3\n    bias: 7\n"
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(text)
    unknown, bad = caught.value.problems
    assert (unknown.key, unknown.place) == (True, Place("<spec>", 4, 5))
    assert (bad.key, bad.place) == (False, Place("<spec>", 5, 11))


def test_of_very_many_problems_the_first_fifty_are_said():
    found = problems("[" + "{type: dense, units: 0}, " * 200 + "]")
    assert len(found) == 51
    assert found[-1].endswith("layers.49.units: and more")


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (
            '{type: dense, units: "3"}',
            "2:31: layers.0.units: wanted a whole number above 0,"
            " found '3', a text: leave the quotes out",
        ),
        (
            "{type: dense, units: 2147483648}",
            "2:31: layers.0.units: wanted a whole number above 0"
            " up to 2147483647, found 2147483648",
        ),
        (
            "{type: dense, units: 1, name: 3}",
            "2:40: layers.0.name: wanted a name of letters,"
            " digits and _.- that begins with a letter or _, found 3: write '3' in quotes",
        ),
        (
            f"{{type: dense, units: 1, name: {'a' * 101}}}",
            f"2:40: layers.0.name: wanted a text of 100 letters at most, found '{'a' * 59}...",
        ),
        (
            "{type: dense, units: 1, activation: 3}",
            "2:46: layers.0.activation: wanted a word, as"
            " in elu, or a mapping, as in {type: elu, ...}, found 3",
        ),
        (
            "{type: reshape, shape: 3}",
            "2:33: layers.0.shape: wanted a list, found 3 alone: write [3]",
        ),
        ("{type: ~}", "2:17: layers.0.type: wanted the type of the layer (activation, "),
        ("{type: [lstm]}", "2:17: layers.0.type: wanted the type of the layer (activation, "),
        ("{type: rnn}", "2:10: layers.0.units: an rnn layer wants a whole number above 0 here"),
        ("{type: normalize, inverse: yes}", "2:37: layers.0.inverse: wanted true or false"),
    ],
)
def test_a_sentence_says_the_remedy_or_the_limit_that_was_passed(layer, sentence):
    (found,) = problems(f"[{layer}]")
    assert found.startswith(sentence)


def test_a_variable_written_as_its_name_alone_is_told_how_to_write_it():
    text = b"input: {variables: [pt, {nam: eta}]}\nlayers: [{type: dense, units: 1}]\n"
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file(text)
    assert str(caught.value).replace("<spec>:", "").splitlines() == [
        "1:21: input.variables.0: wanted a mapping of options with name, found 'pt' alone:"
        " write {name: pt}",
        "1:26: input.variables.1.nam: no such option of a variable, did you mean 'name'?",
    ]


def test_numbers_too_long_to_print_are_told_by_their_size():
    with pytest.raises(SpecError, match=r"^seed: wanted .* found a number of 33220 bits$"):
        NetworkSpec(seed=10**10_000, input={"shape": [1]}, layers=[{"type": "dense", "units": 1}])


def test_a_class_named_twice_is_refused():
    (found,) = problems("[{type: dense, units: 2}]", "output: {classes: [jet, jet]}")
    assert found == "3:19: output.classes: wanted every class once, found 'jet' twice"
