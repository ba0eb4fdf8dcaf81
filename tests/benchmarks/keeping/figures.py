"""What is measured of one edit that was kept, or of a peer's picture of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from headshots.core.images import Float, Image, Mask, blur, resize, to_lab
from headshots.core.keeping.colours import ciede2000
from headshots.core.keeping.keeper import Kept
from headshots.core.portrait.portrait import VIEWED_FACE
from headshots.core.portrait.segments import Segment
from headshots.core.scoring.measures.realism import edge_line

from .edits import Edit, Subject

# The house's measure of a joint: see `Fit.seam` in core/generation/studio/transfer/blending.py.
SEAM_LIMIT, _FINE = 6.0, 0.008
LINE_LIMIT = 5.0


@dataclass(frozen=True)
class Figures:
    """Of one picture.

    off, off_most: pixels of the photo by which the edit lies off, median and 95th in the head; of
        the similarity alone `rigid`.
    head, head_most: CIEDE2000 of the head's pixels against the photo, median and 95th.
    lost: likeness lost by the judge, cosine.
    clothes: share of the new clothes that is the edit's.
    seam: root mean square L* between both layers within the joint, without fine detail.
    line: L* of a bright line along the sitter's edge, beyond the photo's own.
    """

    off: float
    off_most: float
    rigid: float
    head: float
    head_most: float
    lost: float
    clothes: float
    seam: float
    line: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def of_kept(photo: Subject, edit: Edit, kept: Kept, lost: float) -> Figures:
    """Of a picture that came out of `keep_sitter`."""
    frame, where = kept.frame, kept.where
    assert frame is not None and where is not None and kept.under is not None
    there = np.asarray(_grid(frame.left, frame.top, *frame.size), np.float32)
    full = where.edited_points(there)
    rigid = there @ where.matrix[:, :2].T + where.matrix[:, 2]
    changed = _at(edit.changed, full)
    head = frame.of(_head(photo), bare=True)
    still = (head > 0.8) & (changed < 0.05)
    own = frame.of(photo.image)
    off, slid = (
        np.linalg.norm(_at(edit.back, np.asarray(p, np.float32)) - there, axis=2)[still]
        for p in (full, rigid)
    )
    cover = frame.of(photo.portrait.cutout, bare=True)
    inner = still & (cover > 0.97)
    return Figures(
        off=float(np.median(off)),
        off_most=float(np.percentile(off, 95)),
        rigid=float(np.median(slid)),
        **_joint(kept.image, own, kept.under, kept.own, cover, inner, photo),
        lost=lost,
        clothes=_clothes(changed, kept.own),
    )


def of_peer(photo: Subject, edit: Edit, image: Image, own: Mask, lost: float) -> Figures:
    """Of a crop-and-stitch: `own` of the photo on the edit, both as they lie."""
    there = np.asarray(_grid(0, 0, own.shape[1], own.shape[0]), np.float32)
    head = _head(photo)
    still = (head > 0.8) & (edit.changed < 0.05)
    off = np.linalg.norm(edit.back - there, axis=2)[still]
    cover = photo.portrait.cutout
    inner = still & (cover > 0.97)
    return Figures(
        off=float(np.median(off)),
        off_most=float(np.percentile(off, 95)),
        rigid=float(np.median(off)),
        **_joint(image, photo.image, edit.image, own, cover, inner, photo),
        lost=lost,
        clothes=_clothes(edit.changed, own),
    )


def _joint(
    image: Image,
    own: Image,
    under: Image,
    share: Mask,
    cover: Mask,
    inner: NDArray[np.bool_],
    photo: Subject,
) -> dict[str, float]:
    """What `Figures` says of a picture's head against the photo's own pixels, and of its joint."""
    apart = ciede2000(to_lab(image)[inner], to_lab(own)[inner])
    return {
        "head": float(np.median(apart)),
        "head_most": float(np.percentile(apart, 95)),
        "seam": _seam(own, under, share, cover, photo),
        "line": _line(image, cover, photo) - max(0.0, _line(own, cover, photo)),
    }


def peer(photo: Subject, edit: Edit) -> tuple[Image, Mask]:
    """What a mask and a feather do: the photo's head on the edit, in its place, and its share.

    As ComfyUI's crop-and-stitch nodes: the mask is grown and feathered, nothing is registered.
    """
    width = photo.portrait.face.width
    head = (_head(photo) > 0.5).astype(np.uint8)
    size = 2 * round(0.02 * width) + 1
    grown = cv2.dilate(head, np.ones((size, size), np.uint8)).astype(np.float32)
    share = blur(grown, 0.03 * width)
    return edit.image + share[..., None] * (photo.image - edit.image), share


def _head(photo: Subject) -> Mask:
    """Face, hair and the neck down to half a face below the chin, full size."""
    points = photo.portrait.face.landmarks
    tall = float(np.linalg.norm(points[152, :2] - points[10, :2]))
    rows = np.arange(photo.image.shape[0], dtype=np.float32)[:, None]
    neck = np.clip((points[152, 1] + 0.5 * tall - rows) / (0.05 * tall), 0, 1)
    parts = photo.parts
    head = parts[Segment.FACE_SKIN] + parts[Segment.HAIR] + parts[Segment.BODY_SKIN]
    return np.asarray(np.clip(head * neck, 0, 1), np.float32)


def _clothes(changed: Mask, own: Mask) -> float:
    new = changed > 0.9
    return float((1 - own[new]).mean()) if new.sum() > 200 else float("nan")


def _seam(own: Image, under: Image, share: Mask, cover: Mask, photo: Subject) -> float:
    width = photo.portrait.face.width
    apart = blur(to_lab(own)[..., 0] - to_lab(under)[..., 0], _FINE * width)
    joint = (share > 0.05) & (share < 0.95) & (cover > 0.95)
    return float(np.sqrt((apart[joint] ** 2).mean())) if joint.sum() > 50 else 0.0


def _line(image: Image, cover: Mask, photo: Subject) -> float:
    factor = min(1.0, VIEWED_FACE / photo.portrait.face.width)
    rows, columns = cover.shape
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    small = resize(np.clip(image, 0, 1).astype(np.float32), *size)
    face = photo.portrait.face.scaled(factor)
    return edge_line(to_lab(small)[..., 0], np.clip(resize(cover, *size), 0, 1), face)


def _grid(left: int, top: int, width: int, height: int) -> Float:
    x, y = np.meshgrid(np.arange(left, left + width), np.arange(top, top + height))
    return np.stack([x, y], -1).astype(np.float32)


def _at(values: Float, places: Float) -> Float:
    x, y = (np.ascontiguousarray(places[..., each]) for each in (0, 1))
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=border), np.float32)
