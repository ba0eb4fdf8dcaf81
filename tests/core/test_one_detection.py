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
from headshots.core.refinement.guard import refine
from headshots.core.scoring.scoring import score_all
from headshots.core.scoring.team_consistency import team_spread

from ..histories import generated


def test_generated_scored_refined_delivered_and_on_a_card(
    sitter: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(sitter, (find_look("executive"),), 2, 1, width=512)
    candidates = list(GENERATORS.get("studio").generate(request))
    score_all([], sitter)
    analyser = ANALYSERS.get("embedded")
    analyse, searched = analyser.analyse, list[np.ndarray]()

    def counted(image: np.ndarray, **options: bool) -> object:
        searched.append(image)
        return analyse(image, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(analyser, "analyse", counted)
    pictures = [generated(each, f"{number}") for number, each in enumerate(candidates)]
    cards = score_all(pictures, sitter)
    pictures = [each.scored(card) for each, card in zip(pictures, cards, strict=True)]
    for picture in pictures:
        refine(picture.portrait, sitter, refiners=["retouch"], strength=0.2)
        deliver(picture, folder=tmp_path, size="linkedin", format="jpeg")
        assert card_of(picture, sitter).within
    team_spread(pictures)
    assert len(searched) == len(candidates)
