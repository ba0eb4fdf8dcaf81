"""The outputs of the reading steps for pictures that a host passes instead of paths."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ...errors import RecipeInput
from ...photos import read_photo
from ..runner import Handed
from ..step import Step
from ..steps import READ_PHOTOS, READ_PICTURES
from .pictures import LONGEST, most_pixels, read_out


def handed(step: Step, pictures: Sequence[tuple[str, bytes]]) -> Handed:
    """The outputs of `step` for encoded pictures, each with its name.

    Raises:
        RecipeInput: `step` reads no pictures, or there are none.
        PhotoError: one of them can't be read.
    """
    if step not in (READ_PHOTOS, READ_PICTURES):
        raise RecipeInput(
            f"Pictures were handed to {step.title!r}, which reads none",
            f"Hand them to a node of {READ_PHOTOS.title!r} or {READ_PICTURES.title!r}.",
        )
    if not pictures:
        raise RecipeInput("No pictures were handed over", "Hand over at least one.")
    longest = LONGEST if step is READ_PHOTOS else None
    most = most_pixels(longest)
    photos = [read_photo(data, name=name, longest=longest, most=most) for name, data in pictures]
    key = hashlib.sha256(
        repr([(photo.name, photo.sha256) for photo in photos]).encode()
    ).hexdigest()
    if step is READ_PHOTOS:
        return Handed((photos,), key)
    return Handed(read_out(photos), f"{step.id} {key}")
