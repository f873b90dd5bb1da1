"""TMVA's first weights: in its order, from ROOT's generator, and in a file that ROOT wrote."""

import math

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec, build
from netspec.errors import SpecError
from netspec.specfile import tmva_options
from tests.test_trandom3 import twister

STARTS = {
    "XAVIERUNIFORM": lambda rows, columns: math.sqrt(6 / (rows + columns)),
    "UNIFORM": lambda rows, columns: math.sqrt(2 / columns),
}


@pytest.mark.parametrize("word", STARTS)
def test_one_row_of_numbers_goes_through_all_matrices_column_by_column(word):
    text = f"InputLayout=3|5:Layout=LSTM|2|5|3|0|1,GRU|3|2|3,TANH|4,LINEAR:RandomSeed=77:\
WeightInitialization={word}"
    spec = NetworkSpec.from_file(text)
    weights = build(spec).weights
    numbers = iter([w * 2.0**-32 for w in twister(77, 2000) if w])

    def matrix(rows, columns):
        reach = STARTS[word](rows, columns)
        found = np.zeros((rows, columns))
        for column in range(columns):
            for row in range(rows):
                found[row, column] = -reach + 2 * reach * next(numbers)
        return found

    for name, gates, rows, columns in (
        *[("lstm_1/W", 4, 2, 5), ("lstm_1/U", 4, 2, 2)],
        *[("gru_1/W", 3, 3, 2), ("gru_1/U", 3, 3, 3)],
        *[("dense_1/W", 1, 4, 3), ("dense_2/W", 1, 1, 4)],
    ):
        wanted = np.array([matrix(rows, columns) for _ in range(gates)]).astype(np.float32)
        assert weights[name].tobytes() == wanted.tobytes(), name
    assert not any(weights[name].any() for name in weights if name.endswith("/b"))


@pytest.mark.parametrize("word", STARTS)
def test_a_convolution_is_one_matrix_with_a_row_for_each_filter(word):
    text = f"InputLayout=2|5|4:Layout=CONV|3|2|3|1|1|0|0|RELU,BNORM,MAXPOOL|2|2|1|1,RESHAPE|FLAT,\
LINEAR:RandomSeed=77:WeightInitialization={word}"
    weights = build(NetworkSpec.from_file(text)).weights
    numbers = iter([w * 2.0**-32 for w in twister(77, 200) if w])
    for name, rows, columns in (("convolution_1/W", 3, 2 * 2 * 3), ("dense_1/W", 1, 3 * 3)):
        reach = STARTS[word](rows, columns)
        wanted = np.zeros((rows, columns))
        for column in range(columns):
            for row in range(rows):
                wanted[row, column] = -reach + 2 * reach * next(numbers)
        found = weights[name].reshape(rows, columns)
        assert found.tobytes() == wanted.astype(np.float32).tobytes(), name


@pytest.mark.parametrize(
    ("word", "deviation"),
    [("XAVIER", lambda r, c: (6 / (r + c)) ** 0.5), ("GAUSS", lambda r, c: (2 / c) ** 0.5)],
)
def test_bells_of_a_convolution_are_as_wide_as_its_matrix_wants(word, deviation):
    text = f"InputLayout=4|9|9:Layout=CONV|50|7|7|1|1|0|0|RELU,RESHAPE|FLAT,LINEAR:\
WeightInitialization={word}"
    found = build(NetworkSpec.from_file(text)).weights["convolution_1/W"]
    # Cut at two deviations, a bell is narrower by 0.8796.
    factor = 0.8796 if word == "XAVIER" else 1
    assert found.std() == pytest.approx(factor * deviation(50, 4 * 7 * 7), rel=0.02)


def test_the_weights_that_root_started_from_are_still_in_a_file_it_wrote(real_files):
    path = real_files / "tmva" / "lstm_6.22.weights.xml"
    network = netspec.load(path)
    assert network.spec.seed == 1234
    start, trained = build(network.spec).weights, network.weights
    # Weights of units that never learned, or hardly, are still what they were. Files of that
    # release have seven digits.
    gates = {
        name: [
            (len(moved[moved < 1e-6]), np.corrcoef(a.ravel(), b.ravel())[0, 1])
            for a, b in zip(trained[f"lstm_1/{name}"], start[f"lstm_1/{name}"], strict=True)
            for moved in [np.abs(a.astype(float) - b)]
        ]
        for name in ("W", "U")
    }
    assert gates["W"][0][0] == 49
    assert sum(count > 20 for count, _ in gates["W"] + gates["U"]) == 7
    assert min(alike for _, alike in gates["W"] + gates["U"]) > 0.96
    one, two = trained["lstm_1/W"][2].ravel(), start["lstm_1/W"][2].ravel()
    assert sum(f"{a:.6e}" == f"{b:.6e}" for a, b in zip(one, two, strict=True)) >= 50
    # By chance hardly any would be: of another seed there is none.
    other = build(network.spec, seed=1235).weights
    assert not np.isclose(trained["lstm_1/W"], other["lstm_1/W"], rtol=6e-7, atol=0).any()


def test_a_seed_beyond_roots_is_refused_with_the_remedy():
    spec = NetworkSpec.from_file("InputLayout=5:Layout=LINEAR:WeightInitialization=UNIFORM")
    build(spec, seed=2**32 - 1)
    with pytest.raises(SpecError, match=r"^seed: wanted a number below 2\^32 for the"):
        build(spec, seed=2**32)
    data = tmva_options.read("InputLayout=5:Layout=LINEAR")
    build(NetworkSpec.from_data(data), seed=2**40)


def test_bells_of_tmva_have_streams_of_their_own():
    spec = NetworkSpec.from_file("InputLayout=5:Layout=TANH|4,LINEAR:WeightInitialization=GAUSS")
    weights = build(spec, seed=5).weights
    rows = netspec.NetworkSpec(
        input={"shape": [5]},
        layers=[{"type": "dense", "units": 4}],
        initializers={"W": "tmva_gauss"},
    )
    assert weights["dense_1/W"].tobytes() == build(rows, seed=5).weights["dense_1/W"].tobytes()
