"""Small networks and events that data sets are tried with."""

from __future__ import annotations

import numpy

from netspec import NetworkSpec

EVENTS, STEPS, FEATURES = 50, 4, 3
X = numpy.sin(numpy.arange(EVENTS * STEPS * FEATURES * 1.0)).reshape(EVENTS, STEPS, FEATURES)
Y = (numpy.arange(EVENTS) * 7 % 3 == 1).astype("int64")
WEIGHTS = numpy.cos(numpy.arange(EVENTS)) + 1.5
LENGTHS = numpy.arange(EVENTS) % (STEPS + 1)
STATE = numpy.sin(numpy.arange(EVENTS * 5.0)).reshape(EVENTS, 5)


def network(per_step=False, width=1, classes=("Signal", "Background"), steps=STEPS, **options):
    layers = [{"type": "lstm", "units": 5, "return_sequences": per_step}]
    layers += [{"type": "dense", "units": width}]
    given = {"features": FEATURES} | ({"steps": steps} if steps else {})
    output = {"classes": list(classes)}
    return NetworkSpec(**{"input": given, "layers": layers, "output": output} | options)


def flat(*names, **options):
    """A network of named variables, one row an event."""
    return NetworkSpec(
        input={"variables": [{"name": name} for name in names]},
        layers=[{"type": "dense", "units": 1}],
        **options,
    )


SPEC = network()


def same(batch, rows, x=X, y=Y, weights=None, lengths=None, dtype="float32"):
    """Whether a batch of a score holds these rows, one by one, and nothing else."""
    assert (batch.x.dtype, batch.t.dtype) == (dtype, dtype)
    assert batch.x.flags.c_contiguous
    assert batch.t.flags.c_contiguous
    wanted = [x[row].astype(dtype).tobytes() for row in rows]
    assert [event.tobytes() for event in batch.x] == wanted
    assert batch.t.tolist() == [[float(y[row])] for row in rows]
    for found, whole, kind in (
        (batch.weights, weights, dtype),
        (batch.lengths, lengths, "int64"),
    ):
        if whole is None:
            assert found is None
        else:
            assert found.dtype == kind
            assert found.tolist() == [whole[row].astype(kind) for row in rows]
