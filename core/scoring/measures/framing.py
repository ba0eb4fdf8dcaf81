"""Does the head sit where the look wants it, or where portraits usually have it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...faces.regions import CHIN
from ...generation import LOOKS
from ...portrait.portrait import Portrait
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context

# How far a picture may leave the look's framing: a generator frames tighter to keep both shoulders,
# and varies the crop a little from candidate to candidate.
_TIGHTER = 1.5
_WIDER = 0.8
_EYES = 0.07


def answer(portrait: Portrait, context: Context) -> Answer:
    """Head size, eye line and centring of the face of `portrait`.

    The limits are the look's framing where the provenance names a look. Otherwise they are general:
    a head of a quarter (ISO/IEC 29794-5 asks for .45) to four fifths (ICAO 9303's upper end) of the
    height, eyes at or a little above the middle.
    """
    face, (rows, columns) = portrait.face, portrait.image.shape[:2]
    head = (float(face.landmarks[CHIN, 1]) - portrait.crown) / rows
    eyes = float(face.points[:2, 1].mean()) / rows
    middle = float(face.landmarks[:468, 0].mean()) / columns
    look = LOOKS.get(context.provenance.look)
    if look is None:
        framing = take("head-size", head), take("eye-line", eyes)
    else:
        wanted = look.framing
        framing = (
            take("head-size", head, _WIDER * wanted.head, min(0.8, _TIGHTER * wanted.head)),
            take("eye-line", eyes, wanted.eyes - _EYES, wanted.eyes + _EYES),
        )
    return Answer((*framing, take("off-centre", abs(middle - 0.5))))
