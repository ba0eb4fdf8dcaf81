"""Small touches beside the skin's retouch: under the eyes, glare, teeth, whites of the eyes.

All change colour in broad strokes (CIE L*a*b*) and leave texture; each goes part of the way toward
the sitter's own skin or teeth, never toward an ideal. `strength` 0 returns the picture itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ....faces import Face, regions
from ....images import Float, Image, Mask, blur, from_lab, ramp, resize, to_lab
from ....portrait.skin import face_box, patch_skin
from .skin import retouch

# Under the eyes: share of the way to the cheek, and the most L* and a*, b*.
_LIFT = 1 / 3
_MOST_LIFT = 3.5
_MOST_TINT = 2.0
# Glare: how much of a highlight's height is taken, and the L* above the skin at which half of that
# is reached; lower ones hardly change, so a natural highlight stays.
_PRESS = 0.45
_HALF_WAY = 8.0
# Least chroma per L* lost, as a share, from which a highlight counts as a mirror of the lamp.
_PALE = (0.04, 0.22)
_INSET = 0.08  # face widths from the outline
# The skin's mean L* may move by this much for each of the two: together and with the retouch's own
# rounding less than the .5 that the studio allows.
_MOST_SHIFT = 0.2
# Teeth: shares of yellow and red beyond those of clean enamel in daylight (b* about 6, a* about 1;
# Joiner et al., J Dent 36 S1, 2008), L* added, and the L* where adding ends.
_ENAMEL = (1.0, 6.0)
_LESS_YELLOW, _LESS_RED = 0.3, 0.15
_LIGHTER_TEETH, _LIGHTEST_TEETH = 2.5, 86.0
# No pixel is made lighter beyond this L*, and those within `_FADING` of it less.
_LIGHTEST, _FADING = 94.0, 8.0
_OPEN = 0.02  # face widths between the inner lips
# Whites of the eyes: the same.
_WHITE = (2.0, 3.0)
_LESS_BLOODSHOT = 0.3
_LIGHTER_SCLERA, _LIGHTEST_SCLERA = 1.2, 82.0
_SMALLEST_IRIS = 3.0  # pixels of radius
_IRIS = 1.12  # radii of the mesh's circle within which nothing is touched
_OPEN_EYES = 0.4
_WORKING_WIDTH = 256.0  # face width in pixels at which broad touches are worked out


def touch_up(
    image: Image, face: Face, strength: float, keep: Mask | None = None, *, redness: float = 1.0
) -> Image:
    """The whole retouch of `image` (sRGB float32 (H, W, 3) 0..1): skin first, then every touch.

    strength: 0 none .. 1 all of it; redness: of it, for red skin. keep: see `retouch`. The mean L*
    of the skin moves by less than .5.
    """
    image = retouch(image, face, strength, redness * strength, keep)
    return touched(image, face, strength, (under_eyes, glare, teeth, sclera), keep)


@dataclass(frozen=True, eq=False)
class _Patch:
    """The face's part of a picture: Lab (H, W, 3), skin (H, W), mesh (478, 2) in its pixels."""

    lab: Float
    skin: Mask
    points: Float
    width: float
    open_eyes: float


_Touch = Callable[[_Patch], Float]


def touched(
    image: Image,
    face: Face,
    strength: float,
    touches: Iterable[_Touch],
    keep: Mask | None = None,
) -> Image:
    """`image` with some of the touches below; see `touch_up`."""
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if strength <= 0 or patch.size == 0:
        return image
    lab = to_lab(patch)
    seen = _Patch(
        lab=lab,
        skin=patch_skin(patch, face, region),
        points=face.landmarks[:, :2] - np.array([region.x0, region.y0], np.float32),
        width=face.width,
        open_eyes=face.eyes_open,
    )
    change = np.zeros_like(lab)
    for touch in touches:
        change += touch(seen)
    change *= np.float32(min(strength, 1))
    if keep is not None:
        change *= 1 - region.cut(keep)[..., None]
    # The conversion to Lab and back rounds: the difference of two is nought where nothing changes.
    moved = patch + (from_lab(lab + change) - from_lab(lab))
    result = image.copy()
    region.cut(result)[:] = np.clip(moved, 0, 1)
    return result


def under_eyes(seen: _Patch) -> Float:
    """Change of Lab that lifts the dark under the eyes, a third of the way to the cheek
    beside it.
    """
    return _broadly(_lifted, seen)


def glare(seen: _Patch) -> Float:
    """Change of Lab that presses pale highlights on the skin down; texture and a natural
    highlight stay.
    """
    return _broadly(_pressed, seen)


def _broadly(touch: _Touch, seen: _Patch) -> Float:
    """A touch of broad strokes, worked out on a smaller copy where it does not show."""
    if seen.width <= _WORKING_WIDTH:
        return touch(seen)
    rows, columns = seen.skin.shape
    factor = _WORKING_WIDTH / seen.width
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    across, down = size[0] / columns, size[1] / rows
    small = replace(
        seen,
        lab=resize(seen.lab, *size),
        skin=resize(seen.skin, *size),
        points=(seen.points + 0.5) * np.array([across, down], np.float32) - np.float32(0.5),
        width=_WORKING_WIDTH,
    )
    change = cv2.resize(touch(small), (columns, rows), interpolation=cv2.INTER_LINEAR)
    change *= (seen.skin > 0)[..., None]
    return np.asarray(change, np.float32)


def _lifted(seen: _Patch) -> Float:
    broad = _broad(seen.lab, seen.skin, 0.02 * seen.width)
    change = np.zeros_like(seen.lab)
    for below, cheek in (
        (regions.LEFT_UNDER_EYE, regions.LEFT_CHEEK),
        (regions.RIGHT_UNDER_EYE, regions.RIGHT_CHEEK),
    ):
        wanted = _mean(broad, _hull(seen, cheek) * seen.skin)
        if wanted is None:
            continue
        area = blur(_polygon(seen, below), 0.02 * seen.width) * seen.skin
        step = _LIFT * (wanted - broad)
        step[..., 0] = np.clip(step[..., 0], 0, _MOST_LIFT)
        step[..., 1:] = np.clip(step[..., 1:], -_MOST_TINT, _MOST_TINT)
        # Colour follows only where it is dark: light skin under the eyes has no shadow to lose.
        step[..., 1:] *= ramp(step[..., 0], 0, 1)[..., None]
        change += area[..., None] * step
    return _bounded(change, seen.skin)


def _pressed(seen: _Patch) -> Float:
    broad = _broad(seen.lab, seen.skin, 0.012 * seen.width)
    core = seen.skin > 0.5
    if np.count_nonzero(core) < 64:
        return np.zeros_like(seen.lab)
    knee = np.float32(np.percentile(broad[core][:, 0], 80) + 1)
    middle = np.median(broad[core], axis=0)
    light = np.maximum(broad[..., 0], 1)
    chroma = np.hypot(broad[..., 1], broad[..., 2])
    # Lit skin keeps its chroma in proportion to L*; the mirror of a lamp has the lamp's colour.
    expected = max(float(np.hypot(middle[1], middle[2])), 1.0) / max(float(middle[0]), 1.0)
    pale = ramp(np.asarray(1 - chroma / light / expected, np.float32), *_PALE)
    above = np.maximum(broad[..., 0] - knee, 0)
    # Rises with `above` everywhere (its slope is under .5), so no highlight turns inside out.
    pressed = _PRESS * above * above / (above + _HALF_WAY)
    weight = blur(pale, 0.008 * seen.width) * seen.skin
    # Pale light along the outline is a rim light, wanted or not; glare lies within.
    inset = 2 * round(_INSET * seen.width) + 1
    within = cv2.erode(_polygon(seen, regions.OVAL), np.ones((inset, inset), np.uint8))
    weight *= blur(np.asarray(within, np.float32), 0.3 * _INSET * seen.width)
    change = np.zeros_like(seen.lab)
    change[..., 0] = -weight * pressed
    # Less of the lamp leaves more of the skin's own colour, as far as it is darkened.
    share = weight * pressed / light
    change[..., 1:] = share[..., None] * (middle[1:] - broad[..., 1:])
    return _bounded(change, seen.skin)


def teeth(seen: _Patch) -> Float:
    """Change of Lab that makes teeth a little less yellow and lighter, if the mouth is open;
    never white.
    """
    change = np.zeros_like(seen.lab)
    top, bottom = seen.points[13], seen.points[14]
    if float(np.linalg.norm(top - bottom)) < _OPEN * seen.width:
        return change
    light, red, yellow = (seen.lab[..., channel] for channel in range(3))
    inner = _polygon(seen, regions.INNER_LIPS)
    lips = _mean(seen.lab, _polygon(seen, regions.LIPS) * (1 - inner))
    skin = _mean(seen.lab, seen.skin)
    if lips is None or skin is None:
        return change
    # Paler than the lips, gums and tongue, lighter than the mouth behind them.
    tooth = ramp(0.8 * lips[1] - red, 0, 4) * ramp(light / max(float(skin[0]), 1.0), 0.6, 0.75)
    area = blur(np.asarray(inner * tooth, np.float32), 0.004 * seen.width) * inner
    # One step for all teeth, so that the gaps between them keep their depth.
    change[..., 0] = _lighter(light, area, _LIGHTER_TEETH, _LIGHTEST_TEETH)
    change[..., 1] = -_LESS_RED * np.maximum(red - _ENAMEL[0], 0)
    change[..., 2] = -_LESS_YELLOW * np.maximum(yellow - _ENAMEL[1], 0)
    return area[..., None] * change


def sclera(seen: _Patch) -> Float:
    """Change of Lab that makes the whites of open eyes less red; irises and catchlights stay."""
    change = np.zeros_like(seen.lab)
    skin = _mean(seen.lab, seen.skin)
    if seen.open_eyes < _OPEN_EYES or skin is None:
        return change
    light, red, yellow = (seen.lab[..., channel] for channel in range(3))
    rows, columns = np.indices(light.shape, dtype=np.float32)
    white = np.zeros_like(light)
    for iris, lids in (
        (regions.LEFT_IRIS, regions.LEFT_EYE),
        (regions.RIGHT_IRIS, regions.RIGHT_EYE),
    ):
        x, y = seen.points[iris[0]]
        radius = float(np.linalg.norm(seen.points[list(iris[1:])] - (x, y), axis=1).mean())
        if radius < _SMALLEST_IRIS:
            continue
        outside = ramp(np.hypot(columns - x, rows - y) / radius, _IRIS, _IRIS + 0.1)
        white = np.maximum(white, _polygon(seen, lids) * outside)
    # Paler than the lids and their rims, lighter than lashes.
    white *= ramp(0.9 * skin[1] - red, 0, 3) * ramp(light / max(float(skin[0]), 1.0), 0.5, 0.7)
    change[..., 0] = _lighter(light, white, _LIGHTER_SCLERA, _LIGHTEST_SCLERA)
    change[..., 1] = -_LESS_BLOODSHOT * np.clip(red - _WHITE[0], 0, 10)
    change[..., 2] = -_LESS_BLOODSHOT * np.clip(yellow - _WHITE[1], 0, 10)
    return white[..., None] * change


def _lighter(light: Float, area: Mask, step: float, lightest: float) -> Float:
    """`step` L*, less the nearer the middle of `area` is to `lightest`; white pixels stay."""
    found = light[area > 0.5]
    if found.size == 0:
        return np.zeros_like(light)
    step *= float(np.clip((lightest - np.median(found)) / 12, 0, 1))
    return step * ramp(-light, -_LIGHTEST, _FADING - _LIGHTEST)


def _bounded(change: Float, skin: Mask) -> Float:
    """`change` made weaker if it would move the skin's mean L* by more than `_MOST_SHIFT`."""
    mean = _mean(change, skin)
    if mean is None or abs(mean[0]) <= _MOST_SHIFT:
        return change
    return np.asarray(change * (_MOST_SHIFT / abs(mean[0])), np.float32)


def _mean(values: Float, weight: Mask) -> Float | None:
    total = float(weight.sum())
    if total < 4:
        return None
    return np.asarray((values * weight[..., None]).sum(axis=(0, 1)) / total, np.float32)


def _broad(lab: Float, skin: Mask, sigma: float) -> Float:
    """The blur of the skin alone, at a size where `sigma` is about two pixels."""
    weight = np.maximum(skin, np.float32(1e-3))
    weighted = np.dstack([lab * weight[..., None], weight])
    rows, columns = skin.shape
    step = max(1.0, sigma / 2)
    small = resize(weighted, max(1, round(columns / step)), max(1, round(rows / step)))
    wide = cv2.resize(blur(small, sigma / step), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[..., :3] / np.maximum(wide[..., 3:], 1e-4), np.float32)


def _polygon(seen: _Patch, outline: Sequence[int]) -> Mask:
    """The inside of an outline as float32 (H, W), 0..1 with a smooth edge of a pixel."""
    canvas = np.zeros(seen.skin.shape, np.uint8)
    corners = np.round(seen.points[list(outline)] * 16).astype(np.int32)  # 4 fractional bits
    cv2.fillPoly(canvas, [corners], (255,), lineType=cv2.LINE_AA, shift=4)
    return canvas.astype(np.float32) / np.float32(255)


def _hull(seen: _Patch, points: Sequence[int]) -> Mask:
    canvas = np.zeros(seen.skin.shape, np.uint8)
    hull = cv2.convexHull(np.round(seen.points[list(points)]).astype(np.int32))
    cv2.fillConvexPoly(canvas, hull, (1,))
    return canvas.astype(np.float32)
