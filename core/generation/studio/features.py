"""What of the skin is the sitter's for good: the enrolled features, laid over one picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...faces import Face, regions
from ...faces.posing import head_frame
from ...identity.identity import Feature, Identity
from ...identity.traits import SMALLEST_FACE
from ...images import Float, Mask

# Face widths. Two sightings of one spot lie this far apart (the mesh's own wobble on heads turned
# by 15 degrees), and the lock fades out over as much again.
_LEEWAY = 0.02
# Photos in which a spot must have been found to be permanent.
_SIGHTINGS = 2


def lock(features: Iterable[Feature], face: Face, shape: tuple[int, ...]) -> Mask:
    """Where `features` that were found on two or more photos lie on `face`.

    float32 (H, W), 0..1, for a picture of `shape` (H, W, ...); 1 is to be kept as it is. Features
    found on one photo only are left out.
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


def known(identity: Identity, face: Face, shape: tuple[int, ...]) -> Mask | None:
    """`lock` of the sitter's features, or None where the photos can't tell what lasts.

    That takes two with a face large enough to show spots; with None a retouch removes nothing.
    """
    able = [photo for photo in identity.photos if photo.face.width >= SMALLEST_FACE]
    if len(able) < _SIGHTINGS:
        return None
    return lock(identity.features, face, shape)


def place(feature: Feature, face: Face) -> tuple[float, float]:
    """Where `feature` lies on `face`: x, y in pixels of its picture.

    The mesh points nearest to it on the head carry it, so that a turned head is followed.
    """
    landmarks = face.landmarks[:468].astype(np.float64)
    offsets = (landmarks - landmarks[regions.NOSE_BRIDGE]) * (1, -1, 1)
    across, up, _ = head_frame(face.landmarks).astype(np.float64)
    on_head = np.column_stack([offsets @ across, -(offsets @ up)]) / face.width
    wanted = np.array([feature.u, feature.v])
    nearest = np.argsort(((on_head - wanted) ** 2).sum(axis=1))[:8]
    design = np.column_stack([on_head[nearest], np.ones(len(nearest))])
    solution: Float = np.linalg.lstsq(design, landmarks[nearest, :2], rcond=None)[0]
    x, y = np.array([*wanted, 1.0]) @ solution
    return float(x), float(y)
