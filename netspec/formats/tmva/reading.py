"""From a TMVA file to a model.

What a network of it takes is what TMVA's Reader takes, the variables of an event as they are;
what it returns is what the Reader returns: one number for a classification, all outputs for the
other two. Where the Reader gives -999, because something is NaN, netspec gives NaN.

The metadata hold what no word of a spec says, under `tmva/`: the facts of the header as they
stand (`tmva/ROOT Release`), and the texts that netspec would have written otherwise (a user's
own spelling of an option). `tmva/spec` is the digest of the spec that those texts belong to.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ...errors import FormatError, LossWarning, SpecError
from ...signature import Variable
from ...spec import NetworkSpec
from ...specfile import tmva_options, tmva_starts
from ...specfile.tmva_names import SAID_BY_SPEC
from ..model import Extras, Model
from . import header, transforms, variables, weights
from .elements import Element
from .plan import plan
from .variables import SPECTATORS, TARGETS, VARIABLES
from .writing import classes_of, digest, options_of

CHILDREN = (
    "GeneralInfo",
    "Options",
    "Variables",
    "Spectators",
    "Classes",
    "Targets",
    "Transformations",
    "MVAPdfs",
    "Weights",
)
METHODS = {
    "MLP": "the older multilayer perceptron",
    "DNN": "the older, deprecated deep network",
    "BDT": "boosted decision trees",
}


def read(root: Element) -> Model:
    """Give the model that <MethodSetup> holds. Raises FormatError with file and line."""
    refuse_other_methods(root)
    parts = children_of(root)
    facts = header.read_facts(parts.get("GeneralInfo"))
    options, modified = header.read_options(parts.get("Options"))
    classes = header.read_classes(parts.get("Classes"))
    inputs, kept = variables.read(root.child("Variables"), VARIABLES)
    spectators: list[dict[str, Any]] = []
    targets: list[dict[str, Any]] = []
    if "Spectators" in parts:
        spectators, more = variables.read(parts["Spectators"], SPECTATORS)
        kept |= more
    if "Targets" in parts:
        targets, more = variables.read(parts["Targets"], TARGETS)
        kept |= more
    known = [
        entry
        for type_, records in (("Variable", inputs), ("Target", targets), ("Spectator", spectators))
        for entry in variables.entries(type_, [Variable(**r) for r in records])
    ]
    changed = transforms.read(parts.get("Transformations"), known)
    node = root.child("Weights")
    network = weights.read(node, header.release_of(facts))
    analysis = header.analysis_of(parts.get("GeneralInfo"), facts, len(classes), len(targets))
    refuse_other_sizes(node, network, known, analysis)
    pieces = [*changed.before, *network.pieces, *changed.after]
    data: dict[str, Any] = {
        "name": name_of(root),
        "input": {"variables": inputs, "spectators": spectators},
        "layers": [piece.row for piece in pieces],
        "output": output_of(network, analysis, classes, targets),
    }
    settings = settings_of(options, analysis, bool(changed.before or changed.after))
    if starts := tmva_starts.fitting(settings.pop("initializers", {}), data["layers"]):
        settings["initializers"] = starts
    try:
        spec = spec_of(data, settings, options)
    except SpecError as error:
        raise root.error("; ".join(map(str, error.problems))) from None
    kept |= header.kept_facts(facts) | changed.kept
    kept |= {"tmva/modified": " ".join(modified)} if options else {}
    kept |= surprises(spec, root, network, options, classes, analysis)
    return Model(spec, weights.named(pieces, spec), Extras(metadata=kept))


def refuse_other_methods(root: Element) -> None:
    """Raise FormatError unless the file is of method DL."""
    if root.tag != "MethodSetup":
        raise root.error("wanted <MethodSetup> at the top of a TMVA file")
    method = root.attribute("Method").partition("::")[0]
    if method != "DL":
        title = METHODS.get(method, "another method")
        raise root.error(
            f"Method {method!r} ({title}) is not supported: netspec reads DL;"
            " evaluate this file with TMVA itself"
        )


def children_of(root: Element) -> dict[str, Element]:
    """Give the children by tag. Raises FormatError where one comes twice."""
    parts: dict[str, Element] = {}
    passed_over = []
    for child in root.children():
        if child.tag in parts:
            raise child.error("found a second time")
        if child.tag not in CHILDREN or (child.tag == "MVAPdfs" and child.children()):
            passed_over.append(child)
        parts[child.tag] = child
    if passed_over:
        tags = ", ".join(f"<{child.tag}>" for child in passed_over[:5])
        more = " and more" if len(passed_over) > 5 else ""
        warnings.warn(
            f"{passed_over[0].place}: left out, since netspec does not use it: {tags}{more}",
            LossWarning,
            stacklevel=2,
        )
    return parts


def refuse_other_sizes(
    node: Element, network: weights.Read, known: list[Any], analysis: str
) -> None:
    """Raise FormatError unless variables and targets fit the network."""
    depth, height, width = network.dims
    count = sum(entry.type == "Variable" for entry in known)
    if depth * height * width != count:
        raise node.error(
            f"wanted an input of the file's {count} variables, found {depth} x {height} x {width}"
        )
    targets = sum(entry.type == "Target" for entry in known)
    if analysis == "regression" and targets != network.width:
        raise node.error(f"wanted {targets} outputs as the file has targets, found {network.width}")


def name_of(root: Element) -> str:
    """Give the title of the method, or a name where the title cannot be one."""
    title = root.attribute("Method").partition("::")[2]
    return title if 0 < len(title) <= 200 else "network"


def output_of(
    network: weights.Read, analysis: str, classes: list[str], targets: list[dict[str, Any]]
) -> dict[str, Any]:
    """Give the output section of the spec."""
    output: dict[str, Any] = {"activation": network.output, "analysis": analysis}
    width = network.width
    if analysis == "classification" and width > 1:
        # EvaluateMVA returns output(0, 0) and nothing else.
        output["first"] = width = 1
    if analysis == "regression":
        return output | {"targets": targets}
    fits = len(classes) == width or (len(classes), width) == (2, 1)
    return output | ({"classes": classes} if fits else {})


def spec_of(
    data: dict[str, Any], settings: dict[str, Any], options: Mapping[str, str]
) -> NetworkSpec:
    """Build the spec, without the settings where only they are impossible: no output needs them.

    Raises SpecError.
    """
    try:
        return NetworkSpec.from_data(data | settings)
    except SpecError as error:
        if any(problem.path[:1] not in (("seed",), ("training",)) for problem in error.problems):
            raise
    return NetworkSpec.from_data(data | unsaid(options))


def unsaid(options: Mapping[str, str]) -> dict[str, Any]:
    """Give the tmva section of options that no other section can say."""
    known = {name: text for name, text in options.items() if name not in SAID_BY_SPEC}
    return {"tmva": known} if known else {}


def settings_of(options: Mapping[str, str], analysis: str, transformed: bool) -> dict[str, Any]:
    """Give seed, initializers, training and tmva sections; what the file does not say is left out.

    `tmva` has the options that no other section says and that are not as usual. No output
    depends on an option: what cannot be read of them is kept as text.
    """
    try:
        said = tmva_options.settings(options, analysis)
    except SpecError:
        return unsaid(options)
    if "TrainingStrategy" not in options:
        said.pop("training", None)
    usual = header.usual(transformed)
    said["tmva"] = {k: v for k, v in said.get("tmva", {}).items() if v != usual.get(k)}
    return said


def surprises(
    spec: NetworkSpec,
    root: Element,
    network: weights.Read,
    options: Mapping[str, str],
    classes: list[str],
    analysis: str,
) -> dict[str, str]:
    """Give the texts of the file that the spec alone would not make."""
    kept = {"tmva/spec": digest(spec)}
    first = root.child("Weights").children()[0]
    if first.tag == "ReshapeLayer" and not first.flag("Flattening"):
        kept["tmva/first layer"] = first.tag
    if root.attribute("Method") != f"DL::{spec.name}":
        kept["tmva/Method"] = root.attribute("Method")
    derived = weights.said_elsewhere(spec, network.dims, analysis)
    kept |= {
        f"tmva/Weights/{name}": text
        for name, text in network.attributes.items()
        if text != derived[name]
    }
    try:
        laid = plan(spec, keep_reshape="tmva/first layer" in kept)
        own, _ = options_of(spec, laid, analysis)
    except FormatError:  # an option that no spec can say: all of them are kept as they stand
        own = {}
    if list(own) != list(options):
        kept["tmva/Options"] = " ".join(options)
    kept |= {f"tmva/Options/{k}": v for k, v in options.items() if own.get(k) != v}
    if classes != classes_of(spec, analysis, {}):
        kept["tmva/Classes"] = "\n".join(classes)
    return kept
