"""Prints slates: a page for each person, with their name and its code."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from ..delivery.lettering import Canvas, Lettering
from ..files import write_file
from .slates import slate_code

# A5 upright at 150 dots an inch: large enough to be read in a picture of the whole person.
_WIDTH, _HEIGHT, _DPI = 874, 1240, 150
_MARGIN, _SIZE, _SMALL = 60, 84, 26
_HINT = "Hold this beside your face in your first picture"


def slate_page(name: str) -> Canvas:
    """A person's page, uint8 (1240, 874, 3).

    Raises:
        InputError: `name` is none, or too long for a code.
    """
    code = slate_code(name)
    page = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    module = (_WIDTH - 2 * _MARGIN) // len(code)
    large = np.kron(code, np.ones((module, module), np.uint8))
    left = (_WIDTH - len(large)) // 2
    page[_MARGIN : _MARGIN + len(large), left : left + len(large)] = large[..., None]
    letters, width = Lettering(), _WIDTH - 2 * _MARGIN
    size, y = _SIZE, _MARGIN + len(large) + 90
    while size > _SMALL and len(letters.wrap(name, width, size, 700)) > 2:
        size -= 6
    for line in letters.wrap(name, width, size, 700):
        x = (_WIDTH - letters.width(line, size, 700)) // 2
        letters.draw(page, line, x, y, size, (0, 0, 0), 700)
        y += round(1.2 * size)
    x = (_WIDTH - letters.width(_HINT, _SMALL)) // 2
    letters.draw(page, _HINT, x, _HEIGHT - _MARGIN, _SMALL, (90, 90, 90))
    return page


def write_slates(names: Sequence[str], path: Path) -> None:
    """Write a PDF with each person's page to `path`.

    Raises:
        InputError: a name is none, or too long for a code.
        WriteFailed: the file can't be written.
    """
    first, *rest = (PIL.Image.fromarray(slate_page(name)).convert("L") for name in names)
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=rest, resolution=_DPI)
    write_file(path, buffer.getvalue(), mode=0o600)
