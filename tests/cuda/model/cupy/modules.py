"""`nvrtc`, RawModule and RawKernel: "machine code" is the path of a library for the processor."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import compiler
from ..launch import Kernel, LaunchError, Pointer
from .array import ndarray
from .machine import CUDADriverError, Machine

MAGIC = b"modelled GPU\n"
UNASKED = 48 * 1024  # bytes of shared memory that need no leave


class NVRTCError(RuntimeError):
    """As `cupy.cuda.nvrtc.NVRTCError`."""


class _Program:
    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name
        self.log, self.made = "", b""


def nvrtc() -> Any:
    """Give the module of NVRTC; its version is one that no real one has."""
    programs: dict[int, _Program] = {}

    def create(source: str, name: str, headers: Sequence[str], includes: Sequence[str]) -> int:
        programs[len(programs) + 1] = _Program(source, name)
        return len(programs)

    def build(number: int, options: Sequence[str], name_to_mangled: Any = ()) -> None:
        program = programs[number]
        try:
            program.made = built(program.source, options, program.name)
        except compiler.CompileError as error:
            program.log = str(error)
            raise NVRTCError("NVRTC_ERROR_COMPILATION (6)") from None

    return SimpleNamespace(
        NVRTCError=NVRTCError,
        getVersion=lambda: (0, 0),
        getSupportedArchs=lambda: (80, 90, 100, 120),
        createProgram=create,
        compileProgram=build,
        # CuPy cuts off the last byte, as that of a text.
        getCUBIN=lambda number: programs[number].made[:-1],
        getPTX=lambda number: programs[number].made[:-1],
        getProgramLog=lambda number: programs[number].log,
        destroyProgram=lambda number: programs.__setitem__(number, _Program("", "")),
    )


def built(source: str, options: Sequence[str], name: str) -> bytes:
    """Compile a source as NVRTC would; give what stands for machine code."""
    macros: dict[str, Any] = {}
    folders: list[Path] = []
    for option in options:
        if option.startswith("-D"):
            word, _, value = option[2:].partition("=")
            macros[word] = value or 1
        elif option.startswith("-I"):
            folders.append(Path(option[2:]))
        elif not option.startswith("-"):
            raise NVRTCError(f"NVRTC_ERROR_INVALID_OPTION (5): {option}")
    # A .cu file that is here is compiled where it lies: the debugger's lines are then its own.
    path = Path(name)
    if not (path.is_file() and path.read_text(encoding="utf-8") == source):
        told = hashlib.sha256(source.encode()).hexdigest()[:32]
        path = compiler.folder() / f"{told}.cu"
        path.write_text(source, encoding="utf-8")
    library, kernels = compiler.library(path, macros, folders)
    return MAGIC + "\n".join([str(library), *kernels, "\0"]).encode()


class RawKernel:
    """As `cupy.RawKernel`: launched on the current device."""

    machine: Machine

    def __init__(self, machine: Machine, path: Path, name: str, together: bool) -> None:
        self.machine, self.name, self.enable_cooperative_groups = machine, name, together
        try:
            self._kernel = Kernel(path, name)
        except LaunchError as error:
            raise CUDADriverError(
                f"CUDA_ERROR_NOT_FOUND: named symbol not found ({error})"
            ) from None
        self._most_shared: dict[int, int] = {}

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        return self._most_shared.get(self.machine.number, UNASKED)

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, nbytes: int) -> None:
        if nbytes > self.machine.gpu.shared:
            raise CUDADriverError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        self._most_shared[self.machine.number] = nbytes

    def __call__(
        self, grid: Any, block: Any, args: Any, *, shared_mem: int = 0, stream: Any = None
    ) -> None:
        if not (isinstance(grid, tuple) and isinstance(block, tuple)):
            raise TypeError("grid and block: wanted tuples")
        if shared_mem > self.max_dynamic_shared_size_bytes:
            raise CUDADriverError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        machine = self.machine
        machine.launches.append((self.name, grid))
        run = self._kernel.ready(
            *(grid, block, self._told(args), shared_mem),
            cooperative=self.enable_cooperative_groups,
            seed=machine.seed + len(machine.launches),
            limits=machine.gpu.limits(),
        )
        (stream or machine.stream).later(run)

    def _told(self, args: Sequence[Any]) -> list[Any]:
        letters = self._kernel.signature
        if len(letters) != len(args):
            raise LaunchError(f"{self.name}: wanted {len(letters)} arguments, found {len(args)}")
        return [self._of(arg, letter) for arg, letter in zip(args, letters, strict=True)]

    def _of(self, arg: Any, letter: str) -> Pointer | int | float | None:
        if isinstance(arg, ndarray):
            gpu = self.machine.gpu
            if arg.buffer.gpu is not gpu:
                raise LaunchError(
                    f"{self.name}: an array of device {arg.buffer.gpu.number} on {gpu.number}"
                )
            return Pointer(arg.data.ptr, arg.dtype.name, arg.buffer.memory)
        if arg is None:
            raise LaunchError(f"{self.name}: CuPy makes no null pointer of None, but of 0")
        if isinstance(arg, np.generic):
            if arg.itemsize != 8:
                raise LaunchError(f"{self.name}: wanted arguments of 8 bytes, found {arg!r}")
            arg = arg.item()
        if isinstance(arg, int) and letter not in "qd":
            return self._of_address(arg)
        return arg

    def _of_address(self, address: int) -> Pointer | None:
        if not address:
            return None
        buffer = self.machine.gpu.holding(address, 1)
        if buffer is None:
            raise LaunchError(f"{self.name}: there is no memory of the device at {address:#x}")
        return Pointer(address, "", buffer.memory)

    @property
    def attributes(self) -> Mapping[str, int]:
        return {
            "max_threads_per_block": self._kernel.most_threads,
            "max_dynamic_shared_size_bytes": self.max_dynamic_shared_size_bytes,
        }


class RawModule:
    """As `cupy.RawModule`, of a source or of what `nvrtc` made."""

    machine: Machine

    def __init__(
        self,
        *,
        code: str | None = None,
        path: str | None = None,
        options: tuple[str, ...] = (),
        backend: str = "nvrtc",
        enable_cooperative_groups: bool = False,
    ) -> None:
        if (code is None) == (path is None):
            raise TypeError("Exactly one of `code` and `path` keyword arguments must be given.")
        if not isinstance(options, tuple) or not isinstance(path, str | None):
            raise TypeError("options: wanted a tuple; path: wanted a str")
        self.code, self.file_path, self.options = code, path, options
        self.enable_cooperative_groups = enable_cooperative_groups

    def get_function(self, name: str) -> RawKernel:
        if self.code is not None:
            made = built(self.code, self.options, "")
        else:
            made = Path(str(self.file_path)).read_bytes()
        library = made.removeprefix(MAGIC).decode(errors="replace").split("\n")[0]
        whole = made.startswith(MAGIC) and made.endswith(b"\0")
        if not whole or not Path(library).is_file():
            raise CUDADriverError("CUDA_ERROR_INVALID_IMAGE: device kernel image is invalid")
        return RawKernel(self.machine, Path(library), name, self.enable_cooperative_groups)
