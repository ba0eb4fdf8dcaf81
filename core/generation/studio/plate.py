"""The plate: the sitter cut from one photo, level and at working size, ready to light and frame.

All expensive work that does not depend on the look happens once, here: decoding, matting,
levelling, foreground colours, retouch and the shape of the head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import atan2, ceil, degrees

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import NoSource
from ...faces import Face
from ...faces.alignment import moved
from ...faces.posing import head_pose
from ...identity.identity import EnrolledPhoto, Identity
from ...images import Box, Float, Image, Linear, Mask, to_linear, to_srgb, to_u8
from ...photos import read_photo
from ..looks import Framing
from .edges import crispen, decontaminate
from .features import known
from .matting import Cutout, cut_out
from .perspective import camera_distance, correct
from .shape import Shape, model
from .touches import touch_up

_ABOVE = 0.35  # head heights above the crown: a matte's wisps, not room, which framing adds
_TILT = 4.0  # degrees of the sitter's own tilt that levelling leaves at most


@dataclass(frozen=True)
class Reach:
    """How far a plate goes, in head heights (chin to crown): no further than it is looked at,
    since everything on it is computed at full size.

    aside: from the face's middle to either side. below: from the chin down.
    """

    aside: float = 1.15
    below: float = 1.75

    @classmethod
    def of(cls, framings: Iterable[Framing]) -> Reach:
        """What these framings can show: each a little looser and off centre, as framing may."""
        looser = [(framing, 0.95 * framing.head) for framing in framings]
        return cls(
            aside=max(0.62 * framing.aspect / head for framing, head in looser),
            # The eyes lie half a head above the chin, a little less with a chin that is lifted.
            below=max((1 - framing.eyes) / head - 0.35 for framing, head in looser),
        )


@dataclass(frozen=True, eq=False)
class Plate:
    """One photo's sitter on nothing.

    photo: name of the photo. original: the levelled photo, 8-bit sRGB (H, W, 3).
    foreground: linear light (H, W, 3), colours free of the old background. matte: (H, W).
    retouched: the foreground with its skin evened in full; looks mix the two.
    inside: (H, W), where the photo has pixels at all.
    face: in plate pixels. crown: row of the top of the hair; crown_cut: the photo ends there.
    upscale: plate pixels per photo pixel. roll: slope of the eyes in the photo, degrees.
    distance: of the camera in metres, None where the photo doesn't tell.
    shape: normals and depth of the head and body.
    """

    photo: str
    original: NDArray[np.uint8]
    foreground: Linear
    retouched: Linear
    matte: Mask
    inside: NDArray[np.bool_]
    face: Face
    crown: float
    crown_cut: bool
    upscale: float
    roll: float
    distance: float | None
    shape: Shape

    def mixed(self, retouch: float) -> Linear:
        """The foreground with its skin evened by `retouch`, 0..1."""
        share = np.float32(retouch)
        return np.asarray(self.foreground * (1 - share) + self.retouched * share, np.float32)

    @property
    def head(self) -> float:
        """Chin to crown, plate pixels."""
        return float(self.face.landmarks[152, 1]) - self.crown

    @property
    def eyes(self) -> tuple[float, float]:
        """Middle between the irises, plate pixels."""
        x, y = self.face.landmarks[468:478, :2].mean(0)
        return float(x), float(y)


_WIDE = Reach()


def make_plate(
    photo: EnrolledPhoto, head: int, identity: Identity | None = None, reach: Reach = _WIDE
) -> Plate:
    """The plate of `photo` with a head of `head` pixels from chin to crown.

    identity: whose lasting features the retouch leaves alone; None where they aren't known.

    Raises:
        NoSource: the photo's face is too close to the edge to be framed.
        PhotoError: the stored photo can't be read.
        SetupError: weights are missing.
    """
    face = photo.face
    # Chin to crown is about 1.35 times chin to hairline (mesh point 10): enough to size the decode.
    rough = 1.35 * float(np.linalg.norm(face.landmarks[10, :2] - face.landmarks[152, :2]))
    wanted = head / rough
    longest = ceil(max(photo.width, photo.height) * min(1.0, wanted * 1.1))
    source = read_photo(photo.data, name=photo.name, longest=max(256, longest))
    face = face.scaled(source.scale)
    cutout = cut_out(source.image, face)
    away = None
    if source.focal is not None:
        away = camera_distance(photo.face, photo.width, photo.height, source.focal)
    seen = _from_further(source.image, cutout, face, away)
    face, crown = seen.face, seen.crown
    tall = float(face.landmarks[152, 1]) - crown
    if tall <= 0:
        raise NoSource(f"The head in {photo.name!r} is not upright", "Use another photo.")
    matrix, width, height = _level(source.image.shape, face, crown, head / tall, reach)
    original = _warp(seen.image, matrix, width, height, cv2.BORDER_REPLICATE)
    matte = np.clip(_warp(seen.matte, matrix, width, height, cv2.BORDER_CONSTANT), 0, 1)
    inside = _warp(seen.inside, matrix, width, height, cv2.BORDER_CONSTANT)
    level_face = _transform(face, matrix)
    foreground, matte = decontaminate(original, matte, level_face)
    foreground = crispen(foreground, source.scale * head / tall, level_face.width)
    lasting = known(identity, level_face, foreground.shape) if identity else None
    evened = touch_up(to_srgb(foreground), level_face, 1, lasting)
    crown = float((matrix @ np.array([face.landmarks[10, 0], crown, 1]))[1])
    return Plate(
        photo=photo.name,
        original=to_u8(original),
        foreground=foreground,
        retouched=to_linear(evened),
        matte=matte,
        inside=inside > 0.5,
        face=level_face,
        crown=crown,
        crown_cut=cutout.crown_cut,
        upscale=source.scale * head / tall,
        roll=_roll(face),
        distance=away,
        shape=model(level_face, crown, matte),
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """A cut-out photo as seen from portrait distance; see `Plate` for the arrays."""

    image: Image
    matte: Mask
    inside: Mask
    face: Face
    crown: float


def _from_further(image: Image, cutout: Cutout, face: Face, distance: float | None) -> _Seen:
    """The photo with the perspective of a close camera undone, or as it is."""
    everywhere = np.ones_like(cutout.matte)
    plain = _Seen(image, cutout.matte, everywhere, face, cutout.crown)
    if distance is None:
        return plain
    corrected = correct(
        image, cutout.matte, face, model(face, cutout.crown, cutout.matte), distance
    )
    if corrected.correction is None:
        return plain
    top = np.array([[face.landmarks[10, 0], cutout.crown]], np.float32)
    return _Seen(
        corrected.image,
        corrected.matte,
        np.clip(corrected.correction.picture(everywhere, outside=0), 0, 1),
        corrected.face,
        float(corrected.correction.moved(top)[0, 1]),
    )


def _roll(face: Face) -> float:
    """Slope of the eye line in degrees, clockwise positive."""
    (x0, y0), (x1, y1) = face.landmarks[468, :2], face.landmarks[473, :2]
    return degrees(atan2(y1 - y0, x1 - x0))


def _level(
    shape: tuple[int, ...], face: Face, crown: float, scale: float, reach: Reach
) -> tuple[Float, int, int]:
    """Affine matrix photo -> plate with the plate's width and height."""
    rows, columns = shape[:2]
    chin = float(face.landmarks[152, 1])
    head = chin - crown
    x, _ = face.box.centre
    region = Box(
        max(0.0, x - reach.aside * head),
        crown - _ABOVE * head,
        min(float(columns), x + reach.aside * head),
        min(float(rows), chin + reach.below * head),
    )
    roll = _roll(face)
    # A slight tilt of the head is often meant, so a little of it stays; a crooked camera isn't.
    turn = roll - float(np.copysign(min(0.4 * abs(roll), _TILT), roll))
    eyes = face.landmarks[468:478, :2].mean(0)
    matrix = cv2.getRotationMatrix2D((float(eyes[0]), float(eyes[1])), turn, scale)
    matrix[:, 2] += scale * (eyes - (region.x0, region.y0)) - eyes
    width, height = round(region.width * scale), round(region.height * scale)
    return np.asarray(matrix, np.float32), width, height


def _warp(image: Float, matrix: Float, width: int, height: int, border: int) -> Float:
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if scale < 0.6:  # cubic sampling aliases below this: shrink by area first
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32
        )
        matrix = matrix.copy()
        matrix[:, :2] /= scale
    warped = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=border
    )
    return np.asarray(np.clip(warped, 0, 1), np.float32)


def _transform(face: Face, matrix: Float) -> Face:
    """`face` after the picture was warped by a similarity `matrix`."""
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    landmarks = face.landmarks * np.float32(scale)
    landmarks[:, :2] = moved(face.landmarks[:, :2], matrix)
    points = moved(face.points, matrix)
    x0, y0 = landmarks[:, :2].min(0)
    x1, y1 = landmarks[:, :2].max(0)
    return replace(
        face,
        box=Box(float(x0), float(y0), float(x1), float(y1)),
        landmarks=landmarks,
        points=points,
        pose=head_pose(landmarks),
    )
