"""TMVA's own pair of verbs, on the `<Weights>` element of an lxml document of the user's own.

    node = netspec.tmva.add_weights_xml_to(parent, spec, weights)
    spec, weights, extras = netspec.tmva.read_weights_from_xml(node)

as `TMVA::MethodBase` has `AddWeightsXMLTo` and `ReadWeightsFromXML`. A whole file, with
variables, classes and transformations, is read by `netspec.load` and written by
`network.save(path, format="tmva")`.

Source: the form of ROOT 6.22 and later; see `netspec/formats/tmva`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import FormatError, SpecError
from ..formats import Extras, Model
from ..formats.model import exactly
from ..formats.tmva import weights as element
from ..formats.tmva.elements import Element, File
from ..formats.tmva.plan import plan
from ..formats.tmva.writing import analysis_of
from ..spec import NetworkSpec
from ..specfile import tmva_starts

__all__ = ["add_weights_xml_to", "read_weights_from_xml"]


def add_weights_xml_to(parent: Any, spec: NetworkSpec, weights: Mapping[str, Any]) -> Any:
    """Write a network as the last child of `parent`, an lxml element, and return that child.

    `weights` are float32 arrays by full name, {"lstm_1/W": (4, units, features), ...}, as in
    `network.weights`. Numbers have nine digits, which give every bit back.

    Raises FormatError, naming layer and option, for what the element cannot say and outputs
    depend on; `parent` is then as it was. Raises WeightsError where weights do not fit.

    >>> from lxml import etree
    >>> spec = NetworkSpec(input={"shape": [2]}, layers=[{"type": "dense", "units": 1}])
    >>> parent = etree.Element("MyDocument")
    >>> node = add_weights_xml_to(parent, spec, {"dense_1/W": [[1.5, -2]], "dense_1/b": [0.25]})
    >>> parent[0].get("InputWidth"), parent[0][0][0].text.split()
    ('2', ['1.50000000e+00', '-2.00000000e+00'])
    """
    laid = plan(spec)
    for change in (*laid.before, *laid.after):
        raise FormatError(
            f"{change.layer.name}: a transformation stands outside of <Weights>: save the whole"
            " file with format='tmva'"
        )
    attributes = element.said_elsewhere(spec, laid.dims, analysis_of(spec))
    depth = sum(1 for _ in parent.iterancestors()) + 1
    node = element.element(laid, exactly(spec, weights), attributes, depth)
    parent.append(node)
    return node


def read_weights_from_xml(node: Any) -> Model:
    """Give the model, `(spec, weights, extras)`, of a `<Weights>` element of lxml.

    What the spec takes is what `InputDepth`, `InputHeight` and `InputWidth` say: (variables,)
    for a row, (steps, features) for a sequence. There are no names of variables or classes in
    the element, and all outputs of the last layer come back. Weights are float32, each decimal
    rounded once.

    Raises FormatError, with the line where lxml knows it, for what is not as ROOT writes it.

    >>> from lxml import etree
    >>> text = ('<Weights NetDepth="1" InputDepth="1" InputHeight="1" InputWidth="2" BatchSize="1"'
    ...     ' BatchDepth="1" BatchHeight="30" BatchWidth="2" LossFunction="R" Initialization="X"'
    ...     ' Regularization="0" OutputFunction="I" WeightDecay="0"><DenseLayer Width="1"'
    ...     ' ActivationFunction="3"><Weights Rows="1" Columns="2">1e0  -5e-1</Weights>'
    ...     '<Biases Rows="1" Columns="1">0.25</Biases></DenseLayer></Weights>')
    >>> model = read_weights_from_xml(etree.fromstring(text))
    >>> model.spec.input.sizes, model.weights["dense_1/W"]
    ((2,), array([[ 1. , -0.5]], dtype=float32))
    """
    document = node.getroottree().docinfo.URL or "<Weights>"
    own = Element(node, File(document, b""))
    if own.tag != "Weights":
        raise own.error("wanted a <Weights> element")
    read = element.read(own)
    pieces, (depth, height, width) = read.pieces, read.dims
    first = pieces[0].row["type"] == "reshape" and len(pieces) > len(own.children())
    if not first:
        given: dict[str, Any] = {"shape": [depth * height * width]}
    elif len(pieces[0].shape) == 2:
        given = dict(zip(("steps", "features"), pieces[0].shape, strict=True))
    else:
        given = {"shape": list(pieces[0].shape)}
    pieces = pieces[1:] if first else pieces
    word = element.INITIALIZATIONS.get(read.attributes["Initialization"])
    rows = [piece.row for piece in pieces]
    data: dict[str, Any] = {
        "input": given,
        "layers": rows,
        "initializers": tmva_starts.fitting(tmva_starts.read(word), rows) if word else {},
        "output": {"activation": read.output},
    }
    if training := element.training_of(read):
        data["training"] = training
    try:
        spec = NetworkSpec.from_data(data)
    except SpecError as error:
        raise own.error("; ".join(map(str, error.problems))) from None
    return Model(spec, element.named(pieces, spec), Extras())
