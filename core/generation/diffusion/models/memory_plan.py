"""Plans on which device, in which precision and with how much offloading a model runs.

Nothing is loaded for it: weights are counted from the files' headers, and what the parts keep while
they run was traced (see `activations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from ....errors import NotEnoughMemory
from .activations import activations
from .installed import Model

Device: TypeAlias = Literal["cuda", "mps", "cpu"]
Precision: TypeAlias = Literal["float32", "bfloat16", "float16"]
Offload: TypeAlias = Literal["none", "parts", "layers"]
Decoding: TypeAlias = Literal["together", "single", "tiles"]

_BYTES: Mapping[Precision, int] = {"float32": 4, "bfloat16": 2, "float16": 2}
# Share of free memory to use; the rest is for other programs, and lost between tensors.
_SPARE = 0.9
_KERNELS = 0.5e9  # what CUDA's libraries take for themselves, bytes
_LAYER = 0.8e9  # the largest layer, which is the words of klein's text encoder, bytes
# Most bytes of attention scores at once where attention is not one kernel; see `sliced_attention`.
SCORES = 1e9
_GRAPHS = 4  # most recorded graphs, each of which keeps what the network does while it runs


@dataclass(frozen=True)
class Machine:
    """The machine's resources.

    device: the fastest.
    bfloat16: whether it computes in bfloat16, and does not only emulate it.
    card: free bytes of GPU memory, 0 without CUDA.
    memory: free bytes of main memory, which on Apple's machines is also that of the GPU.
    """

    device: Device
    bfloat16: bool
    card: int
    memory: int


@dataclass(frozen=True)
class Need:
    """What a model is to do.

    pixels: of each picture; None: as many as the family was trained on.
    at_once: most candidates to paint together.
    adapter: bytes of weights on the denoiser beside its own: an adapter's, a LoRA's.
    controlnet: number of weights of a ControlNet that runs with it.
    image_encoder: number of weights of CLIP's image encoder, which takes its turn.
    guided: whether the VAE decodes a head with a gradient, for identity guidance.
    """

    pixels: float | None = None
    at_once: int = 1
    adapter: int = 0
    controlnet: int = 0
    image_encoder: int = 0
    guided: bool = False


@dataclass(frozen=True)
class Plan:
    """How a model runs.

    device: see `Machine`.
    precision: of all networks but a VAE that needs 32 bits.
    offload: what is on the device: "none" for all of the model; "parts" for what runs at one time,
        with the others in main memory; "layers" for one layer of the denoiser at a time.
    at_once: candidates painted together.
    decoding: of their latents: all together, one picture at a time, or one tile of it.
    layered: parts of which one layer at a time is on the device.
    graphs: most recordings of the network.
    """

    device: Device
    precision: Precision
    offload: Offload
    at_once: int
    decoding: Decoding = "together"
    layered: frozenset[str] = frozenset()
    graphs: int = 0


def machine() -> Machine:
    """The resources of this machine that are free now."""
    import psutil
    import torch

    memory = int(psutil.virtual_memory().available * _SPARE)
    if torch.cuda.is_available():
        card = int(torch.cuda.mem_get_info()[0] * _SPARE)
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Machine("cuda", native, card, memory)
    if torch.backends.mps.is_available():
        memory = min(memory, torch.mps.recommended_max_memory())
        return Machine("mps", torch.backends.mps.is_macos_or_newer(14, 0), 0, memory)
    return Machine("cpu", True, 0, memory)


def precision_of(model: Model, machine: Machine) -> Precision:
    """The precision of `model` on `machine`, where memory allows the best.

    A GPU computes in that of the checkpoint's 16-bit precisions in which no network of the family
    overflows and which it doesn't emulate; without one, in 32 bits.
    """
    if machine.device == "cpu":
        return "float32"
    possible = [each for each in model.family.half if each != "bfloat16" or machine.bfloat16]
    if not possible:
        return "float32"
    return cast(Precision, model.stored if model.stored in possible else possible[0])


def plan(model: Model, machine: Machine, need: Need | None = None) -> Plan:
    """How `model` runs on `machine`: the fastest way that fits.

    Raises:
        NotEnoughMemory: the model doesn't fit with any offloading.
    """
    need = need or Need()
    precisions: list[Precision] = [precision_of(model, machine)]
    if machine.device == "cpu":
        precisions.append("bfloat16")  # slower on most processors, but half as large
    for precision in precisions:
        sizes = _Sizes(model, machine, need, precision)
        fitting = (each for each in _ways(model, machine, need, precision) if sizes.fit(each))
        if (first := next(fitting, None)) is not None:
            # Recordings save more than decoding together does.
            single = replace(first, decoding="single")
            best = max(first, single, key=sizes.graphs) if first.decoding != "tiles" else first
            return replace(best, graphs=sizes.graphs(best))
    last = [*_ways(model, machine, need, precisions[-1])][-1]
    sizes = _Sizes(model, machine, need, precisions[-1])
    raise NotEnoughMemory(
        f"The model {model.name!r} doesn't fit: {_gigabytes(sizes.on_device(last))} are needed on "
        f"the {machine.device} and {_gigabytes(sizes.beside(last))} beside it, and "
        f"{_gigabytes(sizes.room)} are free there, {_gigabytes(machine.memory)} in the machine",
        "Close other programs, ask for smaller pictures, or choose a smaller model."
        + (" Guidance through the VAE takes much: leave it out, or install TAESD." * need.guided),
    )


def leaner(plan: Plan, model: Model) -> Plan | None:
    """The plan to try where `plan` ran out of memory; None where there is none."""
    if plan.at_once > 1 or plan.decoding != "tiles" or plan.graphs:
        return replace(plan, at_once=1, decoding="tiles", graphs=0)
    if plan.device == "cpu":
        return None
    if plan.offload == "none":
        return replace(plan, offload="parts")
    if plan.offload == "parts" and plan.device == "cuda" and _may_layer(model):
        return replace(plan, offload="layers", layered=_LAYERED)
    return None


_LAYERED = frozenset({"network", "controlnet", "text_encoder", "text_encoder_2", "image_encoder"})


def _may_layer(model: Model) -> bool:
    """Whether the denoiser's layers can take turns; accelerate can't move those of GGUF files."""
    return model.path.suffix != ".gguf"


def _ways(model: Model, machine: Machine, need: Need, precision: Precision) -> Iterator[Plan]:
    """Plans, the fastest first; tiles, whose seams may show, only before layers."""
    encoders = frozenset(name for name in _LAYERED if "encoder" in name)
    beside = frozenset({"controlnet"})
    nothing = frozenset[str]()
    parts: list[frozenset[str]] = []
    if machine.device != "cpu":
        parts.append(nothing)
    if machine.device == "cuda":
        parts += [encoders, *([beside, beside | encoders] if need.controlnet else [])]
    layers = [_LAYERED] if machine.device == "cuda" and _may_layer(model) else []

    def ways(offload: Offload, sets: Sequence[frozenset[str]], *decodings: Decoding) -> Any:
        for layered in sets:
            for pictures in range(need.at_once, 0, -1):
                for decoding in decodings:
                    yield Plan(machine.device, precision, offload, pictures, decoding, layered)

    yield from ways("none", [nothing], "together", "single")
    yield from ways("parts", parts, "together", "single")
    yield from ways("none", [nothing], "tiles")
    yield from ways("parts", parts, "tiles")
    yield from ways("layers", layers, "together", "single", "tiles")


class _Sizes:
    """Bytes that a model takes in one precision."""

    def __init__(self, model: Model, machine: Machine, need: Need, precision: Precision) -> None:
        self._model, self._machine, self._need = model, machine, need
        self._each = _BYTES[precision]
        self._vae_each = 4 if model.family.vae_in_32_bits else self._each
        self.room = machine.card if machine.device == "cuda" else machine.memory
        self._weights = {name: self._of(name, count) for name, count in model.parts.items()}
        network = model.family.network if model.family.network in self._weights else "network"
        self._network = self._weights.pop(network, 0)
        self._vae = self._weights.pop("vae", 0)
        self._encoders = {**self._weights}
        if need.image_encoder:
            self._encoders["image_encoder"] = need.image_encoder * self._each
        self._controlnet = need.controlnet * self._each

    def _of(self, name: str, count: int) -> float:
        compressed = self._model.compressed.get(name)
        if compressed is not None and self._machine.device != "mps":
            return compressed
        return count * (self._vae_each if name == "vae" else self._each)

    @property
    def _all(self) -> float:
        encoders = sum(self._encoders.values())
        return self._network + self._need.adapter + self._controlnet + self._vae + encoders

    def _denoising(self, pictures: int) -> float:
        """What the denoiser keeps while it runs."""
        family, kept = self._model.family, activations(self._model.family.name)
        share = 1.0 if self._need.pixels is None else self._need.pixels / family.side**2
        rows = pictures if family.references else 2 * pictures  # the unguided half beside it
        each = kept.network * share + kept.reference * family.references
        each += kept.controlnet * share if self._need.controlnet else 0
        scores = SCORES if self._machine.device == "mps" else 0
        return rows * each * self._each / 2 + scores

    def _decoding(self, plan: Plan) -> float:
        """What the VAE keeps while it reads and makes pictures."""
        family, kept = self._model.family, activations(self._model.family.name)
        pixels = family.side**2 if self._need.pixels is None else self._need.pixels
        share = max(pixels, 1024**2 if family.references else 0) / family.side**2
        count = plan.at_once if plan.decoding == "together" else 1
        read = kept.tiles if plan.decoding == "tiles" else max(kept.encode, kept.decode) * share
        most = max(count * read, kept.gradient if self._need.guided else 0)
        return most * self._vae_each / (4 if family.vae_in_32_bits else 2)

    def on_device(self, plan: Plan) -> float:
        """Bytes on the device of `plan`."""
        text = 2 * activations(self._model.family.name).text * self._each / 2
        denoising, decoding = self._denoising(plan.at_once), self._decoding(plan)
        kernels = _KERNELS if plan.device == "cuda" else 0
        if plan.offload == "none":
            return self._all + max(text, denoising, decoding) + kernels

        def there(name: str, size: float) -> float:
            return min(size, _LAYER) if name in plan.layered else size

        encoders = [there(name, size) for name, size in self._encoders.items()]
        network = there("network", self._network + self._need.adapter)
        network += there("controlnet", self._controlnet)
        turns = (max(encoders, default=0) + text, network + denoising, self._vae + decoding)
        return max(turns) + kernels

    def beside(self, plan: Plan) -> float:
        """Bytes in main memory beside those on the device.

        On Apple's machines, where both are the same memory, weights that are not converted stay in
        their files until their turn.
        """
        if plan.offload == "none":
            return 0
        stored = self._model.stored == plan.precision
        return 0 if plan.device == "mps" and stored else self._all

    def fit(self, plan: Plan) -> bool:
        device, beside = self.on_device(plan), self.beside(plan)
        if plan.device == "cuda":
            return device <= self.room and beside <= self._machine.memory
        return device + beside <= self.room

    def graphs(self, plan: Plan) -> int:
        """How many recordings fit beside all else."""
        if plan.device != "cuda" or plan.offload != "none":
            return 0
        free = self.room - self.on_device(plan)
        return min(_GRAPHS, int(free // max(1.0, self._denoising(plan.at_once))))


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
