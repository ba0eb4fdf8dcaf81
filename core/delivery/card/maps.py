"""Maps of findings, light, retouch and composition, drawn on the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces import Face
from ...images import Box, Float, Image, from_u8, luminance, resize, to_u8
from ...scoring.findings import Finding, Findings
from ..lettering import Canvas, InkColour, Lettering
from .composition import KINDS, PartKind

FLAG: InkColour = (226, 74, 38)
FINE: InkColour = (255, 255, 255)
HATCHED: Mapping[PartKind, InkColour] = {
    "drawn": (64, 120, 196),
    "painted": (160, 82, 196),
    "unknown": (120, 120, 120),
}
LONGEST = 760  # pixels of a map
_HEAD = 2.0  # least width of a map of the head, in face widths
# Ends of the scales that maps are drawn on: CIE76 of retouch, stops of light.
MOST_RETOUCH, MOST_LIGHT = 10.0, 2.0

Ramp = Sequence[tuple[float, tuple[float, float, float]]]
# From nothing to much (sRGB 0..1, perceptually even enough to be read: dark, violet, red, yellow);
# and from darker over unchanged to brighter.
_HEAT: Ramp = (
    (0.0, (0.16, 0.12, 0.34)), (0.33, (0.58, 0.15, 0.43)), (0.66, (0.91, 0.37, 0.22)),
    (1.0, (0.99, 0.86, 0.40)),
)  # fmt: skip
_LIGHT: Ramp = (
    (0.0, (0.13, 0.29, 0.55)), (0.25, (0.35, 0.56, 0.78)), (0.5, (0.93, 0.93, 0.92)),
    (0.75, (0.96, 0.72, 0.36)), (1.0, (0.72, 0.38, 0.06)),
)  # fmt: skip


def findings_map(image: Image, findings: Findings, longest: int) -> Image:
    """The picture with its findings: thin rings around permanent marks of the skin that are there,
    numbered outlines around what is out of range.

    sRGB float32 (h, w, 3) 0..1, resized to `longest` pixels.
    """
    canvas, factor = _canvas(image, longest)
    thin = max(1, round(longest / 900))
    for each in findings.features:
        _trace(canvas, each, factor, FINE, thin)
    letters, discs = Lettering(), list[tuple[int, int]]()
    for number, each in enumerate(numbered(findings), 1):
        _trace(canvas, each, factor, FLAG, 2 * thin)
        if each.outlines:
            _number(canvas, number, each, factor, letters, discs)
    return from_u8(canvas)


def numbered(findings: Findings) -> tuple[Finding, ...]:
    """The findings that `findings_map` numbers, in order."""
    return (*findings.gone, *findings.flagged)


def heat_map(image: Image, retouch: Float, longest: int = LONGEST) -> Image:
    """`retouch` ((h, w), CIE76, NaN where there is none) over the greyed picture."""
    share = np.asarray(np.nan_to_num(retouch / MOST_RETOUCH), np.float32)
    cover = np.clip(0.12 + 1.8 * share, 0, 0.92) * np.isfinite(retouch)
    return _over(image, coloured(share, _HEAT), np.asarray(cover, np.float32), longest)


def light_map(image: Image, light: Float, longest: int = LONGEST) -> Image:
    """`light` ((h, w), stops, NaN where there is none) over the greyed picture."""
    share = np.asarray(np.nan_to_num(light / MOST_LIGHT) / 2 + 0.5, np.float32)
    cover = np.asarray(0.72 * np.isfinite(light), np.float32)
    return _over(image, coloured(share, _LIGHT), cover, longest)


def head_in(shape: tuple[int, ...], face: Face) -> Box:
    """A box around the head, about in the proportions of a picture of `shape` (H, W, ...)."""
    rows, columns = shape[:2]
    aspect = min(max(columns / rows, 0.75), 1.0)
    tall = min(rows, columns / aspect, _HEAD * face.width / aspect)
    wide = tall * aspect
    x, y = face.landmarks[:468, :2].mean(axis=0)
    left = min(max(0.0, float(x) - wide / 2), columns - wide)
    top = min(max(0.0, float(y) - 0.54 * tall), rows - tall)
    return Box(left, top, left + wide, top + tall)


def composition_map(image: Image, place: NDArray[np.uint8], longest: int = LONGEST) -> Image:
    """The picture with its photographed parts in colour, all else hatched over grey.

    Args:
        place: see `Made`.
    """
    canvas, _ = _canvas(image, longest)
    rows, columns = canvas.shape[:2]
    down, across = np.indices((rows, columns), np.float32)
    period = longest / 50  # of the hatching, pixels along the diagonal
    wave = np.abs(((down + across) / period) % 2 - 1)
    stripes = np.clip((wave - 0.5) * period / 1.4 + 0.5, 0, 1)[..., None]
    shown = from_u8(canvas)
    grey = luminance(shown)[..., None] * 0.22 + 0.72
    for kind, colour in HATCHED.items():
        where = np.asarray(place == KINDS.index(kind), np.float32)
        share = np.clip(resize(where, columns, rows), 0, 1)[..., None]
        hatched = grey + 0.45 * stripes * (np.array(colour, np.float32) / 255 - grey)
        shown += share * (hatched - shown)
    return np.asarray(np.clip(shown, 0, 1), np.float32)


def coloured(share: Float, ramp: Ramp) -> Image:
    """Shares 0..1 of any shape as colours of `ramp`, sRGB."""
    places = [place for place, _ in ramp]
    channels = [
        np.interp(np.clip(share, 0, 1), places, [colour[each] for _, colour in ramp])
        for each in range(3)
    ]
    return np.stack(channels, axis=-1).astype(np.float32)


def legend(which: str, width: int, height: int) -> Image:
    """The scale of "retouch" or "light", left to right, (height, width, 3)."""
    shares = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (height, width))
    return coloured(np.asarray(shares), _HEAT if which == "retouch" else _LIGHT)


def _over(image: Image, colours: Image, cover: Float, longest: int) -> Image:
    canvas, _ = _canvas(image, longest)
    rows, columns = canvas.shape[:2]
    grey = luminance(from_u8(canvas))[..., None] * 0.8 + 0.12
    colours = np.clip(resize(colours, columns, rows), 0, 1)
    shade = np.clip(resize(np.asarray(cover, np.float32), columns, rows), 0, 1)[..., None]
    # The picture's own detail shows through the colour.
    lit = colours * (0.72 + 0.4 * grey)
    return np.asarray(np.clip(grey + shade * (lit - grey), 0, 1), np.float32)


def _canvas(image: Image, longest: int) -> tuple[Canvas, float]:
    rows, columns = image.shape[:2]
    factor = longest / max(rows, columns)
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    return to_u8(resize(image, *size)), factor


def _trace(canvas: Canvas, finding: Finding, factor: float, colour: InkColour, thick: int) -> None:
    for outline in finding.outlines:
        points = [np.round(outline * factor * 16).astype(np.int32)]
        cv2.polylines(canvas, points, True, (20, 20, 20), thick + 2, cv2.LINE_AA, 4)
        cv2.polylines(canvas, points, True, colour, thick, cv2.LINE_AA, 4)


def _number(
    canvas: Canvas,
    number: int,
    finding: Finding,
    factor: float,
    letters: Lettering,
    discs: list[tuple[int, int]],
) -> None:
    """Draw a numbered disc at the outline's upper right, beside the discs `discs`."""
    rows, columns = canvas.shape[:2]
    size = max(13, round(max(rows, columns) / 72))
    points = finding.outlines[-1] * factor
    corner = points[int((points @ np.array([0.7, -0.7], np.float32)).argmax())]
    x = int(np.clip(corner[0] + size, size + 2, columns - size - 3))
    y = int(np.clip(corner[1] - size, size + 2, rows - size - 3))
    while any(abs(x - a) < 2 * size + 3 and abs(y - b) < 2 * size + 3 for a, b in discs):
        y += 2 * size + 4
        if y > rows - size - 3:
            x, y = max(size + 2, x - 2 * size - 4), size + 2
    discs.append((x, y))
    cv2.circle(canvas, (x, y), size + 1, (20, 20, 20), -1, cv2.LINE_AA)
    cv2.circle(canvas, (x, y), size, FLAG, -1, cv2.LINE_AA)
    text = str(number)
    wide = letters.width(text, round(size * 1.25), 600)
    letters.draw(canvas, text, x - wide // 2, y + round(size * 0.45), round(size * 1.25), FINE, 600)
