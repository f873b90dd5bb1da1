"""From a model to a TMVA file.

What would change an output is refused by name. What only cannot be said is lost, and all of it
is listed: layers without an element of their own, golden outputs, metadata of others, history.
What a file said when it was read, and no word of a spec says, is written again as it was, as
long as the spec is still the one it came with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from typing import Any

from lxml import etree

from ...errors import FormatError, SpecError
from ...signature import Variable
from ...spec import NetworkSpec
from ...specfile import tmva_layout_text, tmva_text
from ..model import Extras
from . import dropconfig, header, mlp, transformations, variables, weights
from .lost import lost_of_extras, lost_of_signature, lost_of_training
from .matrices import Array
from .plan import Plan, plan
from .selections import Entry
from .variables import SPECTATORS, TARGETS, VARIABLES

HEAD = header.HEAD
ALWAYS_KEPT = re.compile(r"tmva/(modified|Transform \d+/Class \d+|Info .*|[A-Za-z ]+)")
BOUND = ("spec", "first layer", "Method", "Old method", "Classes", "Options", "unlike ROOT")


def digest(spec: NetworkSpec) -> str:
    """Give the SHA-256 of a spec, as it is without the options that nobody set."""
    return sha256(json.dumps(spec.to_data(), sort_keys=True).encode()).hexdigest()


def kept_of(spec: NetworkSpec, extras: Extras) -> dict[str, str]:
    """Give what the metadata keep of a TMVA file and what still holds for this spec."""
    kept = {k: v for k, v in extras.metadata.items() if k.startswith(HEAD)}
    if kept.get(HEAD + "spec") == digest(spec):
        return kept
    bound = {HEAD + name for name in BOUND}
    return {k: v for k, v in kept.items() if ALWAYS_KEPT.fullmatch(k) and k not in bound}


def document(
    spec: NetworkSpec, arrays: Mapping[str, Array], extras: Extras
) -> tuple[Any, list[str]]:
    """Give <MethodSetup> and the list of what is lost. Raises FormatError."""
    kept = kept_of(spec, extras)
    if (old := kept.get(HEAD + "Old method", "")).startswith("MLP::"):
        raise mlp.refuse_writing(old)
    laid = plan(spec, keep_reshape=HEAD + "first layer" in kept)
    analysis = analysis_of(spec)
    if laid.after and analysis != "regression":
        raise FormatError(
            f"{laid.after[0].layer.name}: TMVA undoes a normalisation of targets in a regression"
            f" only, found a {analysis}: say `analysis: regression`"
        )
    attributes = weights.said_elsewhere(spec, laid.dims, analysis)
    own = {k: kept.get(f"{HEAD}Weights/{k}", text) for k, text in attributes.items()}
    # First of all, since it refuses what would change an output, naming layer and option.
    network = weights.element(laid, arrays, own, 1)
    inputs = inputs_of(spec, normalized=bool(laid.before))
    targets = targets_of(spec, analysis)
    classes = classes_of(spec, analysis, kept)
    lost = [*laid.notes, *lost_of_signature(spec, analysis), *lost_of_extras(extras)]

    root = etree.Element("MethodSetup", Method=kept.get(HEAD + "Method", f"DL::{spec.name}"))
    header.add_facts(root, kept, analysis)
    options, more = options_of(spec, laid, analysis)
    lost += more
    names = kept[HEAD + "Options"].split() if HEAD + "Options" in kept else options
    texts = {k: kept.get(f"{HEAD}Options/{k}", options.get(k, "")) for k in names}
    # ROOT joins all options by colons and cuts them again: none may hold one.
    options = {k: options.get(k, "") if ":" in text else text for k, text in texts.items()}
    modified = [k for k, v in options.items() if v != header.USUAL.get(k)]
    header.add_options(root, options, kept.get(HEAD + "modified", " ".join(modified)).split())
    variables.add(root, VARIABLES, inputs, kept)
    variables.add(root, SPECTATORS, spec.input.spectators, kept)
    if classes:
        header.add_classes(root, classes)
    if analysis == "regression":
        variables.add(root, TARGETS, targets, kept)
    known = known_of(spec, laid, analysis)
    rows = transformations.rows_of(laid, options.get("VarTransform", ""), known)
    if labels := transformations.read_otherwise(rows, known):
        lost.append(
            f"which {labels[0]!r} a normalisation means: of variables of one name ROOT's Reader"
            " takes the first for all, so that its outputs differ: give each a name of its own"
        )
    lost += transformations.add(root, rows, arrays, known, len(classes), kept)
    etree.SubElement(root, "MVAPdfs")
    root.append(network)
    etree.indent(root, "  ")
    return root, lost


def analysis_of(spec: NetworkSpec) -> str:
    """Give the analysis type of a spec. Raises FormatError where its outputs do not fit it."""
    analysis, width = header.analysis_of_outputs(spec), spec.output_shape[-1] or 0
    if analysis == "classification" and width != 1:
        raise FormatError(
            f"output: TMVA returns one number for a classification, found {width} outputs:"
            " say `first: 1` or `analysis: multiclass`"
        )
    last = plan_width(spec)
    if analysis != "classification" and width != last:
        raise FormatError(
            f"output/first: TMVA returns all {last} outputs of a {analysis}, found first: {width}"
        )
    return analysis


def plan_width(spec: NetworkSpec) -> int:
    """Give the number of outputs of the last layer."""
    layer, given = list(spec.walk())[-1]
    return layer.output_shape(given)[-1] or 0


def inputs_of(spec: NetworkSpec, *, normalized: bool) -> list[Variable]:
    """Give the variables of an event, one for each number or array, in TMVA's order.

    Steps of a sequence follow each other: feature d of step t is variable t * features + d.
    Where the spec has no names, a step is an array, and so is a whole image; where it is
    normalised, each of its numbers is a variable, since a transformation finds variables by name
    and an array has only one.
    """
    sizes = [size or 0 for size in spec.input.sizes]
    own = spec.input.variables
    if len(sizes) == 1 and own:
        return list(own)
    if len(sizes) == 1:
        return [Variable(name=f"x{k}") for k in range(sizes[0])]
    if len(sizes) > 2 and not own:
        count = prod(sizes)
        one = [Variable(name="vars", type="F[]", size=count)]
        return [Variable(name=f"vars[{k}]") for k in range(count)] if normalized else one
    steps = range(prod(sizes[:-1]))
    if not own and normalized:
        return [Variable(name=f"vars_time{t}[{d}]") for t in steps for d in range(sizes[-1])]
    if not own:
        return [Variable(name=f"vars_time{t}", type="F[]", size=sizes[-1]) for t in steps]
    return [
        v.model_copy(update={"name": f"{v.name}_time{t}", "expression": None, "title": None})
        for t in steps
        for v in own
    ]


def targets_of(spec: NetworkSpec, analysis: str) -> list[Variable]:
    """Give the targets of a regression, with names where the spec has none."""
    if analysis != "regression":
        return []
    names = [Variable(name=f"target{k}") for k in range(spec.output_shape[-1] or 0)]
    return list(spec.output.targets) or names


def classes_of(spec: NetworkSpec, analysis: str, kept: Mapping[str, str]) -> list[str]:
    """Give the names of the classes; TMVA has two for a classification, one for a regression."""
    if HEAD + "Classes" in kept:
        return kept[HEAD + "Classes"].split("\n") if kept[HEAD + "Classes"] else []
    if analysis == "regression":
        return ["Regression"]
    names = list(spec.output.classes)
    if analysis == "multiclass":
        return names or [f"class{k}" for k in range(spec.output_shape[-1] or 0)]
    return names if len(names) == 2 else [*(names or ["Signal"]), "Background"]


def known_of(spec: NetworkSpec, laid: Plan, analysis: str) -> list[Entry]:
    """Give the variables, targets and spectators as a selection names them."""
    groups = (
        ("Variable", inputs_of(spec, normalized=bool(laid.before))),
        ("Target", targets_of(spec, analysis)),
        ("Spectator", spec.input.spectators),
    )
    return [entry for type_, own in groups for entry in variables.entries(type_, own)]


def options_of(spec: NetworkSpec, laid: Plan, analysis: str) -> tuple[dict[str, str], list[str]]:
    """Give the options of a spec in ROOT's order, and what of the training is lost.

    Raises FormatError for a layout or an option that TMVA has no word for.
    """
    given = laid.rows[0][1]
    sizes: dict[str, Any] = {"shape": list(given)}
    if len(given) == 2:
        sizes = {"steps": given[0], "features": given[1]}
    data = spec.to_data(defaults=True) | {
        "input": sizes,
        "layers": [row_of(layer) for layer, _ in laid.rows],
        "output": {"activation": spec.output.activation.type, "analysis": analysis},
    }
    if data["training"]:
        data["training"] = dropconfig.write(data["training"], spec.layers, laid)
    lost = []
    try:
        said = tmva_text.options(data)
    except SpecError as error:
        if any(problem.path[:1] != ("training",) for problem in error.problems):
            raise FormatError(str(error)) from None
        lost = [str(error)]
        said = tmva_text.options(data | {"training": None})
    known = known_of(spec, laid, analysis)
    rows = transformations.rows_of(laid, said.get("VarTransform", ""), known)
    usual = header.USUAL | {"VarTransform": transformations.text_of(rows, known)}
    for name in ("TrainingStrategy", "ValidationSize") if "TrainingStrategy" not in said else ():
        del usual[name]
    return usual | said, lost or lost_of_training(spec, said, analysis, data["training"])


def row_of(layer: Any) -> dict[str, Any]:
    """Give the options of a layer that stand in a Layout; the others were checked elsewhere."""
    wanted = {"type", *tmva_layout_text.SAID.get(layer.type, ())}
    row: dict[str, Any] = layer.model_dump(mode="json", include=wanted)
    return row
