"""Composites a sitter with a backdrop strip by strip, including the backdrop's light on them.

Walls, shadows and glow change slowly over a picture. They are computed once, at about a thousand
pixels, and enlarged for each strip.
"""

from __future__ import annotations

from ....images import Linear, Mask, resize
from ..backdrops import bounce, over, rim, tinted, veiled
from .tiles import STEP, Span, enlarged, shrunk

_ENOUGH = 1400  # most rows at which smooth things are computed


def reduction(rows: int) -> int:
    """The factor by which smooth things are computed smaller than a picture of so many rows."""
    factor = 1
    while rows > _ENOUGH * factor and factor < STEP:
        factor *= 2
    return factor


class Stage:
    """A sitter before a backdrop.

    Args:
        matte: the sitter's coverage, float32 (H, W) 0..1.
        backdrop: linear RGB float32 (h, w, 3), `scale` times smaller than the picture.
        scale: 1, or `factor`.
        factor: of `reduction`.
        face_width: in pixels of the picture.
        reflecting: whether the backdrop sends light back to the sitter: tint, veil and light wrap.
    """

    def __init__(
        self,
        matte: Mask,
        backdrop: Linear,
        *,
        scale: int,
        factor: int,
        face_width: float,
        reflecting: bool,
    ) -> None:
        self._matte, self._backdrop, self._scale = matte, backdrop, scale
        self._factor, self._reflecting = factor, reflecting
        if reflecting:
            small = shrunk(matte, factor)
            behind = shrunk(backdrop, factor // scale)
            bounced = bounce(small, behind, face_width / factor)
            self._tint = resize(bounced.tint, small.shape[1], small.shape[0])
            self._veil = bounced.veil
            self._rim = rim(small, behind, face_width / factor)

    def backdrop(self, rows: Span, columns: Span) -> Linear:
        """A part of the backdrop, read-only."""
        return enlarged(self._backdrop, self._scale, rows, columns)

    def composite(
        self, sitter: Linear, skin: Mask, rows: Span, columns: Span, *, veil: bool = True
    ) -> Linear:
        """The lit `sitter` over the backdrop, with the backdrop's light.

        skin: as `match` takes it.
        veil: whether the lens scatters the backdrop's light over the sitter as well.
        """
        behind = self.backdrop(rows, columns)
        cover = self._matte[rows[0] : rows[1], columns[0] : columns[1]]
        if not self._reflecting:
            return over(sitter, cover, behind)
        picture = tinted(sitter, enlarged(self._tint, self._factor, rows, columns), skin)
        if veil:
            picture = veiled(picture, sitter, self._veil, skin)
        picture -= behind
        picture *= cover[..., None]
        picture += behind
        # Light wrap around the edges.
        wrap = (enlarged(self._rim.share, self._factor, rows, columns) * cover)[..., None]
        glow = enlarged(self._rim.light, self._factor, rows, columns)
        picture += (glow - picture) * wrap
        return picture
