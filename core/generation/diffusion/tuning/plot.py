"""Plots the progress of a tuning."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....images import Float, Image
from .checkpoint import Course

_WIDTH, _HEIGHT, _EDGE = 480, 384, 28
_TOP = 96  # of the curves; above them is the legend
_RUNNING = 0.1  # share of the newest value in the running mean
# Losses to plot, with titles and colours; then the likeness.
SHOWN = (
    ("sitter", "error, sitter", (31, 119, 180)),
    ("anybody", "error, anybody", (140, 140, 140)),
    ("critic", "discriminator", (200, 120, 20)),
)
LIKENESS = "likeness, held out", (20, 140, 60)


def plot(course: Course, steps: int) -> Image:
    """Curves of losses and held-out likeness, sRGB float32 (384, 480, 3).

    Losses are running means, each from 0 to its maximum; the likeness is from 0 to 1.
    """
    canvas = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    corner = (_EDGE, _HEIGHT - _EDGE)
    cv2.line(canvas, corner, (_WIDTH - _EDGE, corner[1]), (90, 90, 90))
    cv2.line(canvas, corner, (_EDGE, _TOP), (90, 90, 90))
    curves = [(title, colour, *_running(course, name)) for name, title, colour in SHOWN]
    if course.likeness:
        places, scores = zip(*course.likeness, strict=True)
        curves.append((*LIKENESS, np.array(places, np.float32), np.array(scores, np.float32)))
    for row, (title, colour, places, values) in enumerate(curves):
        if not len(values):
            continue
        _text(canvas, f"{title}: {values[-1]:.3f}", row, colour)
        high = 1 if title == LIKENESS[0] else max(1e-6, float(values.max()))
        across = _EDGE + places / max(1, steps) * (_WIDTH - 2 * _EDGE)
        up = corner[1] - np.clip(values / high, 0, 1) * (corner[1] - _TOP)
        points = np.stack([across, up], axis=1).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, colour, 2, cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def _running(course: Course, name: str) -> tuple[Float, Float]:
    """The steps with that loss, and its running mean."""
    recorded = [(n, each[name]) for n, each in enumerate(course.losses, 1) if name in each]
    mean: list[float] = []
    for _, value in recorded:
        mean.append(value if not mean else mean[-1] + _RUNNING * (value - mean[-1]))
    return np.array([n for n, _ in recorded], np.float32), np.array(mean, np.float32)


def _text(canvas: np.ndarray, text: str, row: int, colour: Sequence[int]) -> None:
    place = (_EDGE, _EDGE + 16 * row)
    cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
