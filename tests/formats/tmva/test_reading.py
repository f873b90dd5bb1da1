"""TMVA files give what TMVA computes from them, worked out in plain loops by `make_fixtures`."""

from __future__ import annotations

import re

import numpy
import pytest

import netspec
from netspec.errors import FormatError, LossWarning, NetspecWarning
from netspec.formats import read, tmva
from tests.formats.tmva import fixtures

# Said of the fixture with normalised arrays; test_root_reader asks for it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*several variables go by the name"),
    pytest.mark.filterwarnings("ignore:.*ROOT's Reader takes bands of pixels"),
]

F = numpy.float32


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_file_gives_what_the_loops_give(name):
    network = netspec.load(fixtures.path(name))
    wanted = fixtures.outputs(name)
    found = network(fixtures.inputs(name))
    assert found.dtype == F
    assert found.shape == wanted.shape
    assert numpy.max(numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted))) < 2e-6


def test_the_outputs_of_the_fixtures_differ_from_event_to_event():
    for name in fixtures.NAMES:
        assert numpy.min(numpy.ptp(fixtures.outputs(name), axis=0)) > 1e-3, name


def test_an_lstm_file_is_a_spec_of_variables_reshape_cell_and_dense():
    spec = read(fixtures.path("lstm")).spec
    assert spec.name == "lstm"
    assert spec.input.sizes == (12,)
    assert [(v.name, v.type, v.size) for v in spec.input.variables] == [
        (f"vars_time{t}", "F[]", 3) for t in range(4)
    ]
    assert [layer.type for layer in spec.layers] == ["reshape", "lstm", "flatten", "dense", "dense"]
    assert spec.layers[0].shape == (4, 3)
    assert spec.layers[1].return_sequences
    assert spec.output.activation.type == "sigmoid"
    assert spec.output.classes == ("Signal", "Background")
    assert spec.output.analysis == "classification"


def test_gates_come_in_the_order_i_f_c_o_from_under_tags_that_lie():
    weights = read(fixtures.path("lstm")).weights
    text = fixtures.text("lstm")

    def first_number(tag):
        after = text.split(f"<{tag} ")[1].split(">\n")[1]
        return F(after.split()[0])

    W, U, b = (weights[f"lstm_1/{key}"] for key in "WUb")
    tags = ("InputWeights", "InputStateWeights", "ForgetWeights", "ForgetStateWeights")
    assert W[:, 0, 0].tolist() == [first_number(tag) for tag in tags]
    tags = ("CandidateWeights", "CandidateStateWeights", "OuputWeights", "OutputStateWeights")
    assert U[:, 0, 0].tolist() == [first_number(tag) for tag in tags]
    tags = ("InputBiases", "ForgetBiases", "CandidateBiases", "OutputBiases")
    assert b[:, 0].tolist() == [first_number(tag) for tag in tags]


def test_remember_state_is_kept_and_every_call_starts_at_zero():
    network = netspec.load(fixtures.path("rnn_remember"))
    assert network.spec.layers[1].remember_state
    x = fixtures.inputs("rnn_remember")
    assert (network(x) == network(x)).all()


def test_a_file_without_return_sequence_gives_every_step():
    assert "ReturnSequence" not in fixtures.text("rnn_remember")
    assert read(fixtures.path("rnn_remember")).spec.layers[1].return_sequences


def test_a_classification_with_more_outputs_returns_the_first():
    spec = read(fixtures.path("dense_activations")).spec
    assert spec.layers[-1].units == 3
    assert spec.output.first == 1


def test_training_and_seed_are_in_the_spec():
    spec = read(fixtures.path("lstm")).spec
    assert spec.seed == 1234
    assert spec.training.loss.type == "cross_entropy"
    assert spec.training.rules == "tmva"
    assert spec.training.optimizer.epsilon_hat
    assert spec.training.optimizer.learning_rate == 1e-3
    assert (spec.training.epochs, spec.training.batch_size) == (20, 50)
    assert spec.training.validation == 0.2
    start = {"type": "tmva_xavier_uniform", "stream": "trandom3"}
    assert spec.to_data()["initializers"] == {"W": start, "U": start}
    assert "WeightInitialization" not in spec.tmva


def test_variables_keep_label_expression_title_and_limits():
    array, last = read(fixtures.path("normalize_arrays")).spec.input.variables
    assert (array.name, array.type, array.size, array.minimum) == ("vars_time0", "F[]", 4, None)
    assert (last.name, last.expression, last.title) == ("sum", "a<b", "A title")
    x, _, z = read(fixtures.path("normalize_old_form")).spec.input.variables
    assert (x.minimum, x.maximum, z.minimum, z.maximum) == (-1.0, 0.5, -3.0, 2.5)


def test_targets_and_spectators_are_in_the_spec():
    spec = read(fixtures.path("regression_normalize")).spec
    assert [target.name for target in spec.output.targets] == ["energy", "angle"]
    assert [(s.name, s.maximum) for s in spec.input.spectators] == [("run", 9.0)]
    assert spec.output.classes == ()


def test_a_selection_is_a_table_of_positions():
    first, *_, last = read(fixtures.path("regression_normalize")).spec.layers
    assert (first.inputs, first.outputs, first.inverse) == ((2, 0), None, False)
    assert (last.inputs, last.outputs, last.inverse) == (None, None, True)


def test_repeated_labels_are_mapped_by_position():
    layer = read(fixtures.path("normalize_arrays")).spec.layers[0]
    assert (layer.inputs, layer.outputs) == (None, None)


def test_the_facts_of_the_header_are_metadata():
    metadata = read(fixtures.path("gru")).extras.metadata
    assert metadata["tmva/ROOT Release"] == "6.22/06 [398854]"
    assert metadata["tmva/Creator"] == "nobody"
    assert "MaxEpochs=20DropConfig=0.0+0.5" in metadata["tmva/Options/TrainingStrategy"]


def test_a_number_is_rounded_once():
    # Between 1 and the next float32, one part in 10^20 above the middle: rounded to float64
    # first it would be the middle itself, and then 1.
    digits = "1.00000005960464477540"
    assert F(float(digits)) == 1
    text = fixtures.text("one_step")
    number = text.split("<Biases")[1].split("\n")[1].strip()
    weights = read(text.replace(number, digits).encode()).weights
    assert weights["dense_1/b"][0] == numpy.nextafter(F(1), F(2))


def test_spectators_in_a_selection_are_no_layer():
    text = fixtures.text("regression_normalize")
    first = 'Type="Target" Label="angle" Expression="angle"'
    text = text.replace(first, 'Type="Spectator" Label="run" Expression="run"')
    model = read(text.encode())
    assert model.spec.layers[-1].inputs == (0,)
    assert model.extras.metadata["tmva/Transform 0/Spectators"].startswith("0 0 ")


def test_an_unknown_part_of_a_file_is_left_out_with_a_warning():
    text = fixtures.text("gru").replace("<MVAPdfs/>", "<MVAPdfs/>\n  <Novelty/>")
    with pytest.warns(LossWarning, match=r":\d+: left out, .*: <Novelty>$"):
        model = read(text.encode())
    assert model.spec == read(fixtures.path("gru")).spec
    with pytest.raises(FormatError, match="Novelty"):
        read(text.encode(), strict=True)


def test_a_strategy_that_cannot_be_read_does_not_stop_the_network():
    text = fixtures.text("gru").replace("LearningRate=1e-3", "LearningRate=fast")
    model = read(text.encode())
    assert model.spec.training is None
    assert "LearningRate=fast" in model.extras.metadata["tmva/Options/TrainingStrategy"]


def test_an_optimizer_in_lower_case_is_read_as_tmva_reads_it():
    text = fixtures.text("gru").replace("Optimizer=ADAM", "Optimizer=Adam")
    try:
        spec = read(text.encode()).spec
    except NetspecWarning as warning:
        pytest.fail(f"a file to be applied should not complain: {warning}")
    assert spec.training.optimizer.type == "adam"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">1234<", ">-1<"),
        (">1234<", f">{2**64}<"),
        ("LearningRate=1e-3", "LearningRate=0"),
        ("BatchSize=50,", "BatchSize=0,"),
        ("DropConfig=0.0+0.5", "DropConfig=1.0"),
        (">0.2<", ">nan<"),
        (">CROSSENTROPY<", ">NONSENSE<"),
    ],
)
def test_a_training_that_netspec_cannot_say_keeps_nobody_from_the_outputs(old, new):
    text = fixtures.text("gru")
    assert old in text
    network = netspec.load(text.replace(old, new).encode())
    x = fixtures.inputs("gru")
    assert network(x).tobytes() == netspec.load(fixtures.path("gru"))(x).tobytes()
    again = b"".join(tmva.write(network.spec, network.weights, network.extras)).decode()
    assert new in again


def test_an_option_with_a_colon_is_not_written_again():
    text = fixtures.text("gru").replace(">0.2<", ">0.2:V=False<")
    assert "0.2:V" not in b"".join(tmva.write(*netspec.read(text.encode()))).decode()


def test_comments_do_not_cut_a_text():
    text = fixtures.text("gru")
    marked = re.sub(r"(\d)  (-?\d)", r"\1 <!-- c --> \2", text, count=50)
    marked = marked.replace(">GRU|", "><!-- c -->GRU|<!-- d -->")
    assert marked.count("<!--") > 10
    first, second = netspec.read(text.encode()), netspec.read(marked.encode())
    assert second.spec == first.spec
    assert second.extras.metadata == first.extras.metadata
    for name, array in first.weights.items():
        assert second.weights[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("limit", ["1_0", "\u0661", "0x1p3", "", "1e", "low"])
def test_a_limit_that_is_no_number_is_refused(limit):
    text = re.sub(r' Min="[^"]*"', f' Min="{limit}"', fixtures.text("gru"), count=1)
    with pytest.raises(FormatError, match="<Variable>: wanted a number in Min, found"):
        netspec.read(text.encode())


def test_a_range_of_one_class_alone_may_be_empty_for_it_is_not_in_use():
    text = fixtures.text("normalize_arrays")
    constant = re.sub(r'(<Range Index="0" Min=)"[^"]*"( Max=)"[^"]*"', r'\1"1"\2"1"', text, count=1)
    assert constant != text
    with pytest.warns(NetspecWarning, match="several variables go by the name"):
        found, wanted = read(constant.encode()), read(text.encode())
    for name, array in wanted.weights.items():
        assert found.weights[name].tobytes() == array.tobytes()
