"""What room a photo lacks to be framed, in words for who takes the next one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .composition import CHIN_ROOM, POOR
from .framing import Framing
from .outline import Outline
from .solver import COARSE, Search

# Which photo to take.
ROOM = "Take one that shows both shoulders: step back, and leave a hand's width above the hair."
# Heads of photo below the chin that a bust needs.
_NECK = 0.25
_NAMED = 3  # photos whose reasons are told


def lacks_room(outline: Outline, framing: Framing) -> str | None:
    """Why no crop of the photo will do, as the end of "The photo ..."; None where one will."""
    search = Search(outline, framing, grid=COARSE)
    if float(search.cost.min()) <= POOR:
        return None
    head = outline.chin - outline.head_top
    rows = np.flatnonzero(outline.inside[:, round(outline.middle)])
    below = (rows[-1] - outline.chin) / head if rows.size else 0.0
    if below < max(_NECK, CHIN_ROOM):
        return "ends at the chin"
    if not (search.has_room & search.stands).any():
        return "shows no neck and shoulders below the chin"
    if outline.crown_cut:
        return "cuts the hair and leaves too little for a close crop"
    return "cuts the head or a shoulder at its side"


def missing_room(outlines: Mapping[str, Outline], framing: Framing) -> tuple[str, str]:
    """That no photo can be framed, with the reasons of a few, and which photo to take.

    outlines: by the photo's name.
    """
    reasons = [
        f"{name!r} {lacks_room(outline, framing) or 'ends too near to the head'}"
        for name, outline in list(outlines.items())[:_NAMED]
    ]
    return f"No photo has the room for it: {'; '.join(reasons)}", ROOM
