"""Text on pictures without a font file: OpenCV's built-in typeface, else Pillow's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Canvas: TypeAlias = NDArray[np.uint8]
InkColour: TypeAlias = tuple[int, int, int]


class Lettering:
    """Measures, wraps and draws text on uint8 RGB (H, W, 3) arrays.

    OpenCV 5 carries a typeface with weights and the world's common scripts; with OpenCV 4 it is
    Pillow's, in one weight and with plain Latin letters only (others lose their marks, or become
    question marks).
    """

    def __init__(self) -> None:
        self._face: Any = cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None

    def width(self, text: str, size: int, weight: int = 400) -> int:
        """How far `text` runs, in pixels."""
        if self._face is None:
            return round(_pillow(size).getlength(_plain(text)))
        box = cv2.getTextSize((0, 0), _printable(text), (0, 0), self._face, size, weight)
        return int(box[0] + box[2])

    def draw(
        self,
        canvas: Canvas,
        text: str,
        x: int,
        y: int,
        size: int,
        colour: InkColour,
        weight: int = 400,
    ) -> None:
        """Draw `text` from `x` on the baseline `y`, in place."""
        if self._face is None:
            picture = Pillow.fromarray(canvas)
            at = (x, y)
            ImageDraw.Draw(picture).text(at, _plain(text), colour, _pillow(size), anchor="ls")
            canvas[:] = np.asarray(picture)
        else:
            cv2.putText(canvas, _printable(text), (x, y), colour, self._face, size, weight)

    def wrap(self, text: str, width: int, size: int, weight: int = 400) -> tuple[str, ...]:
        """`text` in lines no wider than `width`, broken at spaces.

        Only a word that is wider than a whole line is broken inside.
        """
        lines: list[str] = []
        line = ""
        for word in self._pieces(text, width, size, weight):
            longer = f"{line} {word}" if line else word
            if line and self.width(longer, size, weight) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        return (*lines, line) if line else tuple(lines)

    def _pieces(self, text: str, width: int, size: int, weight: int) -> Iterator[str]:
        for word in text.split():
            piece = ""
            for letter in word:
                if piece and self.width(piece + letter, size, weight) > width:
                    yield piece
                    piece = ""
                piece += letter
            yield piece


def _pillow(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _printable(text: str) -> str:
    """Without control characters and lone surrogates, which can't be drawn or encoded."""
    return "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)


def _plain(text: str) -> str:
    """The nearest text in the Latin letters that Pillow's built-in font has."""
    letters = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("–", "-"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode("ascii")
