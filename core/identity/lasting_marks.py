"""Permanent marks of the skin: matched over a sitter's photos, and located on a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..faces import Face
from ..images import Mask
from ..portrait.marks import MOST_SPOTS, SAME_SPOT, SMALLEST_FACE, SkinMark, place
from ..portrait.traits import Traits
from .identity import Identity

# Face widths. Two sightings of one spot lie this far apart (the mesh's own wobble on heads turned
# by 15 degrees), and the lock fades out over as much again.
_LEEWAY = 0.02
# Photos in which a spot must have been found to be permanent.
_SIGHTINGS = 2


def lock(features: Iterable[SkinMark], face: Face, shape: tuple[int, ...]) -> Mask:
    """The mask of the permanent marks on `face`: of those in `features` seen on two or more photos.

    float32 (H, W), 0..1, for a picture of `shape` (H, W, ...); 1 must not be retouched.
    """
    rows, columns = shape[:2]
    mask = np.zeros((rows, columns), np.float32)
    for feature in features:
        if feature.photos < _SIGHTINGS:
            continue
        x, y = place(feature, face)
        inner = (0.5 * feature.size + _LEEWAY) * face.width
        outer = inner + _LEEWAY * face.width
        top, bottom = max(0, int(y - outer)), min(rows, int(y + outer) + 2)
        left, right = max(0, int(x - outer)), min(columns, int(x + outer) + 2)
        if top >= bottom or left >= right:
            continue
        distance = np.hypot(
            np.arange(left, right, dtype=np.float32) - x,
            np.arange(top, bottom, dtype=np.float32)[:, None] - y,
        )
        spot = np.clip((outer - distance) / (outer - inner), 0, 1)
        part = mask[top:bottom, left:right]
        np.maximum(part, spot, out=part)
    return mask


def lasting_mask(identity: Identity, face: Face, shape: tuple[int, ...]) -> Mask | None:
    """`lock` of the sitter's marks; None if the photos can't show which marks are permanent.

    Two photos with a face large enough to show spots are needed. With None a retouch removes no
    spots.
    """
    able = [photo for photo in identity.photos if photo.face.width >= SMALLEST_FACE]
    if len(able) < _SIGHTINGS:
        return None
    return lock(identity.features, face, shape)


def permanent(sightings: Sequence[Traits]) -> tuple[SkinMark, ...]:
    """Spots matched over photos, the most frequent and darkest first.

    If several photos could show spots, those seen once are omitted as temporary. Red spots count
    only if they recur, in any colour.
    """
    able = [(each.spots, each.red) for each in sightings if each.spots is not None]
    shown = [spots + red if len(able) > 1 else spots for spots, red in able]
    groups: list[list[SkinMark]] = []
    for spots in shown:
        used: set[int] = set()
        for spot in spots:
            near = [(_distance(spot, group), i) for i, group in enumerate(groups) if i not in used]
            distance, index = min(near, default=(np.inf, -1))
            if distance <= SAME_SPOT:
                groups[index].append(spot)
                used.add(index)
            else:
                groups.append([spot])
                used.add(len(groups) - 1)
    needed = 2 if len(shown) > 1 else 1
    merged = [_merged(group) for group in groups if len(group) >= needed]
    merged.sort(key=lambda spot: (-spot.photos, spot.contrast))
    return tuple(merged[:MOST_SPOTS])


def _distance(spot: SkinMark, group: Sequence[SkinMark]) -> float:
    u = float(np.mean([each.u for each in group]))
    v = float(np.mean([each.v for each in group]))
    return float(np.hypot(spot.u - u, spot.v - v))


def _merged(group: Sequence[SkinMark]) -> SkinMark:
    figures = np.mean([(each.u, each.v, each.size, each.contrast) for each in group], axis=0)
    u, v, size, contrast = (float(figure) for figure in figures)
    return SkinMark(u, v, size, contrast, len(group))
