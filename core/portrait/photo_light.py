"""The light baked into a photo, as far as it makes the photo a good or a poor source.

What lies around the face is taken at one size, so that photos compare; the sitter is told from the
background by a small segmenter. Faces of light and dark skin fare alike: every brightness here is
a ratio to another one of the same person.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.regions import CHIN, NOSE_BRIDGE, OVAL
from ..faces.upright import Upright, upright
from ..images import Box, Float, Image, blur, luminance, ramp, resize, to_lab, to_linear
from ..weights.sessions import litert
from .skin import skin_area

# Side of the upright face on which the two sides are compared, and the face's width in it.
_SIZE, _WIDTH = 240, 144.0
# Margins of the skin are taken as on a face this wide: twice as far from eyes, brows and lips.
_DRAWN_IN = 2 * _WIDTH
_BETWEEN = 0.03  # face widths about the middle line that belong to neither side
_LEAST = 200  # pixels of skin that a side needs
_BURNT = 0.98

# Face widths, at `_SEEN` pixels a face width: what is looked at around the face's middle.
_SEEN = 64.0
_ASIDE, _ABOVE, _BELOW = 2.8, 1.5, 3.5
_SITTER = 0.8  # the segmenter's share from which a pixel is the sitter, off the soft edge
# Of the outline: how deep a rim is, where the skin, hair and cloth inside it are looked at, how far
# around the face it counts, and how far below the chin.
_RIM, _INSIDE, _AROUND, _LOWEST = (0.005, 0.06), (0.10, 0.22), 1.4, 0.9
_NEAR = 0.08  # spread of the inside that a point of the rim is compared with
# Stops brighter than the inside, and brightness against the face's skin, from which it is a rim.
# White collars and grey hair are even, so they are none.
_BRIGHTER, _AS_SKIN = (0.6, 1.4), (0.6, 1.2)


@dataclass(frozen=True)
class PhotoLight:
    """The light baked into a photo.

    behind: share of the sitter's outline that is a bright rim of light from behind, 0..1.
    aside: stops by which the face's side at image right is brighter than the other.
    cast: difference in chroma between the two sides (CIE a*, b*).
    burnt: share of the face's skin that is burnt out, 0..1.
    exposure: of the skin: median luminance in stops below white.
    """

    behind: float
    aside: float
    cast: float
    burnt: float
    exposure: float


def photo_light(image: Image, face: Face) -> PhotoLight:
    """The light on `face`, found in `image` (sRGB float32 (H, W, 3) 0..1).

    Measured on 30 faces of 11 public photos: `behind` is at most .04 where no rim is seen, .11 to
    .32 where one is; `cast` below 9 in one colour of light, 12 to 50 between coloured lamps.

    Raises:
        SetupError: the segmenter's weights are missing.
    """
    shown = upright(image, face, _SIZE, _WIDTH)
    skin = skin_area(shown, _DRAWN_IN) & shown.seen
    log = np.log2(luminance(to_linear(shown.pixels)) + 1e-4)
    aside, cast = _sides(log, shown, skin)
    some = bool(skin.any())
    return PhotoLight(
        behind=_behind(image, face),
        aside=aside,
        cast=cast,
        burnt=float(((shown.pixels >= _BURNT).sum(axis=2) >= 2)[skin].mean()) if some else 0.0,
        exposure=float(np.median(log[skin])) if some else 0.0,
    )


def _sides(log: Float, shown: Upright, skin: NDArray[np.bool_]) -> tuple[float, float]:
    """Stops and chroma between both sides of the face; zeros where one is hidden."""
    (x0, y0), (x1, y1) = shown.mesh[NOSE_BRIDGE], shown.mesh[CHIN]
    down, across = np.mgrid[0:_SIZE, 0:_SIZE]
    off = across - (x0 + (x1 - x0) * (down - y0) / max(float(y1 - y0), 1.0))
    left, right = (skin & (sign * off > _BETWEEN * _WIDTH) for sign in (-1, 1))
    if min(left.sum(), right.sum()) < _LEAST:
        return 0.0, 0.0
    chroma = to_lab(shown.pixels)[..., 1:]
    apart = np.median(chroma[right], axis=0) - np.median(chroma[left], axis=0)
    return float(np.median(log[right]) - np.median(log[left])), float(np.hypot(*apart))


def _behind(image: Image, face: Face) -> float:
    """Share of the outline of head, neck and shoulders that is a bright rim."""
    x, _ = face.box.centre
    top, chin = float(face.landmarks[:468, 1].min()), float(face.landmarks[CHIN, 1])
    reach = face.width
    box = Box(x - _ASIDE * reach, top - _ABOVE * reach, x + _ASIDE * reach, chin + _BELOW * reach)
    part = box.cut(image)
    if min(part.shape[:2]) < 2:
        return 0.0
    scale = min(1.0, _SEEN / reach)
    small = resize(part, max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    factor = np.array(small.shape[1::-1]) / part.shape[1::-1]
    points = (face.landmarks[:, :2] - (max(0.0, box.x0), max(0.0, box.y0))) * factor
    width = reach * float(factor.mean())

    light = luminance(to_linear(small))
    oval = np.zeros(light.shape, np.uint8)
    cv2.fillConvexPoly(oval, cv2.convexHull(points[list(OVAL)].astype(np.int32)), (1,))
    sitter = _sitter(small, oval)
    if not (oval & sitter).any():
        return 0.0
    skin = float(np.median(light[(oval & sitter) > 0]))
    # Where the photo ends is no outline.
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
    """The person whose face is in `oval` as 0 or 1 (h, w)."""
    network = litert("selfie-segmenter")
    _, rows, columns, _ = network.input_shape
    (alpha,) = network.run(resize(small, columns, rows)[None])
    whole = resize(np.asarray(alpha[0, ..., 0], np.float32), small.shape[1], small.shape[0])
    _, labels = cv2.connectedComponents((whole > _SITTER).astype(np.uint8))
    own = labels[(oval > 0) & (labels > 0)]
    if own.size == 0:
        return np.zeros(oval.shape, np.uint8)
    return (labels == np.bincount(own).argmax()).astype(np.uint8)
