"""Gentle retouch by frequency separation: shallow blotches and redness go, the person stays.

Skin is split in CIE L*a*b* into three bands by two blurs at .007 and .04 face widths (on a 24
megapixel portrait about the 4-12 px and the wide radius retouchers use for frequency separation).
The fine band, pores and hairs, is kept; the middle one, blotches, is drawn in; the wide one, form
and light, is kept. Moles, freckles and lines are locked: they are the sitter's. Red spots are
removed only where several photos say that they are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....faces import Face, regions
from ....images import Float, Image, Mask, blur, from_lab, ramp, resize, to_lab
from ....portrait.skin import face_box, patch_skin

# Blur sigmas in face widths.
_FINE = 0.007
_WIDE = 0.04
_DOT = 0.004
_AROUND = 0.016
_LINE = 0.015
_BEYOND = 0.025  # what a removed spot is filled with
# Blemishes are small and round; the red of folds, lids and nostrils is neither. Radius in face
# widths, the shorter axis as a share of the longer, and how far off the nostrils.
_LARGEST = 0.035
_ROUNDEST = 0.5
_OFF_NOSTRILS = 0.02

# L* units. Blotches are shallow, form is not: differences well beyond this are left as they are.
# Drawing in all differences up to a limit, as a soft clip does, flattens cheeks and mouth and costs
# twice the likeness by two recognisers.
_SHALLOW = 4.0
# a* units: redness beyond this is more than a flush and is not reached for.
_REDDEST = 8.0
# L* units: how much darker than the skin around a red spot may be and still be a blemish; less
# where nothing is known of the sitter, as a brown mole is darker than it is red.
_DARKEST_UNKNOWN = -3.2
_DARKEST_KNOWN = -9.0


def retouch(
    image: Image, face: Face, amount: float, redness: float, keep: Mask | None = None
) -> Image:
    """`image` (sRGB float32 (H, W, 3) 0..1) with the skin of `face` evened.

    amount: 0 leaves the skin's blotches and spots .. 1 evens them as far as they are shallow.
    redness: 0 leaves .. 1 evens the skin's local redness. Pixels off the skin are unchanged; with
    both at 0 the picture itself is returned.
    keep: what several photos of the sitter show in the same place, float32 (H, W) 0..1 (see
    `features.lock`). It is left alone, and red spots elsewhere are removed in proportion to
    `amount`. Dark spots that are not red stay wherever they are: that the other photos don't show
    one may be their light, focus or angle. Without `keep` nothing is known: whether a red spot is
    a blemish or there for life can't be told from one picture, so spots are softened, not removed.

    Measured on five portraits at .5 and .5: the fine band keeps .97 or more of its standard
    deviation (tests hold .95).
    """
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if (amount <= 0 and redness <= 0) or patch.size == 0:
        return image
    skin = patch_skin(patch, face, region)
    locked = np.zeros_like(skin) if keep is None else region.cut(keep)
    lab = to_lab(patch)
    bands = _split(lab, skin, face.width)
    mole, spot, line = _marks(
        bands, face.width, _DARKEST_UNKNOWN if keep is None else _DARKEST_KNOWN
    )
    spot = _blemishes(spot, face.landmarks[:, :2] - (region.x0, region.y0), face.width)
    free = skin * (1 - np.maximum(np.maximum(mole, 0.8 * line), locked))
    spot *= skin * (1 - locked)

    wanted = np.zeros_like(lab)
    light, red, yellow = bands.middle[..., 0], bands.middle[..., 1], bands.middle[..., 2]
    wanted[..., 0] = -amount * light * np.exp(-((light / _SHALLOW) ** 2)) * free
    wanted[..., 1] = -redness * np.clip(red, 0, _REDDEST) * (0.3 * skin * (1 - locked) + 0.7 * free)
    wanted[..., 2] = -0.6 * amount * np.clip(yellow, -6, 6) * free
    if keep is None:
        wanted += (amount * spot)[..., None] * (bands.around - bands.dot - wanted)
    else:
        gone = np.minimum(2 * spot, 1)
        clear = _cleared(lab, bands, skin, gone, face.width)
        wanted += (amount * gone)[..., None] * (clear - lab - wanted)
    # Evening darkens highlights a little more than it lightens hollows: the skin stays as light.
    wanted[..., 0] -= free * ((wanted[..., 0] * skin).sum() / max(float(free.sum()), 1.0))

    # The conversion to Lab and back rounds: the difference of two is nought where nothing changes.
    evened = patch + (from_lab(lab + wanted) - from_lab(lab))
    result = image.copy()
    region.cut(result)[:] = np.clip(evened, 0, 1)
    return result


def _cleared(lab: Float, bands: _Bands, skin: Mask, spot: Mask, width: float) -> Float:
    """The patch as it would be without `spot`: the skin beyond it, with its own pores.

    The fine band stays, brought down to the strength it has around: the rim and head of a spot are
    in it too.
    """
    weight = np.maximum(skin * (1 - spot), np.float32(1e-3))
    fine = lab - bands.dot
    energy = fine[..., 0] ** 2
    sigma = _BEYOND * width
    total = _reduced_blur(np.dstack([energy * weight, weight]), sigma)
    beyond = _reduced_blur(lab * weight[..., None], sigma) / total[..., 1:]
    here = np.maximum(blur(energy, _DOT * width), 1e-4)
    calm = np.sqrt(np.minimum(total[..., 0] / total[..., 1] / here, 1))
    return np.asarray(beyond + fine * calm[..., None], np.float32)


@dataclass(frozen=True, eq=False)
class _Bands:
    """Lab bands, each float32 (H, W, 3): blurs of rising width, and the middle band."""

    dot: Float
    fine: Float
    around: Float
    middle: Float


def _split(lab: Float, skin: Mask, width: float) -> _Bands:
    # The wide blur is taken over skin alone: lips, brows and hair must not tint what is around.
    weight = np.maximum(skin, np.float32(1e-3))
    weighted = np.dstack([lab * weight[..., None], weight])
    wide = _reduced_blur(weighted, _WIDE * width)
    fine = blur(lab, _FINE * width)
    return _Bands(
        dot=blur(lab, _DOT * width),
        fine=fine,
        around=_reduced_blur(lab, _AROUND * width),
        middle=np.asarray(fine - wide[..., :3] / wide[..., 3:], np.float32),
    )


def _marks(bands: _Bands, width: float, darkest: float) -> tuple[Mask, Mask, Mask]:
    """Moles (dark, not red), spots (clearly red) and lines, each float32 (H, W) 0..1.

    darkest: L* relief down to which something red is a spot.
    """
    relief = bands.dot - bands.around
    light, red = relief[..., 0], relief[..., 1]
    mole = ramp(-light, 1.2, 2.7) * ramp(-red, -2.2, -1.2)
    mole = _widened(mole, width)
    spot = (
        ramp(red, 1.6, 3.1)
        * ramp(light, darkest, 0.63 * darkest)
        * ramp(red + np.minimum(light, 0), 0.0, 0.8)
        * (1 - mole)
    )
    return mole, spot, _lines(bands.fine[..., 0], width)


def _blemishes(spot: Mask, points: Float, width: float) -> Mask:
    """The parts of `spot` that are small, round and off the nostrils, with their rims.

    points: the mesh, float32 (478, 2), in pixels of the mask.
    """
    found = (spot > 0.3).astype(np.uint8)
    nostrils = np.round(points[list(regions.NOSTRILS)]).astype(np.int32)
    beside = np.zeros_like(found)
    cv2.fillConvexPoly(beside, cv2.convexHull(nostrils), (1,))
    size = 2 * round(_OFF_NOSTRILS * width) + 1
    beside = cv2.dilate(beside, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    kept = np.zeros(count, np.float32)
    for label in range(1, count):
        left, top, across, down, area = stats[label]
        if area > np.pi * (_LARGEST * width) ** 2:
            continue
        part = slice(top, top + down), slice(left, left + across)
        rows, columns = np.nonzero(labels[part] == label)
        if beside[part][rows, columns].any():
            continue
        # A pixel's own width (variance 1/12) keeps the smallest from being all line.
        spread = np.cov(np.stack([rows, columns]), bias=True) + np.eye(2) / 12
        short, long = np.linalg.eigvalsh(spread)
        kept[label] = short >= _ROUNDEST**2 * long
    return _widened(np.asarray(spot * kept[np.asarray(labels, np.intp)], np.float32), width)


def _lines(light: Float, width: float) -> Mask:
    """Coherent lines and edges, by the structure tensor's eigenvalues (Bigun & Granlund 1987)."""
    across = cv2.Sobel(light, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(light, cv2.CV_32F, 0, 1)
    # Gradients of the same wrinkle halve when the face is twice as large in pixels; the ramps were
    # set on faces 420 px wide.
    scale = np.float32((width / 420) ** 2)
    products = np.stack([across * across, down * down, across * down], axis=-1) * scale
    tensor = _reduced_blur(products, _LINE * width)
    xx, yy, xy = tensor[..., 0], tensor[..., 1], tensor[..., 2]
    energy = xx + yy
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (energy + 2)
    return ramp(np.asarray(coherence, np.float32), 0.35, 0.65) * ramp(energy, 6, 26)


def _widened(mask: Mask, width: float) -> Mask:
    size = 2 * max(1, round(0.005 * width)) + 1
    wide = cv2.dilate(mask, np.ones((size, size), np.uint8))
    return blur(np.asarray(wide, np.float32), _DOT * width)


def _reduced_blur(image: Float, sigma: float) -> Float:
    """A Gaussian blur, taken on a smaller copy where it is wide enough not to show."""
    step = int(sigma / 3)
    if step < 2:
        return blur(image, sigma)
    rows, columns = image.shape[:2]
    size = max(1, columns // step), max(1, rows // step)
    small = blur(resize(image, *size), sigma / step)
    wide = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)
