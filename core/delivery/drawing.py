"""Drawing shared by the contact sheet and the card: a measure on its scale, dots and crosses."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from ..scorecard import Measurement
from .contact import Axis
from .lettering import Canvas, InkColour


@dataclass(frozen=True)
class Palette:
    """Colours of a scale: background, dot, scale, accepted range.

    bad: of a value outside it for which the picture is refused. differs: of any other outside it.
    """

    paper: InkColour
    ink: InkColour
    track: InkColour
    range: InkColour
    bad: InkColour
    differs: InkColour


def measure_scale(
    canvas: Canvas,
    x0: int,
    x1: int,
    y: int,
    measure: Measurement,
    axis: Axis,
    palette: Palette,
    radius: int,
) -> None:
    """Draw the scale of a measure from `x0` to `x1`, its accepted range and its value.

    The value is a dot of `radius` pixels in the range, or a cross outside of it.
    """
    low, high = axis.span(measure)
    span = x1 - x0
    cv2.line(canvas, (x0, y), (x1, y), palette.track, 2)
    if high > low:
        ends = (x0 + round(low * span), y), (x0 + round(high * span), y)
        cv2.line(canvas, *ends, palette.range, radius)
    x = x0 + round(axis.at(measure.value) * span)
    if measure.passed:
        dot(canvas, x, y, radius, palette.ink, palette.paper)
    else:
        colour = palette.bad if measure.refuses else palette.differs
        cross(canvas, x, y, radius, colour, palette.paper)


def dot(canvas: Canvas, x: int, y: int, radius: int, colour: InkColour, paper: InkColour) -> None:
    """A dot with a rim of `paper`, so that it stands out from lines below it."""
    cv2.circle(canvas, (x, y), radius + 3, paper, -1, cv2.LINE_AA)
    cv2.circle(canvas, (x, y), radius, colour, -1, cv2.LINE_AA)


def cross(
    canvas: Canvas, x: int, y: int, arm: int, colour: InkColour, paper: InkColour | None = None
) -> None:
    """A cross; with `paper`, with a rim of it."""
    strokes = [(colour, 3)] if paper is None else [(paper, 8), (colour, 3)]
    for ink, thick in strokes:
        cv2.line(canvas, (x - arm, y - arm), (x + arm, y + arm), ink, thick, cv2.LINE_AA)
        cv2.line(canvas, (x - arm, y + arm), (x + arm, y - arm), ink, thick, cv2.LINE_AA)
