"""`TMVA::Reader` without ROOT: a script of PyROOT's runs with another import.

    from netspec import tmva as TMVA

    reader = TMVA.Reader("!Color:!Silent")
    pt, eta = array("f", [0.0]), array("f", [0.0])
    reader.AddVariable("pt", pt)
    reader.AddVariable("eta", eta)
    reader.BookMVA("LSTM", "TMVAClassification_LSTM.weights.xml")
    for event in tree:
        pt[0], eta[0] = event.pt, event.eta
        score = reader.EvaluateMVA("LSTM")

Variables are those of the weight file, in its order. Every number is taken as a float, as TMVA
takes it. Of an event with a NaN among its variables `EvaluateMVA` gives -999 and a warning, as
TMVA does, and the other two verbs, whose results TMVA leaves open there, give NaN.

`evaluate` takes all events in one call, which is some twenty times faster than a loop.

Source: tmva/tmva/src/Reader.cxx and MethodBase.cxx of ROOT; A. Hoecker et al., TMVA: Toolkit for
Multivariate Data Analysis, arXiv:physics/0703039, chapter 3.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import prod
from os import PathLike
from typing import Any

import numpy

from ..errors import DataError, NetspecWarning, UnavailableError, nearest
from ..formats.tmva.header import analysis_of_outputs
from ..network import Network, load
from .links import Links, shape_of

NAN_VALUE = -999.0  # what TMVA gives for an event that it cannot evaluate
LACKING = (
    "{} wants densities of outputs, which a file may hold in <MVAPdfs> and netspec does not"
    " read: take the output itself, from EvaluateMVA"
)


class Reader:
    """Evaluates weight files on variables that a script registers, event after event.

        reader = Reader("!Color:!Silent")
        pt, eta = array("f", [0.0]), array("f", [0.0])
        reader.AddVariable("pt", pt)
        reader.AddVariable("eta", eta)
        reader.BookMVA("LSTM", "TMVAClassification_LSTM.weights.xml")
        pt[0], eta[0] = 45.2, -1.3
        score = reader.EvaluateMVA("LSTM")
        scores = reader.evaluate({"pt": [45.2, 31.0], "eta": [-1.3, 0.4]})  # (events, 1)

    `options` are TMVA's, "!Color:!Silent:V:Error", and change no number; `names` registers
    variables without a place, as TMVA does, for events that are given as vectors. Files of the
    methods DL, MLP and DNN are read.
    """

    def __init__(
        self,
        options: str | Sequence[str] = "",
        verbose: bool | str = False,
        *,
        names: Sequence[str] = (),
        compat: str | None = None,
        threads: int | None = None,
    ) -> None:
        """Begin without variables and without methods.

        As in TMVA, a list of names may stand before the options. `compat` and `threads` are as in
        `netspec.load`: `compat="root"` repeats the known faults of ROOT's own Reader.
        """
        if not isinstance(options, str):
            if not isinstance(options, Sequence):
                raise DataError(f"Reader: wanted options, or a list of names, found {options!r}")
            names = [*options, *names]
        self._variables, self._spectators = Links("AddVariable"), Links("AddSpectator")
        self._methods: dict[str, Network] = {}
        self._compat, self._threads = compat, threads
        for name in names:
            self._variables.add(name, None)

    def AddVariable(self, expression: str, address: Any = None) -> None:
        """Register the next variable of an event, by the expression that the weight file has.

        `address` is where its value stands when an event is evaluated: `array("f", [0.0])`, a
        NumPy array, a ctypes float. An array variable of n numbers is registered n times, as in
        TMVA, or once with an address of n numbers. Raises DataError for an address that holds no
        floats.
        """
        self._refuse_late("AddVariable", expression)
        self._variables.add(expression, address)

    def AddSpectator(self, expression: str, address: Any = None) -> None:
        """Register a spectator, which no output depends on."""
        self._refuse_late("AddSpectator", expression)
        self._spectators.add(expression, address)

    def BookMVA(self, tag: str, weightfile: str | PathLike[str]) -> Network:
        """Read a weight file, or any model that netspec reads, and call it `tag`.

        Raises DataError where the variables registered are not the file's, one by one and in its
        order, or the tag is taken; FormatError where the file is not what it should be.
        """
        if not isinstance(tag, str):
            raise DataError(f"BookMVA: wanted a name for the method, a text, found {tag!r}")
        if tag in self._methods:
            raise DataError(f"BookMVA: wanted a new name for a method, found {tag!r} a second time")
        network = load(weightfile, compat=self._compat, threads=self._threads)
        where = str(weightfile)
        given = network.spec.input
        steps = 1 if len(given.sizes) == 1 else prod(n or 1 for n in given.sizes[:-1])
        self._variables.fit(
            given.variables if steps == 1 else (), prod(n or 1 for n in given.sizes), where
        )
        if self._spectators:
            self._spectators.fit(given.spectators, 0, where)
        self._methods[tag] = network
        return network

    def FindMVA(self, tag: str) -> Network:
        """Give the network that was booked as `tag`; raises DataError where none was."""
        if tag not in self._methods:
            hint = nearest(tag, self._methods) if self._methods else ": call BookMVA first"
            raise DataError(f"no method was booked as {tag!r}{hint}")
        return self._methods[tag]

    def EvaluateMVA(self, *event_and_tag: Any) -> float:
        """Give the score of an event: `EvaluateMVA(tag)` or `EvaluateMVA(values, tag)`.

        A third number, TMVA's `aux` for its method of cuts, is left aside. An event with a NaN
        among its variables gives -999 and a warning. Raises DataError where the method is no
        classification.
        """
        values, tag = _values_and_tag("EvaluateMVA", event_and_tag)
        network = self._for(tag, "classification", "EvaluateMVA")
        x = self._event(network, values)
        if self._has_nan(x, f"{tag}: EvaluateMVA gives {NAN_VALUE:g}"):
            return NAN_VALUE
        score = float(network(x)[0, 0])
        return NAN_VALUE if score != score else score

    def EvaluateMulticlass(self, *index_and_tag: Any) -> Any:
        """Give the scores of all classes: `EvaluateMulticlass(tag)`, a list in the file's order.

        `EvaluateMulticlass(number, tag)` gives that of one class, counted from 0.
        """
        return self._all_or_one("multiclass", "EvaluateMulticlass", index_and_tag)

    def EvaluateRegression(self, *index_and_tag: Any) -> Any:
        """Give the values of all targets: `EvaluateRegression(tag)`, a list in the file's order.

        `EvaluateRegression(number, tag)` gives that of one target, counted from 0.
        """
        return self._all_or_one("regression", "EvaluateRegression", index_and_tag)

    def evaluate(self, events: Any, tag: str | None = None, nan_value: float | None = None) -> Any:
        """Give the outputs of many events at once, (events, outputs), float32 or float64.

        `events` is an array (events, variables) in the order of the file, or holds one array
        (events,) for each variable by its name, as AddVariable has it: a mapping, a table with
        columns, a structured array. Nothing is computed: the column of "pt1+pt2" is their sum.
        `tag` may be left out where one method is booked. An event with a NaN gives NaN, or
        `nan_value`: -999 is TMVA's rule.
        """
        if tag is None and len(self._methods) != 1:
            raise DataError(
                f"evaluate: wanted the tag of one of the {len(self._methods)} methods, found none"
                f"{nearest('', self._methods)}"
            )
        network = self.FindMVA(next(iter(self._methods)) if tag is None else tag)
        x = self._variables.table(events, network.spec)
        outputs = network(x)
        if nan_value is not None:
            lost = numpy.isnan(x).any(axis=tuple(range(1, x.ndim)))
            lost |= numpy.isnan(outputs).any(axis=tuple(range(1, outputs.ndim)))
            outputs[lost] = nan_value
        return outputs

    def GetProba(self, tag: str, *_: float) -> float:
        """Raise UnavailableError: the densities that TMVA asks, <MVAPdfs>, are not read."""
        raise UnavailableError(f"{tag}: {LACKING.format('GetProba')}")

    def GetRarity(self, tag: str, *_: float) -> float:
        """Raise UnavailableError, as `GetProba` does."""
        raise UnavailableError(f"{tag}: {LACKING.format('GetRarity')}")

    def _all_or_one(self, analysis: str, verb: str, given: tuple[Any, ...]) -> Any:
        values, tag = _values_and_tag(verb, given)
        network = self._for(tag, analysis, verb)
        number = None
        if isinstance(values, int | numpy.integer) and not isinstance(values, bool):
            number, values = int(values), None
        x = self._event(network, values)
        self._has_nan(x, f"{tag}: {verb} gives NaN")
        found = network(x)[0].tolist()
        if number is None:
            return found
        if not 0 <= number < len(found):
            raise DataError(
                f"{tag}: {verb}: wanted a number from 0 to {len(found) - 1}, found {number}"
            )
        return found[number]

    def _event(self, network: Network, values: Any) -> Any:
        """Give one event as floats, in the shape and type that the network takes."""
        x = self._variables.event(values)
        shape = shape_of(network.spec, len(x))
        return x.astype(network.spec.dtype, copy=False).reshape(1, *shape)

    def _for(self, tag: str, analysis: str, verb: str) -> Network:
        network = self.FindMVA(tag)
        found = analysis_of_outputs(network.spec)
        if found != analysis:
            raise DataError(f"{tag}: {verb}: the method is a {found}: call {VERBS[found]}")
        return network

    def _has_nan(self, x: Any, consequence: str) -> bool:
        if not numpy.isnan(x).any():
            return False
        name = self._variables.name(int(numpy.flatnonzero(numpy.isnan(x))[0]))
        warnings.warn(f"{consequence}: {name!r} is NaN", NetspecWarning, stacklevel=3)
        return True

    def _refuse_late(self, verb: str, expression: str) -> None:
        if self._methods:
            raise DataError(
                f"{verb}: {expression!r}: wanted all variables before the first BookMVA, which"
                " holds them against its file"
            )


VERBS = {
    "classification": "EvaluateMVA",
    "multiclass": "EvaluateMulticlass",
    "regression": "EvaluateRegression",
}


def _values_and_tag(verb: str, given: tuple[Any, ...]) -> tuple[Any, str]:
    """Tell the forms of a verb apart: (tag), (values, tag), either with TMVA's `aux` behind it."""
    values = None
    if given and not isinstance(given[0], str):
        values, *given = given  # type: ignore[assignment]
    if not given or not isinstance(given[0], str):
        raise DataError(f"{verb}: wanted the tag of a method, which BookMVA gave it, found none")
    return values, given[0]
