"""Identity guidance: the picture that the network sees is drawn towards the sitter, step by step.

The gradient of likeness is taken at the predicted clean picture, by way of the decoder but not of
the denoising network, which would cost as much again (Yu et al. 2023, "FreeDoM", without its last
term). Only the face's part is decoded, by TAESD where that is there, and only every other step; a
step that would lead past the sitter is shortened.
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
from .sampler import Guide, around, shifted
from .steering import Steering, steering_of

_FROM, _UNTIL = 0.2, 0.9  # of the steps: before, there is no face; after, none can change
_EVERY = 2
# Of the latents' length, at full strength, a step; how often it is halved where it leads past.
_FAR, _HALVED = 0.2, 5


@dataclass(frozen=True, eq=False)
class Guidance:
    """guide: what draws to the sitter. record: for the provenance."""

    guide: Guide
    record: provenance.Guidance


def guidance_of(painter: Painter, family: Family, identity: Identity, strength: float) -> Guidance:
    """What draws pictures of `painter`, a model of `family`, to `identity`; strength: 0..1.

    Raises:
        InputError, SetupError: see `steering_of`.
        ModelUnreadable: TAESD's file is none.
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
    """A guide by `steering`. decode: makes pixels of latents; default: the painter's own.

    strength: 0..1.
    """
    wanted, pixels = torch.from_numpy(steering.wanted), decode or painter.pixels

    def guide(clean: Tensor, beginnings: Sequence[PaintJob], step: int, steps: int) -> Tensor:
        if not _FROM * steps <= step < _UNTIL * steps or step % _EVERY:
            return clean
        steering.network.to(clean.device)
        template = wanted.to(clean)

        def likeness(latents: Tensor, face: Face) -> Tensor:
            return likeness_of(pixels, steering.network, latents, face, template)

        parts = [
            _drawn(painter, likeness, latents, beginning, strength)
            for latents, beginning in zip(clean.split(1), beginnings, strict=True)
        ]
        return torch.cat(parts)

    return guide


def _drawn(
    painter: Painter,
    likeness: Callable[[Tensor, Face], Tensor],
    clean: Tensor,
    beginning: PaintJob,
    strength: float,
) -> Tensor:
    """One candidate's clean latents (1, channels, h, w), nearer to the sitter."""
    if beginning.face is None:
        return clean
    face, rows, columns = window_of(painter, beginning.face)
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


def window_of(painter: Painter, face: Face) -> tuple[Face, slice, slice]:
    """Rows and columns of the latents that show a face's head, and the face in pixels of these."""
    part, scale = around(face, painter.scale), painter.scale
    rows = slice(int(part.y0) // scale, int(part.y1) // scale)
    columns = slice(int(part.x0) // scale, int(part.x1) // scale)
    return shifted(face, part), rows, columns


def likeness_of(
    decode: Decode, recogniser: torch.nn.Module, window: Tensor, face: Face, wanted: Tensor
) -> Tensor:
    """The cosine of the face in latents (1, channels, h, w) to a template, differentiable."""
    seen = aligned(decode(window).float().clamp(-1, 1), face.points)
    return (recogniser(seen) @ wanted).sum()
