"""What a well composed headshot is: one description, for who frames it and for who judges it.

All lengths are shares of the picture's height, sideways ones of its width. The limits were set by
looking at pictures of the development set (tests/benchmarks/people); docs/likeness.md reports them
on other people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .framing import Framing

# A float, or a float array of one shape: one value a crop.
Value: TypeAlias = Any

# Head size: against the look's own at the loosest, and of the height at the most (above 1 the
# picture's upper edge crops the hair). ICAO Doc 9303 allows .8 with all of the hair.
LOOSEST, CLOSEST = 0.85, 1.1
# From this head size on a picture is a close portrait: its eye line may lie lower and higher.
CLOSE = 0.55
_EYES, _EYES_CLOSE = (0.29, 0.49), (0.26, 0.54)
# Least room below the chin, above the hairline and beside the face; most distance of the face's
# middle from the picture's.
CHIN_ROOM, HAIRLINE_ROOM, SIDE_ROOM, OFF_CENTRE = 0.07, 0.04, 0.02, 0.15
# Width of the sitter at the lower edge in face widths: a neck at the least, or the bust floats.
LOWER_EDGE = 0.55
# Costs up to the first look deliberate, from the second on tight; beyond the last a photo isn't
# used.
DELIBERATE, TIGHT, POOR = 0.6, 1.2, 1.55
# Room on the side that the sitter looks at: share of the width at a turn of 35 degrees.
LEAD = 0.05
# What the judge allows beyond these limits: it measures a finished picture anew.
TOLERANCE = 0.015


@dataclass(frozen=True, eq=False)
class Composition:
    """How a head sits in a picture, or in each of many crops.

    head: chin to crown. eyes: eye line from the top. headroom: from the crown up, negative where
    hair is cropped. cropped: share of crown to hairline that is above the upper edge, 0..1.
    off_centre: from the picture's middle to where the head should be centred, right positive.
    chin_room: below the chin.
    """

    head: Value
    eyes: Value
    headroom: Value
    cropped: Value
    off_centre: Value
    chin_room: Value


def eye_limits(head: Value, framing: Framing | None = None) -> tuple[Value, Value]:
    """Between which heights the eye line of a head of this size may lie: the look's own range where
    it states one.
    """
    if framing is not None and framing.eye_range is not None:
        return framing.eye_range
    close = np.asarray(head) >= CLOSE
    return np.where(close, _EYES_CLOSE[0], _EYES[0]), np.where(close, _EYES_CLOSE[1], _EYES[1])


def cost(composition: Composition, framing: Framing) -> Value:
    """How far a composition is from the look's framing and from what portraits do; 0 is best."""
    asked, eyes = framing.head, composition.eyes - framing.eyes
    larger = np.log(composition.head / asked)
    total = np.where(larger > 0, 2.2, 12.0) * larger**2
    total += 2 * eyes**2 + 22 * np.maximum(np.abs(eyes) - 0.03, 0) ** 2
    # Hair that touches the upper edge looks like an accident: well below it or well above.
    total += 0.6 * np.clip(1 - np.abs(composition.headroom - 0.01) / 0.045, 0, 1)
    total += 8 * np.maximum(composition.headroom - 0.2, 0) ** 2
    # Cropped hair is for close portraits: with a small head there is room, and it looks cut.
    into = np.asarray(composition.cropped)
    small = 3.0 * np.maximum(0.66 - composition.head, 0)
    total += np.where(into > 0, 0.06 + 0.5 * into**2 + small, 0.0)
    total += 18 * composition.off_centre**2
    return total + 7 * np.maximum(0.22 - composition.chin_room, 0) ** 2
