"""The discriminator as a measure: how far a picture passes for a photo, by what it learnt."""

from __future__ import annotations

import torch
from safetensors.torch import load, save
from torch import Tensor

from ....faces import Face
from ....images import Image
from ....safetensors_header import in_order, metadata_of
from ..adapters.identity_conditioning import square
from ..families.painter import Painter
from .discriminator import Discriminator

_REAL, _MADE = "real", "made"


def realism_file(discriminator: Discriminator, real: Tensor, made: Tensor) -> bytes:
    """The discriminator as a .safetensors file.

    real, made: its verdicts on real photos, and on what the model made before it was tuned; they
    are what 1 and 0 mean.
    """
    held = {name: each.contiguous().cpu() for name, each in discriminator.state_dict().items()}
    said = {_REAL: repr(float(real.mean())), _MADE: repr(float(made.mean()))}
    return in_order(save(held, said))


class Realism:
    """A discriminator out of its file."""

    def __init__(self, data: bytes) -> None:
        tensors, said = load(data), metadata_of(data)
        first = tensors["layers.0.parametrizations.weight.original"]
        self._discriminator = Discriminator(first.shape[1]).eval().requires_grad_(False)
        self._discriminator.load_state_dict(tensors)
        self._real, self._made = float(said[_REAL]), float(said[_MADE])

    def of(self, painter: Painter, image: Image, face: Face, side: int) -> float:
        """How far the head in `image` passes for a photo's: 0 as what the model made before it was
        tuned, 1 as real photos. side: of the square that is looked at, as in the tuning, pixels.
        """
        with torch.no_grad():
            latents = painter.encode([square(image, face, side)])
            verdict = float(self._discriminator.to(latents.device)(latents))
        share = (verdict - self._made) / ((self._real - self._made) or 1.0)
        return min(1.0, max(0.0, share))
