"""The methods of TMVA: those whose files are read, and what to do with a file of another.

DL     deep learning         read and written
MLP    the older perceptron  read
DNN    before DL             read, and written as DL where its weights are floats
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import dnn, header, mlp, settings, weights
from .elements import Element, shown

TITLES = {
    "BDT": "boosted decision trees",
    "BayesClassifier": "a Bayesian classifier",
    "Boost": "a boosted method",
    "CFMlpANN": "the neural network of Clermont-Ferrand",
    "Category": "methods by category",
    "Committee": "a committee of methods",
    "Cuts": "rectangular cuts",
    "DecisionTree": "a decision tree",
    "FDA": "function discriminant analysis",
    "Fisher": "Fisher's linear discriminant",
    "HMatrix": "an H matrix",
    "KNN": "nearest neighbours",
    "LD": "a linear discriminant",
    "Likelihood": "a projective likelihood",
    "PDEFoam": "a foam of densities",
    "PDERS": "a search of ranges of densities",
    "PyAdaBoost": "a method of scikit-learn",
    "PyGTB": "a method of scikit-learn",
    "PyKeras": "a model of Keras, in a file of its own",
    "PyRandomForest": "a method of scikit-learn",
    "PyTorch": "a model of PyTorch, in a file of its own",
    "RuleFit": "rules of trees",
    "SVM": "a support vector machine",
    "TMlpANN": "ROOT's TMultiLayerPerceptron",
}
# What else than ROOT reads a file of the method.
OTHERS = {"BDT": ", or with FastForest (load_tmva_xml)"}


def method_of(root: Element) -> str:
    """Give the method of a file. Raises FormatError for one that netspec does not read."""
    if root.tag != "MethodSetup":
        raise root.error("wanted <MethodSetup> at the top of a TMVA file")
    method = root.attribute("Method").partition("::")[0]
    if method not in READERS:
        title = TITLES.get(method, "another method")
        raise root.error(
            f"Method {shown(method)} ({title}) is not supported: netspec reads DL, MLP and DNN;"
            f" evaluate this file with TMVA itself{OTHERS.get(method, '')}"
        )
    return method


def read_dl(node: Element, head: header.Header) -> weights.Read:
    """Read a <Weights> element of method DL. Raises FormatError with file and line."""
    return weights.read(node, header.release_of(head.facts), head.compat)


READERS: dict[str, Callable[[Element, header.Header], weights.Read]] = {
    "DL": read_dl,
    "MLP": mlp.read,
    "DNN": dnn.read,
}


def settings_of(
    method: str, options: Mapping[str, str], analysis: str, transformed: bool
) -> dict[str, Any]:
    """Give seed, initializers, training and tmva sections of a spec, as far as a file says them."""
    if method == "MLP":
        return mlp.settings(options)
    said = dnn.as_dl(options) if method == "DNN" else options
    return settings.settings_of(said, analysis, transformed)
