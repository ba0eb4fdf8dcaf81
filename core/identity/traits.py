"""What a sitter looks like beside the embedding: skin and eye colour, spots that may be permanent.

Everything is measured on the face brought to one size and upright, so that figures from several
photos can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face, regions
from ..faces.posing import head_frame
from ..faces.upright import Upright, upright
from ..images import Float, Image, Mask, blur, resize, to_lab
from .identity import Colour, Feature

# Side of the upright face that is measured, and the face's width in it (mesh points 234 to 454).
SIZE = 480
WIDTH = 288.0
# How one person's colours differ from photo to photo (standard deviation of L*, a*, b*), for when
# there is one photo only. Measured on three press photos of one person: skin 10.0, 3.4, 1.5, eyes
# 2.0, 2.0, 6.6; the smaller figures are rounded up, as amateurs' light and white balance vary more.
SKIN_DEVIATION = np.array([10.0, 4.0, 4.0], np.float32)
EYE_DEVIATION = np.array([5.0, 4.0, 6.0], np.float32)
# Below this iris radius (pixels of the photo) lashes and reflections are most of what is seen.
SMALLEST_IRIS = 3.5
# Below this face width (pixels of the photo) spots are a pixel or two and can't be told from noise.
SMALLEST_FACE = 150.0
# Spots: sizes looked for (standard deviation in pixels of the measured face; a spot's diameter is
# about three of them), least darkness in L*, greatest extra redness in a* (temporary spots are
# inflamed), and how far two sightings may lie apart in face widths.
_SCALES = (1.2, 1.7, 2.4, 3.4, 4.8)
SPOT_CONTRAST = 5.0
SPOT_REDNESS = 4.0
# Extra redness in a* from which a spot that is dark a little counts as a red one.
RED_SPOT = 3.0
# The weaker curvature as a share of the stronger: 1 is round, 0 a line.
SPOT_ROUNDNESS = 0.5
SAME_SPOT = 0.04
MOST_SPOTS = 16


@dataclass(frozen=True, eq=False)
class Traits:
    """What one photo shows.

    skin, eyes: L*a*b* float32 (3,), None if not shown well enough. spots: candidates found here;
    None if the face is too small to show any. red: spots too red to be taken for permanent unless
    another photo shows them too.
    """

    skin: Float | None
    eyes: Float | None
    spots: tuple[Feature, ...] | None
    red: tuple[Feature, ...] = ()


def measure_traits(image: Image, face: Face) -> Traits:
    """The traits of `face`, found in `image` (sRGB float32 (H, W, 3) 0..1)."""
    shown = upright(image, face, SIZE, WIDTH)
    lab = to_lab(shown.pixels)
    whole = skin_area(shown)
    skin = whole & shown.seen
    enough = bool(skin.sum() > 0.5 * whole.sum() > 0)
    large = face.width >= SMALLEST_FACE
    spots, red = _spots(lab, skin, shown, face) if large and enough else (None, ())
    return Traits(
        skin=skin_middle(lab, skin) if enough else None,
        eyes=eye_colour(lab, shown, face),
        spots=spots,
        red=red,
    )


def skin_area(shown: Upright, width: float = WIDTH) -> NDArray[np.bool_]:
    """The oval of a face `width` pixels wide without eyes, brows, lips and nostrils."""
    oval = shown.area(regions.OVAL, grown=-0.02 * width)
    holes = shown.area(*regions.FEATURES, grown=0.03 * width)
    return oval & ~holes


def mean_colour(samples: Iterable[Float | None], prior: Float) -> Colour | None:
    """Mean and deviation over the photos that show the colour; `prior` deviation if one does."""
    found = [sample for sample in samples if sample is not None]
    if not found:
        return None
    stack = np.stack(found)
    # Few photos understate how much a person varies: the prior counts as one more.
    spread = ((stack - stack.mean(axis=0)) ** 2).sum(axis=0)
    deviation = np.sqrt((spread + prior**2) / len(found))
    return Colour(stack.mean(axis=0).astype(np.float32), deviation.astype(np.float32))


def permanent(sightings: Sequence[Traits]) -> tuple[Feature, ...]:
    """Spots matched over photos, the most often seen and darkest first.

    With several photos that could show spots, those seen once are left out: they pass. Red ones
    count only where they recur, in whatever colour.
    """
    able = [(each.spots, each.red) for each in sightings if each.spots is not None]
    shown = [spots + red if len(able) > 1 else spots for spots, red in able]
    groups: list[list[Feature]] = []
    for spots in shown:
        taken: set[int] = set()
        for spot in spots:
            near = [(_distance(spot, group), i) for i, group in enumerate(groups) if i not in taken]
            distance, index = min(near, default=(np.inf, -1))
            if distance <= SAME_SPOT:
                groups[index].append(spot)
                taken.add(index)
            else:
                groups.append([spot])
                taken.add(len(groups) - 1)
    needed = 2 if len(shown) > 1 else 1
    merged = [_merged(group) for group in groups if len(group) >= needed]
    merged.sort(key=lambda spot: (-spot.photos, spot.contrast))
    return tuple(merged[:MOST_SPOTS])


def skin_middle(lab: Float, skin: NDArray[np.bool_]) -> Float:
    """The middle of the skin: hot spots, shadows and beard lie in the tails of L* and fall out."""
    pixels = lab[skin]
    low, high = np.percentile(pixels[:, 0], (30, 85))
    middle = pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)]
    return np.median(middle, axis=0).astype(np.float32)


def eye_colour(lab: Float, shown: Upright, face: Face, width: float = WIDTH) -> Float | None:
    """The ring of both irises between pupil and rim, without lids, lashes and reflections."""
    if face.eyes_open < 0.4:
        return None
    found: list[Float] = []
    enlarged = width / face.width
    for iris, lids in (
        (regions.LEFT_IRIS, regions.LEFT_EYE),
        (regions.RIGHT_IRIS, regions.RIGHT_EYE),
    ):
        centre = shown.mesh[iris[0]]
        radius = float(np.linalg.norm(shown.mesh[list(iris[1:])] - centre, axis=1).mean())
        if radius / enlarged < SMALLEST_IRIS:
            continue
        rows, columns = np.nonzero(shown.area(lids, grown=-0.25 * radius))
        distance = np.hypot(columns - centre[0], rows - centre[1]) / radius
        ring = (distance > 0.4) & (distance < 0.85)
        pixels = lab[rows[ring], columns[ring]]
        if len(pixels) < 12:
            continue
        # Reflections of lamps are the lightest, lashes the darkest.
        low, high = np.percentile(pixels[:, 0], (10, 80))
        found.append(pixels[(pixels[:, 0] >= low) & (pixels[:, 0] <= high)])
    if not found:
        return None
    return np.median(np.concatenate(found), axis=0).astype(np.float32)


def _spots(
    lab: Float, skin: NDArray[np.bool_], shown: Upright, face: Face
) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """Compact dark spots that are not redder than the skin around them, and compact red ones."""
    around = _masked_blur(lab, skin.astype(np.float32), 0.035 * WIDTH)
    filled = np.where(skin[..., None], lab, around)
    border = cv2.erode(skin.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0

    def measured(row: int, column: int, scale: float) -> tuple[Feature, float]:
        fine = blur(filled[row - 4 : row + 5, column - 4 : column + 5], 0.8)[4, 4]
        contrast, redder, _ = fine - around[row, column]
        u, v = _on_face(np.array([column, row], np.float32), shown.mesh, face)
        return Feature(u, v, 3 * scale / WIDTH, float(contrast), 1), float(redder)

    dark: list[Feature] = []
    red: list[Feature] = []
    for place in _compact(filled[..., 0], border, SPOT_CONTRAST):
        spot, redder = measured(*place)
        if spot.contrast <= -SPOT_CONTRAST:
            (dark if redder <= SPOT_REDNESS else red).append(spot)
    for place in _compact(-filled[..., 1], border, RED_SPOT):
        spot, redder = measured(*place)
        new = all(_distance(spot, [each]) > SAME_SPOT / 2 for each in dark + red)
        if new and redder >= RED_SPOT and spot.contrast < 0:
            red.append(spot)
    dark.sort(key=lambda spot: spot.contrast)
    return tuple(dark[:MOST_SPOTS]), tuple(red[:MOST_SPOTS])


def _compact(
    channel: Float, border: NDArray[np.bool_], contrast: float
) -> list[tuple[int, int, float]]:
    """Row, column and scale of the spots of `channel` that are lower than around by `contrast`.

    A spot is low across in every direction, a wrinkle in one: so the weaker of the two principal
    curvatures is looked at, at several scales (Lindeberg, IJCV 30, 1998).
    """
    layers = np.stack([_compactness(channel, scale) for scale in _SCALES])
    strongest = layers.max(axis=0)
    # Skin has its own texture; a spot stands out of it.
    texture = float(np.percentile(strongest[border], 75)) if border.any() else 0.0
    limit = max(contrast / 4, 4 * texture)
    peak = strongest >= cv2.dilate(strongest, np.ones((9, 9), np.uint8))
    places = np.argwhere(peak & border & (strongest >= limit))
    return [
        (int(row), int(column), _SCALES[int(layers[:, row, column].argmax())])
        for row, column in places
    ]


def _compactness(channel: Float, scale: float) -> Float:
    """The weaker curvature where the stronger is not much stronger, normalised by scale.

    In the middle of a round spot it is about a quarter of the spot's depth.
    """
    smooth = blur(channel, scale)
    xx = cv2.Sobel(smooth, cv2.CV_32F, 2, 0, ksize=3) / 4
    yy = cv2.Sobel(smooth, cv2.CV_32F, 0, 2, ksize=3) / 4
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1, ksize=3) / 4
    mean, half = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    round_enough = mean - half >= SPOT_ROUNDNESS * (mean + half)
    return np.where(round_enough, scale**2 * (mean - half), 0).astype(np.float32)


def _masked_blur(lab: Float, weight: Mask, sigma: float) -> Float:
    """The blur of the pixels that count, undisturbed by the others; worked out at a quarter."""
    side = len(weight)
    small = side // 4
    counted = resize(weight, small, small)
    total = np.maximum(blur(counted, sigma / 4), 1e-4)[..., None]
    mean = blur(resize(lab * weight[..., None], small, small), sigma / 4) / total
    return np.asarray(cv2.resize(mean, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _on_face(place: Float, flat: Float, face: Face) -> tuple[float, float]:
    """Where a point of the aligned picture lies on the head: (u, v) as in `Feature`.

    The mesh around it says how deep it lies, so that a turned head gives the same figures.
    """
    nearest = np.argsort(((flat[:468] - place) ** 2).sum(axis=1))[:8]
    design = np.column_stack([flat[nearest], np.ones(len(nearest))])
    solution = np.linalg.lstsq(design, face.landmarks[nearest].astype(np.float64), rcond=None)[0]
    point = np.array([*place, 1.0]) @ solution - face.landmarks[regions.NOSE_BRIDGE]
    across, up, _ = head_frame(face.landmarks) @ (point * (1, -1, 1))
    return float(across / face.width), float(-up / face.width)


def _distance(spot: Feature, group: Sequence[Feature]) -> float:
    u = float(np.mean([each.u for each in group]))
    v = float(np.mean([each.v for each in group]))
    return float(np.hypot(spot.u - u, spot.v - v))


def _merged(group: Sequence[Feature]) -> Feature:
    figures = np.mean([(each.u, each.v, each.size, each.contrast) for each in group], axis=0)
    u, v, size, contrast = (float(figure) for figure in figures)
    return Feature(u, v, size, contrast, len(group))
