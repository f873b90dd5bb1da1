"""What a TMVA file cannot hold and no output depends on: the list for the one warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...layers.batch_norm import BatchNorm
from ...settings import Training
from ...spec import NetworkSpec
from ...specfile import tmva_options, tmva_starts
from ..model import Extras
from .batch_norm import has_bands
from .header import HEAD


def lost_of_training(
    spec: NetworkSpec, said: Mapping[str, str], analysis: str, training: Any
) -> list[str]:
    """Say what the options do not give back of seed, first weights and training.

    `training` is the section with its dropout counted as a file counts layers.
    """
    again = tmva_options.settings(said, analysis)
    fits = again.get("seed", 0) == spec.seed < 2**32  # ROOT's unsigned integer
    lost = [] if fits else [f"seed: {spec.seed}"]
    if tmva_starts.write(spec.to_data()) is None:
        lost.append("initializers: TMVA has no word for how these weights started")
    if spec.training:
        before = Training.model_validate(training)
        lost += settings_lost(before, Training.model_validate(again["training"]))
    return lost


def settings_lost(before: Training, after: Training) -> list[str]:
    """Say which settings are not the same after writing and reading: those TMVA has no word for."""
    return _different("training", before.model_dump(), after.model_dump())


def _different(where: str, was: Any, now: Any) -> list[str]:
    """Name the options that are not the same; of records of one type only those inside."""
    if was == now:
        return []
    inner = isinstance(was, dict) and isinstance(now, dict) and was.get("type") == now.get("type")
    if not inner:
        return [f"{where}: {_said(was)}"]
    return [one for key in was for one in _different(f"{where}/{key}", was[key], now.get(key))]


def _said(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    options = ", ".join(f"{key} {option}" for key, option in value.items() if key != "type")
    return f"{value.get('type', '')} ({options})".strip()


def lost_of_signature(spec: NetworkSpec, analysis: str) -> list[str]:
    """Say what of the spec's names and shapes a file cannot hold."""
    lost = []
    if len(spec.input.sizes) > 1:
        shape = " x ".join(map(str, spec.input.sizes))
        lost.append(f"input: an event of {shape} becomes a row of variables")
    lost += [
        f"input/variables: the title of the array {v.name!r}"
        for v in spec.input.variables
        if v.size > 1 and v.title is not None
    ]
    if analysis == "regression" and spec.output.classes:
        lost.append("output/classes: a regression has none")
    if analysis != "regression" and spec.output.targets:
        lost.append(f"output/targets: a {analysis} has none")
    counts: dict[str, int] = {}
    for layer in spec.layers:
        counts[layer.type] = counts.get(layer.type, 0) + 1
        if layer.name != f"{layer.type}_{counts[layer.type]}":
            lost.append(f"layers: the name {layer.name!r}")
    for layer, given in spec.walk():
        lost += lost_of_layer(layer, layer.parameters(given))
        if isinstance(layer, BatchNorm) and has_bands(given):
            lost.append(lost_of_bands(layer))
    return lost


def lost_of_bands(layer: BatchNorm) -> str:
    """Say what becomes of a batch norm of images, of which ROOT's Reader has a reading of its own.

    What is in the file is the same either way; who reads it decides.
    """
    if layer.banded:
        return f"{layer.name}/banded: read the file with compat root to have it again"
    return (
        f"that {layer.name} normalises channels: ROOT's Reader on a CPU takes bands of pixels of"
        " all channels for them, so that its outputs differ"
    )


def lost_of_layer(layer: Any, parameters: Mapping[str, Any]) -> list[str]:
    """Say which arrays of a layer a file adds or leaves out, all of them zeros."""
    lost = []
    if "W" in parameters and "b" not in parameters:
        lost.append(f"{layer.name}: no bias becomes a bias of zeros")
    if getattr(layer, "recurrent_dropout", 0.0):
        lost.append(f"{layer.name}: the dropout of its state, which is of training alone")
    left_out = [name for name in ("b_state", "h0", "c0") if name in parameters]
    return lost + [f"{layer.name}/{name}: left out, since it is zero" for name in left_out]


def lost_of_extras(extras: Extras) -> list[str]:
    """Say what stands beside spec and weights and has no place in a file."""
    lost = ["the golden outputs"] if extras.golden is not None else []
    others = [key for key in extras.metadata if not key.startswith(HEAD)]
    lost += [f"the metadata {', '.join(others)}"] if others else []
    return lost + (["the history of the training"] if extras.history else [])
