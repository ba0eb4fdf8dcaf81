"""What training needs of memory, asked before it starts, and the room that is made for it.

The figures are traced on meta tensors with the real configurations (a test traces them again): one
picture, forward and backward, with gradient checkpointing, attention as the fused kernels do it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from ....errors import NotEnoughMemory
from ..models.memory_plan import Machine, Plan
from .lora import trained

# Peak bytes beside the weights by family, in 16 bits, for a picture of the size that it was trained
# on; and for decoding the largest face of a likeness through its VAE.
ACTIVATIONS: Mapping[str, float] = {"klein": 2.11e9, "sdxl": 0.58e9, "sd15": 0.26e9}
DECODING = 1.26e9
# Bytes of each trained weight: itself, gradient, two moments, running mean and best so far.
_TRAINED = 6 * 4
_SPARE = 1.15  # for kernels' work space and fragmentation
_ENCODERS = ("text_encoder", "text_encoder_2")


def needed(family: str, pixels: float, width: int, weights: int) -> float:
    """Bytes for training beside the model's own weights.

    pixels: of a picture, as a share of the size that the family was trained on.
    width: bytes of a number in the model's precision.
    weights: number of trained weights.
    """
    activations = pixels * ACTIVATIONS[family] + min(1.0, pixels) * DECODING
    return _SPARE * (activations * width / 2 + _TRAINED * weights)


def require_room(
    name: str, family: str, pixels: float, pipeline: Any, network: Any, plan: Plan, free: Machine
) -> None:
    """Check that training fits, with the LoRA on `network`.

    name: of the model, for the error.
    pixels: see `needed`.
    free: what is free while the model is loaded.

    Raises:
        NotEnoughMemory: it doesn't; the figures are in the message.
    """
    width = computing_width(network)
    count = sum(each.numel() for each in trained(network).values())
    wanted = needed(family, pixels, width, count)
    room = float(free.memory)
    if plan.device == "cuda":
        room = float(free.card)
        if plan.offload == "none":
            room += sum(_bytes(part) for part in _encoders(pipeline))
        else:
            wanted += _bytes(network)
    if plan.offload == "layers" or wanted > room:
        raise NotEnoughMemory(
            f"{name!r} can't be tuned here: {wanted / 1e9:.1f} GB are needed on the {plan.device} "
            f"and {room / 1e9:.1f} GB are free there",
            "Close other programs, ask for a lower rank, or choose a smaller model.",
        )


def computing_width(network: Any) -> int:
    """Bytes of a number that `network` computes with; some of its weights may lie in 8 bits."""
    ours = trained(network)
    return max(each.element_size() for name, each in network.named_parameters() if name not in ours)


@contextmanager
def room_for_training(placement: Any, network: Any) -> Generator[None]:
    """Network and VAE on the device while the block runs, the text encoders off the card.

    placement: of the model; see `Placement`.
    """
    plan, pipeline = placement.plan, placement.pipeline
    with placement.changed():
        for part in _encoders(pipeline):
            part.to("cpu")
        for part in (network, pipeline.vae):
            part.to(plan.device)
        try:
            yield
        finally:
            if plan.offload != "none":
                for part in (network, pipeline.vae):
                    part.to("cpu")


def _encoders(pipeline: Any) -> list[Any]:
    parts = (getattr(pipeline, name, None) for name in _ENCODERS)
    return [each for each in parts if each is not None]


def _bytes(module: Any) -> int:
    return sum(each.numel() * each.element_size() for each in module.parameters())
