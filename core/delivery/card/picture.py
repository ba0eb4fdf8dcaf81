"""The authenticity card as one picture, to be printed or sent."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...images import Float, Image, from_u8, resize, to_u8
from ...translation.translate import Say, speaker
from ..drawing import Palette, dot, measure_scale
from ..lettering import Canvas, InkColour, Lettering
from .composition import WORDS
from .content import HOW, READING, Card, Map, Row, unmeasured_note
from .maps import FLAG, HATCHED, legend
from .plot import Plot, plot

# Pixels. The width is A4's at 200 dpi, so that a print is sharp.
PAGE = 1654
MARGIN, GUTTER = 84, 56
_TALLEST = 8000  # height of the canvas, before it is cropped to its content
_TALL = 1.4  # the greatest height of a picture, in widths of its column
SMALL, BODY, LARGE, TITLE = 19, 23, 32, 58
_LEADING, _PLOT = 31, 190

PAPER: InkColour = (255, 254, 251)
INK: InkColour = (29, 27, 25)
MUTED: InkColour = (98, 93, 87)
RULE: InkColour = (220, 215, 207)
TRACK: InkColour = (213, 208, 200)
RANGE: InkColour = (160, 154, 145)
BAD: InkColour = (163, 58, 23)
YOU: InkColour = (61, 107, 142)
OTHERS: InkColour = (195, 189, 179)
DIFFERS: InkColour = (133, 94, 0)
PALETTE = Palette(PAPER, INK, TRACK, RANGE, BAD, DIFFERS)


def card_png(card: Card, language: str = "en") -> Image:
    """The card, sRGB float32 (H, `PAGE`, 3); the height depends on the content.

    Args:
        language: one of `translate.LANGUAGES`.

    Raises:
        UnknownName: there is no such language.
    """
    sheet = _Sheet(speaker(language))
    y = sheet.header(card)
    y = sheet.hero(card, y)
    y = sheet.maps(card.maps, y + 64)
    y = sheet.numbers(card.remarks, y)
    left, right = sheet.columns
    person = sheet.judged("Is it you?", card.person, card, left, y + 56)
    if card.unmeasured:
        person = sheet.text(
            unmeasured_note(card.unmeasured), left[0], person, left[1] - left[0], SMALL, MUTED
        )
    rest = sheet.judged("Is it a real picture?", card.realism, card, right, y + 56)
    rest = sheet.facts("What was changed", card.changed, right, rest + 34)
    rest = sheet.facts("Content credentials", card.credentials, right, rest + 34)
    y = max(person, rest)
    y = sheet.foot(card, y + 56)
    return from_u8(sheet.canvas[: y + MARGIN])


class _Sheet:
    """The page, drawn from top to bottom; each method returns the y coordinate where it ended.

    say: translates a text to the card's language.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self.canvas: Canvas = np.full((_TALLEST, PAGE, 3), PAPER, np.uint8)
        self.letters = Lettering()
        half = (PAGE - 2 * MARGIN - GUTTER) // 2
        self.columns = (MARGIN, MARGIN + half), (MARGIN + half + GUTTER, PAGE - MARGIN)

    def text(
        self,
        text: str,
        x: int,
        y: int,
        room: int,
        size: int,
        colour: InkColour,
        weight: int = 400,
        leading: float = 1.36,
    ) -> int:
        """Draw lines of text below `y`; returns where they end."""
        for line in self.letters.wrap(self.say(text), room, size, weight):
            y += round(size * leading)
            self.letters.draw(self.canvas, line, x, y, size, colour, weight)
        return y

    def right(self, text: str, x: int, y: int, size: int, colour: InkColour) -> int:
        """Draw one line that ends at `x`; returns its width."""
        text = self.say(text)
        wide = self.letters.width(text, size)
        self.letters.draw(self.canvas, text, x - wide, y, size, colour)
        return wide

    def rule(self, left: int, right: int, y: int) -> None:
        cv2.line(self.canvas, (left, y), (right, y), RULE, 2)

    def paste(self, image: Image, x: int, y: int, width: int) -> int:
        """Draw the picture `width` pixels wide; returns where it ends."""
        rows, columns = image.shape[:2]
        height = round(rows * width / columns)
        self.canvas[y : y + height, x : x + width] = to_u8(resize(image, width, height))
        return y + height

    def header(self, card: Card) -> int:
        y = MARGIN + 10
        self.text("Authenticity card", MARGIN, y - round(BODY * 1.36), PAGE, BODY, MUTED)
        named = f"{card.sitter}, " if card.sitter else ""
        self.right(f"{named}picture {card.picture}", PAGE - MARGIN, y, BODY, MUTED)
        return y + 34

    def hero(self, card: Card, top: int) -> int:
        wide = round((PAGE - 2 * MARGIN) * 0.39)
        rows, columns = card.image.shape[:2]
        wide = min(wide, round(_TALL * wide * columns / rows))
        floor = self.paste(card.image, MARGIN, top, wide)
        left, right = MARGIN + wide + GUTTER, PAGE - MARGIN
        room = right - left
        colour = INK if card.within else BAD
        y = self.text(card.headline, left, top - 18, room, TITLE, colour, 600, 1.14)
        y = self.text(card.standing, left, y + 14, room, BODY, MUTED)
        if card.curves is not None:
            y = self.likeness(plot(card.curves), left, right, y + 50)
        y += 26
        for part in card.parts:
            share = self.right(part.figures, right, y + 31, SMALL, MUTED)
            cv2.rectangle(self.canvas, (left, y + 15), (left + 15, y + 30), _key(part), -1)
            y = self.text(
                f"{self.say(part.title)}: {self.say(part.plain)}",
                left + 30,
                y,
                room - share - 50,
                BODY,
                INK,
            )
            y += 8
        if card.statement:
            y = self.text(card.statement, left, y + 4, room, SMALL, MUTED)
        return max(floor, y)

    def likeness(self, drawn: Plot, left: int, right: int, top: int) -> int:
        span, floor = right - left, top + _PLOT
        low, high = drawn.usual
        inside = drawn.own[(drawn.own[:, 0] >= low) & (drawn.own[:, 0] <= high)]
        for points, colour, opacity in (
            (drawn.others, OTHERS, 0.45), (drawn.own, YOU, 0.2), (inside, YOU, 0.32),
        ):  # fmt: skip
            self._hill(points, (left, floor, span), colour, opacity, line=points is not inside)
        cv2.line(self.canvas, (left, floor), (right, floor), RANGE, 2)
        for share in drawn.photos:
            x = left + round(share * span)
            cv2.line(self.canvas, (x, floor - 8), (x, floor + 8), YOU, 3)
        x = left + round(drawn.at * span)
        cv2.line(self.canvas, (x, top), (x, floor), INK, 3)
        dot(self.canvas, x, floor, 9, INK, PAPER)
        self._label("this picture", x, top - 12, left, right, BODY, INK, 600)
        own, others = (left + round(each * span) for each in drawn.labels)
        self._label("photos of you", own, floor + 38, left, right, SMALL, MUTED)
        self._label("other people", others, floor + 38, left, right, SMALL, MUTED)
        return self.text(HOW, left, floor + 50, span, SMALL, MUTED)

    def _label(
        self,
        text: str,
        x: int,
        y: int,
        left: int,
        right: int,
        size: int,
        colour: InkColour,
        weight: int = 400,
    ) -> None:
        text = self.say(text)
        wide = self.letters.width(text, size, weight)
        at = min(max(x - wide // 2, left), right - wide)
        self.letters.draw(self.canvas, text, at, y, size, colour, weight)

    def _hill(
        self,
        points: Float,
        frame: tuple[int, int, int],
        colour: InkColour,
        opacity: float,
        line: bool,
    ) -> None:
        if not len(points):
            return
        left, floor, span = frame
        x, y = left + points[:, 0] * span, floor - points[:, 1] * _PLOT
        curve = np.column_stack([x, y])
        area = np.vstack([(x[0], floor), curve, (x[-1], floor)])
        cover = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(cover, [np.round(area * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
        top = floor - _PLOT - 4
        part = self.canvas[top : floor + 2]
        share = cover[top : floor + 2, :, None] / 255 * opacity
        part[:] = np.round(part + share * (np.array(colour) - part)).astype(np.uint8)
        if line:
            traced = [np.round(curve * 16).astype(np.int32)]
            cv2.polylines(self.canvas, traced, False, colour, 2, cv2.LINE_AA, 4)

    def title(self, text: str, left: int, right: int, y: int) -> int:
        self.letters.draw(self.canvas, self.say(text), left, y + LARGE, LARGE, INK, 600)
        self.rule(left, right, y + LARGE + 18)
        return y + LARGE + 30

    def maps(self, maps: Sequence[Map], top: int) -> int:
        y = self.title("What was found and changed", MARGIN, PAGE - MARGIN, top) + 18
        gap = 32
        across = max(4, len(maps))
        wide = (PAGE - 2 * MARGIN - (across - 1) * gap) // across
        ends: list[int] = []
        for place, each in enumerate(maps):
            x = MARGIN + place * (wide + gap)
            floor = self.paste(each.image, x, y, wide)
            floor = self.text(each.title, x, floor + 6, wide, BODY, INK, 600)
            floor = self.text(each.plain, x, floor, wide, SMALL, MUTED)
            if each.legend:
                scale = to_u8(legend(each.legend, wide, 12))
                self.canvas[floor + 18 : floor + 30, x : x + wide] = scale
                floor += 56
                left = self.say(each.ends[0])
                self.letters.draw(self.canvas, left, x, floor, SMALL - 2, MUTED)
                self.right(each.ends[1], x + wide, floor, SMALL - 2, MUTED)
            ends.append(floor)
        return max(ends)

    def numbers(self, remarks: Sequence[str], top: int) -> int:
        y = top + 24 if remarks else top
        for number, says in enumerate(remarks, 1):
            cv2.circle(self.canvas, (MARGIN + 17, y + 23), 17, FLAG, -1, cv2.LINE_AA)
            wide = self.letters.width(str(number), SMALL, 600)
            at = MARGIN + 17 - wide // 2
            self.letters.draw(self.canvas, str(number), at, y + 30, SMALL, PAPER, 600)
            y = self.text(says, MARGIN + 50, y, PAGE - 2 * MARGIN - 50, BODY, INK) + 12
        return y

    def facts(self, title: str, rows: Sequence[Row], where: tuple[int, int], top: int) -> int:
        left, right = where
        y = self.title(title, left, right, top)
        middle = left + 190
        for row in rows:
            self.text(row.title, left, y, middle - left - 16, BODY, MUTED)
            colour = BAD if row.passed is False else INK
            y = self.text(row.plain, middle, y, right - middle, BODY, colour)
            if row.figures:
                y = self.text(row.figures, middle, y, right - middle, SMALL, MUTED)
            y += 20
        return y

    def judged(
        self, title: str, rows: Sequence[Row], card: Card, where: tuple[int, int], top: int
    ) -> int:
        left, right = where
        y = self.title(title, left, right, top)
        bar = right - 180
        middle = left + 215
        for row in rows:
            below = self.text(row.title, left, y, middle - left - 16, BODY, MUTED)
            colour = INK if row.passed else DIFFERS if row.differs else BAD
            end = self.text(row.plain, middle, y, bar - middle - 24, BODY, colour)
            end = self.text(row.figures, middle, end, bar - middle - 24, SMALL, MUTED)
            if row.measure is not None:
                axis = card.scales[row.measure.name]
                measure_scale(self.canvas, bar, right, y + 24, row.measure, axis, PALETTE, 8)
            y = max(below, end) + 18
        return y

    def foot(self, card: Card, top: int) -> int:
        self.rule(MARGIN, PAGE - MARGIN, top)
        y = top + 8
        for note in (*card.notes, READING):
            y = self.text(note, MARGIN, y, PAGE - 2 * MARGIN, SMALL, MUTED) + 6
        return y


def _key(part: Row) -> InkColour:
    """The colour of a part in the map of what is photographed."""
    return next((colour for kind, colour in HATCHED.items() if WORDS[kind] == part.title), INK)
