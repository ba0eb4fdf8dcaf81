"""The user's own picture as a backdrop, optionally out of focus."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....images import Image, Linear, luminance, resize, to_linear
from ....photos import read_photo
from ...looks import Backdrop
from .lens import defocus, film

_ROWS = 720  # working height of a blurred picture
_SHARP = 2 / _ROWS  # a smaller blur counts as none
# A photo clips lamps and windows at white. In reality they are many times brighter, which makes
# their discs stand out: luminance from which a pixel counts as a lamp, and its gain.
_CUT, _LAMPS = 0.8, 6.0
_FILM = 1.25  # exposure that keeps mid-grey unchanged under `film`


def in_focus(backdrop: Backdrop) -> bool:
    """Whether the picture is shown in full detail."""
    return backdrop.blur < _SHARP


def picture(backdrop: Backdrop, width: int, height: int) -> Linear:
    """The picture cropped to fill, linear RGB float32 (height, width, 3).

    Raises:
        PhotoError: there is no picture at its path, or it can't be read.
    """
    # In focus it needs all its pixels, and half as many again as its sides are cropped.
    wanted = max(width, height) if in_focus(backdrop) else _ROWS
    source = read_photo(Path(backdrop.picture), longest=round(wanted * 1.5)).image
    return scene(source, backdrop, width, height)


def scene(source: Image, backdrop: Backdrop, width: int, height: int) -> Linear:
    """As `picture`, from a loaded one: sRGB float32 (h, w, 3) 0..1."""
    part = _filling(source, width / height)
    if in_focus(backdrop):
        return to_linear(np.clip(resize(part, width, height), 0, 1)) * np.float32(
            backdrop.brightness
        )
    rows, columns = _ROWS, max(1, round(_ROWS * width / height))
    linear = to_linear(np.clip(resize(part, columns, rows), 0, 1))
    over = np.clip((luminance(linear) - _CUT) / (1 - _CUT), 0, 1)[..., None]
    linear = linear * (1 + (_LAMPS - 1) * over**2)
    blurred = defocus(np.asarray(linear, np.float32), backdrop.blur * rows)
    large = resize(blurred, width, height) * np.float32(backdrop.brightness)
    # Only what is brighter than paper white needs a shoulder.
    bright = np.clip((large - 0.5) / 0.5, 0, 1)
    return np.asarray(
        np.clip(large, 0, 1) * (1 - bright) + film(large * _FILM) * bright, np.float32
    )


def _filling(image: Image, aspect: float) -> Image:
    """The middle of `image` with the given width over height."""
    rows, columns = image.shape[:2]
    if columns / rows > aspect:
        wide = max(1, round(rows * aspect))
        left = (columns - wide) // 2
        return image[:, left : left + wide]
    tall = max(1, round(columns / aspect))
    top = (rows - tall) // 2
    return image[top : top + tall]
