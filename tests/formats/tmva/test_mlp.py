"""TMVA's older perceptron: its files give what plain loops give, and what TMVA itself gave."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import numpy
import pytest

import netspec
from netspec.errors import FormatError, LossWarning, NetspecError, NetspecWarning
from netspec.formats import read
from tests.formats.tmva import old_methods
from tests.formats.tmva.by_hand import back_again, there
from tests.formats.tmva.documents import Draw, normalize
from tests.formats.tmva.old_methods import MLP_OPTIONS, document, mlp, mlp_weights, softmax


def layers_of(*sizes, width=1.0, seed=3):
    """Draw weights of seventeen digits, which no float holds."""
    draw = random.Random(seed)

    def row(count):
        return [draw.uniform(-width, width) for _ in range(count)]

    return [([row(a) for _ in range(b)], row(b)) for a, b in pairwise(sizes)]


def events(count, width, seed=9):
    draw = numpy.random.Generator(numpy.random.PCG64(seed))
    return draw.uniform(-2, 2, (count, width)).astype("float32").astype("float64")


def file_of(layers, *, neuron="tanh", estimator="CE", between=True, **more):
    options = MLP_OPTIONS | {"NeuronType": neuron, "EstimatorType": estimator}
    labels = [f"x{k}" for k in range(len(layers[0][0][0]))]
    weights = mlp_weights(layers, between=between)
    return document("MLP::net", weights, labels, options, **more).encode()


@pytest.mark.parametrize("neuron", ["tanh", "sigmoid", "radial", "linear"])
@pytest.mark.parametrize("estimator", ["CE", "MSE"])
def test_a_classification_gives_what_the_loops_give(neuron, estimator):
    layers = layers_of(3, 5, 4, 1)
    network = netspec.load(file_of(layers, neuron=neuron, estimator=estimator))
    x = events(8, 3)
    form = "rational" if neuron == "tanh" else neuron
    wanted = [mlp(layers, event, form, estimator) for event in x.tolist()]
    assert network(x).dtype == numpy.float64
    assert numpy.ptp(wanted) > 1e-3
    # A last place of a float may fall the other way, where the sums differ in the last of a double.
    assert numpy.abs(network(x) - wanted).max() < (3e-7 if neuron == "tanh" else 1e-13)


def test_the_two_forms_of_tanh_differ_and_each_is_read_where_it_belongs():
    layers = layers_of(3, 5, 1, width=3.0)
    x = events(40, 3)
    forms = {
        form: numpy.array([mlp(layers, event, form, "CE") for event in x.tolist()])
        for form in ("rational", "tanh")
    }
    assert numpy.abs(forms["rational"] - forms["tanh"]).max() > 1e-6
    for release, form in {
        ("4.2.1 [262657]", "6.12"): "rational",
        ("4.2.1 [262657]", "6.24"): "rational",
        ("4.2.1 [262657]", "6.33"): "tanh",
        ("4.2.0 [262656]", "5.34"): "tanh",
        ("4.2.0 [262656]", "6.12"): "tanh",
    }.items():
        tmva, root = release
        network = netspec.load(file_of(layers, tmva=tmva, root=root))
        assert numpy.abs(network(x) - forms[form]).max() < 3e-7, release
    with pytest.warns(NetspecWarning, match=r":\d+: <Weights>: an MLP of tanh of a ROOT between"):
        network = netspec.load(file_of(layers, root="6.30"))
    assert numpy.abs(network(x) - forms["rational"]).max() < 3e-7


def test_far_from_zero_the_rational_tanh_is_one():
    layers = [([[1.0]], [0.0]), ([[1.0]], [0.0])]
    network = netspec.load(file_of(layers, estimator="MSE"))
    x = numpy.array([[-1e30], [-4.98], [-4.96], [0.0], [4.96], [4.98], [1e30]])
    wanted = [mlp(layers, event, "rational", "MSE") for event in x.tolist()]
    assert (network(x) == wanted).all()
    assert network(x)[0] == -1


@pytest.mark.parametrize("estimator", ["CE", "MSE"])
def test_several_classes_go_through_softmax(estimator):
    layers = layers_of(2, 4, 3)
    names = ("one", "two", "three")
    data = file_of(layers, estimator=estimator, analysis="Multiclass", classes=names)
    network = netspec.load(data)
    x = events(6, 2)
    wanted = [softmax(mlp(layers, event, "rational", estimator)) for event in x.tolist()]
    assert numpy.abs(network(x) - wanted).max() < 3e-7
    assert network.spec.output.classes == names
    assert network.spec.output.analysis == "multiclass"


@pytest.mark.parametrize("estimator", ["CE", "MSE"])
def test_a_regression_gives_all_targets(estimator):
    layers = layers_of(2, 4, 3)
    names = ("a", "b", "c")
    data = file_of(
        layers, estimator=estimator, analysis="Regression", classes=["Regression"], targets=names
    )
    network = netspec.load(data)
    x = events(6, 2)
    wanted = [mlp(layers, event, "rational", estimator) for event in x.tolist()]
    assert numpy.abs(network(x) - wanted).max() < 3e-7
    assert [target.name for target in network.spec.output.targets] == list(names)


def test_targets_of_a_regression_go_back_to_their_units():
    layers = layers_of(2, 4, 2)
    text = file_of(
        layers, analysis="Regression", estimator="MSE", classes=["Regression"], targets=("a", "b")
    ).decode()
    entries = [("Variable", "x0"), ("Variable", "x1"), ("Target", "a"), ("Target", "b")]
    change, ranges = normalize(Draw(8), entries, 1)
    none = '<Transformations NTransformations="0"/>'
    text = text.replace(none, f'{none[:-4]}1">\n{change}  </Transformations>')
    network = netspec.load(text.encode())
    x = events(6, 2)
    wanted = [
        back_again(mlp(layers, there(event, ranges[:2]), "rational", "MSE"), ranges[2:])
        for event in x.tolist()
    ]
    assert numpy.abs(network(x) - wanted).max() < 2e-6


def test_without_hidden_layers_and_without_a_layout_as_the_first_files_were():
    layers = layers_of(3, 1)
    network = netspec.load(file_of(layers, between=False))
    x = events(5, 3)
    wanted = [mlp(layers, event, "tanh", "CE") for event in x.tolist()]
    assert numpy.abs(network(x) - wanted).max() < 1e-14
    deep = layers_of(3, 4, 1)
    assert read(file_of(deep, between=False)).spec == read(file_of(deep)).spec


def test_options_that_a_file_leaves_out_are_those_of_tmva():
    layers = layers_of(2, 3, 1)
    text = file_of(layers, neuron="sigmoid", estimator="MSE").decode()
    bare = re.sub(r"    <Option .*\n", "", text)
    assert "Option name" not in bare
    x = events(5, 2)
    assert (netspec.load(bare.encode())(x) == netspec.load(text.encode())(x)).all()


def test_weights_are_rounded_to_float_as_root_reads_them():
    layers = layers_of(2, 3, 1)
    weights = read(file_of(layers)).weights
    assert weights["dense_1/W"].dtype == numpy.float64
    assert weights["dense_1/W"].tolist() == numpy.float32(layers[0][0]).tolist()


def test_the_options_are_kept_and_the_method_is_named():
    spec, _, extras = read(file_of(layers_of(2, 3, 1)))
    assert spec.tmva["TrainingMethod"] == "BFGS"
    assert spec.tmva["NCycles"] == "60"
    assert spec.training is None
    assert extras.metadata["tmva/Old method"] == "MLP::net"
    assert [v.type for v in spec.input.variables] == ["D", "D"]


def test_a_model_of_it_is_not_written_as_tmva_and_goes_through_netspecs_own_xml(tmp_path):
    network = netspec.load(file_of(layers_of(2, 3, 1)))
    with pytest.raises(FormatError, match=r"TMVA's MLP method is only read: .* netspec's own XML$"):
        network.save(tmp_path / "again.xml", format="tmva")
    network.save(tmp_path / "own.xml")
    again = netspec.load(tmp_path / "own.xml")
    assert again.spec == network.spec
    x = events(4, 2)
    assert again(x).tobytes() == network(x).tobytes()


def test_errors_of_an_output_are_left_out_with_a_warning():
    text = file_of(layers_of(2, 3, 1)).decode()
    hessian = '<InverseHessian NElements="1" NRows="1" NCols="1"><Row Index="0">1</Row>'
    text = text.replace("  </Weights>", f"{hessian}</InverseHessian>\n  </Weights>")
    with pytest.warns(LossWarning, match="<InverseHessian>: left out, since netspec gives no err"):
        read(text.encode())


CHANGES = {
    "NLayers": ('NLayers="3"', 'NLayers="4"', "<Layout>: NLayers says 4 layers, found 3"),
    "an index": ('Index="1" NNe', 'Index="2" NNe', "<Layer>: wanted <Layer> with the Index 1 here"),
    "neurons": ('NNeurons="4"', 'NNeurons="5"', "wanted 4 synapses, one for each that follows"),
    "synapses": ('NSynapses="3"', 'NSynapses="2"', "<Neuron>: wanted 3 synapses, .* found 2"),
    "a synapse of an output": (
        '<Neuron NSynapses="0"/>',
        '<Neuron NSynapses="1"> 1 </Neuron>',
        "wanted 0 synapses",
    ),
    "billions": ('NNeurons="4"', 'NNeurons="2000000000"', "wanted 1999999999 synapses"),
    "a NeuronType": (">tanh<", ">tahn<", "wanted a NeuronType, found 'tahn', did you mean 'tanh'"),
    "an input": (
        ">sum<",
        ">sqsum<",
        "NeuronInputType 'sqsum' is not supported: netspec kno",
    ),
    "an estimator": (">CE<", ">XE<", "wanted an EstimatorType of CE or MSE, found 'XE'"),
    "variables": ('NNeurons="3"', 'NNeurons="2"', "NNeurons says 2, found 3 <Neuron>"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_broken_file_is_refused_with_its_line(what):
    old, new, message = CHANGES[what]
    text = file_of(layers_of(2, 3, 1)).decode()
    assert old in text
    with pytest.raises(FormatError, match=rf":\d+: .*{message}"):
        read(text.replace(old, new).encode())


def test_a_number_too_few_is_refused():
    text = file_of(layers_of(2, 3, 1)).decode()
    line = text.split('<Neuron NSynapses="3">\n')[1].split("\n")[0]
    with pytest.raises(FormatError, match="<Neuron>: wanted 3 numbers"):
        read(text.replace(line, line.rsplit(maxsplit=1)[0]).encode())


@pytest.mark.filterwarnings("ignore")
def test_a_changed_byte_ends_in_an_error_of_ours_or_a_model():
    draw = random.Random(6)
    original = file_of(layers_of(2, 3, 1))
    for _ in range(150):
        data = bytearray(original)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        try:
            spec, weights, _ = read(bytes(data), format="tmva")
        except NetspecError:
            continue
        assert weights.keys() == spec.parameters().keys()


@pytest.mark.filterwarnings("ignore:.*InverseHessian")
def test_tmvas_own_outputs_of_a_real_file_come_out(real_files):
    uproot = pytest.importorskip("uproot", reason="needs uproot, which reads TMVA's own outputs")
    path = real_files / "tmva"
    network = netspec.load(path / "mlp_6.24.weights.xml")
    names = [v.name for v in network.spec.input.variables]
    count, worst = 0, 0.0
    with uproot.open(path / "mlp_6.24.outputs.root") as file:
        for tree in ("TrainTree", "TestTree"):
            columns = file[f"dataset/{tree}"].arrays([*names, "MLPBNN"], library="np")
            x = numpy.stack([columns[name] for name in names], axis=1).astype("float64")
            worst = max(worst, numpy.abs(network(x)[:, 0] - columns["MLPBNN"]).max())
            count += len(x)
    assert count == 394
    assert worst < 1e-6


def test_the_rational_tanh_of_the_loops_is_near_the_exact_one():
    x = numpy.linspace(-6, 6, 2001)
    found = numpy.array([old_methods.rational(v) for v in x])
    assert 1e-5 < numpy.abs(found - numpy.tanh(x)).max() < 2.2e-4
