"""Named delivery sizes, and the crop that places the head as each of them requires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import NoFace, UnknownName
from ..faces import Face
from ..faces.regions import CHIN
from ..images import Box, Image, Mask
from ..portrait.matting import crown
from ..registry import nearest


@dataclass(frozen=True)
class Size:
    """A delivery size and its requirements.

    width, height: pixels.
    dpi: pixels per inch.
    head: chin to crown as a share of the height.
    eyes: the eye line's distance from the top as a share of the height.
    photograph: True where only a real photograph may be given, never a generated picture.
    """

    name: str
    title: str
    width: int
    height: int
    dpi: float
    head: float
    eyes: float
    photograph: bool = False

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height


# Enlarging by more than this is visible; the picture then keeps its own pixels.
MOST_ENLARGED = 1.5
FULL = "full"  # the picture as it is: no crop, no change of size

# LinkedIn shows a circle and asks for a face of about 60 % of the frame with the eyes a little
# above the middle; head .60 and eyes .44 leave 14 % above the crown, inside the circle.
# ICAO 9303 asks for a head of 70-80 % and eyes 30-50 % from the top; 35x45 mm at 300 dpi.
_ALL = (
    Size("linkedin", "LinkedIn profile, shown as a circle", 800, 800, 72, 0.60, 0.44),
    Size("linkedin-min", "The smallest that LinkedIn takes", 400, 400, 72, 0.60, 0.44),
    Size("web", "Web page, portrait", 1280, 1600, 72, 0.46, 0.405),
    Size("team", "Team page, all heads alike", 1024, 1280, 72, 0.45, 0.40),
    Size("print", "Print, 8 x 10 inches", 2400, 3000, 300, 0.44, 0.40),
    Size("print-16x20", "Large print, 16 x 20 inches", 4800, 6000, 300, 0.44, 0.40),
    Size("passport-35x45", "Crop of 35 x 45 mm", 413, 531, 300, 0.75, 0.46, photograph=True),
)
SIZES: Mapping[str, Size] = {size.name: size for size in _ALL}


def size_names() -> tuple[str, ...]:
    """All names that `deliver` takes, the uncropped `full` first."""
    return (FULL, *SIZES)


def find_size(name: str) -> Size:
    """The size called `name`; also that of a document, such as "germany-passport".

    Raises:
        UnknownName: there is no such size.
    """
    if name in SIZES:
        return SIZES[name]
    from .documents import documents  # late, as it builds on this module

    if name in documents():
        return documents()[name].size
    near = nearest(name, (*SIZES, *documents()))
    raise UnknownName(
        f"No size is called {name!r}",
        f"{near}Known: {', '.join(size_names())}, and the documents of `headshots id-formats`.",
    )


def crop_for(size: Size, face: Face | None, matte: Mask | None, image: Image) -> Box:
    """The part of `image` (H, W, 3) to deliver as `size`, in whole pixels, never beyond the image.

    The head gets the share of the height that `size` requires, and the eyes their line. At the
    edges of the picture the crop moves; if the picture is too small, the crop gets tighter. Its
    aspect is that of `size` to within half a pixel on each side.

    Args:
        face: in pixels of `image`.
        matte: the sitter's coverage (H, W) 0..1, which tells where the hair ends; without it the
            crown is estimated from the face.

    Raises:
        NoFace: there is no face to crop around.
    """
    if face is None:
        raise NoFace(
            f"The picture has no face, and {size.name} is cropped around one",
            f"Deliver it as {FULL!r}, or give a picture with a face.",
        )
    return crop_around(face, matte, image.shape, aspect=size.aspect, head=size.head, eyes=size.eyes)


def crop_around(
    face: Face,
    matte: Mask | None,
    shape: tuple[int, ...],
    *,
    aspect: float,
    head: float,
    eyes: float,
) -> Box:
    """As `crop_for`, for a picture of `shape` (H, W, ...) and proportions as `Size` has them."""
    rows, columns = shape[:2]
    tall = float(face.landmarks[CHIN, 1]) - crown(face, matte)
    height = max(tall, 1.0) / head
    height = min(height, rows, columns / aspect)
    width = height * aspect
    eye_line = float(face.points[:2, 1].mean())
    middle = float(face.landmarks[:468, 0].mean())
    # Pixel centres lie at integers, so the picture spans -0.5 to its size - 0.5.
    top = _start(eye_line + 0.5 - eyes * height, height, rows)
    left = _start(middle + 0.5 - width / 2, width, columns)
    return Box(left, top, left + max(1, round(width)), top + max(1, round(height)))


def _start(wanted: float, length: float, available: int) -> int:
    """Where a crop of `length` begins, as near to `wanted` as the picture allows."""
    return int(np.clip(round(wanted), 0, available - max(1, round(length))))
