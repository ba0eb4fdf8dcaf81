"""A picture whose edge cuts a hand in two still has a hand: its photo shows all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, resize
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.context import Context
from headshots.core.scoring.measures import clean_cutouts
from headshots.core.vault.consent import agreed

from ...histories import studio
from ...planted import photographed

PALM_LEFT, PALM_TOP = 0, 640  # of the photo with the hand, pixels


@pytest.fixture(scope="module")
def with_hand(photos: Path) -> tuple[Image, Identity]:
    """A real sitter with a real hand beside the chin, and the identity of that one photo."""
    image = read_photo(photos / "obama.jpg").image
    hand = photographed(photos)["hand with phone"][:, ::-1]
    hand = resize(hand, round(1.4 * hand.shape[1]), round(1.4 * hand.shape[0]))
    rows, columns = hand.shape[:2]
    image = image.copy()
    part = image[PALM_TOP : PALM_TOP + rows, PALM_LEFT : PALM_LEFT + columns]
    hand = hand[: part.shape[0], : part.shape[1]]
    part += (hand[..., :3] - part) * hand[..., 3:]
    photo = read_photo(encode(image, "png"), name="hand.png")
    enrolled = enrol(
        "sitter",
        [photo],
        consent=agreed("sitter", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
    )
    return photo.image, enrolled.identity


def _hand(with_hand: tuple[Image, Identity], left: int, bottom: int) -> float:
    """The measured hand of the photo from column `left` on, above row `bottom`."""
    image, identity = with_hand
    crop = np.ascontiguousarray(image[60:bottom, left:])
    portrait = Portrait(crop, np.ones(crop.shape[:2], np.float32))
    context = Context(portrait, identity, studio(photo=identity.photos[0].name))
    answer = clean_cutouts.answer(portrait, context)
    return next(each.value for each in answer.measurements if each.name == "hand")


def test_a_hand_that_the_edge_cuts_counts_as_the_photo_shows_it(
    with_hand: tuple[Image, Identity],
) -> None:
    palm = clean_cutouts.CutOuts().palms(with_hand[1].photos[0])[0]
    # Of the palm an eighth is left, of which the network alone is hardly sure.
    assert _hand(with_hand, round(palm.x0 + 0.88 * palm.width), 1000) > 0.95


def test_a_hand_beyond_the_edge_does_not_count(with_hand: tuple[Image, Identity]) -> None:
    assert _hand(with_hand, 0, PALM_TOP) < 0.5
