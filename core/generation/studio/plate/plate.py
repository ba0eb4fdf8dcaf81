"""The plate: the sitter cut out of one photo, level and at working size, to be lit and framed.

All expensive work that does not depend on the look is done here, once: decoding, matting,
    levelling,
foreground colours, retouching and the shape of the head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ....errors import NoSource
from ....faces import Face
from ....faces.head_pose import turned
from ....faces.regions import CHIN, FOREHEAD_TOP
from ....framing import Framing
from ....framing.composition import LOOSEST, OFF_CENTRE
from ....framing.outline import levelling
from ....identity.identity import EnrolledPhoto, Identity
from ....images import Box, Float, Image, Linear, Mask, to_u8
from ....portrait.mending import mended
from ....portrait.segments import Segments
from ....portrait.shape import Shape, model
from ....progress import SILENT, Progress
from ....retouching import Retouching
from ..compose.edges import cleaned, crispen, crispen_reach
from ..compose.tiles import Span, both, in_tiles, tiles, wider
from ..retouch.stray_hairs import without_stray_hairs
from ..sources.load_source import LoadedSource, load_source
from ..transfer.feature_transfer import Transfer
from .few_pixels import sharpened
from .fixed_point import light, stored
from .retouching import Changes, changes

_ABOVE = 0.35  # head heights above the crown, for wisps of hair; framing adds room itself
# Most plate pixels per photo pixel for a head larger than `_LEAST` pixels: a little more than one,
# as levelling blurs a little.
_FINER, _LEAST = 1.25, 800


@dataclass(frozen=True)
class Reach:
    """The extent of a plate in head heights (chin to crown).

    It is no larger than pictures show, since everything on a plate is computed at full size.

    aside: from the face's middle to either side.
    below: from the chin down.
    """

    aside: float = 1.15
    below: float = 1.75

    @classmethod
    def of(cls, framings: Iterable[Framing]) -> Reach:
        """The extent that these framings can show, with room to be looser and off centre."""
        looser = [(framing, LOOSEST * framing.head) for framing in framings]
        return cls(
            aside=max((0.52 + OFF_CENTRE) * framing.aspect / head for framing, head in looser),
            # The eyes lie half a head above the chin, a little less with a chin that is lifted.
            below=max((1 - framing.eyes) / head - 0.35 for framing, head in looser),
        )


@dataclass(frozen=True, eq=False)
class Plate:
    """The sitter cut out of one photo.

    photo: as enrolled.
    original: the levelled photo, sRGB uint8 (H, W, 3).
    stored: the foreground in fixed point (see `fixed_point.stored`), uint16 (H, W, 3), without
        colours of the old background.
    changes: what the looks may retouch.
    matte: float32 (H, W) 0..1.
    neat: `matte` without stray hairs; None where it wasn't asked for or there are none.
    segments: of the cut-out, on the shape's grid; they were found before leftovers went.
    inside: bool (H, W), which pixels the photo covers.
    face: in pixels of the plate.
    crown: row of the top of the hair.
    crown_cut: the photo ends there.
    upscale: plate pixels per photo pixel.
    enlarged: pixels per photo pixel that a network made before; 1 where none did.
    short: requested size by the plate's, 1 or more: a small photo is enlarged later, within the
        picture.
    roll: slope of the eyes in the photo, degrees.
    distance: of the camera in metres; None where the photo has no focal length.
    shape: normals and depth of head and body.
    transfer: the feature from another photo, if any.
    """

    photo: EnrolledPhoto
    original: NDArray[np.uint8]
    stored: NDArray[np.uint16]
    changes: Changes
    matte: Mask
    neat: Mask | None
    segments: Segments
    inside: NDArray[np.bool_]
    face: Face
    crown: float
    crown_cut: bool
    upscale: float
    enlarged: float
    short: float
    roll: float
    distance: float | None
    shape: Shape
    transfer: Transfer | None = None

    def retouched(self, wanted: Retouching) -> Retouching:
        """What of `wanted` changes anything here."""
        return replace(
            wanted,
            stray_hairs=0.0 if self.neat is None else wanted.stray_hairs,
            lint=0.0 if self.changes.lint is None else wanted.lint,
            creases=0.0 if self.changes.creases is None else wanted.creases,
        )

    @property
    def foreground(self) -> Linear:
        """The foreground, linear RGB float32 (H, W, 3), converted on each use."""
        return light(self.stored)

    @property
    def size(self) -> int:
        """Its size in memory, bytes."""
        large = self.original, self.stored, self.matte, self.inside, self.segments.shares
        neat = () if self.neat is None else (self.neat,)
        return self.changes.size + sum(array.nbytes for array in (*large, *neat))

    @property
    def head(self) -> float:
        """Height from chin to crown, plate pixels."""
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
    *,
    retouches: Iterable[Retouching] = (),
) -> Plate:
    """The plate of `photo` with a head of `head` pixels from chin to crown.

    identity: the sitter, whose permanent marks the retouch keeps; None where unknown.
    reach: extent of the plate.
    transfer: a feature from another photo.
    retouches: what the looks ask for; what none does isn't computed.

    Raises:
        NoSource: the photo's face is too close to the edge to be framed.
        PhotoError: the stored photo can't be read.
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    source = load_source(photo, head, transfer)
    progress.check()
    if source.tall <= 0:
        raise NoSource(f"The head in {photo.name!r} is not upright", "Use another photo.")
    scale = min(head, max(_FINER * source.tall, _LEAST)) / source.tall
    matrix, size = _level(source, scale, reach)
    face = turned(source.face, matrix)
    top = np.array([source.face.landmarks[FOREHEAD_TOP, 0], source.crown, 1])
    crown_cut, roll, distance = source.crown_cut, source.roll, source.distance
    short, upscale = head / source.tall / scale, source.scale * scale
    large = sharpened(source, matrix, size, progress.check)
    picture = _warp(large.image, large.matrix, size, cv2.BORDER_REPLICATE)
    matte = _warp(source.matte, matrix, size, cv2.BORDER_CONSTANT)
    inside = cv2.warpAffine(source.inside.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    enlarged = large.enlarged
    del source, large  # a large photo is half a gigabyte
    progress.check()
    original = to_u8(picture)
    kept, matte, segments = _cut(picture, matte, face)
    del picture
    progress.check()
    if short == 1:
        kept = _crisp(kept, upscale / enlarged, face.width)
    crown = float((matrix @ top)[1])
    wanted = tuple(retouches)
    changed, shape = both(
        lambda: changes(kept, matte, face, identity, segments, wanted),
        lambda: model(face, crown, matte),
    )
    return Plate(
        photo=photo,
        original=original,
        stored=kept,
        changes=changed,
        matte=matte,
        neat=_neat(matte, face, segments) if any(each.stray_hairs for each in wanted) else None,
        segments=segments,
        inside=np.asarray(inside > 0),
        face=face,
        crown=crown,
        crown_cut=crown_cut,
        upscale=upscale,
        enlarged=enlarged,
        short=short,
        roll=roll,
        distance=distance,
        shape=shape,
        transfer=transfer,
    )


def _cut(picture: Image, matte: Mask, face: Face) -> tuple[NDArray[np.uint16], Mask, Segments]:
    """The foreground as `stored` keeps it, the matte and what it shows, without what is beside the
    sitter.
    """
    closed, alone, segments = mended(picture, matte, face)
    kept, clean = cleaned(closed, alone, face)
    return kept, clean, segments


def _neat(matte: Mask, face: Face, segments: Segments) -> Mask | None:
    """`matte` without stray hairs; None where there are none."""
    neat = without_stray_hairs(matte, face, segments)
    return None if neat is matte else neat


def _crisp(kept: NDArray[np.uint16], upscale: float, face_width: float) -> NDArray[np.uint16]:
    """The foreground with restored acutance; see `crispen`."""
    reach = crispen_reach(upscale, face_width)
    if not reach:
        return kept
    crisp = np.empty_like(kept)

    def crispen_rows(rows: Span) -> None:
        wide, within = wider(rows, reach, len(kept))
        crisp[slice(*rows)] = stored(crispen(light(kept[wide]), upscale, face_width)[within])

    in_tiles(crispen_rows, tiles(*kept.shape[:2]))
    return crisp


def _level(source: LoadedSource, scale: float, reach: Reach) -> tuple[Float, tuple[int, int]]:
    """Affine matrix photo -> plate, and the plate's width and height."""
    face, head = source.face, source.tall
    rows, columns = source.matte.shape
    x, _ = face.box.centre
    region = Box(
        max(0.0, x - reach.aside * head),
        source.crown - _ABOVE * head,
        min(float(columns), x + reach.aside * head),
        min(float(rows), source.crown + head + reach.below * head),
    )
    turn = levelling(source.roll)
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
    warped = np.empty((size[1], size[0], *image.shape[2:]), np.float32)

    def fill(rows: Span) -> None:
        down = matrix - np.array([[0, 0, 0], [0, 0, rows[0]]], np.float64)
        strip = size[0], rows[1] - rows[0]
        part = cv2.warpAffine(image, down, strip, flags=cv2.INTER_CUBIC, borderMode=border)
        np.clip(part, 0, 1, out=warped[rows[0] : rows[1]])

    in_tiles(fill, tiles(size[1], size[0]))
    return warped
