"""Is the picture good as a photograph: open eyes, a sharp face, skin neither burnt nor black.

Nothing here asks for a skin lightness: exposure is judged by what is clipped, by the contrast of
the face, and against the sitter's own skin in the photos they gave.
"""

from __future__ import annotations

import numpy as np

from ..faces import Face
from ..identity.identity import Identity
from ..images import Float, Image, fit, luminance, to_lab, to_linear
from ..portrait.expression import smile
from ..portrait.sharpness import sharpness
from ..portrait.skin import drawn_skin, face_box
from .measures import take
from .scorecard import Measure
from .view import FACE, View

# How far the jaw may be dropped, and how much further in a laugh; a smile that begins to be one,
# and is one.
_JAW, _LAUGH, _BROAD = 0.4, 0.1, (0.75, 0.9)


def quality(
    image: Image, face: Face, identity: Identity, view: View | None = None
) -> tuple[Measure, ...]:
    """Eyes, sharpness and exposure of `face` in `image` (sRGB float32 (H, W, 3) 0..1).

    view: a smaller copy, which does for the skin.
    """
    view = view or View(image, None, face)
    measures = [
        take("eyes-open", face.eyes_open),
        _mouth(face),
        take("sharpness", sharpness(image, face)),
        *_exposure(view.image, view.face, identity),
        take("turn", face.pose.yaw),
        take("smile", smile(face)),
    ]
    return tuple(measures)


def _mouth(face: Face) -> Measure:
    """How far the jaw is dropped. A broad laugh drops it as far as a vowel does, and draws the
    corners of the mouth up as no vowel can: it is allowed a tenth more.

    Laughs of the test photos and of what is made from them reach 0.40 at a smile of 0.92, speech
    0.51 at a smile of 0.64.
    """
    broad = float(np.clip((smile(face) - _BROAD[0]) / (_BROAD[1] - _BROAD[0]), 0, 1))
    return take("mouth-open", face.blendshape("jawOpen"), high=_JAW + _LAUGH * broad)


def skin_pixels(image: Image, face: Face) -> Image | None:
    """The skin of `face`, sRGB (N, 3), of a reduced copy; None where too little is to be seen."""
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if min(patch.shape[:2]) < 8:
        return None
    rows, columns = patch.shape[:2]
    patch, _ = fit(patch, max(8, round(max(rows, columns) * FACE / face.width)))
    patch = np.clip(patch, 0, 1)
    factor = np.array([patch.shape[1] / columns, patch.shape[0] / rows], np.float32)
    points = (face.landmarks[:, :2] - np.array([region.x0, region.y0], np.float32)) * factor
    skin = drawn_skin(patch.shape, points)
    return np.asarray(patch[skin], np.float32) if np.count_nonzero(skin) >= 32 else None


def skin_colour(pixels: Image) -> Float:
    """The median of skin pixels (N, 3) in CIE L*a*b*, float32 (3,)."""
    return np.asarray(np.median(to_lab(pixels[None])[0], axis=0), np.float32)


def _exposure(image: Image, face: Face, identity: Identity) -> list[Measure]:
    """Clipping, contrast and the colour of the skin against the sitter's own."""
    skin = skin_pixels(image, face)
    if skin is None:
        return []
    red, green, blue = skin.T
    burnt = (red > 0.985).astype(np.uint8) + (green > 0.985) + (blue > 0.985)
    light = np.quantile(luminance(to_linear(skin)), (0.05, 0.95)) + 1e-4
    measures = [
        # With two channels burnt out the skin's colour is lost; red alone burns out first in warm
        # light and looks well.
        take("blown-skin", 100 * float((burnt >= 2).mean())),
        take("crushed-skin", 100 * float((np.maximum(np.maximum(red, green), blue) < 0.02).mean())),
        # A ratio: it is the same for light and dark skin in the same light.
        take("face-contrast", float(np.log2(light[1] / light[0]))),
    ]
    if identity.skin is not None:
        off = skin_colour(skin) - identity.skin.mean
        names = ("skin-lightness", "skin-tint", "skin-warmth")
        measures += [take(name, float(each)) for name, each in zip(names, off, strict=True)]
    return measures
