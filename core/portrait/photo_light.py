"""The light in a photo, as far as it makes the photo a good or a poor source.

Everything is measured at one size, so that photos compare. A small segmenter separates the sitter
from the background. Every brightness is relative to another one of the same person, so light and
dark skin are treated alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import hull_mask
from ..faces.regions import CHIN, LEFT_CHEEK, NOSE_BRIDGE, OVAL, RIGHT_CHEEK
from ..faces.upright import Upright, upright
from ..images import Box, Float, Image, blur, luminance, ramp, resize, to_lab, to_linear
from ..weights.sessions import litert
from .skin import skin_area

# Side of the upright face on which the two sides are compared, and the face's width in it.
_SIZE, _WIDTH = 240, 144.0
# Skin keeps twice the usual distance from eyes, brows and lips, as on a face twice as wide.
_DRAWN_IN = 2 * _WIDTH
_BETWEEN = 0.03  # face widths about the middle line that belong to neither side
_LEAST = 200  # least pixels of skin on a side
_BURNT = 0.98
# Cheeks, nose and the lowest part of the forehead, where no hair hangs and few beards grow.
_GLABELLA = 9
_INNER = (*LEFT_CHEEK, *RIGHT_CHEEK, _GLABELLA)
_EVENED = 0.02  # face widths over which its light is averaged
_BLACK = 0.03  # of the skin's median, added to all: darker differences are noise

# What is measured around the face's middle, in face widths, at `_VIEWED` pixels a face width.
_VIEWED = 64.0
_ASIDE, _ABOVE, _BELOW = 2.8, 1.5, 3.5
_SITTER = 0.8  # the segmenter's value from which a pixel is the sitter, inside the soft edge
# Distances from the sitter's outline inwards: of the rim, and of the skin, hair and cloth beside
# it. Then how far from the face's middle the outline counts, and how far below the chin.
_RIM, _INSIDE, _AROUND, _LOWEST = (0.005, 0.06), (0.10, 0.22), 1.4, 0.9
_NEAR = 0.08  # sigma over which the inside is averaged
# A rim is this many stops brighter than the inside, and this bright relative to the face's skin:
# from the first figure a little, from the second fully. White collars and grey hair are even, so no
# rims.
_BRIGHTER, _AS_SKIN = (0.6, 1.4), (0.6, 1.2)


@dataclass(frozen=True)
class PhotoLight:
    """The light in a photo.

    behind: share of the sitter's outline that is a bright rim of light from behind, 0..1.
    aside: stops by which the face's side at image right is brighter than the other.
    cast: difference in chroma between the two sides (CIE a*, b*).
    burnt: share of the face's skin that is clipped, 0..1.
    exposure: median luminance of the skin in stops relative to white, so mostly negative.
    shadows: stops between lit and shaded skin around nose and cheeks, beyond what changes evenly
        from side to side: hard light that is baked into the photo.
    """

    behind: float
    aside: float
    cast: float
    burnt: float
    exposure: float
    shadows: float


def photo_light(image: Image, face: Face) -> PhotoLight:
    """The light on `face` in its `image` (sRGB float32 (H, W, 3) 0..1).

    On 30 faces of 11 public photos, `behind` is at most .04 without a visible rim and .11 to .32
    with one; `cast` is below 9 in light of one colour and 12 to 50 between coloured lamps. On 89
    photos of 34 people, `shadows` is about 1 in soft light and from a flash, and 1.5 to 3.6 under a
    bare sun and on stages.

    Raises:
        SetupError: the segmenter's weights are missing.
    """
    shown = upright(image, face, _SIZE, _WIDTH)
    skin = skin_area(shown, _DRAWN_IN) & shown.inside
    log = np.log2(luminance(to_linear(shown.pixels)) + 1e-4)
    aside, cast = _sides(log, shown, skin)
    some = bool(skin.any())
    return PhotoLight(
        behind=_behind(image, face),
        aside=aside,
        cast=cast,
        burnt=float(((shown.pixels >= _BURNT).sum(axis=2) >= 2)[skin].mean()) if some else 0.0,
        exposure=float(np.median(log[skin])) if some else 0.0,
        shadows=_shadows(shown, skin),
    )


def _sides(log: Float, shown: Upright, skin: NDArray[np.bool_]) -> tuple[float, float]:
    """Differences between the sides of the face in stops and chroma; 0 where one is hidden."""
    (x0, y0), (x1, y1) = shown.mesh[NOSE_BRIDGE], shown.mesh[CHIN]
    down, across = np.mgrid[0:_SIZE, 0:_SIZE]
    off = across - (x0 + (x1 - x0) * (down - y0) / max(float(y1 - y0), 1.0))
    left, right = (skin & (sign * off > _BETWEEN * _WIDTH) for sign in (-1, 1))
    if min(left.sum(), right.sum()) < _LEAST:
        return 0.0, 0.0
    chroma = to_lab(shown.pixels)[..., 1:]
    apart = np.median(chroma[right], axis=0) - np.median(chroma[left], axis=0)
    return float(np.median(log[right]) - np.median(log[left])), float(np.hypot(*apart))


def _shadows(shown: Upright, skin: NDArray[np.bool_]) -> float:
    """`PhotoLight.shadows`; 0 where too little skin is to be seen."""
    inner = skin & shown.area(_INNER)
    if inner.sum() < _LEAST:
        return 0.0
    mask = skin.astype(np.float32)
    light = blur(luminance(to_linear(shown.pixels)) * mask, _EVENED * _WIDTH)
    light /= blur(mask, _EVENED * _WIDTH) + np.float32(1e-3)
    values = light[inner].astype(np.float64)
    stops = np.log2(values / max(float(np.median(values)), 1e-6) + _BLACK)
    across = np.nonzero(inner)[1] / _WIDTH
    slope, level = np.polyfit(across, stops, 1)
    low, high = np.quantile(stops - slope * across - level, (0.05, 0.95))
    return float(high - low)


def _behind(image: Image, face: Face) -> float:
    """Share of the outline of head, neck and shoulders that is a bright rim."""
    x, _ = face.box.centre
    top, chin = float(face.landmarks[:468, 1].min()), float(face.landmarks[CHIN, 1])
    reach = face.width
    box = Box(x - _ASIDE * reach, top - _ABOVE * reach, x + _ASIDE * reach, chin + _BELOW * reach)
    part = box.cut(image)
    if min(part.shape[:2]) < 2:
        return 0.0
    scale = min(1.0, _VIEWED / reach)
    small = resize(part, max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    factor = np.array(small.shape[1::-1]) / part.shape[1::-1]
    points = (face.landmarks[:, :2] - (max(0.0, box.x0), max(0.0, box.y0))) * factor
    width = reach * float(factor.mean())

    light = luminance(to_linear(small))
    oval = hull_mask(light.shape, points[list(OVAL)].astype(np.int32))
    sitter = _sitter(small, oval)
    if not (oval & sitter).any():
        return 0.0
    skin = float(np.median(light[(oval & sitter) > 0]))
    # The photo's own edge is no outline.
    wide = cv2.copyMakeBorder(sitter, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, 5)[1:-1, 1:-1] / np.float32(width)
    core = ((depth > _INSIDE[0]) & (depth < _INSIDE[1])).astype(np.float32)
    share = blur(core, _NEAR * width)
    inside = blur(light * core, _NEAR * width) / (share + np.float32(1e-4))
    down, across = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    middle = float(points[:468, 0].mean())
    near = (np.abs(across - middle) < _AROUND * width) & (down < points[CHIN, 1] + _LOWEST * width)
    rim = near & (depth > _RIM[0]) & (depth < _RIM[1]) & (share > 0.03)
    if rim.sum() < width:
        return 0.0
    dark = np.float32(0.02 * skin)
    stops = np.log2((light[rim] + dark) / (inside[rim] + dark))
    hot = ramp(stops, *_BRIGHTER) * ramp(light[rim] / np.float32(skin), *_AS_SKIN)
    return float(hot.mean())


def _sitter(small: Image, oval: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The person whose face is in `oval`, uint8 (h, w) 0 or 1."""
    network = litert("selfie-segmenter")
    _, rows, columns, _ = network.input_shape
    (alpha,) = network.run(resize(small, columns, rows)[None])
    whole = resize(np.asarray(alpha[0, ..., 0], np.float32), small.shape[1], small.shape[0])
    _, labels = cv2.connectedComponents((whole > _SITTER).astype(np.uint8))
    own = labels[(oval > 0) & (labels > 0)]
    if own.size == 0:
        return np.zeros(oval.shape, np.uint8)
    return (labels == np.bincount(own).argmax()).astype(np.uint8)
