"""Gentle skin retouching by frequency separation, which removes shallow blotches and redness.

Skin is split in CIE L*a*b* into three bands by two blurs at .007 and .04 face widths (on a 24
megapixel portrait about the 4-12 px and the wide radius that retouchers use). The fine band, pores
and hairs, and the wide one, form and light, stay. The middle band, blotches, is reduced. Moles,
freckles and lines are protected, as they belong to the sitter. Red spots are removed only if
several photos show that they don't.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....faces import Face, regions
from ....faces.masks import disc, hull_mask
from ....images import Float, Image, Mask, blur, from_lab, ramp, resize, to_lab
from ....portrait.skin import face_box, patch_skin

# Blur sigmas in face widths.
_FINE = 0.007
_WIDE = 0.04
_DOT = 0.004
_AROUND = 0.016
_LINE = 0.015
_BEYOND = 0.025  # of the surroundings that fill a removed spot
# Blemishes are small and round, unlike the red of folds, lids and nostrils. Largest radius in face
# widths, least shorter axis as a share of the longer, and least distance from the nostrils.
_LARGEST = 0.035
_ROUNDEST = 0.5
_OFF_NOSTRILS = 0.02

# L* units. Blotches are shallow and form is not, so differences well beyond this stay. Reducing all
# differences up to a limit, as a soft clip does, flattens cheeks and mouth and costs twice as much
# likeness by two recognisers.
_SHALLOW = 4.0
# a* units: redness beyond this is more than a flush and is not reduced.
_REDDEST = 8.0
# L* units: how much darker than the skin around it a red spot may be to count as a blemish: without
# and with knowledge of the sitter's marks. A brown mole is darker than it is red.
_DARKEST_UNKNOWN = -3.2
_DARKEST_KNOWN = -9.0


def retouch(
    image: Image,
    face: Face,
    evenness: float,
    blemishes: float,
    keep: Mask | None = None,
    bare: Mask | None = None,
) -> Image:
    """`image` (sRGB float32 (H, W, 3) 0..1) with the skin of `face` evened.

    evenness: 0 keeps blotches and redness .. 1 evens them where they are shallow.
    blemishes: 0 keeps red spots .. 1 removes them. With both at 0 `image` itself is returned.
    keep: places to protect, float32 (H, W) 0..1, where several photos show marks (see
        `identity.lasting_marks`). Red spots elsewhere go in proportion to `blemishes`. Dark
        spots that are not red stay everywhere, as the other photos may miss them by light, focus or
        angle. Without `keep`, one picture can't show whether a red spot is permanent, so spots are
        softened and not removed.

    bare: where skin may be, float32 (H, W) 0..1: 0 where hair, a veil or glasses lie before it, as
        the segmenter sees it. Without it, colours alone tell.

    Pixels off the skin are unchanged. On five portraits at .5 and .5 the fine band keeps .97 or
    more of its standard deviation (tests require .95).
    """
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if (evenness <= 0 and blemishes <= 0) or patch.size == 0:
        return image
    skin = patch_skin(patch, face, region)
    if bare is not None:
        skin = skin * region.cut(bare)
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
    wanted[..., 0] = -evenness * light * np.exp(-((light / _SHALLOW) ** 2)) * free
    wanted[..., 1] = (
        -evenness * np.clip(red, 0, _REDDEST) * (0.3 * skin * (1 - locked) + 0.7 * free)
    )
    wanted[..., 2] = -0.6 * evenness * np.clip(yellow, -6, 6) * free
    if keep is None:
        wanted += (blemishes * spot)[..., None] * (bands.around - bands.dot - wanted)
    else:
        gone = np.minimum(2 * spot, 1)
        clear = _cleared(lab, bands, skin, gone, face.width)
        wanted += (blemishes * gone)[..., None] * (clear - lab - wanted)
    # Evening darkens highlights a little more than it lightens hollows; this keeps the mean.
    wanted[..., 0] -= free * ((wanted[..., 0] * skin).sum() / max(float(free.sum()), 1.0))

    # Converting to Lab and back rounds; the difference of two conversions is 0 without a change.
    evened = patch + (from_lab(lab + wanted) - from_lab(lab))
    result = image.copy()
    region.cut(result)[:] = np.clip(evened, 0, 1)
    return result


def _cleared(lab: Float, bands: _Bands, skin: Mask, spot: Mask, width: float) -> Float:
    """The patch without `spot`: the colour of the skin around it, with the patch's own pores.

    The fine band stays, but is reduced to its strength in the surroundings, as it also contains the
    rim of the spot.
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
    """Lab bands, each float32 (H, W, 3): three blurs of rising width, and the middle band."""

    dot: Float
    fine: Float
    around: Float
    middle: Float


def _split(lab: Float, skin: Mask, width: float) -> _Bands:
    # The wide blur is of the skin alone: lips, brows and hair must not tint it.
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

    darkest: least L* relative to the surroundings for a red spot.
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
    """The parts of `spot` that are small, round and away from the nostrils, with their rims.

    points: the mesh, float32 (478, 2), in pixels of the mask.
    """
    candidates = (spot > 0.3).astype(np.uint8)
    nostrils = hull_mask(spot.shape, points[list(regions.NOSTRILS)])
    beside = cv2.dilate(nostrils, disc(_OFF_NOSTRILS * width))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidates)
    kept = np.zeros(count, np.float32)
    for label in range(1, count):
        left, top, across, down, area = stats[label]
        if area > np.pi * (_LARGEST * width) ** 2:
            continue
        part = slice(top, top + down), slice(left, left + across)
        rows, columns = np.nonzero(labels[part] == label)
        if beside[part][rows, columns].any():
            continue
        # A pixel's own width (variance 1/12) keeps the smallest spots from counting as lines.
        spread = np.cov(np.stack([rows, columns]), bias=True) + np.eye(2) / 12
        short, long = np.linalg.eigvalsh(spread)
        kept[label] = short >= _ROUNDEST**2 * long
    return _widened(np.asarray(spot * kept[np.asarray(labels, np.intp)], np.float32), width)


def _lines(light: Float, width: float) -> Mask:
    """Coherent lines and edges, by the structure tensor's eigenvalues (Bigun & Granlund 1987)."""
    across = cv2.Sobel(light, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(light, cv2.CV_32F, 0, 1)
    # Gradients of a wrinkle halve when the face has twice the width; the ramps are for 420 px.
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
    """A Gaussian blur, computed on a smaller copy where it is wide."""
    step = int(sigma / 3)
    if step < 2:
        return blur(image, sigma)
    rows, columns = image.shape[:2]
    size = max(1, columns // step), max(1, rows // step)
    small = blur(resize(image, *size), sigma / step)
    wide = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)
