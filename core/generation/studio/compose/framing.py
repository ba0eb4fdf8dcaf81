"""The picture's part of the plate: which it is, and its pixels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....errors import NoSource
from ....framing import Crop, Framing, Outline, best_crop
from ....images import Float
from ....portrait.matting import crown
from ..plate.plate import Plate
from .tiles import Span


def frame(plate: Plate, framing: Framing, zoom: float = 1.0, exact: bool = False) -> Crop:
    """The best crop of `plate` for `framing`, in its pixels; see `best_crop`.

    Raises:
        NoSource: every crop would show where the photo ends, or none is worth looking at; of an
            exact one, it has no room for it.
    """
    top = plate.crown
    if exact and not plate.crown_cut:
        # A set is compared by its finished pictures: the top of the hair as it is found there, on
        # the level plate, to whole pixels.
        top = crown(plate.face, plate.matte)
    outline = Outline.of(plate.matte, plate.inside, plate.face, top, plate.crown_cut)
    crop = best_crop(outline, framing, zoom, exact)
    if crop is None:
        raise NoSource(
            f"{plate.photo.name!r} ends too near to the head: no crop of it hides that",
            "Use a photo that shows both shoulders, with room above the hair.",
        )
    return crop


def cut(
    image: NDArray[Any],
    crop: Crop,
    width: int,
    height: int,
    outside: float | None = None,
    part: tuple[Span, Span] | None = None,
) -> Float:
    """What of a plate array (H, W[, C]) is in `crop`, at `width` x `height`.

    outside: value beyond the plate; None repeats its edge. part: rows and columns of the result to
    make; they may reach beyond it.
    """
    across, down = width / crop.width, height / crop.height
    (top, bottom), (left, right) = part or ((0, height), (0, width))
    # Pixel centres lie at integers, so the crop's edge is half a pixel before its first centre.
    matrix = np.array(
        [
            [across, 0, (0.5 - crop.x) * across - 0.5 - left],
            [0, down, (0.5 - crop.y) * down - 0.5 - top],
        ]
    )
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    made = cv2.warpAffine(
        image,
        matrix,
        (right - left, bottom - top),
        flags=cv2.INTER_CUBIC,
        borderMode=border,
        borderValue=() if outside is None else (outside,) * 4,
    )
    return np.asarray(made, np.float32)
