"""Outlines of photos as if they ended elsewhere, and whether a crop shows where they end."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from headshots.core.framing import Crop, Outline


def ending(
    outline: Outline,
    *,
    above: float = 9,
    below: float = 9,
    left: float = 9,
    right: float = 9,
    turn: float = 0.0,
) -> Outline:
    """`outline` as if its photo ended that many heads above the crown, below the chin and beside
    the face's middle; turned by so many degrees, as after levelling.
    """
    head = outline.chin - outline.crown
    rows, columns = np.mgrid[: outline.inside.shape[0], : outline.inside.shape[1]].astype(float)
    around = np.radians(turn)
    x, y = columns - outline.middle, rows - outline.eyes
    x, y = np.cos(around) * x + np.sin(around) * y, np.cos(around) * y - np.sin(around) * x
    y += outline.eyes
    photo = (y > outline.crown - above * head) & (y < outline.chin + below * head)
    photo &= (x > -left * head) & (x < right * head)
    inside = outline.inside & photo
    matte = outline.matte * inside
    crown = outline.crown
    if above < 0:
        crown = outline.crown - above * head
    return replace(outline, inside=inside, matte=matte, crown=crown, crown_cut=above <= 0)


def end_shown(outline: Outline, crop: Crop) -> int:
    """Pixels of the sitter at the photo's end that lie within the crop by more than a pixel."""
    beyond = np.pad(~outline.inside, 1, constant_values=True).astype(np.uint8)
    beyond[0] = beyond[1]
    at_end = cv2.dilate(beyond, np.ones((3, 3), np.uint8))[1:-1, 1:-1] & (outline.matte > 0.3)
    rows = slice(max(0, int(np.ceil(crop.y + 1))), max(0, int(crop.y + crop.height - 1)))
    columns = slice(max(0, int(np.ceil(crop.x + 1))), max(0, int(crop.x + crop.width - 1)))
    return int(at_end[rows, columns].sum())
