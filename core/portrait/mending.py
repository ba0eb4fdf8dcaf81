"""A cut-out with what it lost, and without what is not the sitter's."""

from __future__ import annotations

from ..faces import Face
from ..images import Image, Mask
from .gaps import without_bites, without_pinholes
from .leftovers import without_leftovers
from .segments import Segments, classify_photo, segment


def mended(image: Image, matte: Mask, face: Face) -> tuple[Image, Mask, Segments]:
    """`image` and `matte`, both mended and themselves where nothing is wrong; and what it shows.

    image: sRGB (H, W, 3), the photo; with pinholes in hair filled.
    matte: (H, W).

    Raises:
        SetupError: weights are missing.
    """
    plain = classify_photo(image, face)
    whole = without_bites(matte, face, plain)
    parts = segment(image, whole, face)
    alone = without_leftovers(image, whole, face, parts, plain)
    return *without_pinholes(image, alone, face, parts), parts
