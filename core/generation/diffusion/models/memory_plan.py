"""Which device a model runs on, in which precision, and how much of it is there at a time.

Nothing is loaded to find out: the sizes are those that the files' headers say.
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
# Of a machine's free memory what is left to others, and what a card keeps for itself.
_SPARE = 0.9
_LAYER = 1e9  # bytes of weights on the card where layers take turns


@dataclass(frozen=True)
class Machine:
    """device: the fastest there is. precision: what it computes in fastest without overflowing.

    card: free bytes of the graphics card, 0 without one. memory: free bytes of the machine; on
    Apple's, where both are one, of that.
    """

    device: Device
    precision: Precision
    card: int
    memory: int


@dataclass(frozen=True)
class Plan:
    """offload: "none" all of the model is on the device; "parts": one network at a time, the
    others wait in the machine's memory; "layers": one layer at a time.

    at_once: candidates that are painted together.
    """

    device: Device
    precision: Precision
    offload: Offload
    at_once: int


def machine() -> Machine:
    """What this machine has, and has free now."""
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

    pixels: of each picture; default: those that the family was trained on. at_once: candidates
    that one would like to paint together; fewer where memory is short.

    Raises:
        NotEnoughMemory: it doesn't fit, however it is cut.
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
