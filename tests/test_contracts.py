"""What every layer keeps. A new layer is tested by being there: no one writes these again."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from netspec.layers import stack
from netspec.randomness import Stream
from tests.specimens import (
    BATCH,
    ROWS,
    agree,
    all_of,
    close,
    every_layer,
    every_layer_at_every_length,
    network_of,
    slope_of,
    specimen,
)


def test_no_layer_has_gone_missing():
    old = "activation bidirectional dense dropout flatten gru last_step lstm normalize reshape rnn"
    assert set(old.split()) <= {row["type"] for row in ROWS.values()}


@every_layer
def test_outputs_and_states_have_the_shapes_that_the_layer_promised(row, b):
    one = specimen(row, b=b)
    y, final = one.apply()
    assert y.shape == (BATCH, *one.layer.output_shape(one.given))
    promised = stack.states(one.layers, one.given)
    assert {name: array.shape[1:] for name, array in final.items()} == promised


def of_input(one, loss):
    """The slope in the input by central differences: none in ids, which are what they are."""
    return 0 * one.x if one.layer.id_count else slope_of(loss, one.x)


@every_layer_at_every_length
def test_back_is_the_slope_of_forward_in_inputs_weights_and_states(row, lengths, b):
    one = specimen(row, b=b)
    gradients = one.forward(lengths=lengths).back(one.dy, one.dfinal)
    assert gradients.weights.keys() == one.trained
    assert gradients.state.keys() == one.state.keys()

    def loss():
        return one.loss(lengths=lengths)

    close(gradients.x, of_input(one, loss), 1e-7, "x")
    for name in gradients.weights:
        close(gradients.weights[name], slope_of(loss, one.weights[name]), 1e-7, name)
    for name in one.state:
        close(gradients.state[name], slope_of(loss, one.state[name]), 1e-7, name)


@every_layer
def test_back_is_the_slope_where_the_layer_starts_by_itself(row, b):
    one = specimen(row, b=b)._replace(state={})
    gradients = one.forward().back(one.dy, one.dfinal)
    for name in one.trained:
        close(gradients.weights[name], slope_of(one.loss, one.weights[name]), 1e-7, name)


@every_layer
def test_back_is_the_slope_in_training_too(row, b):
    one = specimen(row, b=b)

    def loss():
        return one.loss(rng=Stream(7, "training"))

    gradients = one.forward(rng=Stream(7, "training")).back(one.dy, one.dfinal)
    close(gradients.x, of_input(one, loss), 1e-7)
    for name in gradients.weights:
        close(gradients.weights[name], slope_of(loss, one.weights[name]), 1e-7, name)
    for name in one.state:
        close(gradients.state[name], slope_of(loss, one.state[name]), 1e-7, name)


@every_layer
def test_every_trained_weight_and_every_state_has_a_gradient(row, b):
    one = specimen(row, b=b)
    with_state = one.forward().back(one.dy, one.dfinal)
    without = one._replace(state={}).forward().back(one.dy, one.dfinal)
    for name in one.trained:
        assert np.any(without.weights[name]), name
    assert all(np.any(array) for array in with_state.state.values())


@every_layer
def test_no_slope_comes_back_where_none_went_in(row, b):
    one = specimen(row, b=b)
    gradients = one.forward().back(0 * one.dy)
    assert not any(np.any(array) for array in all_of(gradients).values())


@every_layer
def test_the_way_back_can_be_walked_twice(row, b):
    one = specimen(row, b=b)
    back = one.forward().back
    first = {name: array.copy() for name, array in all_of(back(one.dy, one.dfinal)).items()}
    for name, array in all_of(back(one.dy, one.dfinal)).items():
        assert array.tobytes() == first[name].tobytes(), name


@every_layer_at_every_length
def test_inference_gives_the_bits_of_training_without_chance(row, lengths, b):
    one = specimen(row, b=b)
    y, final = one.apply(lengths=lengths)
    step = one.forward(lengths=lengths)
    assert y.tobytes() == step.y.tobytes()
    assert {k: v.tobytes() for k, v in final.items()} == {
        k: v.tobytes() for k, v in step.state.items()
    }


@every_layer
def test_one_event_does_not_see_the_others(row, b):
    one = specimen(row, batch=5, b=b)
    y, final = one.apply()
    for event in range(5):
        part = slice(event, event + 1)
        alone = one._replace(
            x=one.x[part], state={name: array[part] for name, array in one.state.items()}
        )
        own, own_final = alone.apply()
        agree(b, own, y[part], 1e-14)
        for name, array in own_final.items():
            agree(b, array, final[name][part], 1e-14, name)


@every_layer
def test_the_slope_of_one_event_reaches_no_other(row, b):
    one = specimen(row, batch=3, b=b)
    dy = one.dy.copy()
    dy[[0, 2]] = 0
    gradients = one.forward().back(dy)
    assert not np.any(gradients.x[[0, 2]])
    assert not any(np.any(array[[0, 2]]) for array in gradients.state.values())


@every_layer_at_every_length
def test_float32_goes_in_and_float32_comes_out_everywhere(row, lengths, b):
    one, exact = specimen(row, "float32", b=b), specimen(row, b=b)
    step, reference = one.forward(lengths=lengths), exact.forward(lengths=lengths)
    gradients = all_of(step.back(one.dy, one.dfinal))
    wanted = all_of(reference.back(exact.dy, exact.dfinal))
    for array in (step.y, *step.state.values(), *gradients.values()):
        assert array.dtype == np.float32
    close(step.y, reference.y, 3e-5)
    for name, array in gradients.items():
        close(array, wanted[name], 1e-4, name)


@every_layer
def test_nothing_that_is_handed_over_is_changed(row, b):
    one, before = specimen(row, b=b), specimen(row, b=b)
    step = one.forward(lengths=one.ragged, rng=Stream(3))
    step.back(one.dy, one.dfinal)
    one.apply(lengths=one.ragged)
    for kept, given in zip(before[2:], one[2:], strict=True):
        for name, array in kept.items() if isinstance(kept, dict) else [("", kept)]:
            now = given[name] if isinstance(given, dict) else given
            assert array.tobytes() == now.tobytes(), name


@every_layer
def test_a_result_is_the_callers_own(row, b):
    network, x = network_of(row, b=b), specimen(row).x
    y, state = network(x, return_state=True)
    assert y.flags.writeable
    others = [x, *state.values(), *network.weights.values()]
    assert not any(np.shares_memory(y, other) for other in others)


@every_layer
def test_a_batch_without_events_gives_an_output_without_events(row, b):
    network = network_of(row, b=b)
    y, state = network(specimen(row).x[:0], return_state=True)
    assert y.shape == (0, *network.spec.output_shape)
    assert all(len(array) == 0 for array in state.values())


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_pickles_and_copies_to_the_same_bits(row, dtype, b):
    network, x = network_of(row, dtype, b), specimen(row).x
    for again in (
        pickle.loads(pickle.dumps(network)),
        copy.copy(network),
        copy.deepcopy(network),
    ):
        assert again.spec == network.spec
        assert again(x).tobytes() == network(x).tobytes()


@every_layer
def test_a_layer_pickles_hashes_and_reads_back_from_its_own_words(row):
    one = specimen(row).layer
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(pickle.loads(pickle.dumps(one))) == hash(one)
    assert type(one).model_validate_json(one.model_dump_json()) == one


@every_layer
def test_several_threads_may_call_one_network(row, b):
    network, x = network_of(row, b=b), specimen(row, batch=20).x
    wanted = network(x).tobytes()
    with ThreadPoolExecutor(4) as pool:
        assert {y.tobytes() for y in pool.map(lambda _: network(x), range(12))} == {wanted}
