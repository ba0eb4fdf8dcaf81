"""A small card, made once, with an existing sidecar."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ...shoot_card import Card, small_card
from .sidecar_samples import LIGHTROOM, encoded


@pytest.fixture(scope="session")
def made_card(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Card:
    """The card as it was made; tests work on copies, `card`."""
    card = small_card(tmp_path_factory.mktemp("card"), photos)
    sidecar = card.folder / "IMG_0003.xmp"
    sidecar.write_bytes(encoded(LIGHTROOM, newline="\r\n", encoding="utf-8-sig"))
    return card


@pytest.fixture
def card(made_card: Card, tmp_path: Path) -> Path:
    """A copy of the card's folder."""
    return Path(shutil.copytree(made_card.folder.parent, tmp_path / "shoot"))
