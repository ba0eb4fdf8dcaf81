"""How a picture differs from its photo, pixel by pixel: in light and in skin.

The photo is registered to the picture by the two meshes and then, more exactly, by the pixels of
the faces (ECC, which works under another light: Evangelidis and Psarakis, PAMI 30, 2008). The
smooth part of the ratio of the two counts as light, the finer difference as retouch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import PhotoError
from ..faces import Face, regions
from ..faces.alignment import moved, similarity
from ..faces.masks import disc, hull_mask
from ..identity.identity import EnrolledPhoto
from ..images import Float, Image, blur, fit, luminance, resize, to_lab, to_linear
from ..photos import read_photo
from ..portrait.portrait import Portrait
from .reference import correlation

# Width of the face at which pictures are compared, pixels: enough for skin.
_FACE = 260.0
# Blur sigmas in face widths: above the second a difference is light, between the two it is retouch.
# The measure of the skin's texture looks at what is finer than the first.
_FINE, _SMOOTH = 0.008, 0.055
# Steps of ECC, the gain at which it stops, and how much better than the meshes it has to fit.
_ROUNDS, _GAIN = 60, 1e-4
# CIE76 that the eye just sees (Mahy, Van Eycken and Oosterlinck, Color Research 19, 1994).
NOTICEABLE = 2.3
# Correlation of the faces' patterns below which the photo isn't the one that the picture shows.
_SAME = 0.35
# Chroma (CIE a*, b*) of the skin below which a picture is monochrome and its colour no retouch.
_MONOCHROME = 2.5


@dataclass(frozen=True, eq=False)
class Changes:
    """A picture against the photo it was made from, in the frame of the reduced picture (h, w).

    photo: sRGB float32 (h, w, 3), registered to the picture.
    light: float32 (h, w), stops by which the picture is brighter, smooth; NaN beside the sitter.
    retouch: float32 (h, w), CIE76 by which the skin's detail differs; NaN beside the face's skin.
    brighter: median of `light` over the face.
    moved: stops between the twentieths of the face that gained the least and the most light; 0
        where the light is the same.
    retouched: share of the face's skin, 0..1, that differs noticeably.
    by: mean CIE76 over the face's skin.
    """

    photo: Image
    light: Float
    retouch: Float
    brighter: float
    moved: float
    retouched: float
    by: float


def changes(portrait: Portrait, photo: EnrolledPhoto) -> Changes | None:
    """How `portrait` differs from `photo`, where the sitter is.

    None where the photo is unreadable, or where the picture was not made from it, as a painted one.
    """
    image, face, matte = portrait.image, portrait.face, portrait.cutout
    small, factor = fit(image, round(max(image.shape) * min(1.0, _FACE / face.width)))
    here = face.scaled(factor)
    cover = resize(matte, small.shape[1], small.shape[0])
    alignment = _align_photo(small, here, photo)
    if alignment is None:
        return None
    under, reached = alignment
    width = here.width
    sitter = (cover > 0.9) & reached
    skin = _skin(small.shape, here) & sitter
    if np.count_nonzero(skin) < 400:
        return None
    weight = np.asarray(sitter + np.float32(1e-3), np.float32)
    gain = np.log2(_light(small) / _light(under))
    light = blur(gain * weight, _SMOOTH * width) / blur(weight, _SMOOTH * width)
    difference = _detail(small, under, weight, width, skin)
    face_light = light[skin]
    low, high = np.percentile(face_light, (5, 95))
    skin_difference = difference[skin]
    return Changes(
        photo=under,
        light=np.where(sitter, light, np.nan).astype(np.float32),
        retouch=np.where(skin, difference, np.nan).astype(np.float32),
        brighter=float(np.median(face_light)),
        moved=float(high - low),
        retouched=float((skin_difference > NOTICEABLE).mean()),
        by=float(skin_difference.mean()),
    )


def _align_photo(
    image: Image, face: Face, photo: EnrolledPhoto
) -> tuple[Image, NDArray[np.bool_]] | None:
    """The photo registered to the picture, and which pixels it covers, bool (h, w)."""
    share = min(1.0, 1.5 * face.width / photo.face.width)
    try:
        read = read_photo(
            photo.data, name=photo.name, longest=ceil(share * max(photo.width, photo.height))
        )
    except PhotoError:
        return None
    own = photo.face.scaled(read.scale).landmarks[:468, :2]
    matrix = similarity(own, face.landmarks[:468, :2])
    size = image.shape[1], image.shape[0]
    inside = _oval(image.shape, face)
    pattern = _pattern(image, inside, face.width)

    def under(by: Float) -> Image:
        laid = cv2.warpAffine(
            read.image, by, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(laid, np.float32)

    first = under(matrix)
    if _alike(pattern, _pattern(first, inside, face.width)) < _SAME:
        return None
    matrix = _closer(pattern, first, inside, face.width) @ np.vstack([matrix, (0, 0, 1)])
    matrix = np.asarray(matrix[:2], np.float32)
    there = cv2.warpAffine(np.ones(read.image.shape[:2], np.float32), matrix, size)
    return under(matrix), np.asarray(there) > 0.99


def _closer(pattern: Float, under: Image, inside: Float, width: float) -> Float:
    """The affine (3, 3) that registers `under` best; identity where none fits."""
    start = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, _GAIN)
    below = _pattern(under, inside, width)
    mask = (inside > 0.5).astype(np.uint8)
    try:
        _, affine = cv2.findTransformECC(pattern, below, start, cv2.MOTION_AFFINE, stop, mask, 5)
    except cv2.error:  # it did not converge
        return np.eye(3, dtype=np.float32)
    corners = np.array([[0, 0], [width, 0], [0, width]], np.float32)
    if float(np.abs(moved(corners, np.asarray(affine, np.float32)) - corners).max()) > 0.15 * width:
        return np.eye(3, dtype=np.float32)
    # ECC gives where each pixel of the picture comes from.
    back = np.asarray(cv2.invertAffineTransform(affine), np.float32)
    return np.asarray(np.vstack([back, (0, 0, 1)]), np.float32)


def _pattern(image: Image, inside: Float, width: float) -> Float:
    """The detail of the face without its light."""
    tone = np.log(_light(image))
    band = blur(tone, 0.012 * width) - blur(tone, 0.09 * width)
    return np.asarray(band * inside, np.float32)


def _alike(one: Float, other: Float) -> float:
    return correlation(one, other, reach=6)


def _light(image: Image) -> Float:
    # A floor below which luminance is noise.
    return luminance(to_linear(image)) + np.float32(0.004)


def _detail(
    image: Image, under: Image, weight: Float, width: float, skin: NDArray[np.bool_]
) -> Float:
    """CIE76 between the two in the band of skin detail, without the change of light."""

    def band(values: Float) -> Float:
        fine, smooth = (
            blur(values * weight, sigma * width) / blur(weight, sigma * width)
            for sigma in (_FINE, _SMOOTH)
        )
        return np.asarray(fine - smooth, np.float32)

    one, other = to_lab(image), to_lab(under)
    # A change in ln Y is worth (L* + 16) / 3 of L* (CIE 15:2004, 8.2.1): a smooth light multiplies
    # detail and drops out of its logarithm.
    tone = band(np.log(_light(image))) - band(np.log(_light(under)))
    off = [tone * (other[..., 0] + 16) / 3]
    if float(np.hypot(*np.median(one[skin][:, 1:], axis=0))) >= _MONOCHROME:
        off += [band(one[..., each]) - band(other[..., each]) for each in (1, 2)]
    return np.sqrt(sum(each**2 for each in off)).astype(np.float32)


def _oval(shape: tuple[int, ...], face: Face) -> Float:
    return hull_mask(shape, face.landmarks[list(regions.OVAL), :2]).astype(np.float32)


def _skin(shape: tuple[int, ...], face: Face) -> NDArray[np.bool_]:
    """The face without its features: two meshes never put their edges in quite the same place."""
    skin = _oval(shape, face) > 0
    for part in regions.FEATURES:
        mask = hull_mask(shape, face.landmarks[list(part), :2])
        skin &= cv2.dilate(mask, disc(0.025 * face.width)) == 0
    return skin
