"""Selects the sitter's face in a photo, by the user's choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import hypot, inf

from ..errors import InputError, SeveralFaces
from .analyser import Face

ONLY, LARGEST = "only", "largest"
# A face this much narrower than the widest stands in the background and isn't meant by anybody.
BYSTANDER = 0.33
# Face widths between the middles of two faces: side by side, and with nothing of one at the other.
_CLOSE, _APART = 1.5, 4.5


def check_choice(choice: str) -> str:
    """`choice` itself if it is "only", "largest" or a number from "1" on.

    Raises:
        InputError: it is something else.
    """
    if choice in (ONLY, LARGEST) or re.fullmatch("[1-9][0-9]{0,2}", choice):
        return choice
    raise InputError(
        f"{choice!r} doesn't say which face is meant",
        f"Give {ONLY!r}, {LARGEST!r}, or a number that counts from the left.",
    )


def choose_face(faces: Sequence[Face], choice: str, photo: str, width: float) -> Face:
    """The face meant by `choice` among `faces` (at least one, the largest first).

    Args:
        choice: "only": the only face, ignoring bystanders far behind; "largest": the largest; a
            number counts all faces from the left, and means the only face if there is just one.
        photo: its name.
        width: of the photo, in the same pixels as the faces.

    Raises:
        SeveralFaces: "only", and there are several; or the number is higher than there are faces.
        InputError: see `check_choice`.
    """
    check_choice(choice)
    if len(faces) == 1 or choice == LARGEST:
        return faces[0]
    ordered = sorted(faces, key=lambda face: face.box.centre[0])
    if choice == ONLY:
        if not any(face.width >= BYSTANDER * faces[0].width for face in faces[1:]):
            return faces[0]
    elif int(choice) <= len(ordered):
        return ordered[int(choice) - 1]
    raise SeveralFaces(
        f"{photo} shows {len(faces)} faces: {_places(ordered, width)}",
        f"Say which one is the sitter's by its number, 1 to {len(faces)} from the left, or "
        f"{LARGEST!r}; or crop the photo to the sitter.",
    )


def neighbour_proximity(faces: Sequence[Face], face: Face) -> float:
    """How near somebody else's face is to `face` among `faces`: 0 nobody, 1 cheek to cheek.

    A neighbour within a face or two overlaps the sitter's shoulder, and no matte separates them
    cleanly. Bystanders far behind don't count.
    """
    x, y = face.box.centre
    others = [each for each in faces if each is not face and each.width >= BYSTANDER * face.width]
    away = [hypot(each.box.centre[0] - x, each.box.centre[1] - y) for each in others]
    nearest = min(away, default=inf) / face.width
    return min(1.0, max(0.0, (_APART - nearest) / (_APART - _CLOSE)))


def _places(ordered: Sequence[Face], width: float) -> str:
    """Where each face is, counted from the left: "1 at 20 % of the width (210 px wide)"."""
    return ", ".join(
        f"{number} at {min(100, max(0, round(100 * face.box.centre[0] / width)))} % of the width "
        f"({round(face.width)} px wide)"
        for number, face in enumerate(ordered, 1)
    )
