"""Which photos a picture was made from, and what a person should know of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..faces.checking import LEANING
from ..generation import Origin
from ..identity.identity import EnrolledPhoto, Identity
from .copying import COPY, Nearest
from .scorecard import Scorecard

_BORROWED = {
    "eyes": "the eyes are from another photo of the sitter",
    "mouth": "the mouth is from another photo of the sitter",
}


def source_notes(identity: Identity, origin: Origin | None) -> tuple[str, ...]:
    """What all of the sitter's photos lack, what of the picture is from a second photo, and whether
    the one it is from had to be levelled further than goes unseen.

    No photo is named, so that the notes may travel with the picture. Empty for pictures that were
    not made here.
    """
    if origin is None:
        return ()
    notes = [*identity.advice]
    if (borrowed := str(origin.settings.get("borrowed", ""))) in _BORROWED:
        notes.append(_BORROWED[borrowed])
    roll = origin.settings.get("roll")
    if isinstance(roll, int | float) and abs(roll) > LEANING:
        notes.append(
            f"the photo was levelled by {abs(roll):.0f}°, so that hair and shoulders may lean; "
            "one with the head upright serves better"
        )
    return tuple(notes)


def nearest_of(identity: Identity, card: Scorecard) -> Nearest | None:
    """The enrolled photo that a scorecard says its picture is nearest to; None if it doesn't."""
    for each in card.measures:
        number = each.what.removeprefix("photo ")
        if each.name == "copy" and number.isdecimal() and 0 < int(number) <= len(identity.photos):
            photo = identity.photos[int(number) - 1]
            return Nearest(photo.name, int(number), each.value)
    return None


def source_of(
    identity: Identity, card: Scorecard, hashes: Sequence[str] = ()
) -> EnrolledPhoto | None:
    """The enrolled photo that a picture was made from, as far as that is known.

    By its origin, by `hashes` (SHA-256, as its credentials have them, first the photo that most of
    it is from), or, where it was made here or is a
    copy, the photo that its scorecard says it is nearest to. None for pictures of their own.
    """
    name = card.origin.photo if card.origin else ""
    enrolled = {photo.sha256: photo for photo in identity.photos}
    for each in (*(card.origin.sources if card.origin else ()), *hashes):
        if each in enrolled:
            return enrolled[each]
    for photo in identity.photos:
        if name and photo.name == name:
            return photo
    near = nearest_of(identity, card)
    made = card.origin is not None and bool(card.origin.generator)
    if near is None or not (made or near.copy >= COPY):
        return None
    return identity.photos[near.number - 1]
