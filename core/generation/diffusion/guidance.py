"""Identity guidance: the picture that the network sees is drawn towards the sitter, step by step.

The gradient of likeness is taken at the predicted clean picture, by way of the decoder but not of
the denoising network, which would cost as much again (Yu et al. 2023, "FreeDoM", without its last
term). Only the face's part is decoded, and only every other step; a step that would lead past the
sitter is shortened.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...faces import Face
from ...images import Float
from .painter import Beginning, Painter
from .recogniser import Recogniser, aligned
from .sampling import Guide, around, shifted

_FROM, _UNTIL = 0.2, 0.9  # of the steps: before, there is no face; after, none can change
_EVERY = 2
# Of the latents' length, at full strength, a step; how often it is halved where it leads past.
_FAR, _HALVED = 0.2, 5


def guide_of(painter: Painter, template: Float, strength: float) -> Guide:
    """A guide towards the sitter whose MobileFaceNet template is `template`, float32 (192,).

    strength: 0..1.
    """
    recogniser = Recogniser().eval().requires_grad_(False)
    wanted = torch.from_numpy(template)

    def guide(clean: Tensor, beginnings: Sequence[Beginning], step: int, steps: int) -> Tensor:
        if not _FROM * steps <= step < _UNTIL * steps or step % _EVERY:
            return clean
        recogniser.to(clean.device)
        parts = [
            _drawn(painter, recogniser, latents, beginning, wanted.to(clean), strength)
            for latents, beginning in zip(clean.split(1), beginnings, strict=True)
        ]
        return torch.cat(parts)

    return guide


def _drawn(
    painter: Painter,
    recogniser: Recogniser,
    clean: Tensor,
    beginning: Beginning,
    wanted: Tensor,
    strength: float,
) -> Tensor:
    """One candidate's clean latents (1, channels, h, w), nearer to the sitter."""
    if beginning.face is None:
        return clean
    face, rows, columns = window_of(painter, beginning.face)
    window = clean[..., rows, columns]

    def likeness(latents: Tensor) -> Tensor:
        return likeness_of(painter, recogniser, latents, face, wanted)

    with torch.enable_grad():
        free = window.detach().clone().requires_grad_(True)
        before = likeness(free)
        (slope,) = torch.autograd.grad(before, free)
    length = slope.norm()
    if not bool(torch.isfinite(length)) or float(length) == 0:
        return clean
    step = strength * _FAR * window.norm() * slope / length
    for _ in range(_HALVED):
        if bool(likeness(window + step) > before):
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
    painter: Painter, recogniser: Recogniser, window: Tensor, face: Face, wanted: Tensor
) -> Tensor:
    """The cosine of the face in latents (1, channels, h, w) to a template, differentiable."""
    seen = aligned(painter.pixels(window).float().clamp(-1, 1), face.points)
    return (recogniser(seen) @ wanted).sum()
