"""What stands at the head of a file: GeneralInfo, Options, Classes.

    <GeneralInfo> <Info name="ROOT Release" value="6.22/06 [398854]"/> ... </GeneralInfo>
    <Options> <Option name="Layout" modified="Yes">LSTM|10|30|10|0|1,...</Option> ... </Options>
    <Classes NClass="2"> <Class Name="Signal" Index="0"/> ... </Classes>

The facts of GeneralInfo are kept in the metadata under `tmva/`. A file that netspec writes of a
network that was in none says what is true of it: no clock, no host, no user, so that the same
network gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lxml import etree

from ...spec import NetworkSpec
from ...specfile.tmva_names import LAYOUT_WHEN_ABSENT
from .elements import Element, shown

HEAD = "tmva/"  # of what is kept in the metadata
OTHER = "Info "  # of facts that ROOT does not write
FACTS = {  # in ROOT's order, with what is said of a network that came from no file
    "TMVA Release": "4.2.1 [262657]",
    "ROOT Release": "6.22/00 [398848]",
    "Creator": "netspec",
    "Date": "not recorded",
    "Host": "not recorded",
    "Dir": "not recorded",
    "Training events": "0",
    "TrainingTime": "-1.00000000e+00",
}
# ROOT joins names and values, `V=True:H=False`, and cuts them again.
OPTION = re.compile(r"[^\s:=!]+")
ANALYSES = {
    "classification": "Classification",
    "multiclass": "Multiclass",
    "regression": "Regression",
}
USUAL = {  # options and their values where nobody said otherwise, in ROOT's order
    "V": "False",
    "VerbosityLevel": "Default",
    "VarTransform": "None",
    "H": "False",
    "CreateMVAPdfs": "False",
    "IgnoreNegWeightsInTraining": "False",
    "InputLayout": "0|0|0",
    "BatchLayout": "0|0|0",
    "Layout": LAYOUT_WHEN_ABSENT,
    "ErrorStrategy": "CROSSENTROPY",
    "WeightInitialization": "XAVIER",
    "RandomSeed": "0",
    "ValidationSize": "20%",
    "Architecture": "CPU",
    "TrainingStrategy": "",
}


class Header(NamedTuple):
    """What the reader of a file's weights is to know: facts of GeneralInfo, options, analysis type.

    `compat` is "root" where ROOT's Reader is to be followed in its faults.
    """

    facts: Mapping[str, str]
    options: Mapping[str, str]
    analysis: str
    compat: str | None = None


def read_facts(node: Element | None) -> dict[str, str]:
    """Give GeneralInfo as a dictionary. Raises FormatError."""
    found: dict[str, str] = {}
    for child in node.children() if node else ():
        if child.tag != "Info" or (name := child.attribute("name")) in found:
            raise child.error("wanted an <Info> with a name of its own here")
        found[name] = child.attribute("value")
    return found


def release_of(facts: Mapping[str, str], of: str = "ROOT Release") -> int | None:
    """Give the number of the ROOT or TMVA release, which stands in brackets.

    >>> release_of({"ROOT Release": "6.22/06 [398854]"})
    398854
    """
    found = re.search(r"\[([0-9]{1,9})\]", facts.get(of, ""))
    return int(found[1]) if found else None


def analysis_of(node: Element | None, facts: Mapping[str, str], classes: int, targets: int) -> str:
    """Give classification, multiclass or regression; files that do not say it tell by the rest."""
    said = facts.get("AnalysisType", "").lower()
    if said and said not in ANALYSES and node is not None:
        wanted = ", ".join(ANALYSES.values())
        raise node.error(f"wanted an AnalysisType of {wanted}, found {shown(said)}")
    if said:
        return said
    return "regression" if targets else "multiclass" if classes > 2 else "classification"


def analysis_of_outputs(spec: NetworkSpec) -> str:
    """Give the analysis type of a spec: the one it says, or what its outputs look like."""
    output, width = spec.output, spec.output_shape[-1]
    if output.analysis:
        return str(output.analysis)
    if output.targets or (output.activation.type == "linear" and not output.classes):
        return "regression"
    return "classification" if width == 1 else "multiclass"


def add_facts(parent: Any, kept: Mapping[str, str], analysis: str) -> None:
    """Write GeneralInfo as the last child of `parent`."""
    node = etree.SubElement(parent, "GeneralInfo")
    own = {name: kept[HEAD + name] for name in FACTS if HEAD + name in kept} or FACTS
    said = kept.get(HEAD + "AnalysisType", "")
    own = own | {"AnalysisType": said if said.lower() == analysis else ANALYSES[analysis]}
    more = (key.removeprefix(HEAD) for key in kept if key.startswith(HEAD + OTHER))
    own |= {name.removeprefix(OTHER): kept[HEAD + name] for name in more}
    for name, value in own.items():
        etree.SubElement(node, "Info", name=name, value=value)


def kept_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Give the facts as metadata; those that ROOT does not write have `Info` before their name."""
    known = [*FACTS, "AnalysisType"]
    return {HEAD + (k if k in known else OTHER + k): v for k, v in facts.items()}


def read_options(node: Element | None) -> tuple[dict[str, str], list[str]]:
    """Give the options by name, and the names of those that the user had set.

    Raises FormatError.
    """
    found: dict[str, str] = {}
    modified = []
    for child in node.children() if node else ():
        if child.tag != "Option" or (name := child.attribute("name")) in found:
            raise child.error("wanted an <Option> with a name of its own here")
        if not OPTION.fullmatch(name):
            raise child.error(f"wanted the name of an option, found {shown(name)}")
        found[name] = child.text
        if child.get("modified", "No") == "Yes":
            modified.append(name)
    return found, modified


def add_options(parent: Any, options: Mapping[str, str], modified: Sequence[str]) -> None:
    """Write Options as the last child of `parent`."""
    node = etree.SubElement(parent, "Options")
    for name, value in options.items():
        said = {"name": name, "modified": "Yes" if name in modified else "No"}
        etree.SubElement(node, "Option", said).text = value


def read_classes(node: Element | None) -> list[str]:
    """Give the names of the classes in the order of their Index. Raises FormatError."""
    names: list[str] = []
    for number, child in enumerate(node.counted("Class", "NClass") if node else ()):
        if (index := child.integer("Index")) != number:
            raise child.error(f"wanted the Index {number} here, found {index}")
        if not (name := child.attribute("Name")):
            raise child.error("wanted a Name, found an empty one")
        names.append(name)
    return names


def add_classes(parent: Any, names: Sequence[str]) -> None:
    """Write Classes as the last child of `parent`."""
    node = etree.SubElement(parent, "Classes", NClass=str(len(names)))
    for index, name in enumerate(names):
        etree.SubElement(node, "Class", Name=name, Index=str(index))
