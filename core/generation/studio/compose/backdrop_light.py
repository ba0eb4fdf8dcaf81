"""A sitter before a backdrop, strip by strip, with what the backdrop's light does to them.

Walls, shadows and glow change slowly over a picture. They are worked out once, at a size of about a
thousand pixels, and enlarged as each strip needs them.
"""

from __future__ import annotations

from ....images import Linear, Mask, resize
from ..backdrops import bounce, over, rim, tinted, veiled
from .tiles import STEP, Span, enlarged, shrunk

_ENOUGH = 1400  # rows at which smooth things are worked out, at most


def reduction(rows: int) -> int:
    """By how much smooth things are worked out smaller than a picture of so many rows."""
    factor = 1
    while rows > _ENOUGH * factor and factor < STEP:
        factor *= 2
    return factor


class Stage:
    """Where a sitter of coverage `matte` (H, W) stands before a backdrop.

    Args:
        backdrop: linear light (h, w, 3), `scale` times smaller than the picture. factor: as
            `reduction` says. face_width: in pixels of the picture.
        reflecting: the backdrop sends light back to the sitter: a tint, a veil, a rim.
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
            sent = bounce(small, behind, face_width / factor)
            self._tint = resize(sent.tint, small.shape[1], small.shape[0])
            self._veil = sent.veil
            self._rim = rim(small, behind, face_width / factor)

    def backdrop(self, rows: Span, columns: Span) -> Linear:
        """The backdrop there; not to be written to."""
        return enlarged(self._backdrop, self._scale, rows, columns)

    def composite(
        self, sitter: Linear, skin: Mask, rows: Span, columns: Span, *, veil: bool = True
    ) -> Linear:
        """`sitter`, lit, before the backdrop and of its light; `skin` as `match` wants it.

        veil: the lens scatters the backdrop's light over the sitter as well.
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
        # A breath of the wall's light is wrapped around the edges.
        wrap = (enlarged(self._rim.share, self._factor, rows, columns) * cover)[..., None]
        glow = enlarged(self._rim.light, self._factor, rows, columns)
        picture += (glow - picture) * wrap
        return picture
