"""A network as stages on a GPU gives the bits of the processor's plan."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import Network, NetworkSpec
from netspec.backends import Backend
from netspec.backends.cuda import CudaBackend
from netspec.errors import DataError, UnavailableError
from netspec.layers.activations import Function
from tests.specimens import ROWS, SHAPE, every_layer_at_every_length, shape_of, specimen

STACK = [
    {"type": "lstm", "units": 3, "return_sequences": True, "direction": "both", "merge": "mean"},
    {"type": "dense", "units": 4, "activation": "softmax"},
    {"type": "gru", "units": 2, "return_sequences": True, "initial_state": "learned"},
    {"type": "last_step"},
    {"type": "dense", "units": 3, "activation": "elu"},
]


def bits(answer):
    """Give the bits of y, and of final states by name."""
    y, final = answer
    return y.dtype, y.shape, y.tobytes(), {name: array.tobytes() for name, array in final.items()}


def networks(native, row, dtype="float32", **options):
    """Give a network of one layer on the processor and on the GPU."""
    spec = NetworkSpec(dtype=dtype, input={"shape": shape_of(row)}, layers=[row], **options)
    weights = specimen(row, dtype).weights
    return Network(spec, weights, native), Network(spec, weights, CudaBackend())


def stacks(native, dtype="float32"):
    """Give a network of several layers on the processor and on the GPU, and events."""
    spec = NetworkSpec(dtype=dtype, input={"features": 5}, layers=STACK)
    rng = np.random.default_rng(5)
    weights = {
        name: rng.uniform(-1, 1, param.shape).astype(dtype)
        for name, param in spec.parameters().items()
    }
    x = rng.standard_normal((9, 6, 5)).astype(dtype)
    return Network(spec, weights, native), Network(spec, weights, CudaBackend()), x


@every_layer_at_every_length
def test_a_plan_gives_the_bits_of_the_processor_s(row, lengths, cupy, native):
    one = specimen(row, "float32")
    wide = one.layer.output_shape(one.given)[-1] > 1
    output = {"activation": "sigmoid", "first": 1} if wide else {"activation": "softsign"}
    state = None if one.layer.reverses else one.state
    cpu, gpu = networks(native, row, output=output)
    found, want = (n(one.x, lengths=lengths, state=state, return_state=True) for n in (gpu, cpu))
    assert bits(found) == bits(want)


@pytest.mark.parametrize("word", Function.kinds)
def test_every_activation_behind_a_product_and_alone(word, cupy, native):
    for options in ({"type": "dense", "units": 5}, {"type": "activation"}):
        cpu, gpu = networks(native, options | {"activation": word})
        x = 3 * np.random.default_rng(3).standard_normal((7, *SHAPE)).astype("float32")
        x[0, 0, 0], x[1, 1, 1], x[2, 0, 0], x[3] = np.nan, np.inf, -np.inf, 1e-40
        assert gpu(x).tobytes() == cpu(x).tobytes()


def test_an_activation_that_no_kernel_knows_runs_its_formula(cupy, native, monkeypatch):
    from netspec.backends.cuda import functions

    row = {"type": "dense", "units": 5, "activation": "gelu"}
    monkeypatch.setattr(functions, "of", lambda function: None)
    cpu, gpu = networks(native, row)
    x = specimen(row, "float32").x
    assert gpu(x).tobytes() == cpu(x).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layers_in_a_row(dtype, cupy, native):
    cpu, gpu, x = stacks(native, dtype)
    lengths = np.array([6, 0, 1, 5, 6, 6, 2, 3, 4])
    for options in ({}, {"lengths": lengths}):
        assert gpu(x, **options).tobytes() == cpu(x, **options).tobytes()
    x[:, 3:] = np.where(np.arange(3, 6)[None, :, None] < lengths[:, None, None], x[:, 3:], np.nan)
    found, want = (n(x, lengths=lengths, return_state=True) for n in (gpu, cpu))
    assert bits(found) == bits(want)


def test_a_layer_that_looks_at_its_neighbours_sees_zeros_beyond_the_last_valid_step(cupy, native):
    dense = {"type": "dense", "units": 3}
    x = np.random.default_rng(6).standard_normal((4, 4, 3)).astype("float32")
    for last in ({"type": "flatten"}, {"type": "dense", "units": 2, "activation": "sigmoid"}):
        spec = NetworkSpec(input={"shape": [4, 3]}, layers=[dense, last])
        weights = {
            name: np.full(param.shape, 0.5, "float32") for name, param in spec.parameters().items()
        }
        cpu, gpu = Network(spec, weights, native), Network(spec, weights, CudaBackend())
        for lengths in (np.array([4, 0, 1, 3]), np.array([2, 2, 2, 2])):
            assert gpu(x, lengths=lengths).tobytes() == cpu(x, lengths=lengths).tobytes()


def test_states_are_as_they_were_when_fewer_events_are_tried(device_model, native, monkeypatch):
    row = {"type": "lstm", "units": 3, "return_sequences": True}
    cpu, gpu = networks(native, row)
    x = np.random.default_rng(7).standard_normal((4, *SHAPE)).astype("float32")
    state = {name: np.full((4, 3), 0.5, "float32") for name in ("lstm_1/h", "lstm_1/c")}
    stages = gpu._prepared.plan._stages
    run, calls = stages.run, []

    def too_much_at_first(*given):
        found = run(*given)
        calls.append(len(given[0]))
        if len(calls) == 1:
            raise device_model.cuda.memory.OutOfMemoryError("Out of memory allocating 512 bytes")
        return found

    monkeypatch.setattr(stages, "run", too_much_at_first)
    want = bits(cpu(x, state=state, return_state=True))
    for on in (np.asarray, device_model.asarray):
        calls.clear()
        given = {name: on(array) for name, array in state.items()}
        y, final = gpu(on(x), state=given, return_state=True)
        assert bits((in_memory(y), {name: in_memory(a) for name, a in final.items()})) == want
        assert all((in_memory(array) == 0.5).all() for array in given.values())
        assert calls[0] == 4 > calls[1]


def in_memory(array):
    return array if isinstance(array, np.ndarray) else array.get()


def test_a_plan_gives_the_bits_of_layer_by_layer(cupy, native):
    _, gpu, x = stacks(native)
    plain = type("Plain", (CudaBackend,), {"plan": Backend.plan})()
    slow = Network(gpu.spec, gpu.weights, plain)
    assert slow._prepared.plan is None
    found, want = (n(x, return_state=True) for n in (gpu, slow))
    assert bits(found) == bits(want)


def test_no_events_give_no_outputs(cupy, native):
    cpu, gpu, x = stacks(native)
    found, want = (n(x[:0], return_state=True) for n in (gpu, cpu))
    assert bits(found) == bits(want)


def test_what_a_plan_takes_needs_no_check(cupy, native):
    _, gpu = networks(native, ROWS["dense-0"])
    plan, x = gpu._prepared.plan, specimen(ROWS["dense-0"], "float32").x
    assert plan.takes(x)
    for other in (x.astype("float64"), x[:, ::-1], x[:, :1], x.tolist(), x.view("uint32"), None):
        assert not plan.takes(other)
    _, ids = networks(native, ROWS["embedding-0"])
    assert not ids._prepared.plan.takes(specimen(ROWS["embedding-0"], "float32").x)


def test_a_plan_takes_no_array_of_another_gpu(cupy, native, second_gpu):
    _, gpu = networks(native, ROWS["dense-0"])
    plan, x = gpu._prepared.plan, specimen(ROWS["dense-0"], "float32").x
    assert plan.takes(cupy.asarray(x))
    with cupy.cuda.Device(1):
        there = cupy.asarray(x)
    assert not plan.takes(there)
    with pytest.raises(DataError, match=f"found one on {second_gpu}"):
        gpu(there)


ONE = {"type": "rnn", "units": 2, "activation": "linear"}
BOTH = ONE | {"direction": "both"}


@pytest.mark.parametrize(
    "row",
    [
        {"type": "activation", "activation": "softmax"},
        {"type": "activation", "activation": "linear"},
        {"type": "dense", "units": 130, "activation": "softmax"},
        *(BOTH | {"merge": merge} for merge in ("concat", "sum", "mean", "mul")),
        *(BOTH | {"merge": merge, "return_sequences": True} for merge in ("concat", "sum")),
        *({"type": "bidirectional", "layers": [ONE], "merge": merge} for merge in ("sum", "mul")),
        {"type": "lstm", "units": 2, "activation": "linear", "cell_activation": "linear"},
    ],
    ids=str,
)
def test_any_nan_that_infinities_make_is_the_canonical_one(row, cupy, native):
    spec = NetworkSpec(input={"shape": [2, 130]}, layers=[row])
    weights = {
        name: np.full(param.shape, -1.0 if "reverse/" in name else 1.0, "f4")
        for name, param in spec.parameters().items()
    }
    x = np.zeros((4, 2, 130), "float32")
    x[0, 0, 0], x[1, :, :2], x[2] = np.inf, [-np.inf, np.inf], -np.inf
    x.view("uint32")[3, 1, 7] = 0xFFC00123  # a NaN of no result
    found, want = (Network(spec, weights, b)(x, return_state=True) for b in (CudaBackend(), native))
    assert bits(found) == bits(want)
    for array in (found[0], *found[1].values()):
        assert set(array.view("uint32")[np.isnan(array)]) == {0x7FC00000}


def test_a_dense_layer_is_one_kernel_its_activation_in_it(device_model, native):
    _, gpu = networks(native, {"type": "dense", "units": 5, "activation": "tanh"})
    launches = device_model.machine.launches
    launches.clear()
    gpu(np.ones((4, 4, 3), "float32"))
    assert len(launches) == 1


def test_the_output_activation_is_in_the_last_product(device_model, native):
    row, output = {"type": "dense", "units": 5}, {"activation": "sigmoid", "first": 2}
    cpu, gpu = networks(native, row, output=output)
    launches, x = device_model.machine.launches, specimen(row, "float32").x
    launches.clear()
    y = gpu(x)
    assert "apply" not in [name for name, _ in launches]
    assert y.tobytes() == cpu(x).tobytes()
    for lengths in (np.array([1, 3]), np.array([0, 4])):
        assert gpu(x, lengths=lengths).tobytes() == cpu(x, lengths=lengths).tobytes()


def test_a_recurrent_layer_whose_steps_nobody_wants_writes_none(device_model, native):
    _, gpu = networks(native, {"type": "lstm", "units": 3})
    gpu(np.ones((4, 4, 3), "float32"))  # packs weights
    launches = device_model.machine.launches
    launches.clear()
    gpu(np.ones((4, 4, 3), "float32"))
    names = [name for name, _ in launches]
    assert names.count("sweep_rows") == 1
    assert "pack_units" not in names
    assert len(names) == 1


def test_what_the_memory_does_not_hold_ends_in_one_sentence(device_model, native):
    _, gpu, x = stacks(native)
    gpu(x)
    machine = device_model.machine
    machine.gpus[0].memory = machine.gpus[0].lent + 1000
    with pytest.raises(UnavailableError) as error:
        gpu(x)
    sentence = str(error.value)
    assert sentence.startswith("device 'cuda:0': wanted 0 MB more of its memory, found 0 MB free:")
    assert sentence.endswith("give fewer events at a time, or use device 'cpu'")
    machine.gpus[0].memory = 2**28
    gpu(x)
