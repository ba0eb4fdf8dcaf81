"""Identity guidance: moves the predicted clean picture towards the sitter, step by step.

The gradient of the likeness goes through the decoder, but not through the denoiser, which would
double the cost (Yu et al. 2023, "FreeDoM", without its last term). Only the face is decoded, by
TAESD if installed, and only in every other step. A step that doesn't raise the likeness is
shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .... import provenance
from ....faces import Face
from ....identity.identity import Identity
from ..families.detect import Family
from ..families.painter import Painter, PaintJob
from ..families.taesd import Decode, quick_decoder, taesd
from .mobilefacenet import aligned
from .sampler import HEAD, Guide, around, shifted
from .steering import Steering, steering_of

_FROM, _UNTIL = 0.2, 0.9  # shares of the steps: before, no face shows; after, it is settled
_EVERY = 2
# Length of a step at full strength relative to the latents', and how often it may be halved.
_FAR, _HALVED = 0.2, 5


@dataclass(frozen=True, eq=False)
class Guidance:
    """Identity guidance.

    guide: the function for the sampling loop.
    record: for the provenance.
    """

    guide: Guide
    record: provenance.Guidance


def guidance_of(painter: Painter, family: Family, identity: Identity, strength: float) -> Guidance:
    """Guidance of `painter`, a model of `family`, towards `identity`; strength: 0..1.

    Raises:
        InputError, SetupError: see `steering_of`.
        ModelUnreadable: TAESD's file is damaged.
    """
    steering, file = steering_of(identity), taesd(family)
    decode = quick_decoder(file) if file else painter.pixels
    through = "taesd" if file else "vae"
    return Guidance(
        guide_of(painter, steering, strength, decode),
        provenance.Guidance(strength=strength, recogniser=steering.name, decoder=through),
    )


def guide_of(
    painter: Painter, steering: Steering, strength: float, decode: Decode | None = None
) -> Guide:
    """A guide by `steering`.

    strength: 0..1.
    decode: turns latents into pixels; default: the painter's own.
    """
    wanted, pixels = torch.from_numpy(steering.wanted), decode or painter.pixels

    def guide(clean: Tensor, jobs: Sequence[PaintJob], step: int, steps: int) -> Tensor:
        if not _FROM * steps <= step < _UNTIL * steps or step % _EVERY:
            return clean
        steering.network.to(clean.device)
        template = wanted.to(clean)

        def likeness(latents: Tensor, face: Face) -> Tensor:
            shown = pixels(latents).float().clamp(-1, 1)
            return likeness_of(shown, steering.network, face, template)

        parts = [
            _drawn(painter, likeness, latents, job, strength)
            for latents, job in zip(clean.split(1), jobs, strict=True)
        ]
        return torch.cat(parts)

    return guide


def _drawn(
    painter: Painter,
    likeness: Callable[[Tensor, Face], Tensor],
    clean: Tensor,
    job: PaintJob,
    strength: float,
) -> Tensor:
    """One picture's clean latents (1, channels, h, w), moved towards the sitter."""
    if job.face is None:
        return clean
    face, rows, columns = window_of(painter, job.face)
    window = clean[..., rows, columns]
    with torch.enable_grad():
        free = window.detach().clone().requires_grad_(True)
        before = likeness(free, face)
        (slope,) = torch.autograd.grad(before, free)
    length = slope.norm()
    if not bool(torch.isfinite(length)) or float(length) == 0:
        return clean
    step = strength * _FAR * window.norm() * slope / length
    for _ in range(_HALVED):
        if bool(likeness(window + step, face) > before):
            drawn = clean.clone()
            drawn[..., rows, columns] += step
            return drawn
        step = step / 2
    return clean


def window_of(painter: Painter, face: Face, margin: float = HEAD) -> tuple[Face, slice, slice]:
    """The face in pixels of a window around it, and the window's rows and columns of latents.

    margin: see `around`.
    """
    part, scale = around(face, painter.scale, margin), painter.scale
    rows = slice(int(part.y0) // scale, int(part.y1) // scale)
    columns = slice(int(part.x0) // scale, int(part.x1) // scale)
    return shifted(face, part), rows, columns


def likeness_of(pixels: Tensor, recogniser: torch.nn.Module, face: Face, wanted: Tensor) -> Tensor:
    """The cosine between the face in pixels (1, 3, H, W), -1..1, and a template, differentiable."""
    return (recogniser(aligned(pixels, face.points)) @ wanted).sum()
