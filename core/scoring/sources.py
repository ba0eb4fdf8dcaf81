"""Which photos a picture was made from, and what a person should know about them."""

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
    """Notes on the photos: what they all lack, what comes from a second one, how far it leaned.

    The notes name no photo, so they may travel with the picture. Empty for pictures made elsewhere.
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
    """The enrolled photo that is most like the picture of `card`; None if the card names none."""
    for each in card.measures:
        number = each.what.removeprefix("photo ")
        if each.name == "copy" and number.isdecimal() and 0 < int(number) <= len(identity.photos):
            photo = identity.photos[int(number) - 1]
            return Nearest(photo.name, int(number), each.value)
    return None


def source_of(
    identity: Identity, picture: Picture, hashes: Sequence[str] = ()
) -> EnrolledPhoto | None:
    """The enrolled photo that a picture was made from; None where none is known.

    By the picture's provenance, else by `hashes`, else the nearest photo on its scorecard if the
    picture was made here or is a copy.

    hashes: SHA-256 of photos, as content credentials list them; the main source comes first.
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
    nearest = nearest_of(identity, picture.card)
    if nearest is None or not (provenance.generator or nearest.copy >= COPY):
        return None
    return identity.photos[nearest.number - 1]
