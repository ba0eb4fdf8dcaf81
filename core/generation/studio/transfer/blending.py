"""Blends a region of one photo's face into another photo of the same sitter, and measures the fit.

The lender's face is registered to the borrower's (`registration`). Its colours are matched to the
borrower's light by log gains in linear light, measured on the skin around the region that both
show, and continued smoothly inside. The seam is a soft mask within that skin. Inside the mask the
pixels are the lender's photo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ....faces import Face
from ....faces.composed import five_points
from ....faces.masks import disc
from ....images import (
    Float,
    Image,
    Linear,
    Mask,
    blur,
    luminance,
    ramp,
    resize,
    to_lab,
    to_linear,
    to_srgb,
)
from ....portrait.skin import drawn_skin
from .regions import Region
from .registration import Bool, Registered, register

# Face widths.
_FEATHER = 0.02  # sigma of the seam
_RING = 0.09  # width of the ring around the region in which skin is compared
_SMOOTH = 0.05  # sigma of the gains
_FINE = 0.008  # sigma below which detail is texture
# Face width in pixels at which the gains, which are smooth, are computed.
_COARSE = 96.0
_DARK = np.float32(1e-3)  # linear light below which ratios are noise
_BURNT = 0.985  # from this value on a channel is clipped
_FEW = 48  # least pixels of skin


@dataclass(frozen=True)
class Fit:
    """How well a lender's region fits the borrower's face.

    misfit, enlarged: see `Registered`.
    exposure: log gain (natural, linear light) that the lender needs, in the channel that needs
        most.
    light: standard deviation of the smooth log gains over the skin around the region: how
        differently both are lit, or folded.
    texture: fine detail of the lender's skin around the region relative to the borrower's.
    seam: root mean square difference of both within the seam, L*, without the finest detail.
    within: share of the region that lies within the lender's photo.
    """

    misfit: float
    enlarged: float
    exposure: float
    light: float
    texture: float
    seam: float
    within: float


@dataclass(frozen=True, eq=False)
class BlendedRegion:
    """A borrower's photo with the lender's region.

    image: sRGB float32 (H, W, 3) 0..1.
    face: with the mesh and expression of the result.
    mask: share of the lender, float32 (H, W) 0..1.
    fit: how well the region fits.
    """

    image: Image
    face: Face
    mask: Mask
    fit: Fit


def blend_region(
    image: Image, face: Face, lender: Image, lender_face: Face, region: Region
) -> BlendedRegion | None:
    """`image` with a region of `lender` on its `face`; both are sRGB float32 (H, W, 3) 0..1.

    None where the region, or enough skin around it, isn't visible.
    """
    registered = register(image, face, lender, lender_face, region)
    if registered is None:
        return None
    ring = _skin_around(registered, face)
    if np.count_nonzero(ring) < _FEW:
        return None
    mask = _feathered(registered.core, face.width)
    own, other = to_linear(registered.own), to_linear(registered.other)
    gains, light, exposure = _gains(own, other, ring, face.width)
    matched = np.asarray(other * np.exp(gains), np.float32)
    fit = Fit(
        misfit=registered.misfit,
        enlarged=registered.enlarged,
        exposure=exposure,
        light=light,
        texture=_texture(matched, ring, face.width) / _texture(own, ring, face.width),
        seam=_seam(own, matched, mask, face.width),
        within=float((mask * registered.inside).sum() / mask.sum()),
    )
    share = mask[..., None]
    mixed = to_srgb(np.asarray(own * (1 - share) + matched * share, np.float32))
    result, whole = image.copy(), np.zeros(image.shape[:2], np.float32)
    registered.window.cut(result)[:] = np.where(share > 0, mixed, registered.own)
    registered.window.cut(whole)[:] = mask
    return BlendedRegion(
        result, _merged_face(face, lender_face, registered.mesh, whole, region), whole, fit
    )


def _feathered(core: Bool, width: float) -> Mask:
    """1 well inside `core`, 0 from about .03 face widths outside."""
    soft = ramp(blur(core.astype(np.float32), _FEATHER * width), 0.1, 0.9)
    return np.asarray(soft * soft * (3 - 2 * soft), np.float32)


def _skin_around(registered: Registered, face: Face) -> Bool:
    """Skin around the region that both photos show unclipped."""
    near = cv2.dilate(registered.core.astype(np.uint8), disc(_RING * face.width)) > 0
    shape = registered.own.shape
    skin = drawn_skin(shape, registered.within(face.landmarks)) & drawn_skin(
        shape, registered.within(registered.mesh)
    )
    lit = (registered.own.max(axis=2) < _BURNT) & (registered.other.max(axis=2) < _BURNT)
    return near & ~registered.core & skin & lit & registered.inside


def _gains(own: Linear, other: Linear, ring: Bool, width: float) -> tuple[Float, float, float]:
    """Log gains (h, w, 3) from `other` to `own`, their deviation on the ring, largest median."""
    rows, columns = ring.shape
    factor = min(1.0, _COARSE / width)
    small = max(2, round(factor * columns)), max(2, round(factor * rows))
    weight = resize(ring.astype(np.float32), *small)[..., None]
    sums = [resize(np.asarray(each * ring[..., None], np.float32), *small) for each in (own, other)]
    ratio = np.log(sums[0] + _DARK * weight + 1e-9) - np.log(sums[1] + _DARK * weight + 1e-9)
    middle = np.median(ratio[weight[..., 0] > 0.5], axis=0)
    sigma = _SMOOTH * width * factor
    # Further from the ring the gains are averaged over wider surroundings, at last over all.
    gains = np.broadcast_to(middle, ratio.shape)
    for wide in (9 * sigma, 3 * sigma, sigma):
        around = _blurred(weight, wide)
        near = np.minimum(around / 0.15, 1)
        local = _blurred(weight * ratio, wide) / (around + 1e-3)
        gains = gains * (1 - near) + local * near
    spread = float(gains.mean(2)[weight[..., 0] > 0.5].std())
    large = cv2.resize(gains.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32), spread, float(np.abs(middle).max())


def _blurred(planes: Float, sigma: float) -> Float:
    return blur(np.asarray(planes, np.float32), sigma).reshape(planes.shape)


def _texture(linear: Linear, ring: Bool, width: float) -> float:
    """Median fine detail on the ring, relative to the light there; never 0."""
    log = np.log(luminance(linear) + _DARK)
    fine = np.abs(log - blur(log, _FINE * width))[ring]
    return float(np.median(fine)) + 1e-4


def _seam(own: Linear, other: Linear, mask: Mask, width: float) -> float:
    apart = blur(_lightness(other) - _lightness(own), _FINE * width)
    seam = (mask > 0.05) & (mask < 0.95)
    return float(np.sqrt((apart[seam] ** 2).mean())) if seam.any() else 0.0


def _lightness(linear: Linear) -> Float:
    return to_lab(to_srgb(linear))[..., 0]


def _merged_face(face: Face, lender_face: Face, mesh: Float, mask: Mask, region: Region) -> Face:
    """`face` with the lender's expression, and the lender's mesh where its pixels are."""
    x, y = np.round(mesh[:, :2]).astype(int).T
    rows, columns = mask.shape
    share = mask[np.clip(y, 0, rows - 1), np.clip(x, 0, columns - 1)]
    share[list(region.parts)] = 1
    merged = face.landmarks + share[:, None] * (mesh - face.landmarks)
    merged = np.asarray(merged, np.float32)
    expressed = region.expressed(face, lender_face)
    return replace(expressed, landmarks=merged, points=five_points(merged))
