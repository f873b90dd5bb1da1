"""TMVA's option string, read and written."""

from __future__ import annotations

import re

import pytest

from netspec import NetworkSpec
from netspec.errors import NetspecWarning, Place, SpecError
from netspec.specfile import parse, tmva_options

# The string of ROOT's tutorial on recurrent networks, and by hand what it says.
TUTORIAL = (
    "!H:V:ErrorStrategy=CROSSENTROPY:VarTransform=None:WeightInitialization=XAVIERUNIFORM:"
    "ValidationSize=0.2:RandomSeed=1234:InputLayout=10|30:"
    "Layout=LSTM|10|30|10|0|1,RESHAPE|FLAT,DENSE|64|TANH,LINEAR:"
    "TrainingStrategy=LearningRate=1e-3,Momentum=0.0,Repetitions=1,ConvergenceSteps=5,"
    "BatchSize=100,TestRepetitions=1,WeightDecay=1e-2,Regularization=None,MaxEpochs=20,"
    "Optimizer=ADAM,DropConfig=0.0+0.+0.+0.:Architecture=CPU"
)
SPEC = b"""\
netspec: 1
seed: 1234
input: {steps: 10, features: 30}
layers:
  - {type: lstm, units: 10, return_sequences: true}
  - {type: flatten}
  - {type: dense, units: 64, activation: tanh}
  - {type: dense, units: 1}
output: {activation: sigmoid}
initializers:
  W: {type: tmva_xavier_uniform, stream: trandom3}
  U: {type: tmva_xavier_uniform, stream: trandom3}
training:
  loss: cross_entropy
  rules: tmva
  optimizer:
    {type: adam, epsilon_hat: true, learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7}
  batch_size: 100
  epochs: 20
  patience: 5
  validate_every: 1
  regularization: {type: none, strength: 0.01}
  dropout: [0.0, 0.0, 0.0, 0.0]
  validation: 0.2
tmva:
  H: "False"
  V: "True"
  VarTransform: None
  Architecture: CPU
"""


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text)
    return str(caught.value)


def test_the_tutorials_string_is_the_spec_written_by_hand():
    assert tmva_options.read(TUTORIAL) == parse(SPEC).data
    assert NetworkSpec.from_file(TUTORIAL) == NetworkSpec.from_file(SPEC)


def test_reading_what_was_written_gives_the_same_data():
    data = tmva_options.read(TUTORIAL)
    assert tmva_options.read(tmva_options.write(data)) == data


def test_options_are_written_in_the_order_of_root():
    names = list(tmva_options.options(tmva_options.read(TUTORIAL)))
    root = [
        *["V", "VerbosityLevel", "VarTransform", "H", "CreateMVAPdfs"],
        *["IgnoreNegWeightsInTraining", "InputLayout", "BatchLayout", "Layout", "ErrorStrategy"],
        *["WeightInitialization", "RandomSeed", "ValidationSize", "Architecture"],
        "TrainingStrategy",
    ]
    assert names == [name for name in root if name in names]
    assert len(names) == 11


def test_names_ignore_case_and_bare_names_are_flags():
    data = tmva_options.read("INPUTLAYOUT=7:v:!h:CREATEMVAPDFS:layout=LINEAR")
    assert data["tmva"] == {"V": "True", "H": "False", "CreateMVAPdfs": "True"}
    assert tmva_options.write(data).startswith("V:!H:CreateMVAPdfs=True:InputLayout=1|1|7:")


def test_blanks_and_new_lines_around_options_do_not_matter():
    spread = TUTORIAL.replace(":", ":\n  ")
    assert tmva_options.read(spread) == tmva_options.read(TUTORIAL)


@pytest.mark.parametrize(
    ("layout", "given", "written"),
    [
        ("7", {"shape": [7]}, "1|1|7"),
        ("1|7", {"shape": [7]}, "1|1|7"),
        ("1|1|7", {"shape": [7]}, "1|1|7"),
        ("10|30", {"steps": 10, "features": 30}, "10|30"),
        ("10|1|30", {"steps": 10, "features": 30}, "10|30"),
        ("3|28|14", {"shape": [3, 28, 14]}, "3|28|14"),
        ("1|28|14", {"shape": [1, 28, 14]}, "1|28|14"),
    ],
)
def test_input_layouts_are_shapes(layout, given, written):
    data = tmva_options.read(f"InputLayout={layout}:Layout=RESHAPE|FLAT,LINEAR")
    assert data["input"] == given
    assert tmva_options.options(data)["InputLayout"] == written


def test_without_an_input_layout_a_recurrent_layer_says_steps_and_features():
    expected = {"steps": 4, "features": 3}
    assert tmva_options.read("Layout=GRU|5|3|4,LINEAR")["input"] == expected
    assert tmva_options.read("InputLayout=0|0|0:Layout=GRU|5|3|4,LINEAR")["input"] == expected


def test_a_sequence_of_one_step_is_a_sequence_where_a_layer_says_so():
    expected = {"steps": 1, "features": 7}
    assert tmva_options.read("InputLayout=1|7:Layout=LSTM|5|7|1,LINEAR")["input"] == expected


def test_without_anything_the_number_of_variables_must_be_given():
    assert tmva_options.read("Layout=LINEAR", variables=4)["input"] == {"shape": [4]}
    assert "wanted InputLayout=10|30" in refusal("Layout=DENSE|1|LINEAR")


def test_the_default_layout_and_the_default_strategy_are_tmvas():
    data = tmva_options.read("InputLayout=5:V", outputs=3)
    assert data["layers"] == [
        {"type": "dense", "units": 210, "activation": "softsign"},
        {"type": "dense", "units": 3},
    ]
    assert data["training"]["optimizer"]["learning_rate"] == 1e-3
    assert data["training"]["batch_size"] == 30
    assert data["training"]["epochs"] == 2000
    assert data["training"]["patience"] == 100
    assert data["training"]["validate_every"] == 1
    assert data["training"]["validation"] == 0.2
    assert "seed" not in data


@pytest.mark.filterwarnings("ignore:.*TMVA takes SUMOFSQUARES for a regression")
@pytest.mark.parametrize(
    ("strategy", "analysis", "loss", "activation"),
    [
        ("CROSSENTROPY", None, "cross_entropy", "sigmoid"),
        ("SUMOFSQUARES", None, "squared_error", "linear"),
        ("MUTUALEXCLUSIVE", None, "softmax_cross_entropy", "softmax"),
        ("SUMOFSQUARES", "Classification", "squared_error", "sigmoid"),
        ("CROSSENTROPY", "Multiclass", "cross_entropy", "softmax"),
        ("CROSSENTROPY", "Regression", "squared_error", "linear"),
    ],
)
def test_loss_and_output_follow_strategy_and_analysis(strategy, analysis, loss, activation):
    text = f"InputLayout=5:Layout=LINEAR:ErrorStrategy={strategy}"
    data = tmva_options.read(text, analysis=analysis)
    of = {"type": "squared_error", "of": "last_layer"}  # before the output activation
    assert data["training"]["loss"] == (of if loss == "squared_error" else loss)
    assert data["output"] == {"activation": activation}


@pytest.mark.parametrize(
    ("text", "value"), [("20%", 0.2), ("33%", 0.33), ("0.25", 0.25), ("100", 100), ("100.0", 100)]
)
def test_validation_sizes_are_fractions_or_events(text, value):
    data = tmva_options.read(f"InputLayout=5:Layout=LINEAR:ValidationSize={text}")
    assert data["training"]["validation"] == value
    assert type(data["training"]["validation"]) is type(value)
    assert tmva_options.read(tmva_options.write(data)) == data


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("Layot=LINEAR:Layout=LINEAR", 1, "tmva.Layot: method DL has no option 'Layot', did you"),
        ("InputLayout=5:Layout=LINEAR:V:!V", 31, "tmva.V: the option V comes twice"),
        ("Layout=LINEAR:InputLayout=5|x", 27, "input: InputLayout: wanted one to three numbers"),
        ("Layout=LINEAR:InputLayout=1|2|3|4", 27, "input: InputLayout: wanted one to three"),
        ("Layout=LINEAR:InputLayout=5|-5", 27, "input: InputLayout: wanted one to three"),
        ("InputLayout=5:Layout=LINEAR:RandomSeed=x", 40, "seed: RandomSeed: wanted a whole"),
        ("InputLayout=5:Layout=LINEAR:ValidationSize=x", 44, "training.validation: Validation"),
        ("InputLayout=5:Layout=LINEAR:ValidationSize=1e999", 44, "training.validation: Validation"),
        ("InputLayout=5:Layout=LINEAR:ErrorStrategy=SUMOFSQARES", 43, "training.loss: ErrorStr"),
        ("InputLayout=5:Layout=,", 22, "layers: wanted at least one layer, found none"),
    ],
)
def test_errors_point_into_the_string(text, column, sentence):
    assert f"TMVA options:1:{column}: {sentence}" in refusal(text).splitlines()[0]


def test_errors_of_the_layers_rules_point_into_the_string_too():
    with pytest.raises(SpecError) as caught:
        NetworkSpec.from_file("InputLayout=5:Layout=LINEAR:TrainingStrategy=DropConfig=0.1+1.5")
    (problem,) = caught.value.problems
    assert problem.path == ("training", "dropout", 1)
    assert problem.place == Place("TMVA options", 1, 61)


def test_all_errors_come_at_once():
    text = "InputLayout=5:Layot=1:Layout=CONV|1,DENS|3:TrainingStrategy=Batchsize=x,Foo=1"
    assert len(refusal(text).splitlines()) == 5


def test_options_of_a_model_file_are_read_kindly():
    options = {
        "V": "True",
        "Layout": "CONV|3",
        "randomseed": "7",
        "Unheard": "of",
        "ErrorStrategy": "SUMOFSQUARES",
        "TrainingStrategy": "MaxEpochs=3,Strange=1",
    }
    data = tmva_options.settings(options, "Regression")
    assert data["seed"] == 7
    assert data["tmva"] == {"V": "True", "Unheard": "of"}
    assert data["training"]["epochs"] == 3
    with pytest.raises(SpecError, match="ValidationSize: wanted 20%"):
        tmva_options.settings({"ValidationSize": "some"})


def without(data: dict, *path: str) -> dict:
    """Give a copy of `data` without what stands at `path`."""
    first, *rest = path
    return {
        k: without(v, *rest) if rest and k == first else v
        for k, v in data.items()
        if rest or k != first
    }


def test_what_a_spec_leaves_out_is_written_with_netspecs_own_defaults():
    data = tmva_options.read(TUTORIAL)
    short = without(without(data, "training", "optimizer"), "training", "batch_size")
    assert tmva_options.write(short) == tmva_options.write(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"input": {"features": 30}}, "input: TMVA wants one to three known sizes"),
        ({"input": {"shape": [1, 2, 3, 4]}}, "input: TMVA wants one to three known sizes"),
        ({"output": {"activation": "relu"}}, "output.activation: TMVA ends in sigmoid, softmax"),
        ({"output": {"activation": {"type": "elu", "alpha": 2}}}, "output.activation: TMVA ends"),
        ({"tmva": {"Layout": "LINEAR"}}, "tmva.Layout: wanted an option that the spec"),
        ({"tmva": {"VarTransform": "N:V"}}, "tmva.VarTransform: wanted an option that"),
    ],
)
def test_what_tmva_cannot_say_is_refused_by_name(change, sentence):
    with pytest.raises(SpecError, match=re.escape(sentence)):
        tmva_options.write(tmva_options.read(TUTORIAL) | change)


def test_named_variables_count_as_inputs():
    variables = [{"name": "pt"}, {"name": "hits", "type": "F[]", "size": 4}]
    data = tmva_options.read("InputLayout=5:Layout=LINEAR")
    options = tmva_options.options(data | {"input": {"variables": variables}})
    assert options["InputLayout"] == "1|1|5"
    options = tmva_options.options(data | {"input": {"steps": 3, "variables": variables}})
    assert options["InputLayout"] == "3|5"


def test_options_of_real_files_are_read(real_files, recwarn):
    found = 0
    for path in sorted((real_files / "tmva").glob("*.xml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if 'Method="DL::' not in text:
            continue
        found += 1
        options = dict(re.findall(r'<Option name="(\w+)"[^>]*>([^<]*)<', text))
        analysis = re.search(r'name="AnalysisType" value="(\w+)"', text)
        assert analysis
        data = tmva_options.settings(options, analysis.group(1))
        again = tmva_options.settings(
            tmva_options.options(
                {"input": {"shape": [2]}, "layers": [{"type": "flatten"}], **data}
            ),
            analysis.group(1),
        )
        assert again == data
        variables = int(re.findall(r"<Variables NVar=\"(\d+)\"", text)[0])
        given = ":".join(f"{name}={value}" for name, value in options.items())
        layers = len(re.findall(r"<(?:LSTM|Dense|Reshape|Conv|MaxPool)Layer ", text))
        outputs = int((re.findall(r"<Targets NTrgt=\"(\d+)\"", text) or ["1"])[0])
        spec = tmva_options.read(given, variables=variables, outputs=outputs)
        assert len(spec["layers"]) == layers
        widths = [int(n) for n in re.findall(r'<DenseLayer Width="(\d+)"', text)]
        assert [row["units"] for row in spec["layers"] if row["type"] == "dense"] == widths
    assert found >= 7
    assert {str(w.message).rpartition(": ")[2] for w in recwarn} <= {
        "TMVA does not know 'Adam' and takes ADAM; ADAM would be known"
    }


def test_an_optimizer_that_tmva_does_not_know_is_adam_with_a_warning():
    text = "InputLayout=5:Layout=LINEAR:TrainingStrategy=Optimizer=sgd"
    with pytest.warns(NetspecWarning, match="1:56: Optimizer: TMVA does not know 'sgd'"):
        data = tmva_options.read(text)
    assert data["training"]["optimizer"]["type"] == "adam"


@pytest.mark.parametrize("size", ["100%", "200%"])
def test_all_events_for_validation_are_refused_and_not_read_as_one_event(size):
    text = f"Layout=DENSE|2|TANH:InputLayout=3:ValidationSize={size}"
    assert f"wanted less than 100%, found '{size}'" in refusal(text)


def test_a_loss_that_tmva_lacks_is_refused():
    data = tmva_options.read(TUTORIAL)
    for loss in ("huber", {"type": "huber", "delta": 0.5}):
        change = {"training": data["training"] | {"loss": loss}}
        with pytest.raises(SpecError, match=r"^training.loss: TMVA has no loss 'huber' \(known: "):
            tmva_options.write(data | change)
