"""Which photos a picture was made from, and what a person should know of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..faces.suitability import LEANING
from ..identity.identity import EnrolledPhoto, Identity
from ..picture import Picture
from ..provenance import Composited, FeatureTransferred, Provenance
from ..scorecard import Scorecard
from .measures.copy_detection import COPY, Nearest

_TRANSFERRED = {
    "eyes": "the eyes are from another photo of the sitter",
    "mouth": "the mouth is from another photo of the sitter",
}


def source_notes(identity: Identity, provenance: Provenance) -> tuple[str, ...]:
    """What all of the sitter's photos lack, what of the picture is from a second photo, and whether
    the one it is from had to be levelled further than goes unseen.

    No photo is named, so that the notes may travel with the picture. Empty for pictures that were
    not made here.
    """
    if not provenance.generator:
        return ()
    notes = [*identity.advice]
    transferred = provenance.last(FeatureTransferred)
    if transferred is not None and transferred.region in _TRANSFERRED:
        notes.append(_TRANSFERRED[transferred.region])
    placed = provenance.last(Composited)
    if placed is not None and abs(placed.roll) > LEANING:
        notes.append(
            f"the photo was levelled by {abs(placed.roll):.0f}°, so that hair and shoulders may "
            "lean; one with the head upright serves better"
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
    identity: Identity, picture: Picture, hashes: Sequence[str] = ()
) -> EnrolledPhoto | None:
    """The enrolled photo that a picture was made from, as far as that is known.

    By its provenance, by `hashes` (SHA-256, as its credentials have them, first the photo that most
    of it is from), or, where it was made here or is a copy, the photo that its scorecard says it is
    nearest to. None for pictures of their own.
    """
    provenance = picture.provenance
    name = provenance.photo
    enrolled = {photo.sha256: photo for photo in identity.photos}
    for each in (*provenance.sources, *hashes):
        if each in enrolled:
            return enrolled[each]
    for photo in identity.photos:
        if name and photo.name == name:
            return photo
    near = nearest_of(identity, picture.card)
    made = bool(provenance.generator)
    if near is None or not (made or near.copy >= COPY):
        return None
    return identity.photos[near.number - 1]
