"""What a face looks like, measured in the same way for pictures and enrolled photos.

Everything is measured on the upright face at one size (`faces.upright`), so figures of different
pictures compare. Figures that must hold under different lights are ratios of neighbouring regions:
light falls alike on a lip and on the skin around it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face, regions
from ..faces.alignment import similarity
from ..faces.head_pose import head_frame
from ..faces.masks import hull_mask
from ..faces.upright import Upright, upright
from ..images import Float, Linear, Mask, blur, luminance, resize, wide_blur
from ..weights.sessions import litert
from .expression import expression_of
from .skin import skin_area, skin_middle
from .traits import eye_colour

Pixels = NDArray[np.bool_]
Places = NDArray[np.intp]

# Side of the square that holds the upright face, and the face's width in it, pixels.
SIZE, WIDTH = 300, 180.0
# Least width of a face in pixels for measuring pores, and for measuring lines.
FINE_FACE, LINED_FACE = 170.0, 110.0
# Mesh points that an expression hardly moves: not lids, brows, lips or what lies under the jaw.
_MOVED = {
    *regions.LEFT_EYE, *regions.RIGHT_EYE, *regions.LEFT_BROW, *regions.RIGHT_BROW,
    *regions.LIPS, *regions.INNER_LIPS,
}  # fmt: skip
_STILL = [index for index in range(468) if index not in _MOVED]
# Blur sigmas in face widths between which texture lies: pores and fine lines, then lines and folds,
# then form.
_BANDS = (0.0035, 0.008, 0.018, 0.07)
# The pattern that distinguishes photos: side in pixels, and the sigmas of its band.
_PATTERN, _PATTERN_BAND = 160, (1.2, 6.0)
# The band in which hair is looked for, in face widths above the mesh's upper end, which lies below
# the hairline; the least distance of hair from the skin's colour (CIE76), and its least share of
# the band.
HAIR, _UNLIKE_SKIN, _SOME_HAIR = (0.05, 0.40), 14.0, 0.12
HAIRLINE = (54, 103, 67, 109, 10, 338, 297, 332, 284)
# Chin with both sides of the mouth, where a beard grows; and the cheeks to compare it with.
BEARD = (
    (140, 171, 175, 396, 369, 395, 394, 364, 434, 432, 287, 273, 335, 406, 313, 18, 83, 182, 106,
     43, 57, 212, 214, 135, 169, 170),
)  # fmt: skip
_CHEEKS = (regions.LEFT_CHEEK, regions.RIGHT_CHEEK)
# The outline between the eyes where the bridge of glasses crosses the nose, and the distances from
# the irises between which their rims run, in face widths.
BRIDGE = (193, 168, 417, 351, 6, 122)
RIMS = (0.08, 0.23)
_FEATURES = (
    regions.LIPS, regions.LEFT_BROW, regions.RIGHT_BROW, regions.LEFT_EYE, regions.RIGHT_EYE,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Appearance:
    """What one face looks like. Colours are CIE L*a*b* (D65) float32 (3,), None where not shown.

    skin: its median, without hot spots and shadows.
    eyes: the irises.
    hair: above the hairline.
    teeth: their lit part.
    beard: chin and sides of the mouth less the cheeks.
    glasses: ln of the edges below the eyes and across the nose bridge over the skin's own.
    shape: float32 (N, 3), mesh points that expressions hardly move, turned to the front, in face
        widths.
    expression: float32 (7,), 0..1, in the order of `EXPRESSIONS`.
    texture: float32 (3,), deviation of L* in three bands from fine to coarse; None where the face
        is too small to show lines, the first NaN where it is too small to show pores.
    pattern: float32 (160, 160), band-passed lightness of the upright face, 0 outside the face.
    shown: the upright face.
    lightness: float32 (300, 300), its L*.
    face: in its pixels.
    side: stops by which the cheek at image right is brighter than the other.
    """

    skin: Float
    eyes: Float | None
    hair: Float | None
    teeth: Float | None
    beard: Float
    glasses: float
    shape: Float
    expression: Float
    texture: Float | None
    pattern: Float
    shown: Upright
    lightness: Float
    face: Face
    side: float

    @cached_property  # once for all the pictures that are compared with an enrolled photo
    def features(self) -> tuple[tuple[Places, Places], ...]:
        """For lips, brows and eyes: the pixels inside, and the pixels of the skin around.

        As flat indices into the upright face. Features with too few pixels are left out.
        """
        near = self.shown.area(*_FEATURES, grown=0.025 * WIDTH)
        areas: list[tuple[Places, Places]] = []
        for part in _FEATURES:
            inside = self.shown.area(part, grown=-0.006 * WIDTH) & self.shown.inside
            around = self.shown.area(part, grown=0.06 * WIDTH) & self.shown.inside & ~near
            places = np.flatnonzero(inside), np.flatnonzero(around)
            if min(map(len, places)) >= 24:
                areas.append(places)
        return tuple(areas)


def aligned(appearance: Appearance, other: Appearance) -> Float:
    """The lightness of `appearance` registered to `other` by the mesh: float32 (300, 300)."""
    matrix = similarity(appearance.face.landmarks[:468, :2], other.face.landmarks[:468, :2])
    return np.asarray(cv2.warpAffine(appearance.lightness, matrix, (SIZE, SIZE)), np.float32)


def appearance(
    face: Face, shown: Upright, lab: Float, linear: Linear, matte: Mask | None
) -> Appearance | None:
    """The appearance of `face`; None where the picture shows too little skin.

    face: in pixels of the picture.
    shown: the face upright, `WIDTH` pixels wide in a square of `SIZE`.
    lab, linear: `shown` in CIE L*a*b* and in linear light, float32 (SIZE, SIZE, 3).
    matte: of the picture, float32 (H, W) 0..1; separates hair from backdrop. Without one a small
        segmenter does.

    Raises:
        SetupError: the segmenter's weights are missing.
    """
    skin = skin_area(shown, WIDTH)
    if np.count_nonzero(skin & shown.inside) < 0.5 * np.count_nonzero(skin):
        return None
    skin &= shown.inside
    light = luminance(linear) + np.float32(1e-3)
    own = skin_middle(lab, skin)
    return Appearance(
        skin=own,
        eyes=eye_colour(lab, shown, face, WIDTH),
        hair=_hair(lab, shown, _cover(shown, face, matte), own),
        teeth=_teeth(lab, shown, face),
        beard=_middle(lab[shown.area(*BEARD) & skin]) - _middle(lab[shown.area(*_CHEEKS) & skin]),
        glasses=_glasses(lab[..., 0], shown, skin),
        shape=shape_of(face),
        expression=expression_of(face),
        texture=_texture(lab[..., 0], skin, face.width) if face.width >= LINED_FACE else None,
        pattern=pattern_of(lab[..., 0], shown),
        lightness=lab[..., 0],
        face=_moved(face, shown),
        shown=shown,
        side=_side(light, shown),
    )


def _moved(face: Face, shown: Upright) -> Face:
    """`face` in pixels of the upright square."""
    depth = face.landmarks[:, 2:] * np.float32(WIDTH / face.width)
    return replace(face, landmarks=np.hstack([shown.mesh, depth]).astype(np.float32))


def shape_of(face: Face) -> Float:
    """The rigid mesh points in the head's frame, float32 (N, 3), face widths from their mean."""
    turned = (face.landmarks[_STILL] * (1, -1, 1)) @ head_frame(face.landmarks).T
    turned = turned - turned.mean(axis=0)
    return np.asarray(turned / face.width, np.float32)


def pattern_of(lightness: Float, shown: Upright) -> Float:
    """Band-passed lightness of the upright face, float32 (160, 160), 0 outside the face."""
    small = resize(lightness, _PATTERN, _PATTERN)
    fine, coarse = _PATTERN_BAND
    inside = resize(shown.area(regions.OVAL, grown=-7).astype(np.float32), _PATTERN, _PATTERN)
    return np.asarray((blur(small, fine) - blur(small, coarse)) * (inside > 0.5), np.float32)


def _middle(pixels: Float) -> Float:
    if len(pixels) < 16:
        return np.full(3, np.nan, np.float32)
    return np.median(pixels, axis=0).astype(np.float32)


def _cover(shown: Upright, face: Face, matte: Mask | None) -> Mask:
    """The sitter's coverage of the upright square, 0..1."""
    if matte is not None:
        return upright(matte, face, SIZE, WIDTH).pixels
    network = litert("selfie-segmenter")
    side = network.input_shape[1]
    (alpha,) = network.run(resize(shown.pixels, side, side)[None])
    return resize(alpha.reshape(side, side), SIZE, SIZE)


def _hair(lab: Float, shown: Upright, cover: Mask, skin: Float) -> Float | None:
    """The colour above the hairline, of what belongs to the sitter and isn't skin."""
    line = shown.mesh[list(HAIRLINE)]
    up = shown.mesh[regions.FOREHEAD_TOP] - shown.mesh[regions.CHIN]
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    band = np.concatenate([line + up * HAIR[0] * WIDTH, (line + up * HAIR[1] * WIDTH)[::-1]])
    area = np.zeros(lab.shape[:2], np.uint8)
    cv2.fillPoly(area, [np.round(band).astype(np.int32)], (1,))
    colours = lab[(area > 0) & (cover > 0.9) & shown.inside]
    hair = colours[np.linalg.norm(colours - skin, axis=-1) > _UNLIKE_SKIN]
    return _middle(hair) if len(hair) >= _SOME_HAIR * np.count_nonzero(area) else None


def _teeth(lab: Float, shown: Upright, face: Face) -> Float | None:
    """The lit part of what shows between the lips, where it isn't red."""
    hull = cv2.convexHull(np.round(shown.mesh[list(regions.INNER_LIPS)]).astype(np.int32))
    if cv2.contourArea(hull) < 0.004 * WIDTH**2:
        return None
    pixels = lab[hull_mask(lab.shape, hull[:, 0]) > 0]
    bright = pixels[:, 0] > np.percentile(pixels[:, 0], 50)
    white = pixels[bright & (pixels[:, 1] < 12)]
    if len(white) < 24:
        return None
    return np.median(white, axis=0).astype(np.float32)


def _glasses(lightness: Float, shown: Upright, skin: Pixels) -> float:
    """Ln of the strongest edges where frames run over the edges of the skin itself.

    Any number; higher is more like frames, 0 where nothing shows. A measure of this program's own.
    """
    smooth = blur(lightness, 0.008 * WIDTH)
    edges = np.abs(np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3)))
    columns = np.arange(len(edges), dtype=np.float32)
    rows = columns[:, None]
    lids = shown.area(regions.LEFT_EYE, regions.RIGHT_EYE, grown=0.03 * WIDTH)
    frames = shown.area(BRIDGE)
    for iris in (regions.LEFT_IRIS[0], regions.RIGHT_IRIS[0]):
        x, y = shown.mesh[iris]
        away = np.hypot(columns - x, rows - y) / WIDTH
        frames |= (away > RIMS[0]) & (away < RIMS[1]) & (rows > y)
    frames &= ~lids & shown.area(regions.OVAL) & shown.inside
    own = float(np.percentile(edges[skin], 75)) + 0.5
    return float(np.log(np.percentile(edges[frames], 96) / own)) if frames.any() else 0.0


def _side(light: Float, shown: Upright) -> float:
    """Stops by which the cheek at image right is brighter than the other; 0 where one is hidden."""
    left, right = (
        shown.area(part) & shown.inside for part in (regions.LEFT_CHEEK, regions.RIGHT_CHEEK)
    )
    if not left.any() or not right.any():
        return 0.0
    return float(np.log2(np.median(light[right]) / np.median(light[left])))


def _texture(lightness: Float, skin: Pixels, width: float) -> Float:
    """Robust deviation of L* on skin in each band."""
    weight = np.asarray(skin + np.float32(1e-3), np.float32)
    core = cv2.erode(skin.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    blurs = (blur, blur, blur, wide_blur)
    layers = [
        each(lightness * weight, sigma * WIDTH) / each(weight, sigma * WIDTH)
        for each, sigma in zip(blurs, _BANDS, strict=True)
    ]
    bands = [one - other for one, other in itertools.pairwise(layers)]
    deviations = np.array([1.48 * np.median(np.abs(band[core])) for band in bands], np.float32)
    deviations[0] = deviations[0] if width >= FINE_FACE else np.nan
    return deviations
