"""A small card, made once: two people, a wall, an existing sidecar, RAW beside JPEG."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from headshots.core.photos import read_photo

from ...shoot_card import BLINK, FOCUS, GOOD, MOTION, Card, Portrait, portrait_of
from .sidecar_samples import LIGHTROOM, encoded


@pytest.fixture(scope="session")
def portraits(photos: Path) -> dict[str, Portrait]:
    """Photos that bursts are made of, by person."""
    people: dict[str, Portrait] = {}
    for name in ("obama", "biden"):
        portrait = portrait_of(read_photo(photos / f"{name}.jpg").image)
        assert portrait is not None
        people[name] = portrait
    return people


@pytest.fixture(scope="session")
def made_card(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Portrait]) -> Card:
    """The card as it was made; tests work on copies, `card`."""
    card = Card(tmp_path_factory.mktemp("card") / "100EOSR5")
    card.wall()
    card.burst("obama", portraits["obama"], [BLINK, GOOD, FOCUS, MOTION])
    card.burst("biden", portraits["biden"], [FOCUS, GOOD, BLINK], raw="pair")
    sidecar = card.folder / "IMG_0003.xmp"
    sidecar.write_bytes(encoded(LIGHTROOM, newline="\r\n", encoding="utf-8-sig"))
    return card


@pytest.fixture
def card(made_card: Card, tmp_path: Path) -> Path:
    """A copy of the card's folder."""
    return Path(shutil.copytree(made_card.folder.parent, tmp_path / "shoot"))
