"""CuPy's functions of arrays: those that move entries, or whose result IEEE 754 fixes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import ndarray
from .operands import bare, computed
from .pointers import Capsule

OF_EACH = (
    *(
        "add",
        "subtract",
        "multiply",
        "divide",
        "true_divide",
        "floor_divide",
        "remainder",
        "negative",
    ),
    *("abs", "absolute", "sqrt", "maximum", "minimum", "isnan", "isinf", "isfinite", "signbit"),
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and"),
    *(
        "logical_or",
        "logical_not",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "invert",
        "copysign",
    ),
)
MOVING = (
    *(
        "take",
        "broadcast_to",
        "expand_dims",
        "flip",
        "moveaxis",
        "swapaxes",
        "transpose",
        "squeeze",
    ),
    *(
        "ravel",
        "reshape",
        "repeat",
        "tile",
        "searchsorted",
        "argsort",
        "sort",
        "flatnonzero",
        "roll",
    ),
    *("diff", "array_equal", "count_nonzero", "any", "all", "triu", "tril", "bincount", "unique"),
)
JOINING = ("concatenate", "stack", "vstack", "hstack")
MAKING = ("arange", "eye", "linspace")
TYPES = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16"),
    *("uint32", "uint64", "bool_", "dtype", "newaxis", "inf", "nan", "pi", "finfo", "iinfo"),
    *("result_type", "promote_types", "can_cast", "integer", "floating", "number", "intp"),
)


def functions(array_class: type[ndarray]) -> dict[str, Any]:
    """Give the names of the module `cupy` that are functions of arrays."""
    of = array_class.of

    def of_each(name: str) -> Callable[..., Any]:
        def function(*args: Any, out: Any = None) -> Any:
            if not any(isinstance(arg, ndarray) for arg in args):
                args = (of(bare(args[0])), *args[1:])
            result = computed(getattr(np, name), *args)
            if out is None:
                return result
            out[...] = result
            return out

        return function

    def moving(name: str) -> Callable[..., Any]:
        def function(*args: Any, **kwargs: Any) -> Any:
            if not isinstance(args[0], ndarray):
                raise TypeError(f"wanted cupy.ndarray, found {type(args[0])}")
            if any(isinstance(arg, np.ndarray) for arg in (*args, *kwargs.values())):
                raise TypeError("wanted cupy.ndarray, found numpy.ndarray")
            hosts = [bare(arg) if isinstance(arg, ndarray) else arg for arg in args]
            named = {k: bare(v) if isinstance(v, ndarray) else v for k, v in kwargs.items()}
            got = getattr(np, name)(*hosts, **named)
            if isinstance(got, np.ndarray) and np.may_share_memory(got, hosts[0]):
                return args[0].seen(got)
            return of(got)

        return function

    def joining(name: str) -> Callable[..., Any]:
        def function(arrays: Any, axis: int = 0) -> Any:
            if not all(isinstance(array, ndarray) for array in arrays):
                raise TypeError("Only cupy arrays can be concatenated")
            along = {} if name in {"vstack", "hstack"} else {"axis": axis}
            return of(getattr(np, name)([bare(array) for array in arrays], **along))

        return function

    def making(name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: of(getattr(np, name)(*args, **kwargs))

    made = {
        **{name: of_each(name) for name in OF_EACH},
        **{name: moving(name) for name in MOVING},
        **{name: joining(name) for name in JOINING},
        **{name: making(name) for name in MAKING},
        **{name: getattr(np, name) for name in TYPES},
    }
    return made | _creation(array_class)


def _creation(array_class: type[ndarray]) -> dict[str, Any]:
    of = array_class.of

    def array(obj: Any, dtype: Any = None, copy: bool | None = True, blocking: bool = False) -> Any:
        if not isinstance(obj, ndarray) and hasattr(obj, "__cuda_array_interface__"):
            obj = _borrowed(array_class, obj)
        if isinstance(obj, ndarray):
            same = dtype is None or obj.dtype == dtype
            return obj if same and not copy else obj.copy() if same else obj.astype(dtype)
        return of(np.asarray(obj, dtype))

    def asarray(a: Any, dtype: Any = None, order: Any = None, *, blocking: bool = False) -> Any:
        return array(a, dtype, copy=False)

    def ascontiguousarray(a: Any, dtype: Any = None) -> Any:
        a = asarray(a, dtype)
        return a if a.flags.c_contiguous else a.copy()

    def empty(shape: Any, dtype: Any = float, order: str = "C") -> Any:
        return array_class(shape, dtype, order=order)

    def full(shape: Any, value: Any, dtype: Any = None) -> Any:
        dtype = np.asarray(bare(value)).dtype if dtype is None else dtype
        made = array_class(shape, dtype)
        made[...] = value
        return made

    def where(condition: Any, x: Any, y: Any) -> Any:
        return of(np.where(bare(condition), bare(x), bare(y)))

    def asnumpy(
        a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: Any = True
    ) -> Any:
        return a.get(out=out) if isinstance(a, ndarray) else np.asarray(a)

    def from_dlpack(x: Any) -> Any:
        kind, number = x.__dlpack_device__()
        capsule = x.__dlpack__()
        if kind != 2 or not isinstance(capsule, Capsule):
            raise TypeError(f"Device type {kind} is not supported")
        with array_class.machine.on(number):
            return capsule.array.seen(capsule.array.host)

    def like(function: Any) -> Any:
        return lambda a, dtype=None: function(a.shape, a.dtype if dtype is None else dtype)

    def zeros(shape: Any, dtype: Any = float, order: str = "C") -> Any:
        return full(shape, 0, dtype)

    def ones(shape: Any, dtype: Any = float) -> Any:
        return full(shape, 1, dtype)

    return {
        **{"array": array, "asarray": asarray, "ascontiguousarray": ascontiguousarray},
        **{"empty": empty, "zeros": zeros, "ones": ones, "full": full, "where": where},
        **{"empty_like": like(empty), "zeros_like": like(zeros), "ones_like": like(ones)},
        **{"asnumpy": asnumpy, "from_dlpack": from_dlpack, "ndarray": array_class},
        "copyto": lambda to, value: to.__setitem__(..., value),
    }


def _borrowed(array_class: type[ndarray], foreign: Any) -> ndarray:
    """Give an array of the memory that `__cuda_array_interface__` tells of."""
    told = foreign.__cuda_array_interface__
    dtype, shape = np.dtype(told["typestr"]), tuple(told["shape"])
    address, nbytes = told["data"][0], int(np.prod(shape)) * dtype.itemsize
    for gpu in array_class.machine.gpus:
        buffer = gpu.holding(address, min(nbytes, 1))
        if buffer is not None:
            raw, past = buffer.memory.bytes(), address - buffer.memory.ptr
            view = array_class.__new__(array_class)
            view._is(buffer, np.ndarray(shape, dtype, raw, past, told.get("strides")), foreign)
            return view
    if nbytes:
        raise ValueError(f"there is no memory of a device at {address:#x}")
    return array_class(shape, dtype)
