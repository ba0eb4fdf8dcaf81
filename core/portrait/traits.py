"""Colours of skin and eyes, and marks of the skin, as one photo shows them.

They are measured on the upright face at one size, so that figures from several photos compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..faces import Face, regions
from ..faces.upright import Upright, upright
from ..images import Float, Image, to_lab
from .marks import SIZE, SMALLEST_FACE, WIDTH, SkinMark, find_marks
from .skin import skin_area, skin_middle

# Below this iris radius (pixels of the photo) lashes and reflections cover most of the iris.
SMALLEST_IRIS = 3.5


@dataclass(frozen=True, eq=False)
class Traits:
    """What one photo shows.

    skin, eyes: CIE L*a*b* float32 (3,); None if the photo doesn't show them well enough.
    spots: candidates for permanent marks; None if the face is too small to show any.
    red: spots so red that they count as permanent only if another photo shows them too.
    """

    skin: Float | None
    eyes: Float | None
    spots: tuple[SkinMark, ...] | None
    red: tuple[SkinMark, ...] = ()


def measure_traits(image: Image, face: Face) -> Traits:
    """The traits of `face` in its `image` (sRGB float32 (H, W, 3) 0..1)."""
    shown = upright(image, face, SIZE, WIDTH)
    lab = to_lab(shown.pixels)
    whole = skin_area(shown, WIDTH)
    skin = whole & shown.inside
    enough = bool(skin.sum() > 0.5 * whole.sum() > 0)
    large = face.width >= SMALLEST_FACE
    spots, red = find_marks(lab, skin, shown, face) if large and enough else (None, ())
    return Traits(
        skin=skin_middle(lab, skin) if enough else None,
        eyes=eye_colour(lab, shown, face, WIDTH),
        spots=spots,
        red=red,
    )


def eye_colour(lab: Float, shown: Upright, face: Face, width: float) -> Float | None:
    """The irises' colour, CIE L*a*b* float32 (3,); None where eyes are closed or too small.

    Of the ring between pupil and rim, without lids, lashes and reflections.

    lab: of the upright face `shown`, float32 (S, S, 3).
    face: in pixels of the photo.
    width: of the face in `shown`, pixels.
    """
    if face.eyes_open < 0.4:
        return None
    rings: list[Float] = []
    enlarged = width / face.width
    for iris, lids in (
        (regions.LEFT_IRIS, regions.LEFT_EYE),
        (regions.RIGHT_IRIS, regions.RIGHT_EYE),
    ):
        centre = shown.mesh[iris[0]]
        radius = float(np.linalg.norm(shown.mesh[list(iris[1:])] - centre, axis=1).mean())
        if radius / enlarged < SMALLEST_IRIS:
            continue
        rows, columns = np.nonzero(shown.area(lids, grown=-0.25 * radius))
        distance = np.hypot(columns - centre[0], rows - centre[1]) / radius
        ring = (distance > 0.4) & (distance < 0.85)
        pixels = lab[rows[ring], columns[ring]]
        if len(pixels) < 12:
            continue
        # Reflections of lamps are the lightest, lashes the darkest.
        low, high = np.percentile(pixels[:, 0], (10, 80))
        rings.append(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)])
    if not rings:
        return None
    return np.median(np.concatenate(rings), axis=0).astype(np.float32)
