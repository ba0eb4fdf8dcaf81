"""A picture as it is looked at for what shows in a smaller copy as well."""

from __future__ import annotations

from dataclasses import dataclass

from ..faces import Face
from ..images import Image, Mask

# The face's width in pixels at which skin, cut-out and edges are looked at: no more shows there.
FACE = 160


@dataclass(frozen=True, eq=False)
class View:
    """image: sRGB float32 (H, W, 3) 0..1. matte: (H, W), where it is known. face: in its pixels."""

    image: Image
    matte: Mask | None
    face: Face
