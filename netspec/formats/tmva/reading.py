"""From a TMVA file to a model.

What a network of it takes is what TMVA's Reader takes, the variables of an event as they are;
what it returns is what the Reader returns: one number for a classification, all outputs for the
other two. Where the Reader gives -999, because something is NaN, netspec gives NaN.

The metadata hold what no word of a spec says, under `tmva/`: the facts of the header as they
stand (`tmva/ROOT Release`), and the texts that netspec would have written otherwise (a user's
own spelling of an option). `tmva/spec` is the digest of the spec that those texts belong to,
`tmva/unlike ROOT` says what ROOT's own Reader computes otherwise of the file.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ...errors import FormatError, LossWarning, SpecError
from ...signature import Variable
from ...spec import NetworkSpec
from ...specfile import tmva_starts
from ..model import Extras, Model
from . import dropconfig, header, methods, settings, transformations, variables, weights
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
UNLIKE = "tmva/unlike ROOT"


def read(root: Element, compat: str | None = None) -> Model:
    """Give the model that <MethodSetup> holds, with `compat` "root" as ROOT's Reader has it.

    Raises FormatError with file and line.
    """
    method = methods.method_of(root)
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
    booked = options.get("VarTransform", "")
    changed = transformations.read(
        parts.get("Transformations"), known, len(classes), booked, compat
    )
    node = root.child("Weights")
    analysis = header.analysis_of(parts.get("GeneralInfo"), facts, len(classes), len(targets))
    network = methods.READERS[method](node, header.Header(facts, options, analysis, compat))
    refuse_other_sizes(node, network, known, analysis)
    pieces = [*changed.before, *network.pieces, *changed.after]
    data: dict[str, Any] = {
        "name": name_of(root),
        "dtype": network.dtype,
        "input": {"variables": inputs, "spectators": spectators},
        "layers": [piece.row for piece in pieces],
        "output": output_of(network, analysis, classes, targets),
    }
    transformed = bool(changed.before or changed.after)
    said = methods.settings_of(method, options, analysis, transformed)
    if starts := tmva_starts.fitting(said.pop("initializers", {}), data["layers"]):
        said["initializers"] = starts
    if "training" in said:
        said["training"] = dropconfig.read(said["training"], network.shaping)
    try:
        spec = settings.spec_of(data, said, options)
    except SpecError as error:
        raise root.error("; ".join(map(str, error.problems))) from None
    kept |= header.kept_facts(facts) | changed.kept
    kept |= {"tmva/modified": " ".join(modified)} if options else {}
    kept |= surprises(spec, root, classes, analysis)
    if method == "DL":
        kept |= surprises_of_dl(spec, root, network, options, analysis)
    if unlike := [*changed.unlike, *network.unlike]:
        kept[UNLIKE] = "; ".join(unlike)
    kept |= {"tmva/compat": compat} if compat else {}
    return Model(spec, weights.named(pieces, spec), Extras(metadata=kept))


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


def surprises(
    spec: NetworkSpec, root: Element, classes: list[str], analysis: str
) -> dict[str, str]:
    """Give the texts of a file that the spec alone would not make, whatever the method."""
    kept = {"tmva/spec": digest(spec)}
    method, _, title = root.attribute("Method").partition("::")
    if method != "DL":
        kept["tmva/Old method"] = root.attribute("Method")
    elif title != spec.name:
        kept["tmva/Method"] = root.attribute("Method")
    if classes != classes_of(spec, analysis, {}):
        kept["tmva/Classes"] = "\n".join(classes)
    return kept


def surprises_of_dl(
    spec: NetworkSpec,
    root: Element,
    network: weights.Read,
    options: Mapping[str, str],
    analysis: str,
) -> dict[str, str]:
    """Give what a file of method DL says of layers and options and the spec alone would not."""
    kept = {}
    first = root.child("Weights").children()[0]
    if first.tag == "ReshapeLayer" and not first.flag("Flattening"):
        kept["tmva/first layer"] = first.tag
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
    return kept | {f"tmva/Options/{k}": v for k, v in options.items() if own.get(k) != v}
