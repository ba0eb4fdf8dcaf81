"""The sitter's photo that a picture was made of, to be compared with it."""

from __future__ import annotations

import cv2
import numpy as np

from ..errors import NoFace, NothingHere, SeveralFaces
from ..faces.alignment import SUPERSAMPLING, similarity
from ..identity.stored import stored_sitter
from ..images import Float, Image, resize
from ..photos import read_photo
from ..picture import Picture

_AROUND = 0.5  # sRGB grey where the picture shows more than the photo does


def source_photo(picture: Picture) -> Image:
    """The photo that most of `picture` is from, sRGB float32 (H, W, 3) 0..1.

    It has the picture's size, with the sitter's face at the place, size and tilt that it has there;
    where no face is found in the picture it is the photo as it is.

    Raises:
        NothingHere: the picture isn't made of a photo of a stored sitter.
        ConsentError: the sitter doesn't agree that pictures are made of them.
    """
    identity = stored_sitter(picture.sitter, "generate") if picture.sitter else None
    photos = {photo.sha256: photo for photo in identity.photos} if identity else {}
    photo = next((photos[each] for each in picture.provenance.sources if each in photos), None)
    if photo is None:
        raise NothingHere(
            f"The picture {picture.name!r} is of no photo that is kept here",
            "Only pictures of a stored sitter's photos can be compared with them.",
        )
    image = read_photo(photo.data, name=photo.name).image
    try:
        goal = picture.portrait.face.landmarks[:, :2]
    except (NoFace, SeveralFaces):
        return image
    face = photo.face.scaled(image.shape[1] / photo.width)
    rows, columns = picture.image.shape[:2]
    return _laid(image, face.landmarks[:, :2], goal, columns, rows)


def _laid(image: Image, points: Float, goal: Float, width: int, height: int) -> Image:
    """`image` moved, turned and scaled so that `points` (N, 2) come as near to `goal` as can be."""
    scale = float(np.hypot(*similarity(points, goal)[:, 0]))
    shrink = min(1.0, SUPERSAMPLING * scale)  # first, as plain interpolation would skip pixels
    if shrink < 1:
        columns, rows = (max(1, round(side * shrink)) for side in image.shape[1::-1])
        factors = np.array([columns / image.shape[1], rows / image.shape[0]], np.float32)
        image, points = resize(image, columns, rows), (points + 0.5) * factors - 0.5
    laid = cv2.warpAffine(
        image,
        similarity(points, goal),
        (width, height),
        flags=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(_AROUND,) * 3,
    )
    return np.clip(laid, 0, 1).astype(np.float32, copy=False)
