"""Files of every format version stay readable for ever.

The files beside this test were written once, by the first netspec that wrote their version, and are
never written again. A new version of the format adds a file and a test; it changes none.
"""

from pathlib import Path

import numpy as np
import pytest

import netspec

HERE = Path(__file__).parent
OUTPUTS = [0.39200779529549307, 0.3695616037406389]
STORED = {"version_1_decimal.xml": "float32", "version_1_base64.xml": "float64"}


def spec_of(dtype):
    """Give the spec that was written, as its author would write it today."""
    return netspec.NetworkSpec.from_data(
        {
            "name": "stored",
            "dtype": dtype,
            "seed": 1234,
            "input": {"steps": 3, "variables": [{"name": "pt", "unit": "GeV"}, {"name": "η"}]},
            "layers": [
                {"type": "lstm", "units": 2, "direction": "both", "return_sequences": True},
                {
                    "type": "bidirectional",
                    "merge": "sum",
                    "layers": [{"type": "gru", "units": 3, "return_sequences": True}],
                },
                {"type": "rnn", "units": 2, "initial_state": "learned"},
                {"type": "dense", "name": "last", "units": 1},
            ],
            "output": {"activation": "sigmoid", "classes": ["Signal", "Background"]},
            "training": {"loss": "cross_entropy", "optimizer": {"type": "adam"}, "epochs": 3},
        }
    )


def weights_of(spec):
    """Give the weights that were written: eighths, in the order of the arrays."""
    weights, count = {}, 0
    for name, param in spec.parameters().items():
        size = int(np.prod(param.shape))
        numbers = (np.arange(count, count + size) * 7 % 23 - 11) / 8
        weights[name] = numbers.reshape(param.shape).astype(spec.dtype)
        count += size
    return weights


def inputs_of(dtype):
    return (np.arange(12).reshape(2, 3, 2) / 4 - 1).astype(dtype)


@pytest.mark.parametrize(("file", "dtype"), STORED.items())
def test_a_file_of_version_1_is_read_with_every_bit(file, dtype):
    model = netspec.read(HERE / file, strict=True)
    spec = spec_of(dtype)
    assert model.spec == spec
    expected = weights_of(spec)
    assert model.weights.keys() == expected.keys()
    for name, array in expected.items():
        assert model.weights[name].dtype == dtype
        assert model.weights[name].tobytes() == array.tobytes(), name
    assert model.extras.metadata == {"author": "netspec", "text": 'a "b" & <c>\r\n\t é'}
    assert model.extras.encoding == file.removesuffix(".xml").rpartition("_")[2]
    loss = np.array(model.extras.history["loss"])
    assert loss[:3].tolist() == [0.75, 0.5, float("inf")]
    assert loss[3:].view(np.uint64).tolist() == [0xFFF8000000000123]


@pytest.mark.parametrize(("file", "dtype"), STORED.items())
def test_a_file_of_version_1_gives_the_outputs_it_gave(file, dtype):
    network = netspec.load(HERE / file)
    golden = network.extras.golden
    assert golden.inputs.tobytes() == inputs_of(dtype).tobytes()
    assert golden.lengths.tolist() == [3, 2]
    assert (golden.engine, golden.contract) == ("numpy", "0")
    outputs = network(golden.inputs, lengths=golden.lengths)
    np.testing.assert_allclose(outputs, golden.outputs, rtol=0, atol=golden.tolerance)
    # The same numbers in plain text, for the day when the file itself is in doubt.
    np.testing.assert_allclose(outputs[:, 0], OUTPUTS, rtol=0, atol=golden.tolerance)
