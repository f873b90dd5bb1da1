"""Launch a kernel on the modelled GPU: the checks that a real launch makes, and stricter ones."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .compiler import KERNELS, library
from .memory import Memory, engine, where

MOST_THREADS = 1024
MOST_SHARED = 232448  # bytes, 227 KB: what one block of an H100 may ask for
LETTERS = {
    "F": "float32",
    "D": "float64",
    "I": "int32",
    "Q": "int64",
    "U": "uint32",
    "B": "",
}
_one_at_a_time = threading.Lock()


class LaunchError(RuntimeError):
    """A launch that a GPU would refuse, or arguments that are not what the kernel declares."""


class KernelFault(RuntimeError):
    """A kernel went wrong: it left its memory, or its threads wait for each other for ever."""


class _Entry(ctypes.Structure):
    _fields_ = [
        ("call", ctypes.c_void_p),
        ("signature", ctypes.c_char_p),
        ("most_threads", ctypes.c_int),
    ]


class _Launch(ctypes.Structure):
    _fields_ = [
        ("call", ctypes.c_void_p),
        ("args", ctypes.c_void_p),
        ("grid", ctypes.c_uint * 3),
        ("block", ctypes.c_uint * 3),
        ("shared", ctypes.c_size_t),
        ("cooperative", ctypes.c_int),
        ("seed", ctypes.c_uint64),
    ]


@dataclass(frozen=True)
class Limits:
    """What a device can do."""

    multiprocessors: int = 132
    shared: int = MOST_SHARED
    shared_of_multiprocessor: int = 233472


@dataclass(frozen=True)
class Pointer:
    """An array as a kernel's argument: an address, the dtype it points to, the memory it is of."""

    address: int
    dtype: str
    memory: Memory


class Kernel:
    """One kernel of a compiled library."""

    def __init__(self, path: Path, name: str) -> None:
        engine()
        self.path, self.name = path, name
        self._library = ctypes.CDLL(str(path))
        entry = _Entry()
        door = getattr(self._library, f"gpu_model_door_{name}", None)
        if door is None or not door(ctypes.byref(entry)):
            raise LaunchError(f"{name}: there is no such kernel under these macros")
        self._call = entry.call
        self.signature = entry.signature.decode()
        self.most_threads = entry.most_threads or MOST_THREADS

    def ready(
        self,
        grid: Sequence[int],
        block: Sequence[int],
        args: Sequence[Pointer | int | float | None],
        shared: int = 0,
        *,
        cooperative: bool = False,
        seed: int = 0,
        limits: Limits = Limits(),
    ) -> Callable[[], None]:
        """Check a launch; give what runs it to its end.

        Raises LaunchError where a GPU would refuse the launch, or an argument is not of the type
        that the kernel declares. To run it raises KernelFault where it goes wrong, Overwritten
        where it wrote beside an array.
        """
        grid, block = _three(grid, "grid"), _three(block, "block")
        self._check(grid, block, shared, cooperative, limits)
        packed = self._packed(args)
        memories = {
            f"argument {n}": arg.memory for n, arg in enumerate(args) if isinstance(arg, Pointer)
        }
        wanted = _Launch(
            *(self._call, None),  # the arguments live as long as what runs
            *((ctypes.c_uint * 3)(*grid), (ctypes.c_uint * 3)(*block)),
            *(shared, cooperative, seed & (2**64 - 1)),
        )

        def run() -> None:
            wanted.args = ctypes.addressof(packed)
            message = ctypes.create_string_buffer(2048)
            with _one_at_a_time:
                wrong = engine().gpu_model_launch(ctypes.byref(wanted), message, len(message))
            if wrong:
                raise KernelFault(f"{self.name}: {self._told(message.value.decode(), memories)}")
            for what, memory in memories.items():
                memory.check(f"{self.name}, {what}")

        return run

    def _check(
        self, grid: list[int], block: list[int], shared: int, cooperative: bool, limits: Limits
    ) -> None:
        threads, blocks = block[0] * block[1] * block[2], grid[0] * grid[1] * grid[2]
        if threads > self.most_threads or block[2] > 64:
            raise LaunchError(
                f"{self.name}: wanted {self.most_threads} threads or fewer, found {block}"
            )
        if grid[0] >= 2**31 or max(grid[1:]) > 65535:
            raise LaunchError(f"{self.name}: wanted a grid of 2^31 - 1, 65535, 65535, found {grid}")
        if not 0 <= shared <= limits.shared:
            raise LaunchError(
                f"{self.name}: wanted {limits.shared} bytes of shared memory or fewer,"
                f" found {shared}"
            )
        if cooperative:
            # A block's shared memory costs 1 KB more than it asks for.
            at_once = min(2048 // threads, limits.shared_of_multiprocessor // (shared + 1024))
            most = limits.multiprocessors * max(min(at_once, 32), 1)
            if blocks > most:
                raise LaunchError(
                    f"{self.name}: wanted {most} blocks or fewer at once, found {blocks}"
                )

    def _packed(
        self, args: Sequence[Pointer | int | float | None]
    ) -> ctypes.Array[ctypes.c_uint64]:
        if len(args) != len(self.signature):
            raise LaunchError(
                f"{self.name}: wanted {len(self.signature)} arguments, found {len(args)}"
            )
        packed = (ctypes.c_uint64 * max(len(args), 1))()
        for n, (arg, letter) in enumerate(zip(args, self.signature, strict=True)):
            if letter == "q" and type(arg) is int:
                packed[n] = arg & (2**64 - 1)
            elif letter == "d" and type(arg) is float:
                packed[n] = int.from_bytes(bytes(ctypes.c_double(arg)), "little")
            elif letter in LETTERS and isinstance(arg, Pointer):
                if LETTERS[letter] != arg.dtype and LETTERS[letter] and arg.dtype:
                    raise LaunchError(
                        f"{self.name}, argument {n}: wanted an array of {LETTERS[letter]}, "
                        f"found one of {arg.dtype}"
                    )
                packed[n] = arg.address
            elif not (letter in LETTERS and arg is None):
                kind = {"q": "an int", "d": "a float"}.get(letter, "an array or None")
                raise LaunchError(f"{self.name}, argument {n}: wanted {kind}, found {arg!r}")
        return packed

    def _told(self, message: str, memories: dict[str, Memory]) -> str:
        found = re.search(r"(?: address=(\S+))? place=(\S+)$", message)
        if not found:
            return message
        near = "" if found[1] is None else f" {where(_number(found[1]), memories)}"
        return f"{message[: found.start()]}{near}{self._line(_number(found[2]))}"

    def _line(self, place: int) -> str:
        """Give ", at file:line" of an instruction, where binutils are here to tell."""
        tool = shutil.which("addr2line")
        starts = [
            line.split("-")[0]
            for line in Path("/proc/self/maps").read_text().splitlines()
            if line.endswith(str(self.path))
        ]
        if not tool or not starts or not place:
            return ""
        offset = place - int(starts[0], 16)
        done = subprocess.run(
            [tool, "-e", str(self.path), hex(offset)], capture_output=True, text=True, check=False
        )
        line = done.stdout.strip().split(" ")[0].rpartition("/")[2]
        return f", at {line}" if line and "?" not in line else ""


def _number(pointer: str) -> int:
    return 0 if pointer == "(nil)" else int(pointer, 16)


def _three(sizes: Sequence[int], what: str) -> list[int]:
    whole = [int(size) for size in sizes] + [1] * (3 - len(sizes))
    if len(whole) != 3 or min(whole) < 1:
        raise LaunchError(f"{what}: wanted 1 to 3 sizes of 1 or more, found {tuple(sizes)}")
    return whole


@cache
def _kernel(path: Path, name: str) -> Kernel:
    return Kernel(path, name)


def kernel(source: Path | str, macros: Mapping[str, object], name: str) -> Kernel:
    """Compile a source of netspec/kernels/cuda, or any by its path, and give one kernel of it."""
    path = Path(source)
    path = path if path.is_absolute() else KERNELS / "cuda" / path
    return _kernel(library(path, macros)[0], name)
