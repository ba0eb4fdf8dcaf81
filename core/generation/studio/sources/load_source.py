"""Loads a photo for the studio: decoded at the needed size, cut out, with normal perspective."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.regions import CHIN, FOREHEAD_TOP
from ....framing.outline import roll_of
from ....framing.photo_extent import inside_bars
from ....identity.identity import EnrolledPhoto
from ....images import Image, Mask
from ....photos import read_photo
from ....portrait.matting import Cutout, cut_out
from ....portrait.shape import model
from ..plate.perspective import camera_distance, correct
from ..transfer.feature_transfer import Transfer, transfer_feature


@dataclass(frozen=True, eq=False)
class LoadedSource:
    """A cut-out photo as seen from portrait distance.

    image: sRGB float32 (H, W, 3) 0..1.
    matte: float32 (H, W) 0..1.
    inside: bool (H, W), which pixels the photo covers.
    face: in its pixels.
    crown: row of the top of the hair.
    crown_cut: the photo ends there.
    scale: its pixels per pixel of the original photo.
    distance: of the camera in metres; None where the photo has no focal length.
    """

    image: Image
    matte: Mask
    inside: NDArray[np.bool_]
    face: Face
    crown: float
    crown_cut: bool
    scale: float
    distance: float | None

    @property
    def tall(self) -> float:
        """Height from chin to crown, pixels."""
        return float(self.face.landmarks[CHIN, 1]) - self.crown

    @property
    def roll(self) -> float:
        """See `roll_of`."""
        return roll_of(self.face)


def load_source(photo: EnrolledPhoto, head: int, transfer: Transfer | None = None) -> LoadedSource:
    """`photo` for a head of `head` pixels from chin to crown, at most in its own size.

    transfer: a feature to take from another photo.

    Raises:
        NoSource: the feature doesn't fit.
        PhotoError: a stored photo can't be read.
        SetupError: weights are missing.
    """
    face = photo.face
    # Chin to crown is about 1.35 times chin to hairline, which is good enough to choose the size.
    rough = 1.35 * float(
        np.linalg.norm(face.landmarks[FOREHEAD_TOP, :2] - face.landmarks[CHIN, :2])
    )
    longest = ceil(max(photo.width, photo.height) * min(1.0, head / rough * 1.1))
    source = read_photo(photo.data, name=photo.name, longest=max(256, longest))
    image, face = source.image, face.scaled(source.scale)
    if transfer is not None:
        mended = transfer_feature(image, face, transfer)
        image, face = mended.image, mended.face
    cutout = cut_out(image, face)
    distance = None
    if source.focal is not None:
        distance = camera_distance(face, image.shape[1], image.shape[0], source.focal)
    return _from_further(image, cutout, face, source.scale, distance)


def _from_further(
    image: Image, cutout: Cutout, face: Face, scale: float, distance: float | None
) -> LoadedSource:
    """The photo with the perspective of a close camera corrected, or as it is."""
    crown, cut = cutout.crown, cutout.crown_cut
    inside = inside_bars(image)
    plain = LoadedSource(image, cutout.matte, inside, face, crown, cut, scale, distance)
    if distance is None:
        return plain
    corrected = correct(image, cutout.matte, face, model(face, crown, cutout.matte), distance)
    if corrected.correction is None:
        return plain
    top = np.array([[face.landmarks[FOREHEAD_TOP, 0], crown]], np.float32)
    crown = float(corrected.correction.moved(top)[0, 1])
    inside = corrected.correction.picture(inside.astype(np.float32), outside=0) > 0.5
    return LoadedSource(
        corrected.image, corrected.matte, inside, corrected.face, crown, cut, scale, distance
    )
