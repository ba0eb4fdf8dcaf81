"""What is kept is the sitter: keepers are more alike than strangers, by both recognisers."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.identity.identity import Identity
from headshots.core.images import Image
from headshots.core.photos import read_photo
from headshots.core.scoring.score import score_all
from headshots.core.scoring.selection import choose

from ...histories import pictured

pytestmark = pytest.mark.slow

STRANGERS = ("biden.jpg", "astronaut.png", *(f"group{number}.jpg" for number in range(1, 7)))
LOOKS = ("studio-grey", "executive", "monochrome", "garden")


def alike(image: Image, sitter: Identity, name: str) -> list[float]:
    """Cosine to the sitter's template of each face of a picture, by one recogniser."""
    analyser = ANALYSERS.get(name)
    template = sitter.templates[analyser.recogniser.name].vector
    return [float(face.embedding @ template) for face in analyser.analyse(image)]


def test_every_keeper_is_more_alike_than_every_stranger(sitter: Identity, photos: Path) -> None:
    looks = tuple(find_look(name) for name in LOOKS)
    made = list(GENERATORS.get("studio").generate(Request(sitter, looks, 8, 2, 512)))
    pictures = [
        pictured(each.image, name=f"{number:02}", matte=each.matte, provenance=each.provenance)
        for number, each in enumerate(made, 1)
    ]
    cards = score_all(pictures, sitter)
    pictures = [each.scored(card) for each, card in zip(pictures, cards, strict=True)]
    chosen = choose(pictures, keep=8)
    keepers = [each.image for each in chosen if each.card.verdict == "keep"]
    assert len(keepers) >= 3
    strangers = [read_photo(photos / name, longest=1600).image for name in STRANGERS]
    for name in ("embedded", "dlib"):
        least = min(min(alike(image, sitter, name)) for image in keepers)
        most = max(max(alike(image, sitter, name)) for image in strangers)
        assert least > most
