"""Retouching of details: shadows under the eyes, glare, teeth, whites of the eyes.

Each changes colour at low frequencies (CIE L*a*b*) and keeps texture. Each goes part of the way to
the sitter's own skin or to clean teeth, never to an ideal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ....faces import Face, regions
from ....faces.masks import hull_mask, soft_polygon_mask
from ....images import Float, Image, Mask, blur, from_lab, ramp, resize, to_lab
from ....portrait.skin import face_box, patch_skin
from ....retouching import Retouching
from .skin import retouch

# Under the eyes: share of the way to the cheek's colour, and the largest change of L* and of a*,
# b*.
_LIFT = 1 / 3
_MOST_LIFT = 3.5
_MOST_TINT = 2.0
# Glare: largest share of a highlight's height that is removed, and the L* above the skin at which
# half of that is reached. Lower highlights hardly change, so natural ones stay.
_PRESS = 0.45
_HALF_WAY = 8.0
# Loss of chroma per L*, as a share, from which a highlight begins to count as specular, and fully
# does.
_PALE = (0.04, 0.22)
_INSET = 0.08  # face widths from the outline
# Largest change of the skin's mean L* by each of the two; together, and with rounding, it is less
# than the .5 that the studio allows.
_MOST_SHIFT = 0.2
# Teeth: shares removed of yellow and red beyond clean enamel in daylight (b* about 6, a* about 1;
# Joiner et al., J Dent 36 S1, 2008), added L*, and the L* at which adding ends.
_ENAMEL = (1.0, 6.0)
_LESS_YELLOW, _LESS_RED = 0.3, 0.15
_LIGHTER_TEETH, _LIGHTEST_TEETH = 2.5, 86.0
# No pixel above this L* gets lighter, and those within `_FADING` of it less.
_LIGHTEST, _FADING = 94.0, 8.0
_OPEN = 0.02  # least distance between the inner lips, face widths
# Whites of the eyes, in the same way.
_WHITE = (2.0, 3.0)
_LESS_BLOODSHOT = 0.3
_LIGHTER_SCLERA, _LIGHTEST_SCLERA = 1.2, 82.0
_SMALLEST_IRIS = 3.0  # pixels of radius
_IRIS = 1.12  # iris radii within which nothing changes
_OPEN_EYES = 0.4
_WORKING_WIDTH = 256.0  # face width in pixels at which low-frequency changes are computed


def touch_up(
    image: Image,
    face: Face,
    retouching: Retouching,
    keep: Mask | None = None,
    *,
    bare: Mask | None = None,
) -> Image:
    """`image` (sRGB float32 (H, W, 3) 0..1) with skin and details of `face` retouched.

    The mean L* of the skin changes by less than .5.

    retouching: its parts of the face; where all are 0, `image` itself is returned.
    keep: see `retouch`.
    bare: see `retouch`.
    """
    image = retouch(image, face, retouching.skin, retouching.blemishes, keep, bare)
    touches = (
        (under_eyes, retouching.under_eyes),
        (glare, retouching.shine),
        (teeth, retouching.teeth),
        (sclera, retouching.eyes),
    )
    return touched(image, face, touches, keep, bare)


@dataclass(frozen=True, eq=False)
class _Patch:
    """The face's part of a picture.

    lab: CIE L*a*b* float32 (h, w, 3).
    skin: float32 (h, w) 0..1.
    points: the mesh, float32 (478, 2), in pixels of the patch.
    width: of the face in pixels.
    open_eyes: 0..1.
    """

    lab: Float
    skin: Mask
    points: Float
    width: float
    open_eyes: float


_Touch = Callable[[_Patch], Float]


def touched(
    image: Image,
    face: Face,
    touches: Iterable[tuple[_Touch, float]],
    keep: Mask | None = None,
    bare: Mask | None = None,
) -> Image:
    """`image` with some of the changes below, each with its strength 0..1; see `touch_up`."""
    wanted = [(touch, strength) for touch, strength in touches if strength > 0]
    region = face_box(face, image.shape)
    pixels = region.cut(image)
    if not wanted or pixels.size == 0:
        return image
    lab = to_lab(pixels)
    patch = _Patch(
        lab=lab,
        skin=patch_skin(pixels, face, region),
        points=face.landmarks[:, :2] - np.array([region.x0, region.y0], np.float32),
        width=face.width,
        open_eyes=face.eyes_open,
    )
    change = np.zeros_like(lab)
    for touch, strength in wanted:
        change += np.float32(min(strength, 1)) * touch(patch)
    if keep is not None:
        change *= 1 - region.cut(keep)[..., None]
    if bare is not None:
        change *= region.cut(bare)[..., None]
    # Converting to Lab and back rounds; the difference of two conversions is 0 without a change.
    moved = pixels + (from_lab(lab + change) - from_lab(lab))
    result = image.copy()
    region.cut(result)[:] = np.clip(moved, 0, 1)
    return result


def under_eyes(patch: _Patch) -> Float:
    """Change of Lab that brings skin under the eyes a third of the way to the cheek's colour."""
    return _at_working_width(_lifted, patch)


def glare(patch: _Patch) -> Float:
    """Change of Lab that reduces glare on the skin; texture and natural highlights stay."""
    return _at_working_width(_pressed, patch)


def _at_working_width(touch: _Touch, patch: _Patch) -> Float:
    """A low-frequency change, computed at a face of `_WORKING_WIDTH` at most."""
    if patch.width <= _WORKING_WIDTH:
        return touch(patch)
    rows, columns = patch.skin.shape
    factor = _WORKING_WIDTH / patch.width
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    across, down = size[0] / columns, size[1] / rows
    small = replace(
        patch,
        lab=resize(patch.lab, *size),
        skin=resize(patch.skin, *size),
        points=(patch.points + 0.5) * np.array([across, down], np.float32) - np.float32(0.5),
        width=_WORKING_WIDTH,
    )
    change = cv2.resize(touch(small), (columns, rows), interpolation=cv2.INTER_LINEAR)
    change *= (patch.skin > 0)[..., None]
    return np.asarray(change, np.float32)


def _lifted(patch: _Patch) -> Float:
    broad = _broad(patch.lab, patch.skin, 0.02 * patch.width)
    change = np.zeros_like(patch.lab)
    for below, cheek in (
        (regions.LEFT_UNDER_EYE, regions.LEFT_CHEEK),
        (regions.RIGHT_UNDER_EYE, regions.RIGHT_CHEEK),
    ):
        wanted = _mean(broad, hull_mask(patch.skin.shape, patch.points[list(cheek)]) * patch.skin)
        if wanted is None:
            continue
        area = blur(_polygon(patch, below), 0.02 * patch.width) * patch.skin
        step = _LIFT * (wanted - broad)
        step[..., 0] = np.clip(step[..., 0], 0, _MOST_LIFT)
        step[..., 1:] = np.clip(step[..., 1:], -_MOST_TINT, _MOST_TINT)
        # Colour changes only where the skin is darker than the cheek.
        step[..., 1:] *= ramp(step[..., 0], 0, 1)[..., None]
        change += area[..., None] * step
    return _bounded(change, patch.skin)


def _pressed(patch: _Patch) -> Float:
    broad = _broad(patch.lab, patch.skin, 0.012 * patch.width)
    core = patch.skin > 0.5
    if np.count_nonzero(core) < 64:
        return np.zeros_like(patch.lab)
    knee = np.float32(np.percentile(broad[core][:, 0], 80) + 1)
    middle = np.median(broad[core], axis=0)
    light = np.maximum(broad[..., 0], 1)
    chroma = np.hypot(broad[..., 1], broad[..., 2])
    # Lit skin has chroma in proportion to L*; a specular highlight has the lamp's colour.
    expected = max(float(np.hypot(middle[1], middle[2])), 1.0) / max(float(middle[0]), 1.0)
    pale = ramp(np.asarray(1 - chroma / light / expected, np.float32), *_PALE)
    above = np.maximum(broad[..., 0] - knee, 0)
    # Its slope is less than .5 everywhere, so brighter pixels stay brighter.
    pressed = _PRESS * above * above / (above + _HALF_WAY)
    weight = blur(pale, 0.008 * patch.width) * patch.skin
    # Pale light along the outline is a rim light; glare lies further inside.
    inset = 2 * round(_INSET * patch.width) + 1
    within = cv2.erode(_polygon(patch, regions.OVAL), np.ones((inset, inset), np.uint8))
    weight *= blur(np.asarray(within, np.float32), 0.3 * _INSET * patch.width)
    change = np.zeros_like(patch.lab)
    change[..., 0] = -weight * pressed
    # Without the lamp's light the skin's own colour returns, as far as the highlight is darkened.
    share = weight * pressed / light
    change[..., 1:] = share[..., None] * (middle[1:] - broad[..., 1:])
    return _bounded(change, patch.skin)


def teeth(patch: _Patch) -> Float:
    """Change of Lab that makes teeth a little lighter and less yellow, but never white.

    0 with a closed mouth.
    """
    change = np.zeros_like(patch.lab)
    top, bottom = patch.points[13], patch.points[14]
    if float(np.linalg.norm(top - bottom)) < _OPEN * patch.width:
        return change
    light, red, yellow = (patch.lab[..., channel] for channel in range(3))
    inner = _polygon(patch, regions.INNER_LIPS)
    lips = _mean(patch.lab, _polygon(patch, regions.LIPS) * (1 - inner))
    skin = _mean(patch.lab, patch.skin)
    if lips is None or skin is None:
        return change
    # Teeth are paler than lips, gums and tongue, and lighter than the mouth behind them.
    tooth = ramp(0.8 * lips[1] - red, 0, 4) * ramp(light / max(float(skin[0]), 1.0), 0.6, 0.75)
    area = blur(np.asarray(inner * tooth, np.float32), 0.004 * patch.width) * inner
    # The same step for all teeth, so that the gaps between them stay.
    change[..., 0] = _lighter(light, area, _LIGHTER_TEETH, _LIGHTEST_TEETH)
    change[..., 1] = -_LESS_RED * np.maximum(red - _ENAMEL[0], 0)
    change[..., 2] = -_LESS_YELLOW * np.maximum(yellow - _ENAMEL[1], 0)
    return area[..., None] * change


def sclera(patch: _Patch) -> Float:
    """Change of Lab that makes the whites of open eyes less red; irises and catchlights stay."""
    change = np.zeros_like(patch.lab)
    skin = _mean(patch.lab, patch.skin)
    if patch.open_eyes < _OPEN_EYES or skin is None:
        return change
    light, red, yellow = (patch.lab[..., channel] for channel in range(3))
    rows, columns = np.indices(light.shape, dtype=np.float32)
    white = np.zeros_like(light)
    for iris, lids in (
        (regions.LEFT_IRIS, regions.LEFT_EYE),
        (regions.RIGHT_IRIS, regions.RIGHT_EYE),
    ):
        x, y = patch.points[iris[0]]
        radius = float(np.linalg.norm(patch.points[list(iris[1:])] - (x, y), axis=1).mean())
        if radius < _SMALLEST_IRIS:
            continue
        outside = ramp(np.hypot(columns - x, rows - y) / radius, _IRIS, _IRIS + 0.1)
        white = np.maximum(white, _polygon(patch, lids) * outside)
    # The whites are paler than the lids and their rims, and lighter than lashes.
    white *= ramp(0.9 * skin[1] - red, 0, 3) * ramp(light / max(float(skin[0]), 1.0), 0.5, 0.7)
    change[..., 0] = _lighter(light, white, _LIGHTER_SCLERA, _LIGHTEST_SCLERA)
    change[..., 1] = -_LESS_BLOODSHOT * np.clip(red - _WHITE[0], 0, 10)
    change[..., 2] = -_LESS_BLOODSHOT * np.clip(yellow - _WHITE[1], 0, 10)
    return white[..., None] * change


def _lighter(light: Float, area: Mask, step: float, lightest: float) -> Float:
    """A gain of `step` L*, smaller as the median of `area` nears `lightest`; white pixels stay."""
    values = light[area > 0.5]
    if values.size == 0:
        return np.zeros_like(light)
    step *= float(np.clip((lightest - np.median(values)) / 12, 0, 1))
    return step * ramp(-light, -_LIGHTEST, _FADING - _LIGHTEST)


def _bounded(change: Float, skin: Mask) -> Float:
    """`change`, weakened if it changed the skin's mean L* by more than `_MOST_SHIFT`."""
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
    """A blur of the skin alone, computed at a size where `sigma` is about two pixels."""
    weight = np.maximum(skin, np.float32(1e-3))
    weighted = np.dstack([lab * weight[..., None], weight])
    rows, columns = skin.shape
    step = max(1.0, sigma / 2)
    small = resize(weighted, max(1, round(columns / step)), max(1, round(rows / step)))
    wide = cv2.resize(blur(small, sigma / step), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[..., :3] / np.maximum(wide[..., 3:], 1e-4), np.float32)


def _polygon(patch: _Patch, outline: Sequence[int]) -> Mask:
    return soft_polygon_mask(patch.skin.shape, patch.points[list(outline)])
