"""`cupy.cuda`: devices, streams, events, memory, and the runtime's facts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from . import modules
from .locked import page_locked
from .machine import Buffer, CUDADriverError, CUDARuntimeError, Machine, OutOfMemoryError
from .pointers import MemoryPointer
from .streams import streams


def namespace(machine: Machine) -> Any:
    """Give what stands under the name `cupy.cuda`."""
    device, of_streams = _device(machine), streams(machine)
    machine.device_class = device

    def alloc(nbytes: int) -> MemoryPointer:
        buffer = Buffer(machine.gpu, nbytes)
        return MemoryPointer(buffer, buffer.memory.ptr)

    memory = SimpleNamespace(
        OutOfMemoryError=OutOfMemoryError, alloc=alloc, MemoryPointer=MemoryPointer
    )
    return SimpleNamespace(
        Device=device,
        **of_streams,
        MemoryPointer=MemoryPointer,
        memory=memory,
        alloc=alloc,
        alloc_pinned_memory=page_locked,
        nvrtc=modules.nvrtc(),
        runtime=_runtime(machine),
        driver=SimpleNamespace(CUDADriverError=CUDADriverError),
        device=SimpleNamespace(Device=device),
        stream=SimpleNamespace(**of_streams),
        is_available=lambda: bool(machine.gpus),
    )


def pool(machine: Machine) -> Any:
    """Give the pool of the current device's memory, which keeps nothing that is not in use."""
    return SimpleNamespace(
        used_bytes=lambda: machine.gpu.lent,
        total_bytes=lambda: machine.gpu.lent,
        free_bytes=lambda: 0,
        free_all_blocks=lambda stream=None: None,
        get_limit=lambda: machine.gpu.memory,
        set_limit=lambda size=None, fraction=None: setattr(machine.gpu, "memory", size or 2**28),
    )


def _device(machine: Machine) -> Any:
    class Device:
        def __init__(self, device: int | None = None) -> None:
            self.id = machine.number if device is None else int(device)
            self._before: list[int] = []

        def __int__(self) -> int:
            return self.id

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Device) and other.id == self.id

        def __hash__(self) -> int:
            return hash(self.id)

        def __repr__(self) -> str:
            return f"<CUDA Device {self.id}>"

        def __enter__(self) -> Device:
            self._before.append(machine.number)
            machine.number = self.id
            return self

        def __exit__(self, *_: object) -> None:
            machine.number = self._before.pop()

        def use(self) -> None:
            machine.number = self.id

        def synchronize(self) -> None:
            machine.wait_for_all()

        @property
        def compute_capability(self) -> str:
            return "{}{}".format(*machine.gpus[self.id].compute)

        @property
        def mem_info(self) -> tuple[int, int]:
            gpu = machine.gpus[self.id]
            return gpu.memory - gpu.lent, gpu.memory

        @property
        def attributes(self) -> dict[str, int]:
            gpu = machine.gpus[self.id]
            return {
                "MultiProcessorCount": gpu.multiprocessors,
                "MaxSharedMemoryPerBlockOptin": gpu.shared,
                "MaxRegistersPerMultiprocessor": gpu.registers,
                "WarpSize": 32,
                "CooperativeLaunch": 1,
            }

    return Device


def _runtime(machine: Machine) -> Any:
    def count() -> int:
        if not machine.gpus:
            raise CUDARuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")
        return len(machine.gpus)

    def properties(number: int) -> dict[str, Any]:
        gpu = machine.gpus[number]
        return {
            "name": gpu.name.encode(),
            "major": gpu.compute[0],
            "minor": gpu.compute[1],
            "totalGlobalMem": gpu.memory,
            "multiProcessorCount": gpu.multiprocessors,
            "sharedMemPerBlock": modules.UNASKED,
            "sharedMemPerBlockOptin": gpu.shared,
            "sharedMemPerMultiprocessor": 233472,
            "regsPerMultiprocessor": gpu.registers,
            "regsPerBlock": gpu.registers,
            "warpSize": 32,
            "maxThreadsPerBlock": 1024,
            "l2CacheSize": 50 * 2**20,
            "clockRate": 1_980_000,
            "memoryClockRate": 2_619_000,
            "memoryBusWidth": 5120,
            "cooperativeLaunch": 1,
        }

    def pointer(address: int) -> Any:
        for gpu in machine.gpus:
            if gpu.holding(address, 1):
                return SimpleNamespace(device=gpu.number, devicePointer=address, type=2)
        return SimpleNamespace(device=-1, devicePointer=0, type=0)

    return SimpleNamespace(
        CUDARuntimeError=CUDARuntimeError,
        getDeviceCount=count,
        getDevice=lambda: machine.number,
        setDevice=lambda number: setattr(machine, "number", number),
        getDeviceProperties=properties,
        runtimeGetVersion=lambda: 13000,
        driverGetVersion=lambda: 13000 if machine.gpus else 0,
        memGetInfo=lambda: (machine.gpu.memory - machine.gpu.lent, machine.gpu.memory),
        deviceSynchronize=machine.wait_for_all,
        pointerGetAttributes=pointer,
    )
