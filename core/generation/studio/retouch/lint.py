"""Removes lint, dust and hairs from dark clothes: small, light specks that stand alone.

What has a place on clothes stands in a pattern, has a rim, or is larger: weave, stripes, stitches,
buttons, badges and brooches. So a speck goes only if it is small, lighter than dark, even cloth all
around it, and in no company.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces.masks import disc
from ....images import Float, Image, Mask, blur, from_lab, to_lab, wide_blur

Pixels = NDArray[np.bool_]

# Face widths (a face is some 140 mm wide): radius of a disc that no speck holds, longest speck, and
# how much cloth around it must be even.
_THICK, _LONG, _AROUND = 0.008, 0.07, 0.035
# L* of what counts as dark cloth, and how much lighter a speck is at least, and in deviations of
# the cloth around it.
_DARK, _LIGHTER, _SURE = 38.0, 5.0, 4.0
# How much lighter it is at least than the cloth's own relief is on average.
_ABOVE_WEAVE = 3.5
# L* by which all but a few parts in a hundred of the cloth around may differ from its median.
_ROUGH = 6.0
# C* by which a speck may differ from the cloth: lint is white, grey, or somebody's hair.
_COLOURED = 16.0
# L* by which a stone's or a hole's rim is darker than the cloth.
_RIM = 4.0
# L* from which it is a gleam on metal or a stone.
_GLEAMING = 75.0
# More of a kind within so many face widths are a pattern.
_COMPANY, _FEW = 0.12, 3
_CROWD = 40  # of any kind
_WEAVE = 0.15  # face widths over which the cloth's own relief is averaged
_GROWN = 0.004  # face widths by which a speck's soft rim is wider than what is found of it


@dataclass(frozen=True)
class _Cloth:
    """Dark cloth: CIE L*a*b* (h, w, 3), where it is, and the face's width in pixels."""

    lab: Float
    where: Pixels
    width: float


def without_lint(image: Image, clothes: Mask, width: float) -> Image:
    """`image` (sRGB float32 (h, w, 3) 0..1) without specks on dark clothes.

    clothes: their share, float32 (h, w) 0..1, 0 beyond the sitter.
    width: of the face, pixels.

    `image` itself is returned where there are none.
    """
    lab = to_lab(np.clip(image, 0, 1))
    bordered = cv2.copyMakeBorder((clothes > 0.9).astype(np.uint8), 1, 1, 1, 1, 0)
    away = cv2.distanceTransform(bordered, cv2.DIST_L2, 5)[1:-1, 1:-1]
    cloth = _Cloth(lab, np.asarray(away > _AROUND * width), width)
    specks = _specks(cloth)
    if not specks.any():
        return image
    cover = cv2.dilate(specks.astype(np.uint8), disc(_GROWN * width)).astype(np.float32)
    soft = np.clip(1.5 * blur(cover, 0.5 * _GROWN * width), 0, 1)[..., None]
    healed = _healed(lab, cover > 0, width)
    wanted = np.asarray(soft * (healed - lab), np.float32)
    # Converting to Lab and back rounds; the difference of two conversions is 0 without a change.
    cleaned = image + (from_lab(lab + wanted) - from_lab(lab))
    return np.asarray(np.clip(cleaned, 0, 1), np.float32)


def _specks(cloth: _Cloth) -> Pixels:
    """Where lint lies, (h, w)."""
    light = cloth.lab[..., 0]
    size = disc(_THICK * cloth.width)
    relief = light - cv2.morphologyEx(light, cv2.MORPH_OPEN, size)  # white top-hat
    # Cloth has relief of its own, of weave and noise.
    weave = np.sqrt(_near(np.minimum(relief, _LIGHTER) ** 2 * cloth.where, cloth))
    candidate = relief > np.maximum(_LIGHTER, _ABOVE_WEAVE * weave)
    if not candidate[cloth.where].any():
        return np.zeros_like(candidate)
    count, drawn, boxes, middles = cv2.connectedComponentsWithStats(candidate.astype(np.uint8))
    labels, stats = np.asarray(drawn, np.intp), np.asarray(boxes, np.int32)
    centres = np.asarray(middles, np.float64)
    height = np.zeros(count, np.float32)
    np.maximum.at(height, labels[candidate], relief[candidate])
    kept = np.zeros(count, np.bool_)
    reach = max(2, round(_AROUND * cloth.width))
    for label in _rare(labels, stats, centres, height, cloth):
        left, top, across, down, _ = (int(value) for value in stats[label])
        rows = slice(max(0, top - reach), top + down + reach)
        columns = slice(max(0, left - reach), left + across + reach)
        here = labels[rows, columns] == label
        kept[label] = _alone(cloth.lab[rows, columns], here, cloth.width)
    return np.asarray(kept[labels])


def _rare(
    labels: NDArray[np.intp],
    stats: NDArray[np.int32],
    centres: NDArray[np.float64],
    height: Float,
    cloth: _Cloth,
) -> list[int]:
    """The labels of what is short, wholly on the cloth, and has few like it nearby."""
    from scipy.spatial import KDTree

    beyond = np.zeros(len(stats), np.bool_)
    beyond[labels[~cloth.where]] = True
    short = np.maximum(stats[:, 2], stats[:, 3]) <= _LONG * cloth.width
    fit = np.flatnonzero(short & ~beyond)
    fit = fit[fit > 0]
    if not len(fit):
        return []
    tree, near = KDTree(centres), _COMPANY * cloth.width
    crowd = tree.query_ball_point(centres[fit], near, return_length=True)
    rare: list[int] = []
    for label in fit[np.asarray(crowd) <= _CROWD].tolist():
        beside = tree.query_ball_point(centres[label], near)
        if np.count_nonzero(height[beside] > 0.5 * height[label]) <= _FEW:
            rare.append(label)
    return rare


def _near(values: Float, cloth: _Cloth) -> Float:
    """The mean of `values`, 0 off the cloth, on the cloth around each place."""
    both = np.dstack([values, cloth.where]).astype(np.float32)
    total, cover = cv2.split(wide_blur(both, _WEAVE * cloth.width))
    return np.asarray(total / np.maximum(cover, np.float32(1e-3)), np.float32)


def _alone(lab: Float, speck: Pixels, width: float) -> bool:
    """Whether `speck` lies on dark, even cloth, and is lighter than it and hardly coloured."""
    near = cv2.dilate(speck.astype(np.uint8), disc(2 * _GROWN * width)) > 0
    around = (cv2.dilate(speck.astype(np.uint8), disc(_AROUND * width)) > 0) & ~near
    if np.count_nonzero(around) < 16:
        return False
    ring = lab[around]
    middle = np.median(ring, axis=0)
    spread = 1.48 * float(np.median(np.abs(ring[:, 0] - middle[0]))) + 0.3
    own = lab[speck]
    above = float(np.percentile(own[:, 0], 75) - middle[0])
    coloured = float(np.hypot(*(np.median(own, axis=0) - middle)[1:]))
    rim = float(np.percentile(lab[..., 0][near & ~speck], 10) - middle[0])
    rough = float(np.percentile(np.abs(ring[:, 0] - middle[0]), 97))
    return bool(
        middle[0] < _DARK
        and above > max(_LIGHTER, _SURE * spread)
        and rough < min(0.45 * above, _ROUGH)
        and coloured < _COLOURED
        and rim > -max(_RIM, 2 * spread)
        and float(own[:, 0].max()) < _GLEAMING
    )


def _healed(lab: Float, gone: Pixels, width: float) -> Float:
    """`lab` with the cloth around in the place of what goes."""
    weight = np.where(gone, 1e-4, 1).astype(np.float32)
    sigma = 0.4 * _AROUND * width
    around = blur(lab * weight[..., None], sigma) / blur(weight, sigma)[..., None]
    # The weave of the cloth beside it.
    shift = round(2 * _AROUND * width)
    beside = np.roll(lab - blur(lab, sigma), shift, axis=1)
    clean = ~np.roll(gone, shift, axis=1)
    weave = np.where(clean[..., None] & (np.abs(beside[..., :1]) < 3), beside, 0)
    return np.asarray(np.where(gone[..., None], around + weave, lab), np.float32)
