"""The step that refines pictures, under the guard that never lets likeness fall."""

from __future__ import annotations

from ...identity.identity import Identity
from ...images import Image, Mask
from ...painting import Painting
from ...picture import Picture
from ...progress import Progress
from ...provenance import Enlarged, Refined
from ...refinement import REFINERS
from ...refinement.guard import Refined as Result
from ...refinement.guard import refine
from ...scoring.score import score
from .edits import matte_like
from .images import unpacked
from .scores import passed


def refine_pictures(
    progress: Progress,
    pictures: list[Picture],
    identity: Identity,
    refiner: str,
    strength: float,
    longest: int,
    on_no_face: str,
    painting: Painting | None,
) -> tuple[list[Picture], list[Image], list[Mask], str]:
    """HeadshotsRefine."""
    refined: list[Picture] = []
    notes: list[str] = []
    for index, picture in enumerate(pictures):
        part = progress.part(index / len(pictures), (index + 1) / len(pictures))
        part.update(0, f"Refining {picture.name}")
        if on_no_face == "raise":
            picture.portrait.sitter(picture.name)
        result = refine(
            picture.portrait,
            identity,
            refiners=[refiner],
            strength=strength,
            longest=longest,
            painting=painting,
            progress=part,
        )
        notes.append(f"{picture.name}: {result.reason}")
        picture.portrait.release()
        if (record := _record(picture, result, refiner)) is not None:
            picture = picture.edited(record, result.image, matte_like(result.image, picture.matte))
        if picture.scorecard is None:
            card = score(
                picture.portrait, identity, picture=picture.name, provenance=picture.provenance
            )
            picture = picture.scored(passed(card) if on_no_face == "pass" else card)
        refined.append(picture)
    return (*unpacked(refined), "\n".join(notes))


def _record(picture: Picture, result: Result, refiner: str) -> Refined | Enlarged | None:
    """What was done to the picture; None if it stayed as it was."""
    if result.kept:
        source_type = REFINERS.get(refiner).source_type
        return Refined(refiner=refiner, source_type=source_type, by=result.by)
    if result.image.shape == picture.image.shape:
        return None
    return Enlarged(factor=round(result.image.shape[1] / picture.image.shape[1], 3))
