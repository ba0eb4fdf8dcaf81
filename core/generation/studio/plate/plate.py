"""The plate: the sitter cut from one photo, level and at working size, ready to light and frame.

All expensive work that does not depend on the look happens once, here: decoding, matting,
levelling, foreground colours, retouch and the shape of the head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....errors import NoSource
from ....faces import Face
from ....faces.head_pose import turned
from ....faces.regions import CHIN, FOREHEAD_TOP
from ....identity.identity import EnrolledPhoto, Identity
from ....identity.lasting_marks import lasting_mask
from ....images import Box, Float, Linear, Mask, to_linear, to_srgb, to_u8
from ....portrait.shape import Shape, model
from ....portrait.skin import face_box
from ....progress import SILENT, Progress
from ...looks import Framing
from ..compose.edges import cleaned, crispen, crispen_reach
from ..compose.tiles import Span, both, in_tiles, tiles, wider
from ..retouch.details import touch_up
from ..sources.load_source import LoadedSource, load_source
from ..transfer.feature_transfer import Transfer
from .fixed_point import Change, change, light, reduced, stored

_ABOVE = 0.35  # head heights above the crown: a matte's wisps, not room, which framing adds
# Plate pixels per photo pixel at most, where a head is larger than `_LEAST` pixels: more would hold
# no more. A little more than one each, as levelling blurs a little.
_FINER, _LEAST = 1.25, 800
_EVENED = 800  # face width in pixels at which the retouch is worked out, at most
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

    photo: as enrolled. original: the levelled photo, 8-bit sRGB (H, W, 3).
    stored: the foreground (H, W, 3), see `stored`, colours free of the old background.
    evened: how its skin changes where it is evened in full; looks take a share of it.
    matte: (H, W).
    inside: (H, W), where the photo has pixels at all.
    face: in plate pixels. crown: row of the top of the hair; crown_cut: the photo ends there.
    upscale: plate pixels per photo pixel. short: by how much the plate is smaller than was asked
        for, 1 or more: a photo's few pixels are enlarged once they are in the picture.
    roll: slope of the eyes in the photo, degrees.
    distance: of the camera in metres, None where the photo doesn't tell.
    transfer: what is borrowed from another photo.
    shape: normals and depth of the head and body.
    """

    photo: EnrolledPhoto
    original: NDArray[np.uint8]
    stored: NDArray[np.uint16]
    evened: Change
    matte: Mask
    inside: NDArray[np.bool_]
    face: Face
    crown: float
    crown_cut: bool
    upscale: float
    short: float
    roll: float
    distance: float | None
    shape: Shape
    transfer: Transfer | None = None

    @property
    def foreground(self) -> Linear:
        """The foreground, linear light (H, W, 3); made anew each time."""
        return light(self.stored)

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        arrays = self.original, self.stored, self.evened.steps, self.matte, self.inside
        return sum(array.nbytes for array in arrays)

    @property
    def head(self) -> float:
        """Chin to crown, plate pixels."""
        return float(self.face.landmarks[CHIN, 1]) - self.crown

    @property
    def eyes(self) -> tuple[float, float]:
        """Middle between the irises, plate pixels."""
        x, y = self.face.landmarks[468:478, :2].mean(0)
        return float(x), float(y)


_WIDE = Reach()


def make_plate(
    photo: EnrolledPhoto,
    head: int,
    identity: Identity | None = None,
    reach: Reach = _WIDE,
    transfer: Transfer | None = None,
    progress: Progress = SILENT,
) -> Plate:
    """The plate of `photo` with a head of `head` pixels from chin to crown.

    identity: whose lasting features the retouch leaves alone; None where they aren't known.
    transfer: what the photo borrows.

    Raises:
        NoSource: the photo's face is too close to the edge to be framed.
        PhotoError: the stored photo can't be read.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    seen = load_source(photo, head, transfer)
    progress.check()
    if seen.tall <= 0:
        raise NoSource(f"The head in {photo.name!r} is not upright", "Use another photo.")
    scale = min(head, max(_FINER * seen.tall, _LEAST)) / seen.tall
    matrix, size = _level(seen, scale, reach)
    face = turned(seen.face, matrix)
    top = np.array([seen.face.landmarks[FOREHEAD_TOP, 0], seen.crown, 1])
    crown_cut, roll, distance = seen.crown_cut, seen.roll, seen.distance
    short, upscale = head / seen.tall / scale, seen.scale * scale
    picture = _warp(seen.image, matrix, size, cv2.BORDER_REPLICATE)
    matte = _warp(seen.matte, matrix, size, cv2.BORDER_CONSTANT)
    inside = cv2.warpAffine(seen.inside.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    del seen  # a large photo is half a gigabyte
    progress.check()
    original = to_u8(picture)
    kept, matte = cleaned(picture, matte, face)
    del picture
    progress.check()
    if short == 1:
        kept = _crisp(kept, upscale, face.width)
    crown = float((matrix @ top)[1])
    evened, shape = both(lambda: _evened(kept, face, identity), lambda: model(face, crown, matte))
    return Plate(
        photo=photo,
        original=original,
        stored=kept,
        evened=evened,
        matte=matte,
        inside=np.asarray(inside > 0),
        face=face,
        crown=crown,
        crown_cut=crown_cut,
        upscale=upscale,
        short=short,
        roll=roll,
        distance=distance,
        shape=shape,
        transfer=transfer,
    )


def _crisp(kept: NDArray[np.uint16], upscale: float, face_width: float) -> NDArray[np.uint16]:
    """The foreground with the acutance that enlarging `upscale` times took."""
    reach = crispen_reach(upscale, face_width)
    if not reach:
        return kept
    crisp = np.empty_like(kept)

    def crispen_rows(rows: Span) -> None:
        wide, within = wider(rows, reach, len(kept))
        crisp[slice(*rows)] = stored(crispen(light(kept[wide]), upscale, face_width)[within])

    in_tiles(crispen_rows, tiles(*kept.shape[:2]))
    return crisp


def _evened(kept: NDArray[np.uint16], face: Face, identity: Identity | None) -> Change:
    """What the whole retouch changes; it touches the face alone."""
    region = face_box(face, kept.shape, margin=0.1)
    x, y = round(region.x0), round(region.y0)
    part = region.cut(kept)
    # Pores are kept as they are, so that nothing finer than this is changed.
    scale = min(1.0, _EVENED / face.width)
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    here = turned(face, np.array([[1, 0, -x], [0, 1, -y]], np.float32)).scaled(scale)
    before = reduced(part, *size)
    lasting = lasting_mask(identity, here, before.shape) if identity else None
    after = to_linear(touch_up(to_srgb(before), here, 1, lasting))
    return change(before, after, x, y, scale)


def _level(seen: LoadedSource, scale: float, reach: Reach) -> tuple[Float, tuple[int, int]]:
    """Affine matrix photo -> plate, and the plate's width and height."""
    face, head = seen.face, seen.tall
    rows, columns = seen.matte.shape
    x, _ = face.box.centre
    region = Box(
        max(0.0, x - reach.aside * head),
        seen.crown - _ABOVE * head,
        min(float(columns), x + reach.aside * head),
        min(float(rows), seen.crown + head + reach.below * head),
    )
    # A slight tilt of the head is often meant, so a little of it stays; a crooked camera isn't.
    turn = seen.roll - float(np.copysign(min(0.4 * abs(seen.roll), _TILT), seen.roll))
    eyes = face.landmarks[468:478, :2].mean(0)
    matrix = cv2.getRotationMatrix2D((float(eyes[0]), float(eyes[1])), turn, scale)
    matrix[:, 2] += scale * (eyes - (region.x0, region.y0)) - eyes
    size = round(region.width * scale), round(region.height * scale)
    return np.asarray(matrix, np.float32), size


def _warp(image: Float, matrix: Float, size: tuple[int, int], border: int) -> Float:
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if scale < 0.6:  # cubic sampling aliases below this: shrink by area first
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32
        )
        matrix = matrix.copy()
        matrix[:, :2] /= scale
    made = np.empty((size[1], size[0], *image.shape[2:]), np.float32)

    def fill(rows: Span) -> None:
        down = matrix - np.array([[0, 0, 0], [0, 0, rows[0]]], np.float64)
        strip = size[0], rows[1] - rows[0]
        part = cv2.warpAffine(image, down, strip, flags=cv2.INTER_CUBIC, borderMode=border)
        np.clip(part, 0, 1, out=made[rows[0] : rows[1]])

    in_tiles(fill, tiles(size[1], size[0]))
    return made
