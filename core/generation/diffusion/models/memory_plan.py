"""Plans on which device, in which precision and with how much offloading a model runs.

Nothing is loaded for it: the sizes come from the files' headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ....errors import NotEnoughMemory
from .installed import Model

Device: TypeAlias = Literal["cuda", "mps", "cpu"]
Precision: TypeAlias = Literal["float32", "bfloat16", "float16"]
Offload: TypeAlias = Literal["none", "parts", "layers"]

_BYTES: Mapping[Precision, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
# Share of free memory to use; the rest is for other programs and for the GPU's driver.
_SPARE = 0.9
_LAYER = 1e9  # bytes of weights on the GPU when layers are offloaded


@dataclass(frozen=True)
class Machine:
    """The machine's resources.

    device: the fastest.
    precision: its fastest without overflows.
    card: free bytes of GPU memory, 0 without CUDA.
    memory: free bytes of main memory, which on Apple's machines is also that of the GPU.
    """

    device: Device
    precision: Precision
    card: int
    memory: int


@dataclass(frozen=True)
class Plan:
    """How a model runs.

    device, precision: see `Machine`.
    offload: what is on the device: "none" for all of the model; "parts" for one network at a time,
        with the others in main memory; "layers" for one layer at a time.
    at_once: candidates painted together.
    """

    device: Device
    precision: Precision
    offload: Offload
    at_once: int


def machine() -> Machine:
    """The resources of this machine that are free now."""
    import psutil
    import torch

    memory = int(psutil.virtual_memory().available * _SPARE)
    if torch.cuda.is_available():
        card = int(torch.cuda.mem_get_info()[0] * _SPARE)
        precision: Precision = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        return Machine("cuda", precision, card, memory)
    if torch.backends.mps.is_available():
        return Machine("mps", "float16", 0, memory)
    return Machine("cpu", "float32", 0, memory)


def plan(model: Model, machine: Machine, pixels: float | None = None, at_once: int = 1) -> Plan:
    """How `model` runs on `machine`.

    pixels: of each picture; default: as many as the family was trained on.
    at_once: most candidates to paint together; fewer where memory is short.

    Raises:
        NotEnoughMemory: the model doesn't fit with any offloading.
    """
    share = 1.0 if pixels is None else pixels / model.family.side**2
    precision = machine.precision
    room = machine.card if machine.device == "cuda" else machine.memory

    def needed(offload: Offload, precision: Precision, pictures: int) -> float:
        bytes_each = _BYTES[precision]
        weights = {
            "none": model.size * bytes_each,
            "parts": max(model.parts.values(), default=0) * bytes_each,
            "layers": min(model.size * bytes_each, _LAYER),
        }[offload]
        return weights + pictures * share * model.family.working * 1e9 * bytes_each / 2

    if machine.device == "cpu" and needed("none", precision, 1) > room:
        precision = "bfloat16"  # slower on most processors, but half as large
    for offload in ("none", "parts", "layers") if machine.device == "cuda" else ("none",):
        held = model.size * _BYTES[precision] <= machine.memory or offload == "none"
        for pictures in range(at_once, 0, -1):
            if held and needed(offload, precision, pictures) <= room:
                return Plan(machine.device, precision, offload, pictures)
    least = needed("layers" if machine.device == "cuda" else "none", precision, 1)
    raise NotEnoughMemory(
        f"The model {model.name!r} doesn't fit: {_gigabytes(least)} are needed on the "
        f"{machine.device} beside {_gigabytes(model.size * _BYTES[precision])} of weights, and "
        f"{_gigabytes(room)} are free there, {_gigabytes(machine.memory)} in the machine",
        "Close other programs, ask for smaller pictures, or choose a smaller model.",
    )


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
