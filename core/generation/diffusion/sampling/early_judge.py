"""Early likeness: whether a face that is still being painted will be the sitter's."""

from __future__ import annotations

from collections.abc import Sequence

from ....faces import ANALYSERS, Recogniser
from ....identity.identity import Identity
from ....settings import settings
from ..families.painter import FacePreview
from .sampler import Judge


def judge_on_the_way(identity: Identity) -> tuple[Judge, float] | None:
    """A function for the likeness of unfinished faces, and the least likeness to go on.

    By the recogniser that steers; below the limit it is sure of another person. None where the
    sitter has no template for it.
    """
    recogniser: Recogniser = ANALYSERS.get(settings().analyser).recogniser
    template = identity.templates.get(recogniser.name)
    if template is None:
        return None

    def judge(previews: Sequence[FacePreview]) -> list[float]:
        return [
            float(recogniser.embed(each.image, [each.face])[0] @ template.vector)
            if each.face is not None
            else 0.0
            for each in previews
        ]

    return judge, recogniser.different_person
