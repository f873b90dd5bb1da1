"""The layers: one file each, found by walking this folder.

A new one is one more file: a subclass of `StatelessLayer` with one formula, `run`; of `Recurrent`
with two, `sweep` and `sweep_back`; or of `Layer` itself. Its class says

    type          the word of a spec, `type: Literal["dense"] = "dense"`
    options       the other fields, of the kinds in `options.py` (Size, Finite, Flag, ...), each
                  with the default that its absence means
    model_config  `examples(...)`: small instances, which the tests run and the JSON Schema shows
    output_shape, parameters, states        where they are not those of `Layer`

and specs, the JSON Schema, netspec's own XML, the command line and the tests know it. Other formats
hold tables of their own of the layers that they can say, and refuse the others by name.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import BeforeValidator, Field

from .base import Layer, Param, Shape
from .stack import name_layers

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = Annotated[Union[tuple(Layer.kinds.values())], Field(discriminator="type")]  # noqa: UP007 - a table

Layers = Annotated[tuple[AnyLayer, ...], BeforeValidator(name_layers), Field(min_length=1)]

for _kind in Layer.kinds.values():
    _kind.model_rebuild(_types_namespace={"AnyLayer": AnyLayer})

__all__ = ["AnyLayer", "Layer", "Layers", "Param", "Shape"]
