"""netspec: recurrent networks described in a file, run, and kept in XML for ever.

    spec = netspec.NetworkSpec.from_file("jets.yaml")
    network = netspec.build(spec, seed=1)
    y = network(x)                                   # x (batch, steps, features)
    network.save("jets.xml", golden=x[:4])
    again = netspec.load("jets.xml")

`build`, `load`, `read` and `write` are functions. `verify`, `diff`, `tmva`, `formats`, `layers`,
`backends` and `errors` are modules, each with its own help:

    netspec.verify.verify("jets.xml")                # digests, and the golden outputs run again
    netspec.diff.diff("jets.xml", "again.xml")       # what two models do not share

What goes wrong is a `NetspecError`; `help(netspec.errors)` lists the kinds.

Every name is loaded when it is first used, so that `import netspec` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Evaluation": "evaluation",
    "Extras": "formats",
    "Golden": "formats",
    "History": "history",
    "Model": "formats",
    "Network": "network",
    "NetworkSpec": "spec",
    "NetspecError": "errors",
    "build": "network",
    "evaluate": "evaluation",
    "load": "network",
    "read": "formats",
    "train": "training",
    "write": "formats",
}
_ROOMS = (
    "backends", "dataset", "diff", "errors", "formats", "gradcheck", "layers", "tmva", "trace",
    "verify",
)  # fmt: skip

__all__ = [
    "Evaluation",
    "Extras",
    "Golden",
    "History",
    "Model",
    "NetspecError",
    "Network",
    "NetworkSpec",
    "backends",
    "build",
    "dataset",
    "diff",
    "errors",
    "evaluate",
    "formats",
    "gradcheck",
    "layers",
    "load",
    "read",
    "tmva",
    "trace",
    "train",
    "verify",
    "write",
]

if TYPE_CHECKING:
    from . import backends, errors, formats, layers
    from . import dataset as dataset
    from . import diff as diff
    from . import gradcheck as gradcheck
    from . import tmva as tmva
    from . import trace as trace
    from . import verify as verify
    from .errors import NetspecError
    from .evaluation import Evaluation, evaluate
    from .formats import Extras, Golden, Model, read, write
    from .history import History
    from .network import Network, build, load
    from .spec import NetworkSpec
    from .training import train


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
