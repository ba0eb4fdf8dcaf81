"""The user's own picture as a backdrop, thrown out of focus by a lens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....images import Image, Linear, luminance, resize, to_linear
from ....photos import read_photo
from ...looks import Backdrop
from .lens import defocus, film

_ROWS = 720  # working height of a blurred picture
_SHARP = 2 / _ROWS  # a lesser blur than this is none
# A photo cuts lamps and windows off at white; before a lens they are many times brighter, and their
# discs stand out for it.
_CUT, _LAMPS = 0.8, 6.0
_FILM = 1.25  # exposure that keeps mid-grey where it was under `film`


def in_focus(backdrop: Backdrop) -> bool:
    """Whether `picture` shows every detail that there is."""
    return backdrop.blur < _SHARP


def picture(backdrop: Backdrop, width: int, height: int) -> Linear:
    """The picture filling (height, width, 3), linear light; what is too much is cut at the sides.

    Raises:
        PhotoError: there is no picture at its path, or it can't be read.
    """
    # Unblurred it needs all its pixels, and half as many again where its sides are cut.
    wanted = max(width, height) if in_focus(backdrop) else _ROWS
    source = read_photo(Path(backdrop.picture), longest=round(wanted * 1.5)).image
    return scene(source, backdrop, width, height)


def scene(source: Image, backdrop: Backdrop, width: int, height: int) -> Linear:
    """As `picture`, of a picture (sRGB (h, w, 3) 0..1) that is there already."""
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
    # Only what is brighter than paper white needs the film's shoulder.
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
