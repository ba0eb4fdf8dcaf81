"""The face of a picture is looked for once, from the generator to the card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.delivery.card.content import card_of
from headshots.core.delivery.formats import deliver
from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.identity.identity import Identity
from headshots.core.progress import SILENT
from headshots.core.recipes.actions import files as delivering
from headshots.core.recipes.actions import generate as making
from headshots.core.recipes.actions import scores as judging
from headshots.core.recipes.actions.cards import make_cards
from headshots.core.refinement.guard import refine
from headshots.core.scoring.score import score_all
from headshots.core.scoring.team_consistency import team_spread

from ..histories import generated


@pytest.fixture
def searched(sitter: Identity, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The images in which a face was looked for."""
    score_all([], sitter)
    analyser = ANALYSERS.get("embedded")
    analyse, searched = analyser.analyse, list[np.ndarray]()

    def counted(image: np.ndarray, **options: bool) -> object:
        searched.append(image)
        return analyse(image, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(analyser, "analyse", counted)
    return searched


def test_generated_scored_refined_delivered_and_on_a_card(
    sitter: Identity, tmp_path: Path, searched: list[np.ndarray]
) -> None:
    request = Request(sitter, (find_look("executive"),), 2, 1, width=512)
    candidates = list(GENERATORS.get("studio").generate(request))
    searched.clear()
    pictures = [generated(each, f"{number}") for number, each in enumerate(candidates)]
    cards = score_all(pictures, sitter)
    pictures = [each.scored(card) for each, card in zip(pictures, cards, strict=True)]
    for picture in pictures:
        refine(picture.portrait, sitter, refiners=["retouch"], strength=0.2)
        deliver(picture, folder=tmp_path, size="linkedin", format="jpeg")
        assert card_of(picture, sitter).within
    team_spread(pictures)
    assert len(searched) == len(candidates)


def test_by_the_steps_of_a_recipe(
    sitter: Identity, tmp_path: Path, searched: list[np.ndarray]
) -> None:
    looks, folder = (find_look("executive"),), str(tmp_path)
    made, *_ = making.studio(SILENT, sitter, looks, 2, 1, 512, False, False, "studio", None)
    searched.clear()
    scored, _ = judging.score_pictures(SILENT, made, sitter, "reject")
    kept, _, _, judged, _ = judging.keep_best(SILENT, scored, 2, 0)
    assert kept
    delivering.contact_sheet(SILENT, judged, folder, "Once")
    delivering.deliver_pictures(SILENT, kept, "", folder, "linkedin", "jpeg")
    make_cards(SILENT, kept, sitter, "", folder, False, False, "en")
    assert len(searched) == len(made)
