"""The contact sheet as one picture: large pictures with their measures and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import cv2
import numpy as np

from ..errors import InputError
from ..images import Image, from_u8, resize, to_u8
from ..picture import Picture
from ..scorecard import Measurement, Scorecard, Verdict
from .contact import (
    VERDICTS,
    Axis,
    axes,
    decisive,
    figure,
    in_order,
    label,
    likeness,
    likeness_words,
    look_title,
    notes,
    reason,
    summary,
)
from .drawing import Palette, cross, measure_scale
from .lettering import Canvas, InkColour, Lettering

# Pixels. 2000 is wide enough to judge four pictures side by side at 100 %.
PAGE = 2000
MARGIN = 64
GUTTER = 32
FRAME = 10  # space around a picture
TALLEST = 1.5  # the greatest height of a picture, in widths of its column

SMALL, BODY, LARGE, TITLE = 19, 21, 30, 52
LEADING = 28

# Neutral greys, which don't influence how colours of the pictures are seen; the marks also differ
# by shape and word.
PAPER: InkColour = (30, 30, 30)
INK: InkColour = (238, 238, 238)
MUTED: InkColour = (168, 168, 168)
RULE: InkColour = (74, 74, 74)
RANGE: InkColour = (112, 112, 112)
MARKS: Mapping[Verdict, InkColour] = {
    "keep": (132, 205, 150),
    "spare": (190, 205, 194),
    "pending": (168, 168, 168),
    "reject": (240, 150, 124),
}
PALETTE = Palette(PAPER, INK, RULE, RANGE, MARKS["reject"], (224, 185, 92))


def sheet_png(
    pictures: Sequence[Picture], *, title: str, columns: int = 4, page: int = PAGE
) -> Image:
    """All pictures on one dark page, keepers first, each with its figures and its reason.

    At most `page` pixels wide; the height follows from the number of pictures. Words have one size:
    where the sheet is shown small, as in a node, a narrow page with few columns is legible.

    Raises:
        InputError: no pictures, or columns not in 1..12.
    """
    if not 1 <= columns <= 12:
        raise InputError(f"columns is {columns}", "Give a whole number from 1 to 12.")
    ordered = in_order(pictures)
    width = (page - 2 * MARGIN - (columns - 1) * GUTTER) // columns
    across = min(columns, max(2, len(ordered)))
    page_width = 2 * MARGIN + across * width + (across - 1) * GUTTER
    cards = [each.card for each in ordered]
    scales = axes(cards)
    letters = Lettering()
    blocks = [_head(summary(cards, scales), title, page_width, letters)]
    waiting = iter(ordered)
    while row := tuple(islice(waiting, columns)):
        blocks.append(_row(row, width, page_width, scales, letters))
    blocks.append(_foot(page_width, letters))
    return from_u8(np.concatenate(blocks))


def _head(outcome: str, title: str, width: int, letters: Lettering) -> Canvas:
    room = width - 2 * MARGIN
    lines = letters.wrap(title, room, TITLE, 500)
    below = letters.wrap(outcome, room, LARGE - 4, 400)
    canvas = _blank(MARGIN + len(lines) * 64 + len(below) * 36 + 52, width)
    y = MARGIN + 44
    for line in lines:
        letters.draw(canvas, line, MARGIN, y, TITLE, INK, 500)
        y += 64
    y -= 16
    for line in below:
        letters.draw(canvas, line, MARGIN, y, LARGE - 4, MUTED)
        y += 36
    return canvas


def _foot(width: int, letters: Lettering) -> Canvas:
    text = (
        "Plots: the thick bar is the accepted range, the dot this picture; a cross lies outside. "
        "The scale of a plot is the same under every picture."
    )
    lines = letters.wrap(text, width - 2 * MARGIN, SMALL)
    canvas = _blank(len(lines) * LEADING + MARGIN, width)
    for index, line in enumerate(lines):
        letters.draw(canvas, line, MARGIN, 20 + index * LEADING, SMALL, MUTED)
    return canvas


def _row(
    pictures: Sequence[Picture],
    width: int,
    page_width: int,
    scales: Mapping[str, Axis],
    letters: Lettering,
) -> Canvas:
    images = [_fitted(each.image, width) for each in pictures]
    tallest = max(image.shape[0] for image in images)
    captions = [_caption(each, width, scales, letters) for each in pictures]
    deepest = max(caption.shape[0] for caption in captions)
    floor = FRAME + tallest
    canvas = _blank(floor + FRAME + deepest + 48, page_width)
    for index, (picture, image, caption) in enumerate(zip(pictures, images, captions, strict=True)):
        left = MARGIN + index * (width + GUTTER)
        height, wide = image.shape[:2]
        top, start = floor - height, left + (width - wide) // 2
        canvas[top:floor, start : start + wide] = image
        _frame(canvas, (start, top, start + wide, floor), picture.card.verdict)
        below = floor + FRAME
        canvas[below : below + caption.shape[0], left : left + width] = caption
    return canvas


def _frame(canvas: Canvas, box: tuple[int, int, int, int], verdict: Verdict) -> None:
    """The china marker: a box around a keeper, a stroke through the corner of a reject."""
    x0, y0, x1, y1 = box
    gap = FRAME - 3
    colour = MARKS[verdict]
    if verdict == "keep":
        cv2.rectangle(canvas, (x0 - gap, y0 - gap), (x1 + gap - 1, y1 + gap - 1), colour, 2)
    elif verdict == "reject":
        arm = min(56, x1 - x0, y1 - y0)
        cv2.line(canvas, (x1 - arm, y0), (x1 - 1, y0 + arm - 1), PAPER, 7, cv2.LINE_AA)
        cv2.line(canvas, (x1 - arm, y0), (x1 - 1, y0 + arm - 1), colour, 3, cv2.LINE_AA)


def _caption(
    picture: Picture, width: int, scales: Mapping[str, Axis], letters: Lettering
) -> Canvas:
    # Drawn twice: first beyond the edge of a small canvas, to get the height.
    height = _write(_blank(1, width), picture, scales, letters)
    canvas = _blank(height, width)
    _write(canvas, picture, scales, letters)
    return canvas


def _write(canvas: Canvas, picture: Picture, scales: Mapping[str, Axis], letters: Lettering) -> int:
    """Write the caption from the top of `canvas`; the height it takes."""
    card, width = picture.card, canvas.shape[1]
    word = VERDICTS[card.verdict]
    tag = letters.width(word, BODY, 500)
    y = 42
    _mark(canvas, width - tag - 22, y - 8, card.verdict)
    letters.draw(canvas, word, width - tag, y, BODY, MARKS[card.verdict], 500)
    for line in letters.wrap(
        f"{card.picture} · {look_title(picture.provenance)}", width - tag - 52, LARGE, 500
    ):
        letters.draw(canvas, line, 0, y, LARGE, INK, 500)
        y += 38
    for line in letters.wrap(reason(card), width, BODY):
        letters.draw(canvas, line, 0, y - 4, BODY, INK)
        y += LEADING
    for line in letters.wrap(likeness_words(card), width, SMALL) if _adds(card) else ():
        letters.draw(canvas, line, 0, y - 4, SMALL, MUTED)
        y += LEADING
    y += 8
    for measure in (likeness(card), *decisive(card, scales, 3)):
        y = _figure(canvas, y, measure, scales[measure.name], letters)
    y += 8
    for note in notes(card):
        for line in letters.wrap(note, width, SMALL):
            letters.draw(canvas, line, 0, y, SMALL, MUTED)
            y += LEADING
    return y - LEADING + 12


def _adds(card: Scorecard) -> bool:
    """Whether the likeness in words says more than the reason does."""
    return card.verdict != "keep" and bool(card.measures)


def _figure(canvas: Canvas, y: int, measure: Measurement, axis: Axis, letters: Lettering) -> int:
    """One line: name, plot and figure; the name wraps if it has to. Returns the next baseline."""
    width = canvas.shape[1]
    value = figure(measure, axis)
    plot = width * 5 // 12
    end = width - max(100, letters.width(value, SMALL) + 12)
    start = max(end - (width - 100 - plot), 0)
    names = letters.wrap(label(measure.name), max(start - 14, 40), SMALL)
    letters.draw(canvas, value, width - letters.width(value, SMALL), y, SMALL, INK)
    measure_scale(canvas, start, max(end, start + 20), y - 6, measure, axis, PALETTE, 6)
    for line in names:
        letters.draw(canvas, line, 0, y, SMALL, MUTED)
        y += LEADING
    return y + 2


def _mark(canvas: Canvas, x: int, y: int, verdict: Verdict) -> None:
    colour = MARKS[verdict]
    if verdict == "keep":
        corners = np.array([(x - 8, y), (x - 3, y + 6), (x + 8, y - 7)], np.int32)
        cv2.polylines(canvas, [corners], False, colour, 3, cv2.LINE_AA)
    elif verdict == "spare":
        cv2.line(canvas, (x - 8, y), (x + 8, y), colour, 3, cv2.LINE_AA)
    elif verdict == "reject":
        cross(canvas, x, y, 7, colour)
    else:
        cv2.circle(canvas, (x, y), 6, colour, 2, cv2.LINE_AA)


def _fitted(image: Image, width: int) -> Canvas:
    """The picture as large as its column and `TALLEST` allow, uint8."""
    rows, columns = image.shape[:2]
    factor = min(width / columns, TALLEST * width / rows)
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    return to_u8(resize(image, *size))


def _blank(height: int, width: int) -> Canvas:
    return np.full((height, width, 3), PAPER, np.uint8)
