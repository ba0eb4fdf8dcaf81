"""Does it look like a photograph: textured skin, edges without a halo, one light, no banding?

`measures.toml` explains each figure and its range. The ranges come from untouched photos, from the
studio's pictures and from the planted faults of tests/benchmarks/likeness/faults.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ...faces import Face
from ...images import Float, Image, Mask, blur, fit, resize, to_lab, wide_blur
from ...portrait.appearance import Appearance
from ...portrait.light import LEAST_DIRECTED
from ...portrait.portrait import VIEWED_FACE, Portrait
from ...scorecard import Measurement
from ..measure import Answer, take
from ..reference import Reference, correlation

if TYPE_CHECKING:
    from ..context import Context

# For halos: the width of the face in pixels, and two rings outside the matte's edge in face widths.
_VIEWED = 96
_NEAR, _FAR = (0.012, 0.04), (0.08, 0.16)
# For a bright line along the edge: the share of the edge that it must follow; and, as distances
# outwards from the edge in face widths, the band of the line and the bands beside it.
_OF_EDGE = 0.6
_ON_LINE, _SITTER_SIDE, _WALL_SIDE = (-0.012, 0.022), (-0.06, -0.03), (0.035, 0.075)
# For banding: the longest side of the copy, and the length of a stretch, pixels.
_BANDING_SIDE, _STRETCH = 320, 20
# Least shares of pores and lines against the photo that the picture was made from, in the photo's
# light; and L* of noise that is added to both, so that smooth skin doesn't divide by zero.
_CLOSE, _NOISE = ((0.8,), (0.83,)), 0.05
# Lines over coarser form, each as a share of the photo's, from which a softer light took the lines:
# it flattens both alike. Of studio pictures of 19 people it is .79 to 1.22; where the lines alone
# are few, blurring the skin took it below .9.
_FLATTENED = 0.95
# The light has no clear direction where a key explains less than this share of the skin's shading.
_EXPLAINED = 0.5


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `realism`."""
    appearance, reference = portrait.appearance, context.reference
    if appearance is None or reference is None:
        return Answer()
    drawn = bool(context.provenance.generator)
    return Answer(realism(portrait, appearance, reference, context.relit, drawn))


def realism(
    portrait: Portrait,
    appearance: Appearance,
    reference: Reference,
    relit: bool = False,
    drawn: bool = False,
) -> tuple[Measurement, ...]:
    """How far `portrait` looks like a photograph of the sitter.

    portrait: without a matte, the sitter's edge is not measured.
    appearance: of the portrait.
    reference: the sitter's photos.
    relit: the picture has another light than its photo, so the sides of the face may differ.
    drawn: the picture was made here, backdrop included; a camera's dark wall may have steps too.
    """
    return tuple(_measures(portrait, appearance, reference, relit, drawn))


def _measures(
    portrait: Portrait, appearance: Appearance, reference: Reference, relit: bool, drawn: bool
) -> Iterator[Measurement]:
    yield from _texture(appearance, reference, relit)
    if reference.anchor is not None and not relit:
        yield take("side-light", appearance.side - reference.anchor.side)
    yield take("symmetry", correlation(appearance.pattern, appearance.pattern[:, ::-1]))
    light, view = portrait.light, portrait.view
    directed = light.ratio >= LEAST_DIRECTED and light.confidence >= _EXPLAINED
    if directed and light.catchlight is not None:
        yield take("light-agreement", abs(light.catchlight - light.azimuth))
    yield take("banding", banding(view.image), severity="defect" if drawn else "difference")
    if view.matte is not None:
        small, cover, face = _reduced(view.image, view.matte, view.face, VIEWED_FACE)
        lightness = to_lab(small)[..., 0]
        if relit:  # what lies behind the sitter of a photo may be anything
            yield take("edge-halo", halo(lightness, cover, face))
        yield take("edge-line", edge_line(lightness, cover, face))


def _texture(appearance: Appearance, reference: Reference, relit: bool) -> Iterator[Measurement]:
    """Pores and lines as shares of what the sitter's photos show, and the ratio of the two."""
    if appearance.texture is None:
        return
    photos = [reference.anchor] if reference.anchor is not None else reference.own
    textures = [each.texture for each in photos if each.texture is not None]
    close = reference.anchor is not None and not relit
    shares: list[float] = []
    for place in range(3):
        own = [each[place] for each in textures if np.isfinite(each[place])]
        usual = float(np.exp(np.mean(np.log(np.array(own) + _NOISE)))) if own else float("nan")
        shares.append(float(appearance.texture[place] + _NOISE) / usual)
    softer = relit and shares[1] / shares[2] >= _FLATTENED
    for place, name in enumerate(("skin-texture", "skin-lines")):
        if np.isfinite(shares[place]):
            least = _CLOSE[place] if close else ()
            flattened = softer and name == "skin-lines" and shares[place] < 1
            severity = "difference" if flattened else reference.severity
            yield take(name, shares[place], *least, severity=severity)
    # Exposure, size and sharpness change both bands alike; a filter takes the finer one first.
    if close and np.isfinite(shares[1] / shares[2]):
        yield take("skin-smoothing", shares[1] / shares[2])


def _reduced(image: Float, matte: Mask, face: Face, width: int) -> tuple[Float, Mask, Face]:
    """All three, reduced to a face at most `width` pixels wide."""
    factor = min(1.0, width / face.width)
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    if size == image.shape[1::-1]:
        return image, matte, face
    return resize(image, *size), resize(matte, *size), face.scaled(factor)


def halo(lightness: Float, matte: Mask, face: Face) -> float:
    """L* by which the backdrop at the sitter's edge differs from further out, -100..100; 0 is best.

    Taken where the difference is largest, over a tenth of the edge: above 0 for bright halos, below
    for dark ones.

    lightness: L*, float32 (H, W), 0..100.
    matte: float32 (H, W), 0..1.

    A measure of this program's own: the two rings are compared locally, which cancels the
    backdrop's own gradient.
    """
    lightness, cover, face = _reduced(lightness, matte, face, _VIEWED)
    width = face.width
    outside = (cover < 0.02).astype(np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, 3) / np.float32(width)
    near = ((away > _NEAR[0]) & (away < _NEAR[1])).astype(np.float32)
    far = ((away > _FAR[0]) & (away < _FAR[1])).astype(np.float32)
    reach = 0.12 * width
    share_near, share_far = blur(near, reach / 3), wide_blur(far, reach)
    local_near = blur(lightness * near, reach / 3) / (share_near + 1e-4)
    local_far = wide_blur(lightness * far, reach) / (share_far + 1e-4)
    edge = (near > 0) & (share_near > 0.02) & (share_far > 0.02)
    if np.count_nonzero(edge) < 32:
        return 0.0
    off = (local_near - local_far)[edge]
    low, high = np.percentile(off, (10, 90))
    return float(high if abs(high) > abs(low) else low)


def edge_line(lightness: Float, matte: Mask, face: Face) -> float:
    """L* by which a line along the sitter's edge is brighter than both sides of it, -100..100.

    0 and less is best. Cutting out and sharpening leave such lines. Light from behind does as well,
    but along shorter parts, so the line must follow three fifths of the edge. A measure of this
    program's own.

    lightness: L*, float32 (H, W), 0..100.
    matte: float32 (H, W), 0..1.
    """
    lightness, cover, face = _reduced(lightness, matte, face, VIEWED_FACE)
    width = face.width
    sitter = (cover >= 0.5).astype(np.uint8)
    outwards = cv2.distanceTransform(1 - sitter, cv2.DIST_L2, 3)
    outwards -= cv2.distanceTransform(sitter, cv2.DIST_L2, 3)
    away = np.asarray(outwards / np.float32(width), np.float32)
    near = np.full(away.shape, 2.0, np.float32)  # the lesser share of the two sides nearby
    beside = np.full(away.shape, -np.inf, np.float32)
    for low, high in (_SITTER_SIDE, _WALL_SIDE):
        side = ((away > low) & (away < high)).astype(np.float32)
        share = wide_blur(side, 0.05 * width)
        near = np.minimum(near, share)
        beside = np.maximum(beside, wide_blur(lightness * side, 0.05 * width) / (share + 1e-4))
    on_line = (away > _ON_LINE[0]) & (away < _ON_LINE[1])
    across = 2 * max(1, round((_ON_LINE[1] - _ON_LINE[0]) * width / 2)) + 1
    line = cv2.dilate(lightness * on_line, np.ones((across, across), np.uint8))
    edge = (np.abs(outwards) < 1.2) & (near > 0.02)
    edge[:2] = edge[-2:] = edge[:, :2] = edge[:, -2:] = False  # where the picture ends
    if np.count_nonzero(edge) < 32:
        return 0.0
    return float(np.percentile((line - beside)[edge], 100 * (1 - _OF_EDGE)))


def banding(image: Image) -> float:
    """Share of the gradients that come in steps, 0..100 %; lower is better.

    A measure of this program's own. It looks along rows and columns of a small copy at stretches
    over which brightness changes a little and in one direction, and counts those where most of the
    change happens within a fifth of the length. Noise and grain change to and fro; gradients take
    the whole length. The limit, 8 %, lies between the studio's pictures and photos (7.5 at most)
    and most pictures of 20 to 40 levels, resized, turned and saved as JPEG.
    """
    small, _ = fit(image, _BANDING_SIDE)
    grey = blur(small @ np.array([76.245, 149.685, 29.07], np.float32), 0.6)
    counts = [_steps(grey), _steps(np.ascontiguousarray(grey.T))]
    steps, smooth = (sum(each) for each in zip(*counts, strict=True))
    return 100 * steps / smooth if smooth >= 500 else 0.0


def _steps(grey: Float) -> tuple[int, int]:
    """How many stretches of the rows change in a step, and how many change at all."""
    if grey.shape[1] <= _STRETCH + 4:
        return 0, 0
    half = _STRETCH // 2
    change = np.abs(grey[:, _STRETCH:] - grey[:, :-_STRETCH])
    within = np.ones((1, _STRETCH - 3), np.uint8)
    steepest = cv2.dilate(np.abs(grey[:, 4:] - grey[:, :-4]), within)[:, half - 2 :]
    to_and_fro = cv2.blur(np.abs(np.diff(grey, axis=1)), (_STRETCH, 1))[:, half:] * _STRETCH
    columns = change.shape[1]
    shown = (change > 2.5) & (change < 12)
    steps = (to_and_fro[:, :columns] < 1.5 * change) & (steepest[:, :columns] > 0.7 * change)
    steps &= shown
    return int(np.count_nonzero(steps)), int(np.count_nonzero(shown))
