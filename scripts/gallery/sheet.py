"""A person's contact sheet: every picture with its verdict and its first reason below."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headshots.core.delivery.lettering import Canvas, InkColour, Lettering
from headshots.core.images import from_u8, resize, to_u8
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

from .entry import REFUSED, Entry, Person

COLUMNS, WIDTH, MARGIN = 4, 300, 12
SMALL, LARGE, LEADING = 15, 19, 19
LINES = 3  # of reason below a thumbnail
PAPER: InkColour = (30, 30, 30)
INK: InkColour = (235, 235, 235)
GOOD: InkColour = (132, 205, 150)
BAD: InkColour = (240, 150, 124)


def contact_sheet(person: Person, folder: Path) -> bytes:
    """The sheet as a PNG; the pictures are read from the gallery's `folder`."""
    letters = Lettering()
    cells = [_cell(each, folder, letters) for each in person.entries]
    rows = [_row(cells[start : start + COLUMNS]) for start in range(0, len(cells), COLUMNS)]
    head = _paper(2 * MARGIN + LARGE, COLUMNS * (WIDTH + MARGIN) + MARGIN)
    title = f"{person.name}: {person.usable} of {len(person.entries)} usable"
    letters.draw(head, title, MARGIN, MARGIN + LARGE, LARGE, INK)
    return encode(from_u8(np.concatenate([head, *rows])), "png")


def _row(cells: list[Canvas]) -> Canvas:
    height = max(each.shape[0] for each in cells) + MARGIN
    row = _paper(height, COLUMNS * (WIDTH + MARGIN) + MARGIN)
    for column, cell in enumerate(cells):
        x = MARGIN + column * (WIDTH + MARGIN)
        row[: cell.shape[0], x : x + WIDTH] = cell
    return row


def _cell(entry: Entry, folder: Path, letters: Lettering) -> Canvas:
    refused = entry.verdict == REFUSED
    reason = entry.reasons[0] if refused and entry.reasons else ""
    more = f" (and {len(entry.reasons) - 1} more)" if refused and len(entry.reasons) > 1 else ""
    lines = letters.wrap(reason + more, WIDTH, SMALL)[:LINES]
    below = _paper(LEADING * (LINES + 2) + MARGIN, WIDTH)
    verdict = f"{entry.look}: {entry.verdict}"
    letters.draw(below, verdict, 0, LEADING + 3, LARGE, BAD if refused else GOOD)
    for line, words in enumerate(lines, 2):
        letters.draw(below, words, 0, line * LEADING + 3, SMALL, INK)
    return np.concatenate([_thumbnail(entry, folder), below])


def _thumbnail(entry: Entry, folder: Path) -> Canvas:
    if not entry.file:
        return np.full((WIDTH * 5 // 4, WIDTH, 3), 60, np.uint8)
    image = read_photo(folder / entry.file).image
    height = round(WIDTH * image.shape[0] / image.shape[1])
    return to_u8(np.clip(resize(image, WIDTH, height), 0, 1))


def _paper(height: int, width: int) -> Canvas:
    return np.full((height, width, 3), PAPER, np.uint8)
