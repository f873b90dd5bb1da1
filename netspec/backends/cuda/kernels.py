"""The kernels for the GPU: compiled when they are first used, kept on disk, launched.

A kernel is compiled by NVRTC, once for each set of macros, with options that leave no rounding to
chance. CuPy's own way to compile is not used: it puts `-ftz=true` behind whatever is asked for,
which makes zeros of float32's subnormal numbers. What was compiled is kept in `netspec/cuda` of the
user's cache (`~/.cache`), under a name that is a hash of all that it was made of, headers too.

A kernel takes pointers, int64 and double alone, so that each argument is 8 bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Final

from ...errors import UnavailableError
from . import keeping
from .arrays import DeviceArray, Zeros
from .device import Device, alive, architectures

SOURCES: Final = Path(__file__).resolve().parents[2] / "kernels"
# No product is fused into a sum that does not say so, no subnormal number is flushed, quotients and
# roots are IEEE's; all functions are the device's.
OPTIONS: Final = (
    "--std=c++17", "--fmad=false", "--ftz=false", "--prec-div=true", "--prec-sqrt=true",
    "-default-device", "-DNETSPEC_CUDA", "-DNETSPEC_PATH=cuda",
)  # fmt: skip
SHARED: Final = 48 * 1024  # bytes of shared memory that need not be asked for

Macros = Mapping[str, str | int]
Grid = tuple[int, ...]
OURS: Final = frozenset((DeviceArray, Zeros))


class Ready:
    """A kernel that is compiled, with its block and its shared memory: `ready(grid, args)`."""

    __slots__ = ("_block", "_kernel", "_shared")

    def __init__(self, kernel: Any, block: Grid, shared: int) -> None:
        """Hold CuPy's RawKernel, the three sizes of a block and its bytes."""
        self._kernel, self._block, self._shared = kernel, block, shared

    def __call__(self, grid: Grid, args: Sequence[Any]) -> None:
        """Launch it; see `Kernels.launch`."""
        alive()
        if 0 in grid:
            return
        # Of None CuPy makes no null pointer, but no argument.
        words = [0 if arg is None else arg.bare if type(arg) in OURS else arg for arg in args]
        self._kernel(_three(grid), self._block, tuple(words), shared_mem=self._shared)


class Kernels:
    """The kernels of one device, and what they can ask of it."""

    def __init__(self, device: Device) -> None:
        """Begin with none; each is compiled at its first launch."""
        self.device = device
        self.cupy = device.cupy
        self.multiprocessors = device.multiprocessors
        self.shared_per_block = device.shared_per_block
        self.registers = device.registers
        self._lock = RLock()
        self._ready: dict[Any, Any] = {}
        self._shared: dict[Any, int] = {}

    def launch(
        self,
        file: str,
        macros: Macros,
        name: str,
        grid: Grid,
        block: Grid,
        args: Sequence[Any],
        shared: int = 0,
        cooperative: bool = False,
    ) -> None:
        """Run a kernel on CuPy's current stream: `name` in `file`, in the folder of kernels.

        An argument is an array of the device, None (a null pointer), an int or a float. `shared` is
        the dynamic shared memory of a block, in bytes. The blocks of a cooperative launch are all
        there at once. Nothing is launched for an empty grid.

        Raises UnavailableError where the kernel does not compile.
        """
        if 0 not in grid:
            self.ready(file, macros, name, block, shared, cooperative)(grid, args)

    def ready(
        self,
        file: str,
        macros: Macros,
        name: str,
        block: Grid,
        shared: int = 0,
        cooperative: bool = False,
    ) -> Ready:
        """Give a kernel that is launched by a grid and arguments; all as in `launch`."""
        return Ready(self.kernel(file, macros, name, shared, cooperative), _three(block), shared)

    def kernel(
        self, file: str, macros: Macros, name: str, shared: int = 0, cooperative: bool = False
    ) -> Any:
        """Give CuPy's RawKernel, compiled, with leave to use that much shared memory."""
        key = (file, tuple(macros.items()), name, cooperative)
        kernel = self._ready.get(key)
        if kernel is None or shared > self._shared[key]:
            with self._lock:
                kernel = self._ready.get(key) or self._loaded(*key)
                most = self._shared.get(key, SHARED)
                if shared > most:
                    # The function is one with that of other `Kernels` of the device: what one of
                    # them asks for must do for all.
                    kernel.max_dynamic_shared_size_bytes = most = self.shared_per_block
                self._shared[key] = most
                self._ready[key] = kernel
        return kernel

    def _loaded(
        self, file: str, macros: tuple[tuple[str, Any], ...], name: str, cooperative: bool
    ) -> Any:
        """Compile a file, or find it compiled, and load it."""
        architecture = _architecture(self.cupy, self.device.compute)
        defined = (f"-D{macro}={value}" for macro, value in sorted(macros))
        options = (*OPTIONS, architecture, *defined)
        source = (SOURCES / "cuda" / file).read_text(encoding="utf-8")
        compiler = ".".join(map(str, self.cupy.cuda.nvrtc.getVersion()))
        path = keeping.folder() / f"{_hash(file, source, _headers(), compiler, *options)}.cubin"
        try:
            if path.exists():
                return self._function(path, name, cooperative)
        except (OSError, self.cupy.cuda.driver.CUDADriverError):
            pass  # a file that did not stay what it was
        folders = (f"-I{SOURCES}", f"-I{SOURCES / 'cuda'}")
        kept = keeping.write(path, self._compiled(file, source, (*options, *folders)))
        return self._function(kept, name, cooperative)

    def _function(self, path: Path, name: str, cooperative: bool) -> Any:
        # CuPy links nothing to a module that is ready: "groups" are a way to launch it, no more.
        module = self.cupy.RawModule(path=str(path), enable_cooperative_groups=cooperative)
        return module.get_function(name)

    def _compiled(self, file: str, source: str, options: tuple[str, ...]) -> bytes:
        """Compile, to machine code for this device or, for one that is newer than NVRTC, to PTX."""
        nvrtc = self.cupy.cuda.nvrtc
        program = nvrtc.createProgram(source, str(SOURCES / "cuda" / file), (), ())
        try:
            nvrtc.compileProgram(program, options)
            code = nvrtc.getCUBIN if "sm_" in " ".join(options) else nvrtc.getPTX
            made = code(program)
            # CuPy takes the last byte for the end of a text, and cuts it off: of machine code it is
            # one of its own, without which no driver loads the file.
            return (made if isinstance(made, bytes) else bytes(made, "utf-8")) + b"\0"
        except nvrtc.NVRTCError as error:
            log = nvrtc.getProgramLog(program) or str(error)
            raise UnavailableError(
                f"device 'cuda': the kernels of {file} do not compile ({_first_error(log)}):"
                " use device 'cpu', and tell the authors"
            ) from None
        finally:
            nvrtc.destroyProgram(program)


def _three(sizes: Grid) -> tuple[int, ...]:
    return (*sizes, 1, 1)[:3]


def _architecture(cupy: Any, compute: tuple[int, int]) -> str:
    """Give the option for a device: its machine code, that of an older sibling, or else PTX."""
    known = architectures(cupy)
    major, minor = compute
    siblings = [arch for arch in known if arch // 10 == major and arch % 10 <= minor]
    return f"-arch=sm_{siblings[-1]}" if siblings else f"-arch=compute_{known[-1]}"


@cache
def _headers() -> str:
    """Give a hash of every header that a kernel may include."""
    headers = sorted(path for path in SOURCES.rglob("*.h"))
    return _hash(*(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in headers))


def _hash(*texts: str) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()


def _first_error(log: str) -> str:
    """Give the first line of NVRTC's log that is an error, without the folder."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    wrong = (
        [line for line in lines if re.search(r"\berror\b", line)] or lines or ["no reason given"]
    )
    return wrong[0].replace(f"{SOURCES}{os.sep}", "")[:300]
