"""The floors of the house: arrows point down only, and some things are done nowhere.

A *room* is what stands directly under `netspec`: a file (`spec`) or a folder (`layers`). A room may
import from rooms of lower floors; inside a room files may import each other, but not in a circle.
An import counts wherever it stands, in a function too; only under `TYPE_CHECKING` it does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from netspec.backends import PRIMITIVES

PACKAGE = Path(__file__).resolve().parents[1] / "netspec"
LONGEST = 300  # lines

FLOORS = (
    {"errors", "options", "phrases"},
    {"kernels"},
    {
        "devices",
        "elementary",
        "precision",
        "problems",
        "randomness",
        "resources",
        "trandom3",
        "ulp",
    },
    {"specfile"},
    {"initializers"},
    {"backends", "expressions", "layers", "losses", "optimizers", "schedules", "metrics"},
    {"data"},
    {"settings", "signature"},
    {"listing", "transformations"},
    {"meaning"},
    {"spec"},
    {"weights", "door", "targets"},
    {"entrance", "formats", "jsonschema", "dataset"},
    {"prepared", "promise"},
    {"pictures"},
    {"fitting", "history", "network"},
    {"verify", "diff", "report", "diagram", "tmva", "training", "evaluation"},
    {"gradcheck", "trace"},
    {"__init__", "bench"},
    {"cli"},
    {"__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

# A model file is data: nothing of it is run, unpickled or fetched.
BANNED_MODULES = {"dill", "ftplib", "http", "marshal", "pickle", "requests", "shelve", "urllib"}
BANNED_CALLS = {"eval", "exec", "compile", "__import__"}


# What a file imports


@cache
def tree_of(source: str) -> ast.Module:
    """Parse a file and take out what only type checkers run."""

    class WithoutTypeChecking(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
            self.generic_visit(node)
            name = node.test.attr if isinstance(node.test, ast.Attribute) else None
            name = node.test.id if isinstance(node.test, ast.Name) else name
            return (node.orelse or ast.Pass()) if name == "TYPE_CHECKING" else node

    return ast.fix_missing_locations(WithoutTypeChecking().visit(ast.parse(source)))


def imports(module: str, source: str, modules: Iterable[str]) -> Iterator[str]:
    """Yield the modules of the package that `module` ("formats.xml") imports relatively.

    Names are dotted and relative to the package; the package itself, and the file `__init__.py` of
    each folder, has the name that ends in `__init__`. `modules` are all that exist.
    """
    known = set(modules)
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = module.split(".")[: -node.level]
            target = folder + (node.module.split(".") if node.module else [])
            for alias in node.names:
                # `from .layers import dense` takes a file, `from .layers import Layer` a name
                # that the folder's own `__init__` holds.
                name = ".".join([*target, alias.name])
                here = ".".join(target)
                near = [name, f"{name}.__init__", here, f"{here}.__init__".lstrip(".")]
                yield next((found for found in near if found in known), name)


def room_of(module: str) -> str:
    return module.partition(".")[0]


def upward(sources: dict[str, str]) -> list[str]:
    """Find the arrows that do not point to a lower floor."""
    faults = []
    for module, source in sources.items():
        room = room_of(module)
        if room not in FLOOR:
            faults.append(f"{module}: the room {room!r} stands on no floor")
            continue
        for other in map(room_of, imports(module, source, sources)):
            if other != room and FLOOR.get(other, len(FLOORS)) >= FLOOR[room]:
                faults.append(f"{module} imports {other}, which is not below it")
    return faults


def circle(sources: dict[str, str]) -> list[str]:
    """Find one circle of imports: the modules along it, the first one again at the end."""
    arrows = {module: set(imports(module, source, sources)) for module, source in sources.items()}
    done: set[str] = set()

    def walk(module: str, above: list[str]) -> list[str]:
        if module in above:
            return [*above[above.index(module) :], module]
        if module not in done:
            for other in sorted(arrows.get(module, ())):
                if found := walk(other, [*above, module]):
                    return found
            done.add(module)
        return []

    return next((found for module in sorted(arrows) if (found := walk(module, []))), [])


# What a file does


def absolute_imports(source: str) -> Iterator[str]:
    """Yield the modules that a file imports by their full names."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def strangers_on_backend(source: str, primitives: Iterable[str]) -> set[str]:
    """Find what a layer asks of the backend `b` that is not one of its primitives."""
    asked = {
        node.attr
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "b"
    }
    return asked - set(primitives)


def dangers(source: str) -> list[str]:
    """Find what would run, unpickle or fetch what stands in a file."""
    faults = [
        f"imports {name}" for name in absolute_imports(source) if room_of(name) in BANNED_MODULES
    ]
    for node in ast.walk(tree_of(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in BANNED_CALLS:
            faults.append(f"calls {node.func.id}")
        for word in node.keywords:
            refused = isinstance(word.value, ast.Constant) and word.value.value is False
            if word.arg == "allow_pickle" and not refused:
                faults.append("allows pickles")
    return faults


# The package itself


def sources() -> dict[str, str]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts)] = path.read_text(encoding="utf-8")
    return found


SOURCES = sources()
FORMULAS = {"layers", "losses", "optimizers"}  # what is written on the primitives of a backend
LAYERS = {module: source for module, source in SOURCES.items() if room_of(module) in FORMULAS}

every_file = pytest.mark.parametrize("module", SOURCES)
every_layer_file = pytest.mark.parametrize("module", LAYERS)


def test_every_room_has_a_floor_and_every_floor_is_lived_on():
    assert set(map(room_of, SOURCES)) == set(FLOOR)


def test_nobody_imports_from_the_same_floor_or_above():
    assert upward(SOURCES) == []


def test_no_file_imports_itself_through_others():
    assert circle(SOURCES) == []


@every_layer_file
def test_a_layer_knows_no_array_library(module):
    assert not {"numpy", "cupy", "torch"} & set(map(room_of, absolute_imports(LAYERS[module])))


@every_layer_file
def test_a_layer_asks_the_backend_for_primitives_only(module):
    assert strangers_on_backend(LAYERS[module], PRIMITIVES) == set()


@every_file
def test_the_package_speaks_of_itself_relatively(module):
    assert "netspec" not in set(map(room_of, absolute_imports(SOURCES[module])))


@every_file
def test_nothing_that_was_read_is_run_unpickled_or_fetched(module):
    assert dangers(SOURCES[module]) == []


@every_file
def test_a_file_holds_one_idea(module):
    assert len(SOURCES[module].splitlines()) <= LONGEST


# The checks themselves, on planted faults


def test_an_upward_arrow_is_seen_in_every_way_to_write_it():
    ways = ["from ..network import Network", "from .. import network", "from ..network import *"]
    for way in ways:
        house = {"formats.xml": way, "network": ""}
        assert upward(house) == ["formats.xml imports network, which is not below it"]
        house["formats.xml"] = f"def read():\n    {way}"
        assert len(upward(house)) == 1


def test_an_arrow_to_a_neighbour_is_seen():
    house = {"layers.dense": "from ..backends import PRIMITIVES", "backends.__init__": ""}
    assert upward(house) == ["layers.dense imports backends, which is not below it"]


def test_an_arrow_to_the_front_door_is_seen():
    house = {"formats.xml": "from .. import __version__", "__init__": ""}
    assert upward(house) == ["formats.xml imports __init__, which is not below it"]


def test_a_room_on_no_floor_is_seen():
    assert upward({"utilities": ""}) == ["utilities: the room 'utilities' stands on no floor"]


def test_arrows_down_and_inside_a_room_are_free():
    house = {
        "errors": "",
        "layers.base": "from ..errors import SpecError",
        "layers.dense": "from . import base\nfrom .base import Layer",
        "layers.__init__": "from .base import Layer\nfrom .dense import Dense",
    }
    assert upward(house) == []
    assert circle(house) == []


def test_what_only_type_checkers_see_is_free():
    ways = ["if TYPE_CHECKING:", "if typing.TYPE_CHECKING:"]
    for way in ways:
        house = {"layers.dense": f"{way}\n    from ..backends import Backend", "backends": ""}
        assert upward(house) == []
    assert list(
        absolute_imports("if TYPE_CHECKING:\n    import numpy\nelse:\n    import json")
    ) == ["json"]


def test_a_circle_is_seen_and_shown():
    house = {
        "layers.a": "from .c import C",
        "layers.b": "def f():\n    from .a import A",
        "layers.c": "from . import b",
    }
    assert circle(house) == ["layers.a", "layers.c", "layers.b", "layers.a"]


def test_a_circle_through_the_front_of_a_folder_is_seen():
    house = {"layers.__init__": "from .dense import Dense", "layers.dense": "from . import Layer"}
    assert circle(house) == ["layers.__init__", "layers.dense", "layers.__init__"]


def test_absolute_imports_are_seen():
    assert list(absolute_imports("import netspec.errors")) == ["netspec.errors"]
    assert list(absolute_imports("from numpy.linalg import norm")) == ["numpy.linalg"]
    assert list(absolute_imports("from .numpy import Backend")) == []


def test_a_stranger_on_the_backend_is_seen():
    source = "def apply(self, b, p, x):\n    return b.einsum(b.tanh(p['b']))"
    assert strangers_on_backend(source, ["tanh"]) == {"einsum"}


@pytest.mark.parametrize(
    "source",
    [
        "x = eval(text)",
        "exec(text)",
        "import pickle",
        "from pickle import loads",
        "def f():\n    import urllib.request",
        "import requests",
        "numpy.load(path, allow_pickle=True)",
        "numpy.load(path, allow_pickle=flag)",
    ],
)
def test_a_danger_is_seen(source):
    assert len(dangers(source)) == 1


def test_what_only_looks_dangerous_is_free():
    assert dangers("re.compile(text); numpy.load(path, allow_pickle=False); self.eval()") == []
