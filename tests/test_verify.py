"""A file proves itself, and what is damaged or computes otherwise is told."""

from __future__ import annotations

import re

import numpy
import pytest

import netspec
from netspec.errors import DataError, UnavailableError
from netspec.kernels import compiled
from netspec.verify import against, verify

SPEC = netspec.NetworkSpec.from_data(
    {
        "name": "small",
        "input": {"features": 3},
        "layers": [{"type": "lstm", "units": 4}, {"type": "dense", "units": 2}],
    }
)
X = numpy.sin(numpy.arange(60.0)).reshape(5, 4, 3)
LENGTHS = numpy.array([4, 0, 2, 3, 1])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.xml"
    netspec.build(SPEC, seed=3).save(path, golden=X, lengths=LENGTHS)
    return path


def golden_with(outputs=None, tolerance=None, backend="numpy"):
    """A network with other golden outputs, as only a program could make them."""
    network = on(backend)
    golden = network.golden(X, LENGTHS)
    kept = netspec.Golden(
        golden.inputs,
        golden.outputs if outputs is None else outputs(golden.outputs.copy()),
        golden.lengths,
        golden.engine,
        golden.contract,
        golden.tolerance if tolerance is None else tolerance,
    )
    return on(backend, netspec.Extras(golden=kept))


def on(backend, extras=None):
    return netspec.Network(SPEC, netspec.build(SPEC, seed=3).weights, backend, extras)


def nudge(y):
    """Move one output by one unit in its last place."""
    y[2, 1] = numpy.nextafter(y[2, 1], numpy.float32(9))
    return y


def test_a_file_as_it_was_written_is_verified(file):
    found = verify(file)
    assert found.ok
    assert [(check.name, check.ok) for check in found.checks] == [("file", True), ("golden", True)]
    assert found.checks[1].detail == "10 outputs, the same bits"
    assert found.to_data()["verified"] is True


@pytest.mark.parametrize("source", [lambda p: p.read_bytes(), str, lambda p: p.open("rb")])
def test_paths_bytes_and_file_objects_are_taken(source, file):
    given = source(file)
    assert verify(given).ok
    if hasattr(given, "close"):
        given.close()


def test_a_changed_weight_is_an_answer_and_not_an_error(file):
    text = file.read_text()
    file.write_text(re.sub(r"(<array[^>]*>\s*-?0\.\d)\d", r"\g<1>0", text, count=1))
    found = verify(file)
    assert not found.ok
    assert str(file) in found.checks[0].detail


def test_a_file_that_was_indented_anew_is_not_what_was_written(file):
    file.write_text(file.read_text().replace("<layers>", "  <layers>"))
    found = verify(file)
    assert [check.ok for check in found.checks] == [False, True]
    assert not found.ok


def test_a_model_without_golden_outputs_has_nothing_to_replay(tmp_path):
    path = tmp_path / "small.xml"
    network = netspec.build(SPEC, seed=3)
    network.save(path)
    assert [check.ok for check in verify(path).checks] == [True, None]
    found = verify(network)
    assert [check.ok for check in found.checks] == [None, None]
    assert not found.ok


def test_outputs_within_the_tolerance_are_good_and_the_distance_is_told():
    golden = verify(golden_with(nudge)).checks[1]
    assert golden.ok
    assert re.fullmatch(
        r"within the tolerance 1e-05: 1 of 10 differ, most at \[2, 1\]: 1 ulp .*", golden.detail
    )
    assert golden.distance.where == (2, 1)


def test_outputs_outside_the_tolerance_are_told_with_their_place():
    def push(y):
        y[4, 0] += 1e-3
        return y

    golden = verify(golden_with(push)).checks[1]
    assert golden.ok is False
    assert golden.detail.startswith("outside the tolerance 1e-05: 1 of 10 differ, most at [4, 0]")


def test_the_tolerance_grows_with_the_output_and_not_with_its_inverse():
    def push(y):
        y[0, 0] += 5e-4
        return y

    assert not verify(golden_with(push, tolerance=1e-4)).ok
    assert verify(golden_with(push, tolerance=1e-3)).ok


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
def test_no_tolerance_makes_a_number_of_what_is_none(value):
    def spoil(y):
        y[1, 1] = value
        return y

    assert not verify(golden_with(spoil, tolerance=1e30)).ok


def test_golden_outputs_of_another_shape_are_told():
    found = verify(golden_with(lambda y: y[:, :1])).checks[1]
    assert found.ok is False
    assert "(5, 1)" in found.detail


def test_an_engine_that_promises_no_bits_is_held_to_its_own_tolerance():
    """Golden outputs said to be exact came from another engine than the one at hand."""
    found = verify(golden_with(nudge, tolerance=0.0)).checks[1]
    assert found.ok
    assert re.fullmatch(
        r"within the tolerance 1e-05: 1 of 10 differ, most at \[2, 1\]: 1 ulp .*\); the tolerance"
        " is that of numpy, which promises no bits: the file holds exact outputs of numpy",
        found.detail,
    )


def test_an_engine_that_promises_no_bits_says_nothing_of_it_where_they_are_the_same():
    assert verify(golden_with(tolerance=0.0)).checks[1].detail == "10 outputs, the same bits"


def test_a_tolerance_of_the_file_that_is_wider_than_the_engines_own_is_used():
    found = verify(golden_with(nudge, tolerance=1e-3)).checks[1]
    assert found.detail.startswith("within the tolerance 0.001: ")
    assert "promises no bits" not in found.detail


def test_golden_outputs_of_the_exact_engine_hold_to_the_bit(native):
    golden = native_golden(native)
    assert (golden.engine, golden.tolerance) == ("native", 0.0)
    assert verify(golden_with(backend=native)).checks[1].detail == "10 outputs, the same bits"
    found = verify(golden_with(nudge, backend=native)).checks[1]
    assert found.ok is False
    assert found.detail.startswith("1 of 10 differ, most at [2, 1]: 1 ulp")


def native_golden(native):
    return on(native).golden(X, LENGTHS)


def test_what_one_thread_made_is_verified_on_any_threads_and_instructions(native, tmp_path):
    path = tmp_path / "small.xml"
    on(type(native)(threads=1)).save(path, golden=X, lengths=LENGTHS)
    model = netspec.read(path)
    assert (model.extras.golden.engine, model.extras.golden.tolerance) == ("native", 0.0)
    for instructions in compiled().paths():
        for threads in (1, 2, 3):
            backend = type(native)(threads, instructions)
            found = verify(netspec.Network(*model[:2], backend, model.extras)).checks[1]
            assert (found.ok, found.detail) == (True, "10 outputs, the same bits")


def test_outputs_of_the_exact_engine_are_verified_without_it_within_a_tolerance(native):
    found = verify(on("numpy", netspec.Extras(golden=native_golden(native)))).checks[1]
    assert found.ok
    assert found.detail == "10 outputs, the same bits" or found.detail.endswith(
        "promises no bits: the file holds exact outputs of native"
    )


def test_outputs_of_numpy_are_verified_on_the_exact_engine_within_their_tolerance(native):
    extras = golden_with(nudge).extras
    assert (extras.golden.engine, extras.golden.tolerance) == ("numpy", 1e-5)
    found = verify(on(native, extras)).checks[1]
    assert found.ok
    assert found.detail.startswith("within the tolerance 1e-05: ")
    assert "promises no bits" not in found.detail


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UnavailableError):
        verify(tmp_path / "nothing.xml")


def test_two_networks_are_compared_on_events():
    one = netspec.build(SPEC, seed=3)
    chunks = [(X[:2], None), (X[2:], None)]
    assert against(one, one, chunks).detail == "10 outputs, the same bits"

    b = one.weights["dense_1/b"].copy()
    b[1] += 1
    found = against(one, one.replace({"dense_1/b": b}), chunks)
    assert found.ok is False
    assert (found.distance.size, found.distance.different) == (10, 5)
    assert found.distance.absolute == pytest.approx(1)
    assert against(one, one.replace({"dense_1/b": b}), chunks, tolerance=1.01).ok


def test_the_place_of_the_largest_distance_counts_all_events():
    class Shifted:
        spec, shifts = SPEC, [1.0, 8.0, 2.0]

        def __call__(self, x, *, lengths):
            y = netspec.build(SPEC, seed=3)(x)
            y[-1, 1] += self.shifts.pop(0)
            return y

    one = netspec.build(SPEC, seed=3)
    found = against(one, Shifted(), [(X[:1], None), (X[1:4], None), (X[4:], None)])
    assert found.distance.where == (3, 1)
    assert (found.distance.size, found.distance.different) == (10, 3)
    assert found.distance.absolute == pytest.approx(8)


def test_networks_whose_outputs_have_other_shapes_are_refused():
    narrow = SPEC.to_data()
    narrow["layers"][-1]["units"] = 1
    other = netspec.build(netspec.NetworkSpec.from_data(narrow))
    with pytest.raises(DataError, match="cannot be compared"):
        against(netspec.build(SPEC), other, [(X, None)])


def test_a_network_that_takes_other_axes_is_refused_by_name():
    """The same count of numbers, steps and features the other way round."""

    def network(name, steps, features):
        spec = {"name": name, "input": {"steps": steps, "features": features}}
        return netspec.build(
            netspec.NetworkSpec.from_data(spec | {"layers": [{"type": "lstm", "units": 2}]})
        )

    with pytest.raises(DataError, match=r"'turned' does not take what 'right' takes: x: wanted"):
        against(network("right", 4, 3), network("turned", 3, 4), [(X, None)])


def test_without_events_nothing_is_compared_and_nothing_is_proved():
    one = netspec.build(SPEC)
    for chunks in ([], [(X[:0], None)]):
        with pytest.raises(DataError, match="found none"):
            against(one, one, chunks)
