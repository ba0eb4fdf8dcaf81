"""The discriminator as a measure of realism."""

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
from .examples import HEAD

_REAL, _MADE = "real", "made"


def realism_file(discriminator: Discriminator, real: Tensor, generated: Tensor) -> bytes:
    """The discriminator as a .safetensors file.

    real, generated: its verdicts on real photos, and on pictures of the model before tuning; their
        means become 1 and 0.
    """
    held = {name: each.contiguous().cpu() for name, each in discriminator.state_dict().items()}
    metadata = {_REAL: repr(float(real.mean())), _MADE: repr(float(generated.mean()))}
    return in_order(save(held, metadata))


class Realism:
    """A discriminator from its file."""

    def __init__(self, data: bytes) -> None:
        tensors, metadata = load(data), metadata_of(data)
        first = tensors["layers.0.parametrizations.weight.original"]
        self._discriminator = Discriminator(first.shape[1]).eval().requires_grad_(False)
        self._discriminator.load_state_dict(tensors)
        self._real, self._generated = float(metadata[_REAL]), float(metadata[_MADE])

    def of(self, painter: Painter, image: Image, face: Face, side: int) -> float:
        """How real the head in `image` looks: 0 like the model before tuning .. 1 like real photos.

        side: of the square around the head, as in the tuning, pixels.
        """
        with torch.no_grad():
            latents = painter.encode([square(image, face, side, HEAD)])
            verdict = float(self._discriminator.to(latents.device)(latents))
        share = (verdict - self._generated) / ((self._real - self._generated) or 1.0)
        return min(1.0, max(0.0, share))
