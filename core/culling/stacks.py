"""Bursts: frames of one moment, by the camera's clock and by what they show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from .likeness import same_person_limit
from .measures import Measures

# Seconds between two frames of one burst, and how alike their pictures are at least (correlation of
# brightness). Frames of a burst made with shifts, blinks and blur have .8 and more.
_PAUSE, _ALIKE = 3.0, 0.5
# The same for frames that no clock orders: only the next of a burst looks so alike.
_TIMELESS = 0.95


def stacked(names: Sequence[str], measured: Sequence[Measures]) -> list[list[int]]:
    """The places of frames with a face, stack by stack, in shooting order.

    Frames without a face, with a slate, and unreadable ones are in none.
    """
    stacks: list[list[int]] = []
    last: dict[str, list[int]] = {}  # by camera: two photographers' bursts interleave
    for index in in_order(names, measured):
        frame = measured[index]
        if not frame.faces or frame.slate:
            continue
        open_one = last.get(frame.camera)
        if open_one and _together(measured[open_one[-1]], frame):
            open_one.append(index)
            continue
        last[frame.camera] = [index]
        stacks.append(last[frame.camera])
    return stacks


def in_order(names: Sequence[str], measured: Sequence[Measures]) -> list[int]:
    """The places of all frames in the order in which they were taken.

    By name where two have one time; those without a time come last.
    """
    return sorted(
        range(len(measured)),
        key=lambda index: (
            measured[index].taken is None,
            measured[index].taken or "",
            names[index],
        ),
    )


def same_person(a: Measures, b: Measures) -> bool:
    """Whether two frames with a face show one person."""
    return float(a.embedding @ b.embedding) >= same_person_limit()


def _together(a: Measures, b: Measures) -> bool:
    """Whether `b` is of the moment of `a`, the frame before it."""
    alike = float(np.sum(a.scene * b.scene))
    if a.taken is None or b.taken is None:
        return a.taken == b.taken and alike >= _TIMELESS and same_person(a, b)
    pause = datetime.fromisoformat(b.taken) - datetime.fromisoformat(a.taken)
    return pause.total_seconds() <= _PAUSE and alike >= _ALIKE and same_person(a, b)
