"""Does the head sit where the look wants it, or where portraits have it?"""

from __future__ import annotations

import numpy as np

from ..faces import Face
from ..faces.regions import CHIN, FOREHEAD_TOP
from ..generation import LOOKS
from ..images import Mask
from ..provenance import Provenance
from .measures import take
from .scorecard import Measure

# Hair above the highest mesh point, in forehead-to-chin heights, where no matte shows it.
_HAIR = 0.22
_HAIR_MOST = 0.55
# How far a generator may leave the look's framing: it tightens to keep both shoulders, and varies
# the crop a little from candidate to candidate.
_TIGHTER = 1.5
_WIDER = 0.8
_EYES = 0.07


def composition(
    shape: tuple[int, ...], face: Face, matte: Mask | None, provenance: Provenance
) -> tuple[Measure, ...]:
    """Head size, eye line and centring of `face` in a picture of `shape` (H, W, ...).

    Against the look's framing where `provenance` names a known look; otherwise against the general
    ranges: a head of a quarter (ISO/IEC 29794-5 asks for .45) to four fifths (ICAO 9303's upper
    end) of the height, eyes at or a little above the middle.
    """
    rows, columns = shape[:2]
    head = (float(face.landmarks[CHIN, 1]) - crown(face, matte)) / rows
    eyes = float(face.points[:2, 1].mean()) / rows
    middle = float(face.landmarks[:468, 0].mean()) / columns
    look = LOOKS.get(provenance.look)
    if look is None:
        framing = take("head-size", head), take("eye-line", eyes)
    else:
        wanted = look.framing
        framing = (
            take("head-size", head, _WIDER * wanted.head, min(0.8, _TIGHTER * wanted.head)),
            take("eye-line", eyes, wanted.eyes - _EYES, wanted.eyes + _EYES),
        )
    return *framing, take("off-centre", abs(middle - 0.5))


def crown(face: Face, matte: Mask | None) -> float:
    """Row of the top of the hair: where the matte ends above the face, else by proportion."""
    top, chin = float(face.landmarks[FOREHEAD_TOP, 1]), float(face.landmarks[CHIN, 1])
    tall = chin - top
    guess = top - _HAIR * tall
    if matte is None or top < 1 or matte.min() > 0.99:  # 1 everywhere: a picture not cut out
        return guess
    centre, half = float(face.landmarks[:468, 0].mean()), 0.35 * face.width
    above = matte[: round(top), max(0, round(centre - half)) : max(1, round(centre + half))]
    if above.size == 0:
        return guess
    covered = (above > 0.5).mean(axis=1) > 0.15
    if not covered[-1]:
        return guess
    bare = np.flatnonzero(~covered)
    row = float(bare[-1] + 1) if bare.size else 0.0
    return max(row, top - _HAIR_MOST * tall)
