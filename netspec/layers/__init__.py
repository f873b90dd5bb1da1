"""The layers: one file each. To add one, add a file; nothing else changes."""

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
    AnyLayer = Annotated[Union[tuple(Layer.kinds.values())], Field(discriminator="type")]  # noqa: UP007

Layers = Annotated[tuple[AnyLayer, ...], BeforeValidator(name_layers), Field(min_length=1)]

for _kind in Layer.kinds.values():
    _kind.model_rebuild(_types_namespace={"AnyLayer": AnyLayer})

__all__ = ["AnyLayer", "Layer", "Layers", "Param", "Shape"]
