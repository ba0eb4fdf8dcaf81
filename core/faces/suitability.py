"""Checks whether a face is suitable for enrolment; findings in words for the sitter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..images import Image, to_lab
from ..photos.suitability import Finding, check_exposure, check_sharpness
from . import regions
from .analyser import Face
from .quality import inside
from .upright import upright

# Pixels between the eyes in the full-size photo: ISO/IEC 29794-5 asks for 70; at 32 the mesh and
# the recognisers still work but nothing can be made of the pixels.
FEW_PIXELS, TOO_FEW_PIXELS = 70.0, 32.0
# Degrees. Chosen, not measured: a third of the face is foreshortened at the first figure, the far
# eye is about to vanish at the second.
TURNED, TURNED_AWAY = 30.0, 55.0
TILTED, TILTED_AWAY = 25.0, 40.0
# Of roll. Seen on pictures of heads at 12 to 44 degrees: levelled from 29 on, hair falls aslant.
LEANING = 25.0
# `Face.eyes_open`. Measured on 26 faces: open eyes 0.64 to 0.96, closed and downcast ones 0.41 to
# 0.47.
HALF_OPEN, CLOSED = 0.60, 0.50
# Raised cheeks narrow eyes that are open, one more than the other: from the first strength of smile
# on, at the second by as much as `HALF_OPEN` lies above `CLOSED`. Lids close together, so the other
# eye is at least so open then. A smile measured 0.56 and 0.81, of eight pictures made of it 0.54 to
# 0.58 and 0.76 to 0.81; drawn lids under a smile 0.47 and 0.48, of a picture made of it 0.54.
_NARROWING, _OTHER = (0.4, 0.7), 0.7
# Share of the mesh inside the picture: below the first the face is cut, below the second it is no
# longer a face that anything can be made of.
WHOLE, CUT = 0.995, 0.85
# The skull's top lies about this far above the mesh's top point, in heights of the face (chin to
# that point); hair comes on top.
SKULL = 0.20
# Side of the upright face whose colours are compared, and the face's width in it.
_SIZE, _WIDTH = 192, 120.0
_FOREHEAD = (9, 107, 336, 151, 108, 337)
# Dark glasses: the lighter eye's 85th percentile of L* between the lids, against the forehead's.
# Measured on 26 faces: eyes, even closed ones, from 0.43 on; painted black glasses up to 0.17.
_DARK_EYES = 0.30
# A mask: lips as red (a*) as what surrounds them, in another colour (a*, b*) than the forehead.
# Measured on the same faces: none without a mask is both; painted blue, white and black masks
# differ by 1.5 at most and by 6 to 67. A mask of the skin's own colour is not seen.
_SAME_RED, _OTHER_COLOUR = 1.5, 12.0
# The ring around the lips, in face widths.
_NEAR = (0.03, 0.12)


def check_count(faces: Sequence[Face]) -> tuple[Finding, ...]:
    """A finding if there is no face, or several."""
    if not faces:
        return (
            Finding(
                "no-face",
                "blocks",
                "No face was found",
                "Turn the photo upright, or take one that shows the face from the front, in good "
                "light and not from far away.",
            ),
        )
    if len(faces) > 1:
        return (
            Finding(
                "several-faces",
                "warns",
                f"{len(faces)} faces were found",
                "Take a photo of the sitter alone, or crop it to the sitter.",
            ),
        )
    return ()


def least_open(face: Face) -> float:
    """The least `Face.eyes_open` of a face like this whose eyes are open."""
    some, full = _NARROWING
    if 1 - min(face.blendshape("eyeBlinkLeft"), face.blendshape("eyeBlinkRight")) < _OTHER:
        return HALF_OPEN
    smiling = float(np.clip((face.smile - some) / (full - some), 0, 1))
    return HALF_OPEN - (HALF_OPEN - CLOSED) * smiling


def asleep(face: Face) -> bool:
    """Whether an eye is closed or half closed."""
    return face.eyes_open < least_open(face)


def leaning(face: Face) -> bool:
    """Whether the head, or the camera, is so far from upright that levelling shows."""
    return abs(face.pose.roll) > LEANING


def check_face(image: Image, face: Face, *, scale: float = 1.0) -> tuple[Finding, ...]:
    """The findings against `face`, detected in `image` (sRGB float32 (H, W, 3) 0..1).

    scale: pixels of `image` per pixel of the full-size photo.
    """
    return (
        *_size(face, scale),
        *_crop(image, face),
        *check_sharpness(image, face.box),
        *check_exposure(image, face.box),
        *_pose(face),
        *_eyes(face),
        *_covered(image, face),
    )


def _size(face: Face, scale: float) -> Iterator[Finding]:
    distance = face.eye_distance / scale
    if distance < FEW_PIXELS:
        yield Finding(
            "small-face",
            "blocks" if distance < TOO_FEW_PIXELS else "warns",
            f"The face is small: {distance:.0f} pixels between the eyes, {FEW_PIXELS:.0f} are "
            "asked for",
            "Come closer to the camera or give the photo in its full size.",
        )


def _crop(image: Image, face: Face) -> Iterator[Finding]:
    share = inside(face.landmarks, image.shape)
    if share < WHOLE:
        yield Finding(
            "face-cut",
            "blocks" if share < CUT else "warns",
            f"The picture's edge cuts the face: {share:.0%} of it is there",
            "Give a photo with the whole head in it.",
        )
        return
    top, chin = face.landmarks[regions.FOREHEAD_TOP, :2], face.landmarks[regions.CHIN, :2]
    crown = top + SKULL * (top - chin)
    rows, columns = image.shape[:2]
    if not (0 <= crown[0] <= columns - 1 and 0 <= crown[1] <= rows - 1):
        yield Finding(
            "tight-crop",
            "warns",
            "The top of the head is cut off",
            "Give a photo with some room above the head and the shoulders in it.",
        )


def _pose(face: Face) -> Iterator[Finding]:
    yaw, pitch = abs(face.pose.yaw), abs(face.pose.pitch)
    if yaw > TURNED:
        yield Finding(
            "turned",
            "blocks" if yaw > TURNED_AWAY else "warns",
            f"The head is turned {yaw:.0f} degrees away from the camera",
            "Look towards the camera; a slight turn is fine.",
        )
    if pitch > TILTED:
        way = "up" if face.pose.pitch > 0 else "down"
        yield Finding(
            "tilted",
            "blocks" if pitch > TILTED_AWAY else "warns",
            f"The head is tilted {pitch:.0f} degrees {way}",
            "Hold the camera at the height of the eyes and look straight ahead.",
        )
    if leaning(face):
        yield Finding(
            "leaning",
            "warns",
            f"The head leans {abs(face.pose.roll):.0f} degrees to a side",
            "Hold head and camera upright; a slight tilt is fine.",
        )


def _eyes(face: Face) -> Iterator[Finding]:
    if asleep(face):
        closed = face.eyes_open < CLOSED
        yield Finding(
            "eyes-closed" if closed else "eyes-half-closed",
            "warns",
            "The eyes are closed" if closed else "The eyes are half closed",
            "Choose or take a photo with open eyes.",
        )


def _covered(image: Image, face: Face) -> Iterator[Finding]:
    """Dark glasses and masks; a hand or hair over the face has no sign that can be relied on."""
    shown = upright(image, face, _SIZE, _WIDTH)
    lab = to_lab(shown.pixels)
    forehead = lab[shown.area(_FOREHEAD)]
    lids = [lab[shown.area(eye)] for eye in (regions.LEFT_EYE, regions.RIGHT_EYE)]
    if not len(forehead) or any(not len(eye) for eye in lids):
        return
    skin = np.median(forehead, axis=0)
    if max(np.percentile(eye[:, 0], 85) for eye in lids) < _DARK_EYES * skin[0]:
        yield Finding(
            "eyes-covered",
            "warns",
            "The eyes can't be seen",
            "Take off dark glasses, and move hair and shadows off the eyes.",
        )
    close = shown.area(regions.LIPS, grown=_NEAR[0] * _WIDTH)
    around = shown.area(regions.LIPS, grown=_NEAR[1] * _WIDTH) & shown.area(regions.OVAL) & ~close
    lips = shown.area(regions.LIPS)
    if not around.any() or not lips.any():
        return
    near = np.median(lab[around], axis=0)
    redder = abs(float(np.median(lab[lips][:, 1]) - near[1]))
    if redder < _SAME_RED and float(np.hypot(*(near - skin)[1:])) > _OTHER_COLOUR:
        yield Finding(
            "mouth-covered",
            "warns",
            "Something seems to cover the mouth",
            "Take off a mask or scarf, and keep hands and microphones away from the face.",
        )
