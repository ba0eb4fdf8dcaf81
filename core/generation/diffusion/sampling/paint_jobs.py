"""Paint jobs for candidates: the studio's composite, a prompt for its look, reference photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ....images import Image, resize
from ...generator import Candidate, Request
from ...looks import Look
from ..adapters.identity_conditioning import references
from ..families.detect import Family
from ..families.painter import PaintJob
from ..families.prompts import instruction_of, prompt_of
from ..models.encoding_cache import EncodingCache
from .regions import surroundings


class PaintJobs:
    """Makes the paint jobs of a request's candidates.

    Args:
        request: for headshots.
        family: of the model.
        side: square root of the number of pixels it was trained on.
        word: the trigger word of a model that is tuned to the sitter.
    """

    def __init__(self, request: Request, family: Family, side: int, word: str = "") -> None:
        self._request, self._family, self._side = request, family, side
        self._word = word
        self._shown = EncodingCache()

    def of(self, composite: Candidate, index: int) -> PaintJob:
        """The paint job of candidate `index`, in a size that the model was trained on."""
        painting, family = self._request.painting, self._family
        look = next(each for each in self._request.looks if each.name == composite.provenance.look)
        height, width = composite.image.shape[:2]
        factor = self._side / (height * width) ** 0.5
        rows, columns = (
            max(1, round(side * factor / family.multiple)) * family.multiple
            for side in (height, width)
        )
        start = np.clip(resize(composite.image, columns, rows), 0, 1)
        matte = np.clip(resize(composite.portrait.cutout, columns, rows), 0, 1)
        faces = composite.portrait.faces
        face = faces[0].scaled(columns / width) if faces else None
        mask = surroundings(matte, face) if painting.region == "surroundings" and face else None
        # The composite is the reference for the picture, the photos are for the person.
        photos = self._photos(look) if family.references else ()
        shown = (start, *photos) if family.references else ()
        if family.references:
            prompt = instruction_of(look, painting.text, self._word, len(photos))
        else:
            prompt = prompt_of(look, self._request.identity, painting.text, self._word)
        seed = _seed(self._request.seed, index, 0)
        return PaintJob(start, mask, face, prompt, seed, shown)

    def _photos(self, look: Look) -> tuple[Image, ...]:
        count = self._family.references - 1
        return self._shown.once(
            look.name, lambda: references(self._request.identity, look, count, self._side)
        )

    def tries(self, jobs: Sequence[PaintJob], first: int) -> Iterator[PaintJob]:
        """`jobs`, which begin with candidate `first`; then the same with other seeds, endlessly."""
        turn = 0
        yield from jobs
        while True:
            turn += 1
            for place, each in enumerate(jobs):
                yield replace(each, seed=_seed(self._request.seed, first + place, turn))


def _seed(seed: int, index: int, turn: int) -> int:
    return int(np.random.SeedSequence([seed, index, turn]).generate_state(1)[0])
