"""Slates: cards with a person's name as a QR code, held into the first frame of their photos."""

from __future__ import annotations

from urllib.parse import quote, unquote

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..images import Image, to_u8
from ..vault.names import check_name

# What a slate's code begins with, so that no other code in a picture is taken for one.
_PREFIX = "headshots:"
_QUIET = 4  # modules of white around a code (ISO/IEC 18004)


def slate_code(name: str) -> NDArray[np.uint8]:
    """The QR code of a person, uint8 (N, N), 0 or 255, one pixel a module, with its white border.

    Raises:
        InputError: `name` is none, or too long for a code.
    """
    encoder = cv2.QRCodeEncoder.create()
    try:
        code = np.asarray(encoder.encode(_PREFIX + quote(check_name(name), safe=" ,.'")), np.uint8)
    except cv2.error as error:
        raise InputError(f"{name!r} is too long for a slate", "Give a shorter name.") from error
    code = code[np.ix_(*(np.flatnonzero((code == 0).any(axis)) for axis in (1, 0)))]
    return np.pad(code, _QUIET, constant_values=255)


def read_slate(image: Image) -> str:
    """Whose slate `image` (sRGB float32 (H, W, 3) 0..1) shows; empty where it shows none."""
    grey = cv2.cvtColor(to_u8(image), cv2.COLOR_RGB2GRAY)
    try:
        text = cv2.QRCodeDetector().detectAndDecode(grey)[0]
    except cv2.error:  # some patterns that only look like a code
        return ""
    if not text.startswith(_PREFIX):
        return ""
    try:
        return check_name(unquote(text.removeprefix(_PREFIX)))
    except InputError:
        return ""
