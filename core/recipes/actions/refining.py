"""Pictures refined under the guard that never lets likeness fall."""

from __future__ import annotations

from ...generation import Painting
from ...identity.identity import Identity
from ...images import Image
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import UNKNOWN, Refined
from ...refinement import REFINERS
from ...refinement.guard import refine
from ...scoring.scorecard import Scorecard
from ...scoring.scoring import score
from .binding import scored, verdicts
from .judging import names_of, passed


def refine_pictures(
    progress: Progress,
    images: list[Image],
    identity: Identity,
    scorecards: list[Scorecard] | None,
    refiner: str,
    strength: float,
    longest: int,
    on_no_face: str,
    painting: Painting | None,
) -> tuple[list[Image], list[Scorecard], str]:
    """HeadshotsRefine."""
    given = verdicts(scorecards, images) if scorecards else [None] * len(images)
    numbers = names_of("", len(images))
    refined: list[Image] = []
    cards: list[Scorecard] = []
    notes: list[str] = []
    for index, (image, card) in enumerate(zip(images, given, strict=True)):
        name = card.picture if card else numbers[index]
        part = progress.part(index / len(images), (index + 1) / len(images))
        part.update(0, f"Refining {name}")
        portrait = Portrait(image)
        if on_no_face == "raise":
            portrait.sitter(name)
        done = refine(
            portrait,
            identity,
            refiners=[refiner],
            strength=strength,
            longest=longest,
            painting=painting,
            progress=part,
        )
        if card is None or not scored(card) or done.image is not image:
            provenance = card.provenance if card else UNKNOWN
            if done.kept:
                source_type = REFINERS.get(refiner).source_type
                record = Refined(refiner=refiner, source_type=source_type, by=done.by)
                provenance = provenance.edited(record)
            card = score(Portrait(done.image), identity, picture=name, provenance=provenance)
            card = passed(card) if on_no_face == "pass" else card
        refined.append(done.image)
        cards.append(card)
        notes.append(f"{name}: {done.reason}")
    return refined, cards, "\n".join(notes)
