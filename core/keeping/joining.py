"""Joins the original's pixels and the edited picture's, without a seam.

Around the head the sitter is cut out of the original and set before the edit's backdrop, which is
filled under the head that was there. Along neck and hair what is left of a difference goes smoothly
into the edit's side, as a membrane does (after Perez, Gangnet and Blake, "Poisson Image Editing",
2003, by normalised blurs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..faces import Face
from ..faces.head_pose import turned
from ..faces.masks import disc
from ..faces.regions import CHIN
from ..generation import decontaminate
from ..images import Box, Float, Image, Mask, blur, ramp, to_lab, to_srgb
from ..portrait.gaps import enclosed_gaps
from ..portrait.segments import Segment
from .colours import difference
from .head import head_of
from .regions import Keep
from .sight import Sight
from .smooth import carried, smoothstep

# CIEDE2000 of the walls below which the backdrop is taken for unchanged, and in how much of it.
_SAME_WALL, _OF_WALL = 4.5, 0.85
_NEAR_WALL = 0.5  # face widths from the head within which it is asked
_FILL = (0.5, 0.15, 0.05, 0.02, 0.007)  # face widths, of the blurs that fill the plate
_RIM = 0.012  # face widths around the cut-out in which the wall has its colours
_MEMBRANE, _BAND = (0.15, 0.05), 0.1  # face widths
_MOST = 0.12  # sRGB that the membrane changes
# Holes in the head that are closed: their most area (face widths squared), and their least depth.
_HOLE, _DEEP = 0.03, 0.06


@dataclass(frozen=True, eq=False)
class Whole:
    """A picture in the frame, in full size.

    image: sRGB float32 (H, W, 3). matte: float32 (H, W). face: in its pixels.
    """

    image: Image
    matte: Mask
    face: Face


@dataclass(frozen=True, eq=False)
class Joined:
    """A joined picture.

    image: sRGB float32 (H, W, 3). own: the original's share in it, float32 (H, W) 0..1.
    under: the edited picture as it was joined, sRGB float32 (H, W, 3).
    """

    image: Image
    own: Mask
    under: Image


def backdrop_difference(own: Sight, edit: Sight) -> float:
    """CIEDE2000 of both walls around the head, in most of it; infinite where none is in sight."""
    head = head_of(own)
    away = cv2.distanceTransform((head < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    near = away < _NEAR_WALL * own.face.width
    wall = (own.matte < 0.03) & (edit.matte < 0.03) & near & (own.covered > 0.5)
    if np.count_nonzero(wall) < 50:
        return float("inf")
    return difference(blur(own.image, 1), blur(edit.image, 1), wall, _OF_WALL)


def same_backdrop(difference: float) -> bool:
    """Whether walls that differ by so much are one."""
    return difference < _SAME_WALL


def membrane(own: Sight, edit: Sight, share: Mask) -> Float:
    """What to add to the edited picture so that it meets the original, float32 (h, w, 3)."""
    width = own.face.width
    hair = np.minimum(own.of(Segment.HAIR), edit.of(Segment.HAIR))
    skins = [each.of(Segment.BODY_SKIN, Segment.FACE_SKIN) for each in (own, edit)]
    alike = np.maximum(hair, np.minimum(*skins))
    band = (share > 0.02) & (alike > 0.7) & (own.matte > 0.95) & (edit.matte > 0.95)
    weight = np.asarray(band * smoothstep(-share, -0.98, -0.6), np.float32)
    apart = blur(own.image, 0.01 * width) - blur(edit.image, 0.01 * width)
    change = carried(apart, weight, [each * width for each in _MEMBRANE])
    near = np.minimum(blur(band.astype(np.float32), _BAND * width) / 0.1, 1)
    sitter = edit.of(Segment.HAIR, Segment.BODY_SKIN, Segment.FACE_SKIN)
    taken = near * smoothstep(sitter, 0.5, 0.95) * (edit.matte > 0.5)
    return np.asarray(np.clip(change, -_MOST, _MOST) * taken[..., None], np.float32)


def seam(own: Sight, edit: Sight, share: Mask, change: Float) -> float:
    """Root mean square L* between both pictures within the joint, without fine detail, as
    `Fit.seam` of the studio has it: 6 and more shows.

    change: the membrane's.
    """
    under = np.asarray(np.clip(edit.image + change, 0, 1), np.float32)
    apart = to_lab(own.image)[..., 0] - to_lab(under)[..., 0]
    joint = (share > 0.05) & (share < 0.95) & (own.matte > 0.95) & (edit.matte > 0.95)
    if np.count_nonzero(joint) < 50:
        return 0.0
    smooth = blur(np.asarray(apart, np.float32), 0.008 * own.face.width)
    return float(np.sqrt((smooth[joint] ** 2).mean()))


def joined(
    keep: Keep,
    own: Whole,
    edit: Whole,
    sights: tuple[Sight, Sight],
    share: Mask,
    change: Float,
    same_wall: bool,
    check: Callable[[], None],
) -> Joined:
    """Both pictures joined.

    Args:
        own, edit: in full size, `edit` without its drift and registered.
        sights: of both at the working size, on one grid.
        share: see `own_share`, at the working size; change: see `membrane`.
        same_wall: the edit left the backdrop.
        check: is called between pieces of work and may raise.
    """
    rows, columns = own.matte.shape
    grown = cv2.resize(share, (columns, rows), interpolation=cv2.INTER_LINEAR)
    whole = np.asarray(np.clip(grown, 0, 1), np.float32)
    box = _box(whole)
    if box is None:
        return Joined(edit.image, whole, edit.image)
    here = box.cut(whole)
    theirs = np.clip(box.cut(edit.image) + box.cut(_grown(change, (columns, rows))), 0, 1)
    check()
    ours = box.cut(own.image)
    if not same_wall and keep in (Keep.HEAD, Keep.ALL_BUT_BACKDROP):
        plate = _plate(box.cut(edit.image), sights[1], box, (columns, rows))
        check()
        ours = _before(plate, own, box)
    elif not same_wall and keep is Keep.ALL_BUT_CLOTHES:
        plate = _plate(ours, sights[0], box, (columns, rows))
        check()
        shown = np.ascontiguousarray(box.cut(edit.matte))
        linear, clean = decontaminate(theirs, shown, _within(edit.face, box))
        theirs = plate + clean[..., None] * (to_srgb(linear) - plate)
    under, result = edit.image.copy(), edit.image.copy()
    box.cut(under)[:] = theirs
    part = box.cut(result)
    # Not theirs + here * (ours - theirs), which is the original's pixels but for the last digit.
    part[:] = here[..., None] * ours + (1 - here[..., None]) * theirs
    np.clip(part, 0, 1, out=part)
    return Joined(result, whole, under)


def _before(plate: Image, own: Whole, box: Box) -> Image:
    """The sitter of the original, cut out, before `plate`, in the part `box`."""
    image, face = np.ascontiguousarray(box.cut(own.image)), _within(own.face, box)
    linear, clean = decontaminate(image, np.ascontiguousarray(box.cut(own.matte)), face)
    cover = np.clip(_filled(clean, face) / 0.93 - 0.04, 0, 1)[..., None]
    mixed = plate + cover * (to_srgb(linear) - plate)
    return np.asarray(np.where(cover > 0.995, image, mixed), np.float32)


def _plate(image: Image, sight: Sight, box: Box, size: tuple[int, int]) -> Image:
    """The backdrop of a picture, filled under its sitter, in the part `box` of a frame of `size`.

    image: that part.
    """
    width = sight.face.width
    near = np.asarray(cv2.dilate(sight.matte, np.ones((3, 3), np.uint8)), np.float32)
    outside = np.asarray(
        cv2.distanceTransform((sight.matte < 0.05).astype(np.uint8), cv2.DIST_L2, 3), np.float32
    )
    clear = np.minimum(smoothstep(-near, -0.05, -0.005), ramp(outside, 0, _RIM * width))
    filled = carried(sight.image, np.asarray(clear**4, np.float32), [s * width for s in _FILL])
    seen = box.cut(_grown(clear, size))[..., None]
    under = box.cut(_grown(filled, size))
    return np.asarray(under + seen * (image - under), np.float32)


def _filled(matte: Mask, face: Face) -> Mask:
    """`matte` (H, W) without small holes deep in the head, which hairbands and reflections tear."""
    sitter = (matte >= 0.5).astype(np.uint8)
    solid, gaps = enclosed_gaps(sitter)
    if not gaps:
        return matte
    chin = float(face.landmarks[CHIN, 1])
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    closed = np.zeros_like(sitter)
    for gap in gaps:
        small = gap.area < _HOLE * face.width**2
        if small and gap.row < chin and depth[gap.box][gap.pixels].min() > _DEEP * face.width:
            closed[gap.box][gap.pixels] = 1
    if not closed.any():
        return matte
    grown = cv2.dilate(closed, disc(0.01 * face.width)).astype(np.float32)
    return np.asarray(np.maximum(matte, blur(grown, 0.004 * face.width)), np.float32)


def _box(share: Mask) -> Box | None:
    """The part of the frame in which `share` is above 0, with a margin."""
    some = share > 0.002
    rows, columns = np.flatnonzero(some.any(axis=1)), np.flatnonzero(some.any(axis=0))
    if not rows.size:
        return None
    high, wide = share.shape
    return Box(
        float(max(0, columns[0] - 8)),
        float(max(0, rows[0] - 8)),
        float(min(wide, columns[-1] + 9)),
        float(min(high, rows[-1] + 9)),
    )


def _within(face: Face, box: Box) -> Face:
    """`face` in the pixels of the part `box`."""
    return turned(face, np.array([[1, 0, -box.x0], [0, 1, -box.y0]], np.float32))


def _grown(values: Float, size: tuple[int, int]) -> Float:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
