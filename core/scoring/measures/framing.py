"""Does the head sit where the look wants it, or where portraits usually have it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...faces.regions import CHIN
from ...framing.composition import (
    CHIN_ROOM,
    CLOSEST,
    LEAD,
    LOOSEST,
    OFF_CENTRE,
    TOLERANCE,
    eye_limits,
)
from ...generation import LOOKS
from ...portrait.portrait import Portrait
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context

# The crown is found anew in a finished picture, and hair has no hard edge: the head may come out
# smaller by this share of the look's.
_REMEASURED = 0.05


def answer(portrait: Portrait, context: Context) -> Answer:
    """Head size, eye line, room below the chin and centring of the face of `portrait`.

    Where the provenance names a look, the limits are those that its pictures are framed by
    (`framing.composition`). Otherwise they are general: a head of a quarter (ISO/IEC 29794-5 asks
    for .45) to four fifths (ICAO 9303's upper end) of the height, eyes at or a little above the
    middle.
    """
    face, (rows, columns) = portrait.face, portrait.image.shape[:2]
    chin = float(face.landmarks[CHIN, 1])
    head = (chin - portrait.crown) / rows
    eyes = float(face.points[:2, 1].mean()) / rows
    off_centre = abs(float(face.landmarks[:468, 0].mean()) / columns - 0.5)
    look = LOOKS.get(context.provenance.look)
    if look is None:
        general = take("head-size", head), take("eye-line", eyes), take("off-centre", off_centre)
        return Answer(general)
    highest, lowest = (float(limit) for limit in eye_limits(head, look.framing))
    smallest = (LOOSEST - _REMEASURED) * look.framing.head
    return Answer(
        (
            take("head-size", head, smallest, CLOSEST),
            take("eye-line", eyes, highest - TOLERANCE, lowest + TOLERANCE),
            take("chin-room", 1 - chin / rows, CHIN_ROOM - TOLERANCE),
            take("off-centre", off_centre, high=OFF_CENTRE + LEAD),
        )
    )
