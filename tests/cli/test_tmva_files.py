"""TMVA files on the command line: what is shown of them, and one sentence for each mistake."""

from __future__ import annotations

import numpy
import pytest

import netspec
from tests.formats.tmva import typed
from tests.formats.tmva.documents import variable

SAYS_NOTHING = {"Traceback", "Error(", "lxml", "pydantic", "None"}


def network(**more):
    """Two variables, pt and eta, normalised for each class and for all, and a dense layer."""
    ranges = [[(0, 9), (-4, 4)], [(1, 8), (-3, 3)], [(0, 10), (-5, 5)]]
    return typed.file_of(
        [typed.dense([[0.5, -1]], [0.25])], ["pt", "eta"], letter="S", analysis="Classification",
        transforms=[typed.normalize(["pt", "eta"], *ranges)], **more,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "net.weights.xml"
    path.write_text(network())
    return path


def one_sentence(said):
    """The command failed with one line on stderr, and left no file of outputs; give the line."""
    assert said.status != 0
    assert said.out == ""
    (line,) = said.err.strip().splitlines()
    assert line.startswith("netspec: ")
    assert not any(word in line for word in SAYS_NOTHING)
    return line


def predict(cli, tmp_path, model, rows, names=("pt", "eta")):
    lines = [",".join(names), *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n")
    said = cli("predict", model, "events.csv", "-o", "scores.npy")
    assert (said.status == 0) == (tmp_path / "scores.npy").exists()
    return said


def test_variables_in_another_order_are_found_by_their_names(cli, file, tmp_path):
    for names in (("pt", "eta"), ("eta", "pt")):
        rows = [[{"pt": 5, "eta": 2.5}[name] for name in names]]
        assert predict(cli, tmp_path, file, rows, names).status == 0
        # pt is 0 of (0, 10) and eta 0.5 of (-5, 5): 0.25 - 0.5.
        found = numpy.load(tmp_path / "scores.npy")
        assert found == pytest.approx(1 / (1 + numpy.exp(0.25)), abs=1e-6)
        (tmp_path / "scores.npy").unlink()


def test_a_variable_that_is_missing_is_named_with_the_nearest(cli, file, tmp_path):
    line = one_sentence(predict(cli, tmp_path, file, [[1, 2]], ("pt", "etta")))
    assert line == ("netspec: events.csv: no column for the variable 'eta', did you mean 'etta'?")


def test_a_word_among_the_numbers_is_named_with_its_place(cli, file, tmp_path):
    line = one_sentence(predict(cli, tmp_path, file, [[1, 2], [3, "high"]]))
    assert line == "netspec: events.csv:3:3: column 2 (eta): wanted a number, found 'high'"


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (numpy.zeros((3, 5)), "wanted events of 2 numbers, found 5"),
        (numpy.array([["a", "b"]]), "wanted an array of real numbers, found <U1"),
        (numpy.zeros((3, 2), complex), "wanted an array of real numbers, found complex128"),
    ],
)
def test_an_array_of_another_kind_is_refused(cli, file, tmp_path, array, said):
    numpy.save(tmp_path / "events.npy", array)
    line = one_sentence(cli("predict", file, "events.npy", "-o", "scores.npy"))
    assert line == f"netspec: events.npy: {said}"


def test_a_nan_gives_nan_and_is_counted(cli, file, tmp_path):
    said = predict(cli, tmp_path, file, [[1, 2], ["nan", 3], [4, 5]])
    assert said.status == 0
    assert "NaN in the outputs of 1 of 3 events" in said.err + said.out
    found = numpy.load(tmp_path / "scores.npy")[:, 0]
    assert numpy.isnan(found).tolist() == [False, True, False]


def test_a_file_cut_off_anywhere_is_one_that_was_cut_off(cli, file):
    text = file.read_text().rstrip()
    for end in range(200, len(text), len(text) // 40):
        file.write_text(text[:end])
        line = one_sentence(cli("show", file))
        assert "net.weights.xml:" in line
        assert line.endswith(": the file was cut off before its last line, fetch it again")


@pytest.mark.parametrize("end", [0, 1, 4, 10, 21])
def test_a_file_of_which_next_to_nothing_is_left_is_refused(cli, file, end):
    file.write_text(file.read_text()[:end])
    assert "net.weights.xml" in one_sentence(cli("show", file))


def test_a_file_with_a_fault_in_the_middle_was_not_cut_off(cli, file):
    file.write_text(file.read_text().replace("</Transform>", "</Transfer>"))
    assert "cut off" not in one_sentence(cli("show", file))


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("BDT", "boosted decision trees"),
        ("Fisher", "Fisher's linear discriminant"),
        ("Likelihood", "'Likelihood'"),
    ],
)
def test_a_file_of_another_method_is_named(cli, file, tmp_path, method, said):
    file.write_text(file.read_text().replace('Method="DL::', f'Method="{method}::'))
    for answer in (cli("show", file), predict(cli, tmp_path, file, [[1, 2]])):
        line = one_sentence(answer)
        assert said in line
        assert "netspec reads DL, MLP and DNN" in line


def test_events_for_the_model_and_a_file_that_is_not_there(cli, file, tmp_path):
    (tmp_path / "events.csv").write_text("pt,eta\n1,2\n")
    said = one_sentence(cli("predict", "events.csv", file, "-o", "scores.npy"))
    assert "wanted a model or a spec" in said
    said = one_sentence(cli("predict", "no.weights.xml", "events.csv", "-o", "scores.npy"))
    assert "there is no such file" in said


def test_a_program_that_is_not_known_is_answered_with_the_nearest(cli, file):
    assert "did you mean 'root'?" in one_sentence(cli("show", file, "--compat", "rot"))


def test_a_file_that_root_reads_otherwise_is_warned_of(cli, file, tmp_path):
    text = network().replace('Expression="eta" Label="eta"', 'Expression="pt" Label="eta"')
    text = text.replace('Label="eta" Expression="eta"', 'Label="eta" Expression="pt"')
    file.write_text(text)
    said = cli("show", file)
    assert said.status == 0
    for line in said.err.strip().splitlines():
        assert line.startswith("netspec: warning: ")
        assert "ROOT's Reader takes the first for all of them" in line
    assert cli("show", file, "--compat", "root").err == ""


def test_densities_of_classes_are_no_sight_for_the_eye_and_whole_for_programs(cli, file):
    random = numpy.random.Generator(numpy.random.PCG64(4))
    table = [(numpy.linspace(0.01, 1, 99).tolist(), [*range(100)])]
    other = [(random.uniform(size=99).tolist(), [*range(100)])]
    change = typed.gauss(["pt"], other, other, table)
    file.write_text(
        typed.file_of(
            [typed.dense([[1, 1]], [0])],
            ["pt", "eta"],
            analysis="Classification",
            transforms=[change],
            spectators=[variable(0, "run", tag="Spectator")],
        )
    )
    said = cli("show", file)
    assert max(map(len, said.out.splitlines())) < 450
    assert "Transform 0" not in said.out
    kept = cli("show", file, "--json").json["extras"]["metadata"]
    assert kept == dict(netspec.read(file).extras.metadata)
    assert max(map(len, kept.values())) > 2000


def test_long_entries_are_cut_for_the_eye_and_whole_for_programs(cli, file, tmp_path):
    netspec.load(file).save(tmp_path / "net.xml", metadata={"note": "long " * 400})
    said = cli("show", tmp_path / "net.xml")
    assert max(map(len, said.out.splitlines())) < 450
    assert "... (2,000 characters, which --json gives)" in said.out
    kept = cli("show", tmp_path / "net.xml", "--json").json["extras"]["metadata"]
    assert kept["note"] == "long " * 400


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lstm_6.22", ["lstm", "vars_time9", "sigmoid: Signal, Background"]),
        ("dense_6.22", ["dense_4", "adam"]),
        ("dense_normalize_6.24", ["normalize_1", "normalize", "myvar1"]),
        ("gauss_6.33", ["gauss_1", "m_wwbb", "6.33/01", "batch_size"]),
        ("regression_transforms_6.27", ["decorrelate_1", "thetaE", "logQ2", "normalize_1"]),
        ("convolution_6.26", ["convolution_1", "max_pool_1", "y[9]"]),
        ("one_wide_layer_6.22", ["normalize_1", "100"]),
        ("mlp_6.24", ["tanh", "MLP::MLPBNN", "studytime", "BFGS"]),
        ("mlp_decorrelation_6.12", ["decorrelate_1", "MLP::MLP_3"]),
        ("old_dnn_gauss_6.12", ["gauss_1", "DNN::DNN", "l1Mass"]),
    ],
)
def test_a_file_of_others_is_shown_on_a_page_or_two(cli, real_files, name, words):
    said = cli("show", real_files / "tmva" / f"{name}.weights.xml")
    assert said.status == 0
    assert [word for word in words if word not in said.out] == []
    assert len(said.out) < (30000 if name.startswith("convolution") else 12000)  # 784 variables
    assert all(line.startswith("netspec: warning: ") for line in said.err.splitlines())


@pytest.mark.parametrize("tree", ["TrainTree", "TestTree"])
def test_a_tree_of_roots_goes_in_and_tmvas_own_scores_come_out(cli, real_files, tmp_path, tree):
    uproot = pytest.importorskip("uproot", reason="uproot is not installed")
    folder = real_files / "tmva"
    events = f"{folder / 'mlp_6.24.outputs.root'}:dataset/{tree}"
    said = cli("predict", folder / "mlp_6.24.weights.xml", events, "-o", "scores.root:tree")
    assert said.status == 0
    with uproot.open(tmp_path / "scores.root") as file:
        (found,) = file["tree"].arrays(library="np").values()
    with uproot.open(folder / "mlp_6.24.outputs.root") as file:
        wanted = file[f"dataset/{tree}"]["MLPBNN"].array(library="np")
    assert len(found) == 197
    assert numpy.abs(found.ravel() - wanted).max() < 1e-6
